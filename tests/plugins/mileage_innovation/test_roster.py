"""Rosters as training centres keep them, and every way a row of one is refused."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from core.documents.spreadsheets import CellProblem
from plugins.mileage_innovation.roster import COLUMNS, Roster, RosterLine, read_roster, roster_digest
from plugins.mileage_innovation.sample import SAMPLE, sample_workbook
from plugins.mileage_innovation.tables import MILEAGE_PER_HOUR
from tests.support.numbers import business_number
from tests.support.spreadsheets import opened

TODAY = date(2026, 3, 2)
HEADER = (
    "과정명",
    "회차",
    "교육시작일",
    "수료일",
    "교육시간",
    "사업자등록번호",
    "기업명",
    "수료인원",
    "참여인원",
    "비고",
)
KEYS = ("course", "session", "starts_on", "completed_on", "hours", "business_number", "company_name", "completers")
GOOD = ("LED 설계", "2026-1", "2026-02-02", "2026-02-04", 24, business_number(1), "예시정밀(주)", 3, 4, "")
LINE = RosterLine(
    sheet="Sheet1",
    row=2,
    course="LED 설계",
    session="2026-1",
    starts_on=date(2026, 2, 2),
    completed_on=date(2026, 2, 4),
    hours=Decimal(24),
    business_number=business_number(1),
    company_name="예시정밀(주)",
    completers=3,
)


def roster_file(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, cells in enumerate((header, *rows)):
            sheet.write_row(at, 0, cells)
    return target.getvalue()


def row(**changes: Any) -> list[Any]:
    values = dict(zip((*KEYS, "enrolled", "remark"), GOOD, strict=True))
    return list((values | changes).values())


def read(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> Roster:
    return read_roster(opened(roster_file(*rows, header=header), COLUMNS), today=TODAY)


def refused(**changes: Any) -> CellProblem:
    """The one complaint about a changed row; the good row before it is read all the same."""
    roster = read(row(session="다른 회차"), row(**changes))
    assert [line.row for line in roster.lines] == [2]
    (problem,) = roster.problems
    assert problem.row == 3
    assert problem.reason.ko
    assert problem.reason.en
    return problem


def test_a_row_of_a_roster_is_one_line() -> None:
    roster = read(GOOD)
    assert (roster.lines, roster.problems) == ((LINE,), ())


def test_a_day_of_training_may_last_24_hours_and_end_today() -> None:
    assert read(row(hours=24, starts_on="2026-03-02", completed_on="2026-03-02")).problems == ()


@pytest.mark.parametrize(
    ("changes", "code", "column", "value"),
    [
        ({"hours": 0}, "CELL_TOO_SMALL", "E", "0"),
        ({"hours": -1}, "CELL_TOO_SMALL", "E", "-1"),
        ({"hours": 1.3}, "CELL_NOT_A_STEP", "E", "1.3"),
        ({"hours": "25", "starts_on": "2026-02-04"}, "MILEAGE_INNOVATION_HOURS_IMPOSSIBLE", "E", "25"),
        ({"hours": 72.5}, "MILEAGE_INNOVATION_HOURS_IMPOSSIBLE", "E", "72.5"),
        ({"completed_on": "2026-02-01"}, "MILEAGE_INNOVATION_DATES_REVERSED", "D", "2026-02-01"),
        ({"completed_on": "2026-03-03"}, "MILEAGE_INNOVATION_ROSTER_NOT_YET", "D", "2026-03-03"),
        ({"completers": 5}, "MILEAGE_INNOVATION_ROSTER_MORE_THAN_ENROLLED", "H", "5"),
        ({"completers": 0}, "CELL_TOO_SMALL", "H", "0"),
        ({"completers": 1.5}, "CELL_NOT_WHOLE", "H", "1.5"),
        ({"completers": ""}, "CELL_REQUIRED", "H", ""),
        ({"session": ""}, "CELL_REQUIRED", "B", ""),
        ({"business_number": "104-82-03900"}, "IDENTITY_BUSINESS_NUMBER_CHECKSUM", "F", "104-82-03900"),
        ({"completed_on": "26.2.4"}, "CELL_SHORT_YEAR", "D", "26.2.4"),
    ],
)
def test_what_a_row_is_refused_for_is_said_at_its_cell(
    changes: dict[str, Any], code: str, column: str, value: str
) -> None:
    problem = refused(**changes)
    assert (problem.code, problem.column, problem.value) == (code, column, value)


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    roster = read(row(hours=100, completed_on="2026-02-02", completers=9), row(hours="길게", completers=0))
    assert [(problem.row, problem.column) for problem in roster.problems] == [(2, "E"), (2, "H"), (3, "E"), (3, "H")]
    assert roster.lines == ()


def test_a_completion_that_stands_twice_is_refused_in_both_rows_each_naming_the_other() -> None:
    roster = read(GOOD, row(session="2026-2"), row(session="２０２６-1 ", course="led설계", hours=16))
    assert [line.row for line in roster.lines] == [3]
    assert [(problem.row, problem.column, problem.code) for problem in roster.problems] == [
        (2, "F", "MILEAGE_INNOVATION_ROSTER_TWICE"),
        (4, "F", "MILEAGE_INNOVATION_ROSTER_TWICE"),
    ]
    assert "Sheet1 4행" in roster.problems[0].reason.ko
    assert "Sheet1 row 2" in roster.problems[1].reason.en


def test_the_same_course_for_another_company_day_or_session_is_another_completion() -> None:
    others = [row(business_number=business_number(2)), row(completed_on="2026-02-05"), row(session="2026-2")]
    assert len(read(GOOD, *others).lines) == 4


def test_the_end_of_training_stands_in_where_no_day_of_completion_is_given() -> None:
    assert read(GOOD, header=[name.replace("수료일", "교육종료일") for name in HEADER]).lines == (LINE,)
    header = (*HEADER[:9], "교육종료일")
    assert read((*GOOD[:9], "2026-02-28"), header=header).lines == (LINE,)


def test_training_time_in_minutes_is_not_taken_for_hours() -> None:
    roster = read(GOOD, header=[name.replace("교육시간", "교육시간(분)") for name in HEADER])
    assert [(problem.code, problem.header) for problem in roster.problems] == [
        ("SPREADSHEET_COLUMN_MISSING", "교육시간")
    ]


def test_a_roster_may_be_headed_in_english_and_leave_out_the_enrolled() -> None:
    header = ("Course", "Session", "Start date", "Completed on", "Hours", "Business number", "Company", "Completers")
    assert read(GOOD[:8], header=header).lines == (LINE,)


def test_ten_thousand_rows_are_read_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    rows = [row(business_number=business_number(serial)) for serial in range(10_000)]
    roster = read_roster(opened(roster_file(*rows), COLUMNS), today=TODAY, progress=lambda *done: told.append(done))
    assert len(roster.lines) == 10_000
    assert roster.problems == ()
    assert told[-1] == (10_000, 10_000)


def test_the_digest_is_of_what_the_lines_say_not_of_the_file_or_their_order() -> None:
    lines = read_roster(opened(sample_workbook(), COLUMNS), today=TODAY).lines
    book = openpyxl.load_workbook(io.BytesIO(sample_workbook()))
    book["수료현황"].insert_rows(1)
    book["수료현황"].title = "다시 저장"
    for merged in list(book["다시 저장"].merged_cells.ranges):
        merged.shift(row_shift=1)
    saved = io.BytesIO()
    book.save(saved)
    again = read_roster(opened(saved.getvalue(), COLUMNS), today=TODAY).lines
    assert {line.sheet for line in again} == {"다시 저장"}
    assert roster_digest(again) == roster_digest(reversed(lines)) == roster_digest(lines)
    assert roster_digest([replace(LINE, hours=Decimal("24.0"))]) == roster_digest([LINE])


@pytest.mark.parametrize(
    "change",
    [
        {"course": "다른 과정"},
        {"session": "2026-2"},
        {"starts_on": date(2026, 2, 3)},
        {"completed_on": date(2026, 2, 5)},
        {"hours": Decimal("24.5")},
        {"business_number": business_number(2)},
        {"company_name": "다른 이름"},
        {"completers": 4},
    ],
)
def test_anything_changed_is_another_digest(change: dict[str, Any]) -> None:
    assert roster_digest([replace(LINE, **change)]) != roster_digest([LINE])
    assert roster_digest([LINE, LINE]) != roster_digest([LINE])


def test_the_sample_reads_whole_and_brings_its_first_company_three_points_worth_of_mileage() -> None:
    roster = read_roster(opened(sample_workbook(), COLUMNS), today=TODAY)
    assert roster.problems == ()
    assert len(roster.lines) == 12
    assert len({line.course for line in roster.lines}) == 3
    assert {line.business_number for line in roster.lines} == {business_number(serial) for serial in range(1, 6)}
    own = [line for line in roster.lines if line.business_number == business_number(1)]
    assert {line.company_name for line in own} == {"예시정밀(주)"}
    assert sum(int(line.hours * line.completers * MILEAGE_PER_HOUR) for line in own) >= 1_500
    assert all(date(2024, 1, 1) <= line.completed_on <= date(2026, 10, 31) for line in roster.lines)
    assert Decimal("1.5") in {line.hours for line in roster.lines}


def test_the_sample_checked_in_is_the_one_the_script_writes() -> None:
    checked_in = read_roster(opened(SAMPLE.read_bytes(), COLUMNS), today=TODAY + timedelta(days=1))
    assert checked_in == read_roster(opened(sample_workbook(), COLUMNS), today=TODAY)
