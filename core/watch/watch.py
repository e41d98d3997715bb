"""Where a house's parts say what they have to tell: checks of readiness, readings for the metrics, postings counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from core.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One figure of the metrics, read when they are asked for. The name begins with `dure_`; of a `counter` it ends
    with `_total`. The values of a label are few and never a person's."""

    name: str
    says: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    counter: bool = False


Readings: TypeAlias = "Callable[[House], Awaitable[Iterable[Reading]]]"
Check: TypeAlias = "Callable[[House], Awaitable[str | None]]"  # what is in the way, without secrets; None: nothing


@dataclass(slots=True)
class Watch:
    """One house's: what runs in its process adds its own, by a name that is told to operators.

    house.watch.checks["jobs"] = jobs.in_the_way
    house.watch.readings["jobs"] = jobs.readings
    """

    checks: dict[str, Check] = field(default_factory=dict)
    readings: dict[str, Readings] = field(default_factory=dict)
    full_at: float | None = None  # when something could last not be written for want of room, by a clock of its own
    postings: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # by program, asset, kind

    def saw_full(self) -> None:
        """Something could not be written for want of room."""
        self.full_at = time.monotonic()

    def was_full(self, seconds: float) -> bool:
        """Whether that was so within the last seconds."""
        return self.full_at is not None and time.monotonic() - self.full_at < seconds
