"""A spreadsheet written row by row: typed cells, nothing rounded, full sheets go on, names that Excel takes."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.documents.spreadsheets import Book, CellKind, SheetColumn

naive = partial(datetime, tzinfo=None)  # as Excel has them


def written(path: Path, kind: CellKind, *values: Any, name: str = "목록", most_rows: int = 1_048_576) -> Any:
    book = Book(path / "book.xlsx", name, [SheetColumn("값", kind)], most_rows=most_rows)
    book.write([[value] for value in values])
    book.close({"건수": str(book.rows)})
    return openpyxl.load_workbook(path / "book.xlsx")


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (CellKind.NUMBER, 1_234_567, 1_234_567), (CellKind.NUMBER, -5, -5),
        (CellKind.NUMBER, 2**63 - 1, "9223372036854775807"),
        (CellKind.DECIMAL, Decimal("0.1"), 0.1), (CellKind.DECIMAL, Decimal("1E-7"), 1e-7),
        (CellKind.DECIMAL, Decimal("123456789012345678.9"), "123456789012345678.9"),
        (CellKind.DECIMAL, Decimal("1E+3"), "1000"),
        (CellKind.DATE, date(2026, 3, 2), naive(2026, 3, 2)), (CellKind.DATE, date(1899, 12, 31), "1899-12-31"),
        (CellKind.DATE, date(9999, 12, 31), naive(9999, 12, 31)),
        (CellKind.MOMENT, naive(2026, 3, 2, 9, 5, 1), naive(2026, 3, 2, 9, 5, 1)),
        (CellKind.FLAG, True, True), (CellKind.TEXT, "0012345678", "0012345678"), (CellKind.TEXT, "=1+1", "=1+1"),
        (CellKind.TEXT, "이모지 🙂\n두 줄", "이모지 🙂\n두 줄"), (CellKind.TEXT, None, None),
    ],
)  # fmt: skip
def test_a_value_is_read_back_as_it_was(tmp_path: Path, kind: CellKind, value: Any, read: Any) -> None:
    cell = written(tmp_path, kind, value).worksheets[0]["A2"]
    assert cell.value == read
    assert cell.data_type != "f"


def test_a_decimal_shows_every_place_it_has(tmp_path: Path) -> None:
    assert written(tmp_path, CellKind.DECIMAL, Decimal("2.50")).worksheets[0]["A2"].number_format == "#,##0.00"


def test_a_text_too_long_for_a_cell_says_that_it_goes_on(tmp_path: Path) -> None:
    value = written(tmp_path, CellKind.TEXT, "가" * 40_000).worksheets[0]["A2"].value
    assert (len(value), value[-1]) == (32_767, "…")


def test_a_full_sheet_goes_on_in_the_next_with_its_headings(tmp_path: Path) -> None:
    book = written(tmp_path, CellKind.NUMBER, *range(7), most_rows=4)
    assert book.sheetnames == ["목록", "목록 (2)", "목록 (3)", "안내"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book.worksheets[:3]] == [
        ["값", 0, 1, 2], ["값", 3, 4, 5], ["값", 6],
    ]  # fmt: skip
    assert book["안내"]["B1"].value == "7"


@pytest.mark.parametrize("name", ["a/b*c?[d]:e\\f", "가" * 60, "'인용'", "", "History", "안내"])
def test_any_name_becomes_one_that_excel_takes(tmp_path: Path, name: str) -> None:
    book = written(tmp_path, CellKind.NUMBER, *range(5), name=name, most_rows=3)
    assert len(book.sheetnames) == 4
    assert all(1 <= len(each) <= 31 for each in book.sheetnames)


def test_an_empty_list_has_its_headings(tmp_path: Path) -> None:
    assert [cell.value for cell in written(tmp_path, CellKind.NUMBER).worksheets[0]["A"]] == ["값"]


def test_rows_wait_beside_the_file_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (mine := tmp_path / "mine").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    book = Book(mine / "book.xlsx", "목록", [SheetColumn("값")])
    book.write([["홍길동"]] * 10)
    assert list(mine.iterdir())
    assert list(elsewhere.iterdir()) == []
    book.close({"건수": "10"})
    assert list(mine.iterdir()) == [mine / "book.xlsx"]
