"""A clock that tests set."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from core.calendar import SEOUL


class SetClock:
    """Stands still until told otherwise; what `House.clock` calls."""

    def __init__(self, day: date = date(2026, 3, 2)) -> None:
        self.moment = datetime.combine(day, time(9, 0), SEOUL)

    def __call__(self) -> datetime:
        return self.moment

    def set(self, day: date) -> None:
        self.moment = datetime.combine(day, time(9, 0), SEOUL)

    def forward(self, **delta: float) -> None:
        self.moment += timedelta(**delta)
