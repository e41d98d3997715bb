"""Contenders in turn: A B C, B C A, C A B ..., so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Series:
    """What one contender measured, a figure a round. `more` are figures beside it (e.g. CPU time a request)."""

    rates: list[float] = field(default_factory=list)
    more: dict[str, list[float]] = field(default_factory=dict)

    @property
    def middle(self) -> float:
        return median(self.rates)

    def also(self, name: str) -> float | None:
        found = self.more.get(name)
        return median(found) if found else None


@dataclass(frozen=True)
class Ratio:
    """How many times faster one is than another: the median of the rounds, and the lowest and highest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, above: Series, below: Series) -> Ratio:
        each = [a / b for a, b in zip(above.rates, below.rates, strict=True)]
        return cls(median(each), min(each), max(each))

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"


Contender = Callable[[], Awaitable[float | tuple[float, Mapping[str, float]]]]


async def interleaved(contenders: Mapping[str, Contender], rounds: int) -> dict[str, Series]:
    """Every contender once a round, the order turning. One round before them warms up and is not counted."""
    names = list(contenders)
    series = {name: Series() for name in names}
    for turn in range(-1, rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            found = await contenders[name]()
            rate, more = found if isinstance(found, tuple) else (found, {})
            if turn >= 0:
                series[name].rates.append(rate)
                for key, value in more.items():
                    series[name].more.setdefault(key, []).append(value)
    return series
