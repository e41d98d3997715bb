"""What was copied out of Excel: read as it was meant, or complained of at its cell."""

from __future__ import annotations

import random
import time
from datetime import date
from decimal import Decimal

import pytest

from core.documents.spreadsheets import Column, Kind, Table, read_pasted
from core.language import Text

COLUMNS = (
    Column(
        key="number", names=Text("사업자등록번호", "Number"), kind=Kind.BUSINESS_NUMBER, digits_only=True,
        aliases=("사업자번호",),
    ),
    Column(key="name", names=Text("기업명", "Company"), required=False),
    Column(key="day", names=Text("입금일", "Day"), kind=Kind.DATE, digits_only=True),
    Column(key="won", names=Text("금액", "Won"), kind=Kind.INTEGER, digits_only=True),
    Column(key="share", names=Text("비율", "Share"), kind=Kind.DECIMAL, digits_only=True, required=False),
    Column(key="paid", names=Text("완납", "Paid"), kind=Kind.FLAG, required=False),
    Column(
        key="sort", names=Text("구분", "Sort"), kind=Kind.CHOICE, required=False,
        choices=(("A", ("공동 연구", "joint", "a")), ("B", ("위탁", "commissioned", "b"))),
    ),
)  # fmt: skip
LINE = "1048203590\t한빛\t20260302\t1000\t0.5\t예\t공동연구"
READ = {
    "number": "1048203590", "name": "한빛", "day": date(2026, 3, 2), "won": 1_000, "share": Decimal("0.5"),
    "paid": True, "sort": "A",
}  # fmt: skip
HEADER = "사업자번호\t기업명\t입금일\t금액(원)\t비율\t완납\t구분"


def read(text: str, **options: int) -> Table:
    return read_pasted(text, COLUMNS, **{"max_rows": 100} | options)


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"{LINE}\r\n",
        f"{LINE}\t\t\t\n",
        f"\n\n{LINE}\r\n\r\n",
        f"{HEADER}\r\n{LINE}",
        f"제출용\n{HEADER}\t메모\n{LINE}\t무시\n",
        f"\ufeff{HEADER}\r{LINE}\r",
        LINE.replace("한빛", '"한빛"').replace('"', ""),
    ],
)
def test_a_row_is_read_whatever_stands_around_it(text: str) -> None:
    table = read(text)
    assert table.problems == ()
    assert [row.values for row in table.rows] == [READ]


