"""Workbooks made on the fly, and the table most of these tests read them by."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

import xlsxwriter

from core.documents.spreadsheets import Column, Kind, Table, read_table
from core.language import Text
from tests.support.spreadsheets import opened

COLUMNS = (
    Column(key="course", names=Text("과정명", "Course"), aliases=("교육과정",)),
    Column(key="held_on", names=Text("교육일", "Held on"), kind=Kind.DATE, fallbacks=("날짜",)),
    Column(
        key="hours",
        names=Text("교육시간", "Hours"),
        kind=Kind.DECIMAL,
        minimum=Decimal("0.5"),
        maximum=Decimal(2000),
        step=Decimal("0.5"),
        units=("시간", "h"),
        other_units=("분",),
    ),
    Column(key="business_number", names=Text("사업자등록번호", "Business number"), kind=Kind.BUSINESS_NUMBER),
    Column(key="people", names=Text("인원", "People"), kind=Kind.INTEGER, minimum=1, units=("명",), merges=False),
    Column(key="remark", names=Text("비고", "Remark"), required=False, max_length=20),
)
HEADER = ("과정명", "교육일", "교육시간", "사업자등록번호", "인원", "비고")
GOOD = ("안전교육", date(2026, 3, 2), 1.5, "104-82-03590", 3, None)
READ = {
    "course": "안전교육",
    "held_on": date(2026, 3, 2),
    "hours": Decimal("1.5"),
    "business_number": "1048203590",
    "people": 3,
    "remark": None,
}

SHEET = "xl/worksheets/sheet1.xml"

Cells = Sequence[Sequence[Any]]
Touch = Callable[[Any, Any], None]


def workbook(sheets: Mapping[str, Cells] | Cells, touch: Touch | None = None) -> bytes:
    """An .xlsx of the cells given; `touch` may do to the book and its last sheet what cells cannot say."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        clock = book.add_format({"num_format": "h:mm"})
        sheet = None
        for name, rows in (sheets if isinstance(sheets, Mapping) else {"명단": sheets}).items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(row, column, cell, day)
                    elif isinstance(cell, time):
                        sheet.write_datetime(row, column, cell, clock)
                    elif isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    elif cell is not None:
                        sheet.write(row, column, cell)
        if touch:
            touch(book, sheet)
    return target.getvalue()


def with_cell(key: str, cell: object) -> list[object]:
    """The good row with another cell under one column."""
    at = [column.key for column in COLUMNS].index(key)
    return [*GOOD[:at], cell, *GOOD[at + 1 :]]


def read(data: bytes, progress: Callable[[int, int], None] | None = None, **options: Any) -> Table:
    return read_table(opened(data, COLUMNS, **options), progress=progress)


def read_rows(*rows: Sequence[Any]) -> Table:
    return read(workbook([HEADER, *rows]))


def value_of(key: str, cell: object) -> object:
    """What one cell reads as; fails the test when it is refused."""
    table = read_rows(with_cell(key, cell))
    assert table.problems == ()
    return table.rows[0].values[key]


def code_of(key: str, cell: object) -> str:
    """The code one cell is refused with, at its own place."""
    table = read_rows(GOOD, with_cell(key, cell))
    (problem,) = table.problems
    assert (problem.sheet, problem.row) == ("명단", 3)
    assert problem.header == HEADER[[column.key for column in COLUMNS].index(key)]
    assert [dict(row.values) for row in table.rows] == [READ]
    return problem.code


def codes(table: Table) -> list[str]:
    assert table.rows == ()
    return [problem.code for problem in table.problems]


def repacked(data: bytes, parts: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """A zip with some of its parts rewritten."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in source.infolist():
            content = source.read(entry)
            copy.writestr(entry.filename, parts.get(entry.filename, lambda same: same)(content))
    return target.getvalue()


def with_rows(rows: bytes) -> bytes:
    """A workbook whose one sheet's data is as given."""
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return repacked(workbook([HEADER, GOOD]), {SHEET: lambda _: head + rows + b"</sheetData></worksheet>"})
