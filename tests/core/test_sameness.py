"""Texts that mean the same are the same, however they were typed."""

import unicodedata

import pytest

from core.sameness import sameness, session_sameness

COURSE = "LED 조명 설계 A-1"


@pytest.mark.parametrize(
    "typed",
    [
        "led조명설계a-1",
        "LED\u00a0조명\u200b설계 Ａ－１",
        unicodedata.normalize("NFD", COURSE),
        "LED 조명 설계 A–1",
        "LED 조명 설계\u3164 A-01",
        "LED 조명\ufe0f 설계 A\u20111",
    ],
)
def test_a_course_is_one_however_it_is_spelled(typed: str) -> None:
    assert sameness(typed) == sameness(COURSE)


def test_another_course_is_another() -> None:
    assert sameness("LED 조명 설계 A-2") != sameness(COURSE)
    assert sameness("조명 설계 1") != sameness("조명 설계 11")


@pytest.mark.parametrize("typed", ["1회", "01", "제1기", "１차", " 1 "])
def test_a_session_is_its_number(typed: str) -> None:
    assert session_sameness(typed) == session_sameness("1")


def test_sessions_of_other_years_stay_apart() -> None:
    assert session_sameness("2025-1") != session_sameness("2026-1")
    assert session_sameness("2026-1") == session_sameness("2026-01회")
