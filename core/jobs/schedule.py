"""When a periodic job is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from croniter import croniter

from core.calendar import SEOUL


@dataclass(frozen=True, slots=True)
class Schedule:
    """주기: a crontab line (minute hour day month weekday) in Seoul's time: `10 0 * * *` is ten past midnight."""

    cron: str

    def __post_init__(self) -> None:
        if len(self.cron.split()) != 5 or not croniter.is_valid(self.cron):
            raise ValueError(f"{self.cron!r} is no crontab line: minute hour day month weekday, e.g. '10 0 * * *'")

    def last_due(self, now: datetime) -> datetime:
        """The moment at or before `now` at which it was last due."""
        local = now.astimezone(SEOUL)
        if croniter.match(self.cron, local):
            return local.replace(second=0, microsecond=0)
        return cast(datetime, croniter(self.cron, local).get_prev(datetime))

    def next_due(self, now: datetime) -> datetime:
        """The moment after `now` at which it is due again."""
        return cast(datetime, croniter(self.cron, now.astimezone(SEOUL)).get_next(datetime))
