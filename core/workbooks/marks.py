"""What the values of a sheet do not show: errors, formulas, hidden rows."""

from __future__ import annotations

from dataclasses import dataclass, field

Cell = tuple[int, int]


@dataclass(slots=True)
class Marks:
    """Of one sheet, rows and columns from 0. `errors` has the error value, such as `#REF!`.

    `unstored` are formulas whose result is not in the file; `blank` are those whose result is an empty text.
    """

    errors: dict[Cell, str] = field(default_factory=dict)
    formulas: set[Cell] = field(default_factory=set)
    unstored: set[Cell] = field(default_factory=set)
    blank: set[Cell] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
