"""Every declared type has its sheet: columns from its facts, rows from a workbook or a paste, or every bad cell."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core import Choice, PersonalKind, SheetForm, Source, Text, Written, fact
from core.activities.sheets import sheet_fields
from core.documents.spreadsheets import CellsRefused, Kind
from core.errors import Misdeclared
from core.program import ActivityType
from tests.core.activities.workshop import RULES, VISIT
from tests.core.documents.old_excel import Grid, old_workbook, record, sheet_records
from tests.core.documents.workbooks import workbook
from tests.support.numbers import business_number
from tests.support.plugins import declaring, deed_type, plugged, program
from tests.support.spreadsheets import sheet_of

ONE, TWO = business_number(1), business_number(2)


class Wood(Choice):
    """나무: a kind of tree."""

    OAK = "oak", "참나무", "oak tree"
    PINE = "pine", "소나무", "pine tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Felling:
    """벌목: everything a fact can be."""

    who: str = fact("작업자", "worker", personal=PersonalKind.NAME)
    day: date = fact("작업일", "day", note=Text("끝난 날", "The last day"))
    trees: int = fact("그루 수", "trees", unit=Text("그루", "trees"), aliases=("수량",))
    hours: Decimal = fact("시간", "hours")
    wood: Wood = fact("수종", "wood")
    sold: bool = fact("판매", "sold")
    mill: str = fact("제재소 번호", "mill", written=Written.BUSINESS_NUMBER)
    account: str | None = fact("계좌", "account", default=None, written=Written.DIGITS)
    price: int = fact("가격", "price", default=7, written=Written.FREELY)

    def __post_init__(self) -> None:
        if self.trees > 1_000:
            raise ValueError("a whole forest")


CLAUSE = Source(RULES, "제2조 (서식)")
FELLING = replace(
    VISIT, code="felling", facts=Felling, base_date=lambda facts: facts.day, sheet=SheetForm(source=CLAUSE)
)
HEADER = (
    "사업자번호", "기업명", "작업자", "작업일", "그루 수(그루)", "시간", "수종", "판매", "제재소 번호", "계좌", "가격",
)  # fmt: skip
GOOD: tuple[Any, ...] = (ONE, "한빛", "가나다", date(2026, 3, 2), 12, 1.5, "참나무", True, TWO, "0012", "1,000")
FACTS = Felling(
    who="가나다", day=date(2026, 3, 2), trees=12, hours=Decimal("1.5"), wood=Wood.OAK, sold=True, mill=TWO,
    account="0012", price=1_000,
)  # fmt: skip


def refusal(kind: ActivityType[Any], given: bytes | str, **options: int) -> CellsRefused:
    with pytest.raises(CellsRefused) as caught:
        sheet_of(kind, given, **{"max_rows": 100} | options)
    return caught.value


def test_the_columns_follow_from_the_facts() -> None:
    fields = sheet_fields(FELLING)
    assert [(each.heading, each.column.kind, each.column.digits_only, each.column.required) for each in fields] == [
        ("사업자등록번호", Kind.BUSINESS_NUMBER, True, True),
        ("기업명", Kind.TEXT, False, False),
        ("작업자", Kind.TEXT, False, True),
        ("작업일", Kind.DATE, True, True),
        ("그루 수(그루)", Kind.INTEGER, True, True),
        ("시간", Kind.DECIMAL, True, True),
        ("수종", Kind.CHOICE, False, True),
        ("판매", Kind.FLAG, False, True),
        ("제재소 번호", Kind.BUSINESS_NUMBER, True, True),
        ("계좌", Kind.TEXT, True, False),
        ("가격", Kind.INTEGER, False, False),
        ("비고", Kind.TEXT, False, False),
    ]
    assert [each.fact for each in fields if each.personal] == ["who"]


def test_a_workbook_and_a_paste_say_the_same() -> None:
    pasted = f"{ONE}\t한빛\t가나다\t20260302\t12\t1.5\toak tree\tY\t{TWO}\t0012\t1,000\t비고는 남지 않는다\n"
    for given in (workbook([HEADER, GOOD]), pasted):
        (row,) = sheet_of(FELLING, given, max_rows=10).rows
        assert (row.business_number, row.stated_name, row.facts) == (ONE, "한빛", FACTS)


def test_what_is_left_empty_is_its_default() -> None:
    (row,) = sheet_of(FELLING, workbook([HEADER, (*GOOD[:9], None, None)]), max_rows=10).rows
    assert (row.facts.account, row.facts.price) == (None, 7)


def formula(book: Any, sheet: Any) -> None:
    sheet.write_formula(1, 4, "=3*4", None, 12)


def hidden_row(book: Any, sheet: Any) -> None:
    sheet.set_row(2, None, None, {"hidden": True})


@pytest.mark.parametrize(
    ("touch", "rows", "place", "code"),
    [
        (formula, 1, "명단!E2", "CELL_FORMULA"),
        (hidden_row, 2, "명단!3", "SPREADSHEET_HIDDEN_ROW"),
    ],
)
def test_what_nobody_saw_is_not_taken(touch: Callable[..., None], rows: int, place: str, code: str) -> None:
    found = refusal(FELLING, workbook([HEADER, *[GOOD] * rows], touch))
    assert [(each.place, each.code) for each in found.cells] == [(place, code)]
    assert found.violations[0].code == "ACTIVITY_SHEET_REFUSED"
    assert {each.source for each in found.violations} == {CLAUSE}
    assert found.violations[1].path[0] == "file"


def test_an_old_workbook_hides_nothing_either() -> None:
    rows: Grid = [
        ("사업자번호", "주제", "방문일", "인원"),
        (ONE, "가", "20260302", 3.0),
        (ONE, "나", "20260302", None),
        (ONE, "다", "20260302", 5.0),
    ]
    seven = struct.pack("<HHHdHIH", 2, 3, 0, 7.0, 0, 0, 3) + b"\x1e\x07\x00"  # =7
    hidden = struct.pack("<8H", 3, 0, 4, 0, 0, 0, 0x20, 0)
    shown = struct.pack("<8H", 1, 0, 4, 255, 0, 0, 0, 0)
    plain = old_workbook({"명단": sheet_records(rows[:2], more=record(0x208, shown))})
    assert [row.facts.people for row in sheet_of(VISIT, plain, max_rows=10).rows] == [3]
    marked = old_workbook({"명단": sheet_records(rows, more=record(0x06, seven) + record(0x208, hidden))})
    assert [(each.place, each.code) for each in refusal(VISIT, marked).cells] == [
        ("명단!D3", "CELL_FORMULA"), ("명단!4", "SPREADSHEET_HIDDEN_ROW"),
    ]  # fmt: skip


def test_a_formula_in_a_column_that_is_not_read_is_nobodys_concern() -> None:
    def touch(book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 11, "=1+1", None, 2)

    assert len(sheet_of(FELLING, workbook([(*HEADER, "합"), GOOD], touch), max_rows=10).rows) == 1


def test_a_hidden_sheet_is_not_read_and_said_so_when_it_has_rows() -> None:
    def touch(book: Any, sheet: Any) -> None:
        sheet.hide()

    sheet = sheet_of(FELLING, workbook({"명단": [HEADER, GOOD], "지난달": [HEADER, GOOD]}, touch), max_rows=10)
    assert len(sheet.rows) == 1
    assert [each.code for each in sheet.warnings] == ["SPREADSHEET_HIDDEN_SHEET"]
    assert "지난달" in sheet.warnings[0].reason.ko
    plain = sheet_of(FELLING, workbook({"명단": [HEADER, GOOD], "목록": [("참나무",)]}, touch), max_rows=10)
    assert plain.warnings == ()


def test_typed_text_in_a_workbook_is_digits_only_too() -> None:
    found = refusal(FELLING, workbook([HEADER, ("000-00-00011", *GOOD[1:3], "2026-03-02", "1,200", *GOOD[5:])]))
    assert [(each.place, each.code) for each in found.cells] == [
        ("명단!A2", "CELL_NOT_DIGITS"), ("명단!D2", "CELL_NOT_DIGITS"), ("명단!E2", "CELL_NOT_DIGITS"),
    ]  # fmt: skip


def test_over_the_recommended_rows_there_is_a_warning_and_over_the_ceiling_a_refusal() -> None:
    line = f"{ONE}\t\t가\t20260302\t1\t1\t참나무\t예\t{TWO}\n"
    assert sheet_of(FELLING, line * 1_000, max_rows=1_001).warnings == ()
    sheet = sheet_of(FELLING, line * 1_001, max_rows=1_001)
    assert len(sheet.rows) == 1_001
    assert [(each.code, each.source) for each in sheet.warnings] == [("ACTIVITY_SHEET_LONG", CLAUSE)]
    found = refusal(FELLING, line * 1_002, max_rows=1_001)
    assert [each.code for each in found.violations] == ["ACTIVITY_SHEET_REFUSED", "SPREADSHEET_TOO_MANY_ROWS"]
    assert "1,001" in found.violations[1].message.en
    assert found.violations[1].path == ("text",)


def test_what_the_facts_say_against_themselves_is_said_at_the_row() -> None:
    found = refusal(FELLING, workbook([HEADER, (*GOOD[:4], 1_001, *GOOD[5:])]))
    assert [(each.place, each.code) for each in found.cells] == [("명단!A2", "ACTIVITY_FACT_INVALID")]


def test_a_row_without_a_number_is_about_the_filer_only_where_the_type_says_so() -> None:
    rows = [HEADER, (None, *GOOD[1:])]
    assert [each.code for each in refusal(FELLING, workbook(rows)).cells] == ["CELL_REQUIRED"]
    own = replace(FELLING, sheet=SheetForm(about_filer=True))
    (row,) = sheet_of(own, workbook(rows), max_rows=10).rows
    assert row.business_number is None


def test_what_says_who_somebody_is_is_not_repeated() -> None:
    bad = (ONE, "한" * 1_001, "가" * 1_001, *GOOD[3:])
    cells = refusal(FELLING, workbook([HEADER, bad])).cells
    assert [(each.place, each.code, each.value is None) for each in cells] == [
        ("명단!B2", "CELL_TOO_LONG", False), ("명단!C2", "CELL_TOO_LONG", True),
    ]  # fmt: skip
    pasted = "\t".join((ONE, "한" * 1_001, "가" * 1_001, "20260302", "1", "1", "참나무", "예", TWO))
    assert [each.value is None for each in refusal(FELLING, pasted).cells] == [False, True]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """쌍둥이: two facts of one name."""

    first: str = fact("이름", "first")
    second: str = fact("둘째 이름", "second", aliases=("이 름",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """이름: a fact that is called as the company's column is."""

    number: str = fact("사업자 등록번호", "some number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """이상: a day of digits."""

    day: date = fact("날짜", "day", written=Written.BUSINESS_NUMBER)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Twins, "two columns of its sheet are called '이 름'"),
        (Named, "two columns of its sheet are called '사업자 등록번호'"),
        (Odd, "the fact 'day' cannot be written so"),
    ],
)
def test_a_sheet_nobody_could_read_stops_the_start(facts: type[Any], said: str) -> None:
    kind = replace(deed_type(), facts=facts, base_date=lambda given: date(2026, 1, 1), checks=())
    with pytest.raises(Misdeclared, match=said):
        plugged(clinic=declaring(program(activity_types=(kind,))))
