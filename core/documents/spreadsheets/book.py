"""Spreadsheets out: rows written one after another into an .xlsx file, in memory that does not grow with them.

A text is always written as a text: no cell becomes a formula, whatever it begins with. What Excel would round is
written as text, digit for digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

MOST_ROWS = 1_048_576  # of a sheet, the headings' row counted in
MOST_LETTERS = 32_767  # of a cell
MOST_DIGITS = 15  # that Excel keeps of a number
NAME_LETTERS = 31  # of a sheet's name
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
ABOUT = "안내"
FIRST_DAY = date(1900, 3, 1)  # before it, Excel counts a day that never was


class CellKind(StrEnum):
    """What a column's cells are (셀 서식)."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    DATE = "date"
    MOMENT = "moment"
    FLAG = "flag"


WIDTHS = {
    CellKind.TEXT: 20, CellKind.NUMBER: 14, CellKind.DECIMAL: 14, CellKind.DATE: 12, CellKind.MOMENT: 20,
    CellKind.FLAG: 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet: its heading, and what its cells are."""

    heading: str
    kind: CellKind = CellKind.TEXT


class Book:
    """An .xlsx file being written. A full sheet goes on in the next one; the last sheet says what it is all about.

    Rows that wait for the file lie beside it, and nowhere else.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        columns: Sequence[SheetColumn],
        *,
        title: Sequence[str] = (),
        most_rows: int = MOST_ROWS,
    ) -> None:
        self.columns = tuple(columns)
        self.rows = 0
        self._name = _sheet_name(name)
        self._title = tuple(title)
        self._most = most_rows
        import xlsxwriter

        self._book = xlsxwriter.Workbook(
            path, {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd"}
        )
        self._head = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#E9EEF5", "text_wrap": True})
        self._formats = {
            CellKind.TEXT: self._book.add_format({"num_format": "@"}),
            CellKind.NUMBER: self._book.add_format({"num_format": "#,##0"}),
            CellKind.DATE: self._book.add_format({"num_format": "yyyy-mm-dd"}),
            CellKind.MOMENT: self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._plain = self._book.add_format({"num_format": "@", "quote_prefix": True})
        self._decimals: dict[int, Any] = {}
        self._sheets = 0
        self._begin()

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """More rows: in each, a value for every column, or None."""
        for row in rows:
            if self._place >= self._most:
                self._end()
                self._begin()
            for column, (value, each) in enumerate(zip(row, self.columns, strict=True)):
                if value is not None:
                    self._cell(self._place, column, value, each.kind)
            self._place += 1
            self.rows += 1

    def turn_to(self, name: str, columns: Sequence[SheetColumn], *, title: Sequence[str] = ()) -> None:
        """Go on with another table, on a sheet of its own; `title` stands above its headings, line by line."""
        self._end()
        self.columns, self._name, self._title, self._sheets = tuple(columns), _sheet_name(name), tuple(title), 0
        self._begin()

    def close(self, about: Mapping[str, str]) -> None:
        """Finish the file; `about` stands on a sheet of its own."""
        self._end()
        sheet = self._book.add_worksheet(ABOUT)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 80)
        for place, (heading, words) in enumerate(about.items()):
            sheet.write_string(place, 0, heading, self._head)
            sheet.write_string(place, 1, words[:MOST_LETTERS], self._plain)
        self._book.close()

    def abandon(self) -> None:
        """Close what is open of a file that nobody wants any more. What was written aside lies in the file's folder."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        self._book.fileclosed = True

    def _begin(self) -> None:
        self._sheets += 1
        more = f" ({self._sheets})" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(self._name[: NAME_LETTERS - len(more)] + more)
        for column, each in enumerate(self.columns):
            self._sheet.set_column(column, column, WIDTHS[each.kind])
        for row, line in enumerate(self._title):
            self._sheet.write_string(row, 0, line[:MOST_LETTERS], self._plain)
        self._headings = len(self._title)
        for column, each in enumerate(self.columns):
            self._sheet.write_string(self._headings, column, each.heading[:MOST_LETTERS], self._head)
        self._sheet.freeze_panes(self._headings + 1, 0)
        self._place = self._headings + 1

    def _end(self) -> None:
        first = self._headings
        self._sheet.autofilter(first, 0, max(self._place - 1, first + 1), max(len(self.columns) - 1, 0))

    def _cell(self, row: int, column: int, value: Any, kind: CellKind) -> None:
        match kind:
            case CellKind.FLAG:
                self._sheet.write_boolean(row, column, value)
            case CellKind.DATE if value >= FIRST_DAY:
                self._sheet.write_datetime(row, column, value, self._formats[kind])
            case CellKind.MOMENT if value.date() >= FIRST_DAY:
                self._sheet.write_datetime(row, column, value.replace(tzinfo=None), self._formats[kind])
            case CellKind.NUMBER if abs(value) < 10**MOST_DIGITS:
                self._sheet.write_number(row, column, value, self._formats[kind])
            case CellKind.DECIMAL if _fits(value):
                self._sheet.write_number(row, column, value, self._decimal(value))
            case _:
                self._text(row, column, _words(value))

    def _text(self, row: int, column: int, words: str) -> None:
        if len(words) > MOST_LETTERS:
            words = words[: MOST_LETTERS - 1] + "…"
        quoted = words[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")  # still a text once somebody edits the cell
        self._sheet.write_string(row, column, words, self._plain if quoted else self._formats[CellKind.TEXT])

    def _decimal(self, value: Decimal) -> Any:
        """A format that shows every decimal the value has."""
        places = max(0, -int(value.as_tuple().exponent))
        if places not in self._decimals:
            self._decimals[places] = self._book.add_format(
                {"num_format": "#,##0" + ("." + "0" * places) * bool(places)}
            )
        return self._decimals[places]


def _sheet_name(name: str) -> str:
    """A name that Excel takes, does not keep for itself, and that no other sheet has."""
    made = NOT_IN_NAMES.sub(" ", name).strip(" '")[:NAME_LETTERS].strip(" '") or "목록"
    return f"{made}_" if made.casefold() in ("history", ABOUT) else made


def _fits(value: Decimal) -> bool:
    """Whether Excel keeps every digit."""
    places = value.as_tuple()
    return len(places.digits) <= MOST_DIGITS and -MOST_DIGITS <= int(places.exponent) <= 0


def _words(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)
