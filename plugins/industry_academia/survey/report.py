"""The report of a window, counted by PostgreSQL in one statement, of the filings that the actor may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from core.activities import Activity, Filing
from core.actor import Actor
from core.calendar import SEOUL
from core.database import Transaction, table_of
from core.database.connection import compile_statement
from core.errors import refuse_any
from core.plugins import Plugins
from plugins.industry_academia.program import CODE
from plugins.industry_academia.survey.problems import AS_OF_AHEAD, WINDOW_REVERSED
from plugins.industry_academia.tables import WON_FACTS
from schema import Viewer, mapping_of
from schema.nodes import Filing as FilingNode
from schema.viewer import Shape, viewer_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """조사 기간: both days counted in, in Asia/Seoul; and the moment whose knowledge the report states."""

    first: date
    last: date
    as_of: datetime

    def check(self, now: datetime) -> None:
        """Raises `Refused` for days that are reversed, and for a moment that has not come."""
        if self.first > self.last:
            raise WINDOW_REVERSED.refuse("until", first=self.first, last=self.last)
        refuse_any([AS_OF_AHEAD.at("asOf", given=told(self.as_of), now=told(now))] if self.as_of > now else [])

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time.min, SEOUL)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last, time.min, SEOUL) + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """집계: filings and activities in them, different companies, mileage of either side, won that companies paid."""

    filings: int
    activities: int
    companies: int
    university_points: int
    company_points: int
    paid_won: int


@dataclass(frozen=True, slots=True, kw_only=True)
class University:
    """대학별 집계: whose, in all, and by activity code."""

    id: int
    business_number: str
    name: str
    total: Figures
    by_activity: Mapping[str, Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """실태조사 집계: all there is in the window, by activity, and a page of the universities ordered by name."""

    window: Window
    total: Figures
    by_activity: Mapping[str, Figures]
    universities: tuple[University, ...]
    count: int  # of all universities
    more: bool  # whether there are some after the page


# Totals count a company or filing once, however many activities it has part in; so they are counted, not added up.
_REPORT = """
WITH counted AS ({counted}),
figures AS (
    SELECT university, activity_type, count(DISTINCT filing_id) AS filings, count(*) AS activities,
        count(DISTINCT company) AS companies, coalesce(sum(points_filer), 0)::bigint AS university_points,
        coalesce(sum(points_subject), 0)::bigint AS company_points, coalesce(sum(won), 0)::bigint AS paid_won,
        grouping(university) = 0 AS of_one, grouping(activity_type) = 0 AS of_type
    FROM counted GROUP BY GROUPING SETS ((), (activity_type), (university), (university, activity_type))
),
universities AS (
    SELECT o.id, o.business_number, o.name FROM figures f JOIN organization o ON o.id = f.university
    WHERE f.of_one AND NOT f.of_type
),
page AS (
    SELECT *, row_number() OVER (ORDER BY name, id) AS place FROM universities
    WHERE ${next}::text IS NULL OR (name, id) > (${next}, ${after}::bigint)
    ORDER BY name, id LIMIT ${limit}::bigint + 1
)
SELECT f.*, p.id, p.business_number, p.name, p.place, (SELECT count(*) FROM universities) AS known
FROM figures f LEFT JOIN page p ON p.id = f.university
WHERE NOT f.of_one OR p.id IS NOT NULL
ORDER BY f.of_one, p.place, f.of_type, f.activity_type
"""


async def report(
    tx: Transaction,
    plugins: Plugins,
    actor: Actor,
    window: Window,
    *,
    limit: int | None = None,
    after: tuple[str, int] | None = None,
) -> Report:
    """Count. `limit` universities after that one (name, id); all of them without."""
    sql, arguments = compile_statement(counted(window, actor), viewer_parameters(actor, plugins.programs))
    place = len(arguments)
    text = _REPORT.format(counted=sql, next=place + 1, after=place + 2, limit=place + 3)
    most = 2**31 if limit is None else limit
    name, key = after or (None, None)
    rows = await tx.connection.fetch(text, *arguments, name, key, most)
    overall = [row for row in rows if not row["of_one"]]
    shown = [row for row in rows if row["of_one"] and row["place"] <= most]
    return Report(
        window=window,
        total=next(_figures(row) for row in overall if not row["of_type"]),
        by_activity=_by_activity(overall),
        universities=_universities(shown),
        count=overall[0]["known"],
        more=len({row["id"] for row in rows if row["of_one"]}) > most,
    )


def counted(window: Window, actor: Actor) -> sa.Select[Any]:
    """The activities of the window: filed on a day of it, approved (and so credited) at a moment of it, not revoked.

    What holds is told as of `as_of`: what was revoked after it still counted then; what was approved after it did not.
    """
    filing, activity = table_of(Filing).alias("f"), table_of(Activity).alias("a")
    won = sum(
        (sa.func.coalesce(activity.c.facts[name].astext.cast(sa.BigInteger), 0) for name in WON_FACTS),
        start=sa.literal_column("0::bigint", sa.BigInteger),
    )
    return (
        sa.select(
            filing.c.organization_id.label("university"),
            activity.c.activity_type,
            activity.c.filing_id,
            activity.c.organization_id.label("company"),
            activity.c.points_filer,
            activity.c.points_subject,
            won.label("won"),
        )
        .join_from(activity, filing, filing.c.id == activity.c.filing_id)
        .where(
            filing.c.program == CODE,
            mapping_of(FilingNode).visible(filing, Viewer(Shape.of(actor))),
            filing.c.submitted_on.between(window.first, window.last),
            filing.c.decided_at >= window.begins,
            filing.c.decided_at < window.ends,
            filing.c.decided_at <= window.as_of,
            sa.or_(activity.c.status == "approved", activity.c.revoked_at > window.as_of),
        )
    )


def told(moment: datetime) -> str:
    """A moment as Seoul's clocks show it."""
    return moment.astimezone(SEOUL).isoformat(sep=" ", timespec="seconds")


def _figures(row: Any) -> Figures:
    return Figures(
        filings=row["filings"],
        activities=row["activities"],
        companies=row["companies"],
        university_points=row["university_points"],
        company_points=row["company_points"],
        paid_won=row["paid_won"],
    )


def _by_activity(rows: list[Any]) -> dict[str, Figures]:
    return {row["activity_type"]: _figures(row) for row in rows if row["of_type"]}


def _universities(rows: list[Any]) -> tuple[University, ...]:
    of: dict[int, list[Any]] = {}
    for row in rows:
        of.setdefault(row["id"], []).append(row)
    return tuple(
        University(
            id=key,
            business_number=own[0]["business_number"],
            name=own[0]["name"],
            total=next(_figures(row) for row in own if not row["of_type"]),
            by_activity=_by_activity(own),
        )
        for key, own in of.items()
    )
