"""What the checks must know besides the facts, loaded by `gather`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """From a day on, until before another (none: open-ended)."""

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProvider:
    """교육기관: since when its courses count, and which; `courses` is empty when all of them do."""

    period: Period
    courses: Mapping[str, Period] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKind:
    """경영혁신 활동 유형: while it is on offer, and the most one activity of it may be granted."""

    period: Period
    max_points: int
