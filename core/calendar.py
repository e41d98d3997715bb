"""Dates are dates in Asia/Seoul. "Today" is asked for once, at the edge, and passed in from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")

Clock = Callable[[], datetime]


def now_in_seoul() -> datetime:
    """The moment, as Seoul's clocks show it."""
    return datetime.now(SEOUL)


def anniversary(day: date, years: int) -> date:
    """The first day after `years` whole years that began on `day`, the first day counted in.

    A year that has no such day (29 February) ends with the month: what began on 2020-02-29 fills five years with
    2025-02-28, so the first day after is 2025-03-01 (민법 제160조 제3항).
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def years_before(day: date, years: int) -> date:
    """The same day `years` calendar years earlier; of 29 February, in a year that has none, the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


@dataclass(frozen=True, slots=True)
class Term:
    """How long something lasts (유효기간), in whole years from the day it began, that day counted in."""

    years: int

    def __post_init__(self) -> None:
        if self.years < 1:
            raise ValueError(f"a term lasts at least one year, not {self.years}")

    def first_day_after(self, began_on: date) -> date:
        """The day on which it no longer holds: usable while the day of use is before this one."""
        return anniversary(began_on, self.years)
