"""What somebody copied out of Excel and pasted as text: rows by lines, cells by tabs, the header above them or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.documents.spreadsheets import problems
from core.documents.spreadsheets.problems import CellProblem
from core.documents.spreadsheets.table import Progress, Table, named_missing, rows_of, twice_named
from core.documents.spreadsheets.values import seen
from core.workbooks.answer import Page
from core.workbooks.columns import Column, Heading, column_letter
from core.workbooks.sheet import Sheet

MARK = re.compile(r"[\t\r\n]")
MOST_LETTERS = 32_767  # of a cell, as Excel has it
QUOTED = re.compile(rf'"((?:[^"\t]|""){{0,{MOST_LETTERS}}}+)"(?=[\t\r\n]|\Z)')
ENOUGH = 2  # columns named in a line, for it to be meant as the header


def read_pasted(text: str, columns: Sequence[Column], *, max_rows: int, progress: Progress | None = None) -> Table:
    """Reads pasted text by its columns: found by their names where the first line has these, else in their order.

    Lines end as on any system; empty ones, and empty cells at the end of a line, do not matter. A cell in quotes may
    have line breaks, as Excel writes it. Never raises for what is in the text: all of it is in the table's `problems`,
    rows counted from 1 as they would stand in Excel.
    """
    page = Sheet("", [list(cells) for cells in _lines(text)])
    whole = page.find_header(columns)
    if whole:
        complaints = list(twice_named(page))
    elif len(page.header.headings) >= ENOUGH:
        complaints = list(named_missing(page))
    else:
        page.set_header(columns)
        complaints = list(_beyond(page, len(columns)))
    if complaints:
        return Table(problems=tuple(complaints))
    lines = page.lines(columns, plain_only=True)
    read = Page(name="", header=page.header, rows_below=page.rows_below, whole=True, lines=lines)
    return rows_of([read], columns, max_rows=max_rows, plain_only=True, progress=progress)


def _beyond(page: Sheet, width: int) -> Iterator[CellProblem]:
    """The first cell of each row that belongs to no column: nobody knows then which belongs to which."""
    for row in range(page.height):
        for column in page.beyond(row, width)[:1]:
            violation = problems.NO_COLUMN.at(letter=column_letter(column), last=width)
            value = seen(page.cell(row, Heading(column, "")))
            yield CellProblem(
                code=violation.code,
                reason=violation.message,
                row=row + 1,
                column=column_letter(column),
                value=value,
            )


def _lines(text: str) -> Iterator[list[str]]:
    """The cells of each line."""
    reader = _Reader(text.removeprefix("\ufeff"))
    cells: list[str] = []
    while True:
        cells.append(reader.cell())
        mark = reader.mark()
        if mark != "\t":
            yield cells
            cells = []
        if not mark:
            return


class _Reader:
    """Reads one cell after another.

    Excel puts a cell in quotes when it has a line break, and doubles the quotes in it then; a quote in any other cell
    is just that. A quoted cell never has a tab, so that a lone quote swallows no further cells. What is no text of
    Excel's could be searched for closing quotes over and over: that has its limit, beyond which quotes are letters.
    """

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._patience = 10 * len(text)

    def cell(self) -> str:
        quoted = self._quoted() if self._text.startswith('"', self._at) else None
        if quoted is not None:
            return quoted
        found = MARK.search(self._text, self._at)
        begin, self._at = self._at, len(self._text) if found is None else found.start()
        return self._text[begin : self._at]

    def mark(self) -> str:
        """What ends the cell: a tab, a line break, or nothing at the end; passed over."""
        width = 2 if self._text.startswith("\r\n", self._at) else 1
        mark = self._text[self._at : self._at + width]
        self._at += len(mark)
        return mark

    def _quoted(self) -> str | None:
        found = QUOTED.match(self._text, self._at) if self._patience > 0 else None
        if found is None:
            self._patience -= MOST_LETTERS
            return None
        inner = found[1]
        if "\n" not in inner and "\r" not in inner:
            return None
        self._at = found.end()
        return inner.replace('""', '"')
