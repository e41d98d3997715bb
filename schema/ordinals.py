"""Numbers that rows have by how many came before (번호): counted for the rows of a page, never for a whole sheet.

    number: int = ordinal("번호 · Its place in the account, from 1.", sql=lambda t: ...)

What it costs grows with the place, so a spreadsheet, which shows all rows, leaves it out and numbers its own.
"""

from __future__ import annotations

from typing import Any

from schema.mapping import SQL, ColumnField
from schema.visibility import Visibility


class OrdinalField(ColumnField):
    """A column that counts the rows before its own."""


def ordinal(description: str, *, sql: SQL, shown: Visibility | None = None) -> Any:
    """A column that is a count of rows; `sql` counts them. `shown` masks it, as any column."""
    made = OrdinalField(description=description)
    made.sql, made.shown = sql, shown
    made.init = False
    return made
