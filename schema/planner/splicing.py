"""Putting what Python worked out into the JSON that PostgreSQL wrote around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schema.planner.text import CLOSE, MIDDLE, OPEN

if TYPE_CHECKING:
    from schema.computed import Computation
    from schema.context import Context


MARK = re.compile(f"{OPEN}([0-9]+){MIDDLE}([^{CLOSE}]*){CLOSE}")


async def spliced(texts: Sequence[str], computations: Sequence[Computation], context: Context) -> list[str]:
    """The texts, with every mark replaced by the value it stands for; each computation is asked once."""
    answers = [MARK.split(text) for text in texts]  # what is around, a number, what is needed, what is around, ...
    given: list[list[str]] = [[] for _ in computations]
    for pieces in answers:
        for number, needed in zip(pieces[1::3], pieces[2::3], strict=True):
            given[int(number)].append(needed)
    values = [
        iter(await each.texts(context, rows) if rows else ()) for each, rows in zip(computations, given, strict=True)
    ]
    written = []
    for pieces in answers:
        whole = [""] * (len(pieces) // 3 * 2 + 1)
        whole[0::2] = pieces[0::3]
        whole[1::2] = [next(values[int(number)]) for number in pieces[1::3]]
        written.append("".join(whole))
    return written
