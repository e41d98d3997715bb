"""What the values of a sheet do not show: which cells are errors or formulas, and which rows are hidden."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Marks:
    """Of one sheet, rows and columns from 0. `errors` has the error value, such as `#REF!`."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.errors or self.formulas or self.hidden)
