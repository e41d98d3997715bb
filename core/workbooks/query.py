"""What a child is asked about a workbook: which columns, which sheet, within which limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.language import Text
from core.workbooks.columns import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`sheet`: the only one to read; None: every visible one that has the header."""

    columns: Sequence[Column]
    sheet: str | None = None
    max_rows: int
    max_inflated: int
    plain_only: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it crosses the pipe: of a column what finds it, not what its values may be."""
        return {
            "columns": [_told(column) for column in self.columns],
            "sheet": self.sheet,
            "max_rows": self.max_rows,
            "max_inflated": self.max_inflated,
            "plain_only": self.plain_only,
        }

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Query:
        return cls(**{**told, "columns": [_column(each) for each in told["columns"]]})


def _told(column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "ko": column.names.ko,
        "en": column.names.en,
        "aliases": column.aliases,
        "fallbacks": column.fallbacks,
        "required": column.required,
        "other_units": column.other_units,
        "merges": column.merges,
    }


def _column(told: dict[str, Any]) -> Column:
    return Column(
        key=told["key"],
        names=Text(told["ko"], told["en"]),
        aliases=tuple(told["aliases"]),
        fallbacks=tuple(told["fallbacks"]),
        required=told["required"],
        other_units=tuple(told["other_units"]),
        merges=told["merges"],
    )
