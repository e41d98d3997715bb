"""Introspection as JSON: each object of the schema is written once for each selection of it."""

from __future__ import annotations

from typing import Any

import orjson

from core.concurrency import turns
from schema.introspection.fields import Reading, Selected, identity
from schema.planner.selection import Asked
from schema.planner.tree import TooLarge


class NotPlain(Exception):
    """Something that is answered with an error: graphql-core says what is wrong, and where."""


class Writer:
    """Writes what one operation introspects. Text that is answered in many places is made once."""

    def __init__(self, reading: Reading, most: int) -> None:
        self.reading = reading
        self.most = most
        self._turns = turns()
        self._written: dict[tuple[int, tuple[int, ...]], bytes] = {}

    async def root(self, asked: Asked) -> bytes:
        """The value of a root field. Raises `NotPlain` or `TooLarge`."""
        try:
            return await self._value(self.reading.root(asked), None)
        except (NotPlain, TooLarge):
            raise
        except Exception as error:
            raise NotPlain from error

    async def _value(self, selected: Selected, source: Any) -> bytes:
        if selected.arguments is None:
            raise NotPlain
        value = self.reading.answer(selected, source)
        if value is None:
            return b"null"
        if selected.leaf:
            told = selected.kind.coerce_output_value
            return orjson.dumps([told(each) for each in value] if selected.listed else told(value))
        if not selected.listed:
            return await self._object(selected, value)
        parts, size = [], 0
        for each in value:
            parts.append(await self._object(selected, each))
            size += len(parts[-1])
            if size > self.most:
                raise TooLarge
        return b"[%b]" % b",".join(parts)

    async def _object(self, selected: Selected, source: Any) -> bytes:
        below = self.reading.below(selected)
        key = (below[0].place if below else 0, identity(source))
        written = self._written.get(key)
        if written is not None:
            return written
        if self._turns.due():
            await self._turns.turn()
        parts, size = [], 0
        for each in below:
            if each.field is None:
                value = b'"%b"' % selected.kind.name.encode()
            else:
                value = await self._value(each, source)
            parts.append(b'"%b":%b' % (each.asked.key.encode(), value))
            size += len(parts[-1])
            if size > self.most:
                raise TooLarge
        written = self._written[key] = b"{%b}" % b",".join(parts)
        return written
