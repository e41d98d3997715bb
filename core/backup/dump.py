"""A dump, as `pg_restore` reads it: the rows of a few tables, or all of it written into a transaction that is open.

`pg_restore` never has a connection here. It writes SQL into a pipe, and the caller's own connection runs it, so that
what is restored can be migrated, verified and undone in the one transaction that it belongs to.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg

from core.backup.archive import CHUNK, BackupFailed
from core.backup.tools import output_of
from core.language import Text

ENDS_EARLY = Text("백업의 데이터베이스가 중간에 끊깁니다.", "The database of the backup ends in the middle.")
COPY = re.compile(r"COPY (?P<schema>\S+)\.(?P<table>\S+) (?:\((?P<columns>.*)\) )?FROM stdin;")
NAME = re.compile(r'"((?:[^"]|"")+)"|([^\s,"]+)')
END = b"\\.\n"  # of the rows of a table
# What is for psql alone, and the session's parameters: the caller sets those, as long as its transaction lasts.
SKIPPED = re.compile(
    r"(?m)^(?:\\(?:un)?restrict \w+|SELECT pg_catalog\.set_config\('search_path', '', false\);"
    r"|SET (?:statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|client_encoding"
    r"|standard_conforming_strings|check_function_bodies|xmloption|client_min_messages|row_security) = .*;)$"
)
ESCAPED = re.compile(r"\\(.)")
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Section(StrEnum):
    """A part of a dump, in the order they are restored in: tables and functions, rows, then indexes and constraints."""

    SHAPE = "pre-data"
    ROWS = "data"
    INDEXES = "post-data"


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump in pg_dump's custom format, and the folder of the tools that read it."""

    path: Path
    tools: Path

    async def rows_of(self, tables: Collection[str]) -> Mapping[str, list[Mapping[str, str | None]]]:
        """Every row of these tables, which must be small, as text. A table that is not in the dump has none."""
        found: dict[str, list[Mapping[str, str | None]]] = {table: [] for table in tables}
        options = ("--file=-", "--data-only", "--schema=public", *(f"--table={table}" for table in tables))
        async with output_of(self.tools, "pg_restore", *options, str(self.path)) as stream:
            script = _Script(stream)
            async for statement in script.statements():
                if copy := COPY.fullmatch(statement):
                    names, content = _names(copy["columns"] or ""), b"".join([part async for part in script.rows()])
                    for line in content.decode().split("\n")[:-1]:
                        values = dict(zip(names, map(_plain, line.split("\t")), strict=True))
                        found[_names(copy["table"])[0]].append(values)
        return found

    async def restore(self, section: Section, into: asyncpg.Connection, *options: str) -> None:
        """Run a section on a connection. Raises `BackupFailed` for a dump that is damaged, else what it fails with."""
        given = ("--file=-", f"--section={section}", "--no-owner", *options, str(self.path))
        async with output_of(self.tools, "pg_restore", *given) as stream:
            if section is Section.ROWS:
                await _Script(stream).run(into)
            else:
                text = (await stream.read()).decode()
        if section is not Section.ROWS:  # half a script is never run
            await into.execute(SKIPPED.sub("", text))


class _Script:
    """A script of statements and of rows between them, read as it comes."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._waiting = b""  # always the beginning of a line

    async def run(self, connection: asyncpg.Connection) -> None:
        async for statement in self.statements():
            if copy := COPY.fullmatch(statement):
                await connection.copy_to_table(
                    _names(copy["table"])[0],
                    schema_name=_names(copy["schema"])[0],
                    columns=_names(copy["columns"]) if copy["columns"] else None,
                    source=self.rows(),
                    format="text",
                )
            else:
                await connection.execute(statement)

    async def statements(self) -> AsyncIterator[str]:
        """Each statement; the rows after a `COPY` must be taken by `rows` before the next one is asked for."""
        statement = ""
        while (line := await self._line()) is not None:
            if statement or not (line.startswith("--") or not line.strip() or SKIPPED.fullmatch(line)):
                statement = f"{statement}\n{line}" if statement else line
                if statement.endswith(";"):
                    yield statement
                    statement = ""
        if statement:
            raise BackupFailed(ENDS_EARLY)

    async def rows(self) -> AsyncIterator[bytes]:
        """The rows of a `COPY`, in whole lines, without what ends them."""
        while not self._waiting.startswith(END):
            place = self._waiting.find(b"\n" + END) + 1 or self._waiting.rfind(b"\n") + 1
            if place:
                rows, self._waiting = self._waiting[:place], self._waiting[place:]
                yield rows
            elif not await self._more():
                raise BackupFailed(ENDS_EARLY)
        self._waiting = self._waiting[len(END) :]

    async def _line(self) -> str | None:
        while (place := self._waiting.find(b"\n")) < 0:
            if not await self._more():
                line, self._waiting = self._waiting, b""
                return line.decode() or None
        line, self._waiting = self._waiting[:place], self._waiting[place + 1 :]
        return line.decode()

    async def _more(self) -> bool:
        chunk = await self._stream.read(CHUNK)
        self._waiting += chunk
        return bool(chunk)


def _names(listed: str) -> list[str]:
    """Identifiers as they are, from a list in which some are quoted."""
    return [quoted.replace('""', '"') or plain for quoted, plain in NAME.findall(listed)]


def _plain(value: str) -> str | None:
    """A value of PostgreSQL's text format as it is."""
    return None if value == r"\N" else ESCAPED.sub(lambda found: LETTERS.get(found[1], found[1]), value)
