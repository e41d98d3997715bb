"""Putting what Python worked out into the JSON that PostgreSQL wrote around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schema.planner.text import CLOSE, MIDDLE, OPEN

if TYPE_CHECKING:
    from schema.computed import Computation
    from schema.context import Context


async def spliced(texts: Sequence[str], computations: Sequence[Computation], context: Context) -> list[str]:
    """The texts, with every mark replaced by the value it stands for; each computation is asked once."""
    answers = [text.split(OPEN) for text in texts]
    given: list[list[str]] = [[] for _ in computations]
    places: list[list[tuple[int, str]]] = []
    for pieces in answers:
        found = []
        for piece in pieces[1:]:
            number, _, rest = piece.partition(MIDDLE)
            needed, _, after = rest.partition(CLOSE)
            given[int(number)].append(needed)
            found.append((int(number), after))
        places.append(found)
    values = [
        iter(await each.texts(context, rows) if rows else ()) for each, rows in zip(computations, given, strict=True)
    ]
    return [
        "".join([pieces[0], *(part for number, after in found for part in (next(values[number]), after))])
        for pieces, found in zip(answers, places, strict=True)
    ]
