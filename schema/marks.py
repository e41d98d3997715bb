"""Marks in the text that PostgreSQL writes, in place of what only Python can say: a personal fact, encrypted.

A mark says what is encrypted and whether it is for these eyes. What was shown in plain is noted in the context, and
written to the audit before the answer leaves.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import dataclass

from core.concurrency import in_turns
from core.masking import PersonalKind
from core.personal import Sealed, place_of_fact
from schema.context import Context

MARK = "\x04"  # no JSON has these letters, and nothing else in the planner's texts
NEXT = "\x05"
MARKED = re.compile(f'"{MARK}([^{MARK}]*){MARK}"')


@dataclass(frozen=True, slots=True)
class Kept:
    """A personal fact as it is kept; `content` is None once it was erased, and plain bytes when `key_id` is empty."""

    plain: bool  # for these eyes
    activity_id: int
    filer_id: int
    name: str
    kind: PersonalKind
    key_id: str
    content: bytes | None

    def told(self, context: Context) -> str | None:
        """What it says to whoever asks, masked unless it is for their eyes; what is told in plain is noted."""
        if self.content is None:
            return None
        if self.key_id:
            place = place_of_fact(self.activity_id, self.name)
            text = context.house.vault.open(Sealed(self.key_id, self.content), place)
        else:
            text = self.content.decode()
        if not self.plain:
            return self.kind.masked(text)
        context.disclosed.add((self.activity_id, self.filer_id, self.name))
        return text


async def revealed(texts: list[str], context: Context) -> list[str]:
    """The same texts with what every mark stands for, as JSON."""
    if not any(MARK in text for text in texts):
        return texts
    await context.house.vault.unlock(context.house.settings, context.house.database)
    return [await _revealed(text, context) for text in texts]


async def _revealed(text: str, context: Context) -> str:
    """One text; each mark is decrypted in its turn."""
    parts: list[str] = []
    at = 0
    async for found in in_turns(MARKED.finditer(text)):
        told = json.dumps(kept_of(found[1]).told(context), ensure_ascii=False)
        parts += (text[at : found.start()], told)
        at = found.end()
    return "".join((*parts, text[at:]))


def kept_of(mark: str) -> Kept:
    """The personal fact that the inside of a mark stands for."""
    mode, activity_id, filer_id, name, kind, key_id, packed = mark.split(NEXT)
    return Kept(mode == "P", int(activity_id), int(filer_id), name, PersonalKind(kind), key_id, b64decode(packed))