def test_without_a_header_the_columns_stand_in_their_order_and_with_one_in_any() -> None:
    shuffled = "금액\t입금일\t사업자번호\n1000\t20260302\t1048203590"
    assert read(shuffled).rows[0].values == READ | {"name": None, "share": None, "paid": None, "sort": None}


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('"한빛\n조명"', "한빛 조명"),
        ('"한빛\r\n조명"', "한빛 조명"),
        ('"한빛 ""조명""\n본사"', '한빛 "조명" 본사'),
        ('"한빛"', '"한빛"'),
        ('"한빛', '"한빛'),
        ('5" 파이프', '5" 파이프'),
        ('"가족회사" 기금', '"가족회사" 기금'),
    ],
)
def test_quotes_hold_a_line_break_and_are_letters_otherwise(cell: str, name: str) -> None:
    table = read(f"{LINE}\n{LINE.replace('한빛', cell)}\n{LINE}")
    assert table.problems == ()
    assert [row.values["name"] for row in table.rows] == ["한빛", name, "한빛"]


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "said"),
    [
        ("1048203590", "104-82-03590", "A2", "CELL_NOT_DIGITS", 'Character 4 is "-".'),
        ("1048203590", "１048203590", "A2", "CELL_NOT_DIGITS", 'Character 1 is another kind of digit, "１".'),
        ("1048203590", " 1048203590", "A2", "CELL_NOT_DIGITS", "Character 1 is a space."),
        ("1048203590", "1048203590\u00a0", "A2", "CELL_NOT_DIGITS", "Character 11 is a space."),
        ("1048203590", "1048203590\u200b", "A2", "CELL_NOT_DIGITS", "Character 11 is an invisible character (U+200B)"),
        ("1048203590", "1048203591", "A2", "IDENTITY_BUSINESS_NUMBER_CHECKSUM", "104-82-03591"),
        ("20260302", "2026-03-02", "C2", "CELL_NOT_DIGITS", 'Character 5 is "-".'),
        ("20260302", "20260231", "C2", "CELL_NOT_YYYYMMDD", "eight digits"),
        ("20260302", "260302", "C2", "CELL_NOT_YYYYMMDD", "eight digits"),
        ("\t1000\t", "\t1,000\t", "D2", "CELL_NOT_DIGITS", 'Character 2 is ",".'),
        ("\t1000\t", "\t-1000\t", "D2", "CELL_NOT_DIGITS", 'Character 1 is "-".'),
        ("\t1000\t", "\t1000원\t", "D2", "CELL_NOT_DIGITS", 'Character 5 is "원".'),
        ("\t1000\t", "\t*\t", "D2", "CELL_NOT_DIGITS", 'Character 1 is "*".'),
        ("\t1000\t", "\t#REF!\t", "D2", "CELL_NOT_DIGITS", 'Character 1 is "#".'),
        ("0.5", "0..5", "E2", "CELL_NOT_DIGITS", "Character 3"),
        ("0.5", ".5", "E2", "CELL_NOT_DIGITS", "Character 1"),
        ("예", "글쎄", "F2", "CELL_NOT_YES_OR_NO", "yes"),
        ("공동연구", "단독", "G2", "CELL_NOT_A_CHOICE", "공동 연구, 위탁"),
    ],
)
def test_a_cell_is_complained_of_by_its_letter(old: str, new: str, place: str, code: str, said: str) -> None:
    table = read(f"{LINE}\n{LINE.replace(old, new)}\n")
    (problem,) = table.problems
    assert (problem.place, problem.code) == (place, code)
    assert said in problem.reason.en
    assert len(table.rows) == 1


def test_every_bad_cell_is_told() -> None:
    table = read("104-82-03590\t\t2026.3.2\t1,000\n1048203590\t\t\t\n")
    assert [problem.place for problem in table.problems] == ["A1", "C1", "D1", "C2", "D2"]


def test_a_line_with_more_cells_than_columns_is_asked_for_its_header() -> None:
    (problem,) = read(f"{LINE}\tx\n").problems
    assert (problem.code, problem.place, problem.value) == ("SPREADSHEET_NO_COLUMN", "H1", "x")


def test_a_header_that_lacks_a_column_names_it() -> None:
    (problem,) = read("사업자번호\t금액\n1048203590\t1000").problems
    assert (problem.code, problem.header) == ("SPREADSHEET_COLUMN_MISSING", "입금일")


def test_a_header_with_a_column_twice_says_where() -> None:
    (problem,) = read(f"{HEADER}\t금액\n{LINE}\t1000").problems
    assert (problem.code, problem.place) == ("SPREADSHEET_COLUMN_TWICE", "H1")


@pytest.mark.parametrize("text", ["", "\n\n", "\t\t\n", HEADER])
def test_nothing_pasted_is_said_to_be_nothing(text: str) -> None:
    assert [problem.code for problem in read(text).problems] == ["SPREADSHEET_NO_ROWS"]


def test_rows_over_the_limit_are_refused_whole() -> None:
    assert len(read(f"{LINE}\n" * 5, max_rows=5).rows) == 5
    table = read(f"{LINE}\n" * 6, max_rows=5)
    assert table.rows == ()
    assert [problem.code for problem in table.problems] == ["SPREADSHEET_TOO_MANY_ROWS"]


def test_whatever_is_pasted_is_answered_soon() -> None:
    chance = random.Random(7)
    for _ in range(300):
        text = "".join(chance.choice('"\t\n\r 1가\u200b0.-') for _ in range(200))
        table = read(text, max_rows=10_000)
        assert table.rows or table.problems
    began = time.perf_counter()
    for mark in ('"', "\t", '"\t', '"a\n', "\r", '""\n"'):
        read(mark * 100_000, max_rows=10_000)
    assert time.perf_counter() - began < 30
