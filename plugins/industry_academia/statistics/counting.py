"""Counting, by PostgreSQL and set-based; and remembering the answer for a while, since everybody may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from core.database import Database, Transaction
from core.house import House
from plugins.industry_academia.program import CODE
from plugins.industry_academia.statistics.figures import Figures, Orders, Year, guarded, guarded_orders
from plugins.industry_academia.tables import WON_FACTS

GOOD_FOR = timedelta(minutes=10)
NOTHING = Figures(
    filings=0, activities=0, universities=0, companies=0, university_points=0, company_points=0, paid_won=0
)
_WON = " + ".join(f"coalesce((a.facts ->> '{name}')::bigint, 0)" for name in WON_FACTS)
# A company or university counts once in a year, however many fields it has part in; so they are counted, not added up.
_ACTIVITIES = f"""
WITH counted AS (
    SELECT extract(year FROM f.decided_at AT TIME ZONE 'Asia/Seoul')::int AS year, a.activity_type, a.filing_id,
        a.filer_id, a.organization_id, a.points_filer, a.points_subject, {_WON} AS won
    FROM activity a JOIN filing f ON f.id = a.filing_id
    WHERE a.program = $1 AND a.status = 'approved'
)
SELECT year, activity_type, count(DISTINCT filing_id) AS filings, count(*) AS activities,
    count(DISTINCT filer_id) AS universities, count(DISTINCT organization_id) AS companies,
    sum(points_filer)::bigint AS university_points, sum(points_subject)::bigint AS company_points,
    sum(won)::bigint AS paid_won, (array_agg(DISTINCT organization_id))[1:3] AS some
FROM counted GROUP BY GROUPING SETS ((year), (year, activity_type)) ORDER BY year, activity_type NULLS FIRST
"""
_ORDERS = """
SELECT extract(year FROM settled_at AT TIME ZONE 'Asia/Seoul')::int AS year, count(*) AS settled,
    count(DISTINCT company_id) AS companies, sum(points)::bigint AS points, sum(paid_won)::bigint AS paid_won
FROM ia_exchange_order WHERE status = 'settled' GROUP BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """통계: every year there is something of, the newest first, as of a moment."""

    as_of: datetime
    years: tuple[Year, ...]


@dataclass(slots=True)
class _Remembered:
    """What was counted last; who asks meanwhile waits for the same answer."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    statistics: Statistics | None = None


_remembered: WeakKeyDictionary[Database, _Remembered] = WeakKeyDictionary()


async def statistics(house: House) -> Statistics:
    """Of this house, at most ten minutes old."""
    kept = _remembered.setdefault(house.database, _Remembered())
    async with kept.lock:
        now = house.clock()
        if kept.statistics is None or not timedelta(0) <= now - kept.statistics.as_of < GOOD_FOR:
            async with house.database.reading() as tx:
                kept.statistics = Statistics(as_of=now, years=await counted(tx))
        return kept.statistics


async def counted(tx: Transaction) -> tuple[Year, ...]:
    """Count anew."""
    totals: dict[int, Figures] = {}
    parts: dict[int, dict[str, Figures]] = {}
    for row in await tx.connection.fetch(_ACTIVITIES, CODE):
        figures = _figures(dict(row))
        if row["activity_type"] is None:
            totals[row["year"]] = figures
        else:
            parts.setdefault(row["year"], {})[row["activity_type"]] = figures
    orders = {
        row["year"]: Orders(
            settled=row["settled"], companies=row["companies"], points=row["points"], paid_won=row["paid_won"]
        )
        for row in await tx.connection.fetch(_ORDERS)
    }
    none = Orders(settled=0, companies=0, points=0, paid_won=0)
    years = []
    for year in sorted(totals.keys() | orders.keys(), reverse=True):
        total, by_activity = guarded(totals.get(year, NOTHING), parts.get(year, {}))
        of_year = guarded_orders(orders[year]) if year in orders else none
        years.append(Year(year=year, total=total, by_activity=by_activity, orders=of_year))
    return tuple(years)


def _figures(row: Mapping[str, object]) -> Figures:
    named = {name: row[name] for name in Figures.__dataclass_fields__ if name != "some"}
    return Figures(**named, some=frozenset(row["some"]))  # type: ignore[arg-type,call-overload]
