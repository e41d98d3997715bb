"""Rectangles of cells, as `A1:B2` names them: merged ranges, and formulas that stand for several cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from core.workbooks.refusal import Reason, Refusal, corrupt

Area: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell, rows and columns from 0."""

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_AREA = 500_000  # cells of one sheet that formulas of several cells may stand for
CORNER = r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})"
AREA = re.compile(rf"{CORNER}(?::{CORNER})?", re.ASCII)


def column_index(letters: str) -> int:
    """A → 0, AA → 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def cell_of(letters: str, number: str) -> tuple[int, int]:
    """Row and column from 0. Raises `Refusal` beyond XFD1048576, the last cell there is."""
    row, column = int(number) - 1, column_index(letters)
    if row >= MAX_ROWS or column >= MAX_COLUMNS:
        raise corrupt()
    return row, column


def area_of(text: str) -> Area:
    """Raises `Refusal` for what names no rectangle; corners in another order are put right."""
    found = AREA.fullmatch(text)
    if found is None:
        raise corrupt()
    first = cell_of(found[1], found[2])
    last = first if found[3] is None else cell_of(found[3], found[4])
    rows, columns = sorted((first[0], last[0])), sorted((first[1], last[1]))
    return (rows[0], columns[0]), (rows[1], columns[1])


def cells_of(areas: list[Area], bottom: int, right: int) -> Iterator[tuple[int, int]]:
    """The cells of these rectangles above row `bottom` and left of column `right`."""
    seen = 0
    for (top, left), (last_row, last_column) in areas:
        rows, columns = range(top, min(last_row + 1, bottom)), range(left, min(last_column + 1, right))
        seen += len(rows) * len(columns)
        if seen > MAX_AREA:
            raise Refusal(Reason.SPREADS, limit=MAX_AREA)
        for row in rows:
            for column in columns:
                yield row, column
