"""Review: asking for a supplement, approving and rejecting row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.activities.awarding import awards_of
from core.activities.checks import object_to
from core.activities.facts import facts_of
from core.activities.letters import tell_of_decision, tell_of_supplement
from core.activities.models import Activity, ActivityStatus, Filing, FilingStatus
from core.activities.observed import ActivityDecided
from core.activities.problems import (
    ACTIVITY_NOT_FOUND,
    FOUR_EYES,
    REASON_NEEDED,
    WRONG_STATUS,
)
from core.activities.queries import (
    activity,
    activity_type,
    filing,
    locked_filing,
    rows_of,
    subject_of,
)
from core.concurrency import mapped
from core.errors import refuse_any
from core.ledgers import Credit, Earning, earn
from core.program import ActivityType, Award, Party
from core.work import Work


async def request_supplement(work: Work, filing_id: int, reason: str) -> Filing:
    """보완요청: back to the filer, with what is missing."""
    found = await locked_filing(work, filing_id)
    work.actor.require_staff(found.program)
    _require_waiting(found)
    if not reason.strip():
        raise REASON_NEEDED.refuse("reason")
    await work.tx.execute(
        sa.update(activity).where(activity.c.filing_id == filing_id).values(status=ActivityStatus.DRAFT.value)
    )
    await _set_filing(work, filing_id, status=FilingStatus.SUPPLEMENT_REQUESTED.value, supplement_reason=reason)
    work.record(
        "filing.supplement_requested", "filing", filing_id, organization_id=found.organization_id,
        before={"status": found.status}, after={"status": "supplement_requested", "reason": reason},
    )  # fmt: skip
    await tell_of_supplement(work, found, reason)
    return await locked_filing(work, filing_id)


async def decide_filing(
    work: Work, filing_id: int, *, approve: bool, reason: str = "", except_rows: Mapping[int, str] | None = None
) -> Filing:
    """심사: approve or reject every waiting row; `except_rows` decides those activities the other way, id to reason.

    A rejection needs a reason. What is approved is checked once more, and earns in the same transaction. Whoever
    drafted, amended or submitted it, for whichever organization, leaves the decision to somebody else.
    """
    found = await locked_filing(work, filing_id)
    work.actor.require_staff(found.program)
    _require_waiting(found)
    kind = activity_type(work, found.program, found.activity_type)
    if await _has_written(work, filing_id):
        raise FOUR_EYES.refuse("id")
    waiting = await rows_of(work.tx, filing_id, ActivityStatus.SUBMITTED)
    other = dict(except_rows or {})
    refuse_any(ACTIVITY_NOT_FOUND.at("exceptRows") for row_id in other if row_id not in {row.id for row in waiting})
    reasons = {row.id: other.get(row.id, reason) for row in waiting}
    approved = [row for row in waiting if approve != (row.id in other)]
    rejected = [row for row in waiting if approve == (row.id in other)]
    if any(not reasons[row.id].strip() for row in rejected):
        raise REASON_NEEDED.refuse("reason")
    await approve_rows(work, found, kind, approved, reason=reason if approve else "", reasons=reasons)
    await _reject_rows(work, found, kind, rejected, reasons)
    decided = await locked_filing(work, filing_id)
    await tell_of_decision(work, decided, approved=len(approved), rejected=len(rejected))
    return decided


async def approve_rows(
    work: Work,
    found: Filing,
    kind: ActivityType[Any],
    rows: Sequence[Activity],
    *,
    reason: str,
    reasons: Mapping[int, str] | None = None,
    checked: bool = False,
) -> None:
    """Award and post these rows, set-based: one earning a row that earns anything."""
    if not rows:
        await _close(work, found)
        return
    if not checked:
        refuse_any(await object_to(work, found, kind, rows))
    asset = work.plugins.programs[found.program].asset(kind.asset)
    awards = await awards_of(work, found.program, kind, rows)

    def earning_of(of: tuple[Activity, Award]) -> Earning:
        row, award = of
        return Earning(
            key=f"activity:{row.id}",
            reference=f"activity:{row.id}",
            credits=tuple(
                Credit(
                    organization_id=row.filer_id if party is Party.FILER else subject_of(row),
                    amount=int(points),
                    earned_on=row.base_date,
                    expires_on=None if asset.term is None else asset.term.first_day_after(row.base_date),
                )
                for party, points in award.points.items()
                if points > 0
            ),
        )

    earning = [one for one in await mapped(earning_of, zip(rows, awards, strict=True)) if one.credits]
    receipts = await earn(
        work, program=found.program, asset=kind.asset, earnings=earning, reason=f"적립 승인 {found.number}"
    )
    posted = {one.key: receipt.transaction_id for one, receipt in zip(earning, receipts, strict=True)}
    await work.tx.connection.execute(
        "UPDATE activity SET status = 'approved', edition = d.edition, points_filer = d.filer,"
        " points_subject = d.subject, decision_reason = nullif(d.reason, ''), transaction_id = d.transaction"
        " FROM unnest($1::bigint[], $2::date[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[])"
        " AS d(id, edition, filer, subject, reason, transaction) WHERE activity.id = d.id",
        [row.id for row in rows],
        [_edition_date(kind, row) for row in rows],
        [int(award.points.get(Party.FILER, 0)) for award in awards],
        [int(award.points.get(Party.SUBJECT, 0)) for award in awards],
        [(reasons or {}).get(row.id, reason) for row in rows],
        [posted.get(f"activity:{row.id}") for row in rows],
    )
    work.record(
        "activities.approved", "filing", found.id, organization_id=found.organization_id,
        after={
            "rows": len(rows),
            "points": sum(int(sum(award.points.values())) for award in awards),
            "reason": reason,
            "editions": sorted({str(_edition_date(kind, row)) for row in rows}),
        },
    )  # fmt: skip
    await _tell(work, kind, rows, awards, reasons or {})
    await _close(work, found)


async def _reject_rows(
    work: Work, found: Filing, kind: ActivityType[Any], rows: Sequence[Activity], reasons: Mapping[int, str]
) -> None:
    if not rows:
        return
    await work.tx.connection.execute(
        "UPDATE activity SET status = 'rejected', decision_reason = d.reason"
        " FROM unnest($1::bigint[], $2::text[]) AS d(id, reason) WHERE activity.id = d.id",
        [row.id for row in rows],
        [reasons[row.id] for row in rows],
    )
    work.record(
        "activities.rejected", "filing", found.id, organization_id=found.organization_id,
        after={"rows": {str(row.id): reasons[row.id] for row in rows}},
    )  # fmt: skip
    await _tell(work, kind, rows, None, reasons)
    await _close(work, found)


async def _close(work: Work, found: Filing) -> None:
    """Once no row waits, the filing says how it ended."""
    counts = {
        row["status"]: row["n"]
        for row in await work.tx.rows(
            sa.select(activity.c.status, sa.func.count().label("n"))
            .where(activity.c.filing_id == found.id)
            .group_by(activity.c.status)
        )
    }
    if counts.get(ActivityStatus.SUBMITTED):
        return
    approved, rejected = counts.get(ActivityStatus.APPROVED, 0), counts.get(ActivityStatus.REJECTED, 0)
    if not approved:
        status = FilingStatus.REJECTED
    else:
        status = FilingStatus.PARTIALLY_APPROVED if rejected else FilingStatus.APPROVED
    await _set_filing(work, found.id, status=status.value, decided_by=work.actor.member_id, decided_at=work.now)


async def _tell(
    work: Work,
    kind: ActivityType[Any],
    rows: Sequence[Activity],
    awards: Sequence[Award] | None,
    reasons: Mapping[int, str],
) -> None:
    if not work.plugins.listens("activity_decided"):
        return
    for place, (row, facts) in enumerate(zip(rows, await facts_of(work, kind, rows, masked=True), strict=True)):
        decided = ActivityDecided(
            activity_id=row.id,
            program=row.program,
            activity_type=row.activity_type,
            facts=facts,
            approved=awards is not None,
            award=awards[place] if awards is not None else None,
            reason=reasons.get(row.id, ""),
        )
        work.tell("activity_decided", decided=decided)


async def _set_filing(work: Work, filing_id: int, **values: Any) -> None:
    await work.tx.execute(sa.update(filing).where(filing.c.id == filing_id).values(**values))


async def _has_written(work: Work, filing_id: int) -> bool:
    """Whether the one who acts has had a hand in what the filing says; the audit remembers it."""
    return bool(
        await work.tx.connection.fetchval(
            "SELECT true FROM audit_event WHERE subject_type = 'filing' AND subject_id = $1 AND actor_id = $2"
            " AND action IN ('filing.drafted', 'filing.amended', 'filing.submitted', 'document.attached',"
            " 'document.detached', 'document.withdrawn') LIMIT 1",
            str(filing_id),
            work.actor.member_id,
        )
    )


def _require_waiting(found: Filing) -> None:
    if found.status != FilingStatus.SUBMITTED:
        raise WRONG_STATUS.refuse("id", status=found.status, needed=FilingStatus.SUBMITTED.value)


def _edition_date(kind: ActivityType[Any], row: Activity) -> Any:
    edition = kind.edition_on(row.base_date)
    return None if edition is None else edition.effective
