"""심의와 승인: what the council decides, whom the approval selects, and what becomes of a certificate."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.benefits import new_number
from core.calendar import Term
from core.database import table_of
from core.work import Work
from plugins.industry_academia.certification import problems
from plugins.industry_academia.certification.models import (
    Certified,
    CouncilDecision,
    Decision,
    Round,
    RoundStatus,
)
from plugins.industry_academia.certification.queries import (
    application_by_id,
    certificate,
    locked_round,
    require_day,
    require_operator,
    require_status,
    rounds,
    take_step,
)
from plugins.industry_academia.certification.telling import tell_of_outcome, tell_of_revocation, tell_of_stage

MOST_LETTERS = 1_000

# Whoever the council confirmed, in the order of their ranks, while there are places.
_SELECTED = """
SELECT r.id, r.organization_id, o.name, row_number() OVER (ORDER BY r.rank) AS place
FROM ia_certification_result r JOIN ia_certification_decision d ON d.id = r.id AND d.decision = 'confirm'
JOIN organization o ON o.id = r.organization_id
WHERE r.round_id = $1 AND r.eligible ORDER BY r.rank LIMIT $2
"""


async def decide(work: Work, application_id: int, decision: Decision, reason: str) -> CouncilDecision:
    """심의 결정 기록: confirm, or exclude with the reason; may be corrected until the council is closed."""
    require_operator(work)
    row = await application_by_id(work.tx, application_id)
    _, status = await locked_round(work, row.round_id)
    require_status(status, RoundStatus.EVALUATED)
    if row.withdrawn_at is not None:
        raise problems.WITHDRAWN_ALREADY.refuse("applicationId")
    _require_reason(reason, needed=decision is Decision.EXCLUDE)
    table = table_of(CouncilDecision)
    values = {
        "decision": decision.value, "reason": reason.strip(), "recorded_by": work.actor.member_id,
        "recorded_at": work.now,
    }  # fmt: skip
    written = await work.tx.row(
        insert(table)
        .values(id=row.id, round_id=row.round_id, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
        .returning(table)
    )
    assert written is not None
    work.record(
        "certification.deliberated_on", "certification_round", row.round_id,
        after={"application": row.id, "decision": decision.value, "reason": reason.strip()},
    )  # fmt: skip
    return CouncilDecision(**dict(written))


async def close_council(work: Work, round_id: int) -> None:
    """심의 종료: every applicant is decided on, and no decision changes any more."""
    require_operator(work)
    found, status = await locked_round(work, round_id)
    require_status(status, RoundStatus.EVALUATED)
    require_day(work, found.council_on)
    undecided = await work.tx.connection.fetchval(
        "SELECT o.name FROM ia_certification_result r JOIN organization o ON o.id = r.organization_id"
        " WHERE r.round_id = $1 AND NOT EXISTS (SELECT FROM ia_certification_decision d WHERE d.id = r.id)"
        " ORDER BY r.rank LIMIT 1",
        round_id,
    )
    if undecided is not None:
        raise problems.NOT_DECIDED.refuse("roundId", name=undecided)
    await take_step(work, round_id, RoundStatus.DELIBERATED)
    await tell_of_stage(work, found, RoundStatus.DELIBERATED)


async def approve_round(work: Work, round_id: int, reference: str) -> int:
    """선정결과 승인: certificates for who is selected, and the outcome published to all; how many certificates.

    `reference` is the number of the document that was approved (결재 문서번호).
    """
    require_operator(work)
    found, status = await locked_round(work, round_id)
    require_status(status, RoundStatus.DELIBERATED)
    require_day(work, found.approval_on)
    _require_reason(reference, "reference")
    await take_step(work, round_id, RoundStatus.APPROVED, reference.strip())
    selected = await work.tx.connection.fetch(_SELECTED, round_id, found.places)
    until = Term(found.valid_years).first_day_after(work.today) - timedelta(days=1)
    columns = (
        "application_id", "round_id", "organization_id", "organization_name", "number", "place", "places",
        "valid_from", "valid_until",
    )  # fmt: skip
    rows = [
        (
            row["id"], round_id, row["organization_id"], row["name"], new_number(work.today.year), row["place"],
            found.places, work.today, until,
        )
        for row in selected
    ]  # fmt: skip
    await work.tx.insert_many(Certified, columns, rows)
    work.record(
        "certification.certified", "certification_round", round_id,
        after={"certificates": {str(row[0]): row[4] for row in rows}, "valid_until": until},
    )  # fmt: skip
    await tell_of_outcome(work, found, frozenset(row["organization_id"] for row in selected))
    return len(rows)


async def revoke_certificate(work: Work, certificate_id: int, reason: str) -> Certified:
    """인증 취소, with the reason; its place goes to nobody else."""
    require_operator(work)
    row = await work.tx.one(
        Certified, sa.select(certificate).where(certificate.c.id == certificate_id).with_for_update()
    )
    if row is None:
        raise problems.CERTIFICATE_UNKNOWN.refuse("id")
    if row.revoked_at is not None:
        raise problems.REVOKED_ALREADY.refuse("id")
    _require_reason(reason)
    revoked = await work.tx.one(
        Certified,
        sa.update(certificate)
        .where(certificate.c.id == certificate_id)
        .values(revoked_at=work.now, revoked_reason=reason.strip())
        .returning(certificate),
    )
    found = await work.tx.one(Round, sa.select(rounds).where(rounds.c.id == row.round_id))
    assert revoked is not None and found is not None
    work.record(
        "certification.revoked", "certified_institution", certificate_id, organization_id=row.organization_id,
        after={"number": row.number, "reason": reason.strip()},
    )  # fmt: skip
    await tell_of_revocation(work, found, revoked, reason.strip())
    return revoked


def _require_reason(reason: str, path: str = "reason", *, needed: bool = True) -> None:
    if needed and not reason.strip():
        raise problems.REASON_NEEDED.refuse(path)
    if len(reason) > MOST_LETTERS:
        raise problems.TEXT_NEEDED.refuse(path, most=MOST_LETTERS)
