"""One cell at a time: the spellings that are taken, and what each other one is refused for."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from tests.core.documents.workbooks import code_of, value_of


@pytest.mark.parametrize("cell", [3, 3.0, "3", " 3 ", "３", "3명", "3 명", "\u00a03\t", "+3", "3.0", "\u200b3"])
def test_whole_numbers(cell: object) -> None:
    assert value_of("people", cell) == 3


@pytest.mark.parametrize("cell", [1234, "1,234", "１，２３４", "1,234명", "1,234.0"])
def test_thousands(cell: object) -> None:
    assert value_of("people", cell) == 1234


@pytest.mark.parametrize("cell", [1.5, "1.5", "1.50", "1.5시간", "1.5 h", "１.５", "1.5H", 1.5000000000000002])
def test_decimals(cell: object) -> None:
    assert value_of("hours", cell) == Decimal("1.5")
    assert value_of("hours", 1000) == Decimal(1000)


@pytest.mark.parametrize(
    "cell",
    [
        "104-82-03590",
        "1048203590",
        1048203590,
        " 104 82 03590 ",
        "１０４-８２-０３５９０",
        "104–82–03590",
        "104−82−03590",
    ],
)
def test_business_numbers(cell: object) -> None:
    assert value_of("business_number", cell) == "1048203590"


def test_a_business_number_that_lost_its_leading_zeros_as_a_number_gets_them_back_if_it_checks() -> None:
    assert value_of("business_number", 12345673) == "0012345673"
    assert value_of("business_number", 101234567) == "0101234567"
    assert code_of("business_number", 101234568) == "IDENTITY_BUSINESS_NUMBER_CHECKSUM"
    assert code_of("business_number", "101234567") == "IDENTITY_BUSINESS_NUMBER_FORM"


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 3, 2),
        datetime(2026, 3, 2, 9, 30),  # noqa: DTZ001 - Excel's own, without a zone
        "2026-03-02",
        "2026.3.2",
        "2026. 3. 2.",
        "2026.3.2(월)",
        "2026/03/02",
        "20260302",
        20260302,
        "2026년 3월 2일",
        "2026년3월2일 월요일",
        "２０２６-０３-０２",
        "2026–03–02",
        "2026-03-02 00:00:00",
    ],
)
def test_dates(cell: object) -> None:
    assert value_of("held_on", cell) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" 안전\n교육\u00a0", "안전 교육"),
        (3, "3"),
        (3.5, "3.5"),
        (100000, "100000"),
        ("ＬＥＤ １회", "LED 1회"),
        ("㈜예시", "(주)예시"),
    ],
)
def test_texts(cell: object, text: str) -> None:
    assert value_of("course", cell) == text


@pytest.mark.parametrize(
    ("key", "cell", "code"),
    [
        ("course", "", "CELL_REQUIRED"),
        ("course", " \u00a0\t", "CELL_REQUIRED"),
        ("course", date(2026, 1, 1), "CELL_NOT_TEXT"),
        ("course", True, "CELL_NOT_TEXT"),
        ("course", "가" * 201, "CELL_TOO_LONG"),
        ("course", "#N/A", "CELL_ERROR_VALUE"),
        ("remark", "가" * 21, "CELL_TOO_LONG"),
        ("people", "세 명", "CELL_NOT_A_NUMBER"),
        ("people", "1,23", "CELL_NOT_A_NUMBER"),
        ("people", "3명 4명", "CELL_NOT_A_NUMBER"),
        ("people", "1e3", "CELL_NOT_A_NUMBER"),
        ("people", 1e300, "CELL_NOT_A_NUMBER"),
        ("people", "9" * 40, "CELL_NOT_A_NUMBER"),
        ("people", "٣", "CELL_NOT_A_NUMBER"),
        ("people", True, "CELL_NOT_A_NUMBER"),
        ("people", date(2026, 1, 1), "CELL_NOT_A_NUMBER"),
        ("people", 2.5, "CELL_NOT_WHOLE"),
        ("people", 0, "CELL_TOO_SMALL"),
        ("people", "−1", "CELL_TOO_SMALL"),
        ("hours", 0, "CELL_TOO_SMALL"),
        ("hours", -1, "CELL_TOO_SMALL"),
        ("hours", 2000.5, "CELL_TOO_GREAT"),
        ("hours", 1.25, "CELL_NOT_A_STEP"),
        ("hours", False, "CELL_NOT_A_NUMBER"),
        ("hours", "1:30", "CELL_NOT_A_NUMBER"),
        ("hours", time(1, 30), "CELL_NOT_A_NUMBER"),
        ("held_on", "26.3.2", "CELL_SHORT_YEAR"),
        ("held_on", "26년 3월 2일", "CELL_SHORT_YEAR"),
        ("held_on", "2026-02-30", "CELL_NOT_A_DATE"),
        ("held_on", "2026.3.2~3.4", "CELL_NOT_A_DATE"),
        ("held_on", "2026-3.2", "CELL_NOT_A_DATE"),
        ("held_on", "어제", "CELL_NOT_A_DATE"),
        ("held_on", 46083, "CELL_NOT_A_DATE"),
        ("held_on", True, "CELL_NOT_A_DATE"),
        ("business_number", "104-82-03591", "IDENTITY_BUSINESS_NUMBER_CHECKSUM"),
        ("business_number", "104-82-0359", "IDENTITY_BUSINESS_NUMBER_FORM"),
        ("business_number", True, "IDENTITY_BUSINESS_NUMBER_FORM"),
        ("business_number", date(2026, 1, 1), "IDENTITY_BUSINESS_NUMBER_FORM"),
    ],
)
def test_what_a_cell_is_refused_for(key: str, cell: object, code: str) -> None:
    assert code_of(key, cell) == code
