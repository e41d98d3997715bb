"""The figures of a year and of its parts, and which amounts must not be told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

ENOUGH = 3  # companies that must stand behind an amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """집계: counts, and the amounts that are None where they would tell of fewer than three companies.

    `some` are up to three of the companies, by which it is seen how many stand behind several cells together.
    """

    filings: int
    activities: int
    universities: int
    companies: int
    university_points: int | None
    company_points: int | None
    paid_won: int | None
    some: frozenset[int] = frozenset()

    @property
    def told(self) -> bool:
        return self.paid_won is not None

    def without_amounts(self) -> Figures:
        return replace(self, university_points=None, company_points=None, paid_won=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """거래소 집계: orders settled in a year, the mileage in them and the won paid beside it."""

    settled: int
    companies: int
    points: int | None
    paid_won: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """연도별 집계: in all, by activity code, and what was traded."""

    year: int
    total: Figures
    by_activity: Mapping[str, Figures]
    orders: Orders


def guarded(total: Figures, parts: Mapping[str, Figures]) -> tuple[Figures, Mapping[str, Figures]]:
    """The same without the amounts that tell, or let be subtracted, what fewer than three companies did.

    What is left out of a year adds up to its total less what is told, so what is left out must itself have three
    companies behind it: the smallest of what is told goes too, until it has.
    """
    if total.companies < ENOUGH:
        return total.without_amounts(), {code: part.without_amounts() for code, part in parts.items()}
    hidden = {code for code, part in parts.items() if part.companies < ENOUGH}
    smallest_first = sorted(set(parts) - hidden, key=lambda code: (parts[code].companies, code))
    while hidden and len(frozenset[int]().union(*(parts[code].some for code in hidden))) < ENOUGH and smallest_first:
        hidden.add(smallest_first.pop(0))
    return total, {code: part.without_amounts() if code in hidden else part for code, part in parts.items()}


def guarded_orders(orders: Orders) -> Orders:
    return orders if orders.companies >= ENOUGH else replace(orders, points=None, paid_won=None)
