"""Revoking (환수): what false filings earned is taken back from every side, spent or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.activities.letters import tell_of_revocation
from core.activities.models import Activity, ActivityStatus, Filing, FilingStatus
from core.activities.problems import ACTIVITY_NOT_FOUND, REVOCATION_REASON_NEEDED, WRONG_STATUS
from core.activities.queries import activity, filing, locked_filing
from core.actor import Role
from core.database import any_of
from core.ledgers import Clawback, claw_back
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """기관별 환수액: what was taken from one organization, what it owes of it now, and what had expired before."""

    taken: int = 0
    owed: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """환수 결과: what was taken back from which organization (by id), all rows together."""

    filing: Filing
    rows: tuple[Activity, ...]
    sums: dict[int, Sums]

    @property
    def taken(self) -> int:
        return sum(each.taken for each in self.sums.values())

    @property
    def owed(self) -> int:
        return sum(each.owed for each in self.sums.values())


async def revoke_activity(work: Work, activity_id: int, reason: str) -> Revocation:
    """환수: take back what one approved activity earned, on all sides. What is spent is owed. Operators only."""
    filing_id = await work.tx.value(sa.select(activity.c.filing_id).where(activity.c.id == activity_id))
    if filing_id is None:
        raise ACTIVITY_NOT_FOUND.refuse("id")
    found = await _filing_to_revoke(work, filing_id, reason)
    (row,) = await _locked_rows(work, activity.c.id == activity_id)
    if row.status != ActivityStatus.APPROVED:
        raise WRONG_STATUS.refuse("id", status=row.status, needed=ActivityStatus.APPROVED.value)
    revocation = await _revoke(work, found, [row], reason)
    work.record(
        "activity.revoked", "activity", row.id, organization_id=row.organization_id,
        before={"status": row.status}, after={"status": ActivityStatus.REVOKED.value, "reason": reason},
    )  # fmt: skip
    return revocation


async def revoke_filing(work: Work, filing_id: int, reason: str) -> Revocation:
    """신청 전체 환수: take back what all approved rows of a filing earned, in one transaction. Operators only."""
    found = await _filing_to_revoke(work, filing_id, reason)
    rows = await _locked_rows(
        work, sa.and_(activity.c.filing_id == filing_id, activity.c.status == ActivityStatus.APPROVED.value)
    )
    if not rows:
        raise WRONG_STATUS.refuse("id", status=found.status, needed=FilingStatus.APPROVED.value)
    revocation = await _revoke(work, found, rows, reason)
    work.record(
        "filing.revoked", "filing", filing_id, organization_id=found.organization_id,
        before={"status": found.status},
        after={"status": revocation.filing.status, "rows": len(rows), "reason": reason},
    )  # fmt: skip
    return revocation


async def _filing_to_revoke(work: Work, filing_id: int, reason: str) -> Filing:
    """Locked before its rows, as whoever decides it does."""
    found = await locked_filing(work, filing_id)
    work.actor.require_staff(found.program, Role.OPERATOR)
    if not reason.strip():
        raise REVOCATION_REASON_NEEDED.refuse("reason")
    return found


async def _locked_rows(work: Work, which: sa.ColumnElement[bool]) -> list[Activity]:
    return await work.tx.all(Activity, sa.select(activity).where(which).order_by(activity.c.id).with_for_update())


async def _revoke(work: Work, found: Filing, rows: Sequence[Activity], reason: str) -> Revocation:
    results = await claw_back(
        work,
        program=found.program,
        clawbacks=[
            Clawback(
                transaction_id=row.transaction_id, key=f"activity:{row.id}:revoked", reference=f"activity:{row.id}"
            )
            for row in rows
            if row.transaction_id is not None
        ],
        reason=reason,
    )
    sums: dict[int, Sums] = {}
    for each in results:
        so_far = sums.get(each.organization_id, Sums())
        sums[each.organization_id] = Sums(
            taken=so_far.taken + each.taken, owed=so_far.owed + each.owed, expired=so_far.expired + each.expired
        )
    revoked = await work.tx.all(
        Activity,
        sa.update(activity)
        .where(any_of(activity.c.id, [row.id for row in rows]))
        .values(status=ActivityStatus.REVOKED.value, decision_reason=reason, revoked_at=work.now)
        .returning(activity),
    )
    await work.tx.execute(
        sa.update(filing)
        .where(
            filing.c.id == found.id,
            ~sa.exists().where(activity.c.filing_id == filing.c.id, activity.c.status == ActivityStatus.APPROVED.value),
        )
        .values(status=FilingStatus.REVOKED.value)
    )
    for organization_id, sum_ in sorted(sums.items()):  # an event a party, so that neither reads of the other
        work.record(
            "points.taken_back", "filing", found.id, organization_id=organization_id,
            after={"taken": sum_.taken, "owed": sum_.owed, "expired": sum_.expired, "reason": reason},
        )  # fmt: skip
    await tell_of_revocation(
        work, found, reason, {organization_id: (sum_.taken, sum_.owed) for organization_id, sum_ in sums.items()}
    )
    return Revocation(filing=await locked_filing(work, found.id), rows=tuple(revoked), sums=sums)
