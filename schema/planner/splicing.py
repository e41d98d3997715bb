"""Putting what Python worked out into the JSON that PostgreSQL wrote around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.concurrency import in_turns
from schema.planner.text import CLOSE, MIDDLE, OPEN

if TYPE_CHECKING:
    from schema.computed import Computation
    from schema.context import Context


MARK = re.compile(f"{OPEN}([0-9]+){MIDDLE}([^{CLOSE}]*){CLOSE}")
STEPS = 500  # marks between two looks at the clock
LETTERS = 100_000  # of a text that is split at once


async def spliced(texts: Sequence[str], computations: Sequence[Computation], context: Context) -> list[str]:
    """The texts, with every mark replaced by the value it stands for; each computation is asked for all of its rows."""
    answers = [await _split(text) for text in texts]  # what is around, a number, what is needed, what is around, ...
    given: list[list[str]] = [[] for _ in computations]
    for pieces in answers:
        async for place in in_turns(range(1, len(pieces), STEPS * 3)):
            found = pieces[place : place + STEPS * 3]
            for number, needed in zip(found[0::3], found[1::3], strict=True):
                given[int(number)].append(needed)
    values = [
        iter(await each.texts(context, rows) if rows else ()) for each, rows in zip(computations, given, strict=True)
    ]
    written = []
    for pieces in answers:
        whole = [""] * (len(pieces) // 3 * 2 + 1)
        whole[0::2] = pieces[0::3]
        numbers = pieces[1::3]
        async for place in in_turns(range(0, len(numbers), STEPS)):
            told = [next(values[int(number)]) for number in numbers[place : place + STEPS]]
            whole[place * 2 + 1 : (place + len(told)) * 2 : 2] = told
        written.append("".join(whole))
    return written


async def _split(text: str) -> list[str]:
    """`MARK.split`, in turns when there is much to split."""
    if len(text) <= LETTERS:
        return MARK.split(text)
    pieces: list[str] = []
    at = 0
    async for found in in_turns(MARK.finditer(text)):
        pieces += (text[at : found.start()], found[1], found[2])
        at = found.end()
    pieces.append(text[at:])
    return pieces
