"""Which revisions a database has not had yet, read from the files themselves: a server asks without alembic."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from core.database import Transaction
from core.errors import DureError
from core.language import Text
from core.migrations.run import HERE
from core.parts import Tables

NEWER = Text(
    "데이터베이스에 이 설치가 모르는 개정이 있습니다: {revisions}. 더 새로운 Dure나 제거된 플러그인이 만든 것입니다."
    " 그것을 설치하세요.",
    "The database is at revisions that this installation does not know: {revisions}. A newer Dure or a plugin that is"
    " not installed made them. Install it.",
)
NAMES = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})


async def pending_migrations(tx: Transaction, tables: Sequence[Tables] = ()) -> list[str]:
    """Revisions of core and of these plugins that this database has not had yet, in no order that matters."""
    return missing_revisions(await database_revisions(tx), tables)


async def database_revisions(tx: Transaction) -> list[str]:
    """The heads that a database is at; none when it has never been migrated."""
    there = await tx.connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    rows = await tx.connection.fetch("SELECT version_num FROM alembic_version ORDER BY 1") if there else []
    return [row["version_num"] for row in rows]


class NewerDatabase(DureError):
    """The database is at revisions that this installation does not know; `text` says what to do."""

    def __init__(self, revisions: Sequence[str]) -> None:
        self.text = NEWER.format({"revisions": ", ".join(revisions)})
        super().__init__(self.text.both)


async def refuse_newer(tx: Transaction, tables: Sequence[Tables] = ()) -> None:
    """Raises `NewerDatabase` when the database is at a revision that is not known: it cannot be migrated from there."""
    unknown = unknown_revisions(await database_revisions(tx), tables)
    if unknown:
        raise NewerDatabase(unknown)


def unknown_revisions(revisions: Iterable[str], tables: Sequence[Tables] = ()) -> list[str]:
    """Those of a database's revisions that neither core nor these plugins have."""
    return sorted(set(revisions) - _revisions(HERE / "versions", *(part.migrations for part in tables)).keys())


def missing_revisions(revisions: Sequence[str], tables: Sequence[Tables] = ()) -> list[str]:
    """Revisions of core and of these plugins that a database with these heads has not had yet."""
    known = _revisions(HERE / "versions", *(part.migrations for part in tables))
    return sorted(known.keys() - _with_what_is_below(known, revisions))


def _with_what_is_below(known: Mapping[str, frozenset[str]], heads: Sequence[str]) -> set[str]:
    """These revisions and all that they stand on."""
    had: set[str] = set()
    waiting = list(heads)
    while waiting:
        revision = waiting.pop()
        if revision not in had:
            had.add(revision)
            waiting.extend(known.get(revision, ()))
    return had


@lru_cache(maxsize=16)
def _revisions(*folders: Path) -> Mapping[str, frozenset[str]]:
    """Every revision in these folders, and those it stands on. A label stands for the revision that bears it."""
    found = [_declared(path) for folder in folders for path in sorted(folder.glob("[0-9a-z]*.py"))]
    named = {label: str(each["revision"]) for each in found for label in _listed(each.get("branch_labels"))}
    return {
        str(each["revision"]): frozenset(
            named.get(below, below) for name in ("down_revision", "depends_on") for below in _listed(each.get(name))
        )
        for each in found
    }


def _declared(path: Path) -> Mapping[str, object]:
    """What a revision's file says of itself, without running it."""
    found: dict[str, object] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in NAMES:
                    found[target.id] = ast.literal_eval(statement.value)
    return found


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(each) for each in value) if isinstance(value, tuple | list) else ()


__all__ = [
    "NewerDatabase",
    "database_revisions",
    "missing_revisions",
    "pending_migrations",
    "refuse_newer",
    "unknown_revisions",
]
