"""Reading filings and their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from core.activities.facts import facts_of
from core.activities.models import Activity, ActivityStatus, Filing
from core.activities.problems import FILING_NOT_FOUND, UNKNOWN_TYPE
from core.concurrency import in_turns
from core.database import Transaction, any_of, table_of
from core.program import ActivityType, Past
from core.work import Work

filing = table_of(Filing)
activity = table_of(Activity)


def activity_type(work: Work, program: str, code: str) -> ActivityType[Any]:
    """The declared type; `Refused` when there is none."""
    kind = work.plugins.activity_type(program, code)
    if kind is None:
        raise UNKNOWN_TYPE.refuse("activityType", program=program, code=code)
    return kind


async def locked_filing(work: Work, filing_id: int) -> Filing:
    """The filing, locked until the transaction ends; `Refused` when there is none."""
    found = await work.tx.one(Filing, sa.select(filing).where(filing.c.id == filing_id).with_for_update(key_share=True))
    if found is None:
        raise FILING_NOT_FOUND.refuse("id")
    return found


async def rows_of(tx: Transaction, filing_id: int, *statuses: ActivityStatus) -> list[Activity]:
    """The rows of a filing in their order, of these statuses when any are named."""
    statement = sa.select(activity).where(activity.c.filing_id == filing_id).order_by(activity.c.line)
    if statuses:
        statement = statement.where(any_of(activity.c.status, [str(status) for status in statuses]))
    return await tx.all(Activity, statement)


def subject_of(row: Activity) -> int:
    """Whom a row is about; known from its submission on."""
    assert row.organization_id is not None, "a draft's company may not be on record yet"
    return row.organization_id


async def already_filed(tx: Transaction, filing_id: int, rows: Sequence[Activity]) -> dict[tuple[int, str], str]:
    """Which of these activities stand in another filing already: (organization, identity) to that filing's number."""
    if not rows:
        return {}
    found = await tx.connection.fetch(
        "SELECT w.organization_id, w.identity_key, coalesce(f.number, f.id::text) AS number"
        " FROM unnest($1::bigint[], $2::text[]) AS w(organization_id, identity_key) CROSS JOIN LATERAL ("
        "SELECT a.filing_id FROM activity a WHERE a.program = $3 AND a.activity_type = $4"
        " AND a.organization_id = w.organization_id AND a.identity_key = w.identity_key"
        " AND a.status IN ('submitted', 'approved') AND a.filing_id <> $5 LIMIT 1"  # the unique index, once a row:
        ") AS a JOIN filing f ON f.id = a.filing_id",  # a join may read a whole type of which nothing is known yet
        [row.organization_id for row in rows],
        [row.identity_key for row in rows],
        rows[0].program,
        rows[0].activity_type,
        filing_id,
    )
    return {(row["organization_id"], row["identity_key"]): row["number"] for row in found}


Series: TypeAlias = tuple[int, str]  # 누계 단위: whom it is about, and the key


def series_of(row: Activity) -> Series | None:
    """What this row is added up with; None when it counts alone."""
    return None if row.series_key is None else (subject_of(row), row.series_key)


async def past_of_series(
    work: Work, kind: ActivityType[Any], program: str, series: Sequence[Series]
) -> dict[Series, Past[Any]]:
    """What each series has brought so far: approved rows only."""
    rows = await work.tx.all(
        Activity,
        sa.select(activity)
        .where(
            activity.c.program == program,
            activity.c.activity_type == kind.code,
            any_of(activity.c.organization_id, sorted({subject for subject, _ in series})),
            any_of(activity.c.series_key, sorted({key for _, key in series})),
            activity.c.status == ActivityStatus.APPROVED.value,
        )
        .order_by(activity.c.id),
    )
    facts: dict[Series, list[Any]] = defaultdict(list)
    granted: dict[Series, int] = defaultdict(int)
    async for row, fact in in_turns(zip(rows, await facts_of(work, kind, rows, masked=True), strict=True)):
        of = series_of(row)
        assert of is not None
        facts[of].append(fact)
        granted[of] += max(row.points_filer, row.points_subject)
    return {of: Past(facts=tuple(known), granted=granted[of]) for of, known in facts.items()}
