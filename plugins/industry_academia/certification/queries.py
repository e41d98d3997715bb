"""Reading a round, locked or not: how far it is, who applied, what was earned in its window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from core.actor import Role
from core.calendar import SEOUL
from core.database import Transaction, table_of
from core.work import Work
from plugins.industry_academia.certification import problems
from plugins.industry_academia.certification.models import (
    ORDER,
    Application,
    Assessor,
    Certified,
    Criterion,
    Round,
    RoundStatus,
    Step,
)
from plugins.industry_academia.program import CODE, MILEAGE

rounds = table_of(Round)
step = table_of(Step)
criterion = table_of(Criterion)
assessor = table_of(Assessor)
application = table_of(Application)
certificate = table_of(Certified)

# 적립 실적: lots that were earned (not bought or given on) in the window, and were not taken back since
EARNED = """
    SELECT l.organization_id, sum(l.amount)::bigint AS points
    FROM lot l JOIN ledger_transaction t ON t.id = l.transaction_id
    WHERE l.organization_id = ANY($1::bigint[]) AND l.program = $2 AND l.asset = $3 AND t.kind = 'earn'
        AND l.earned_on BETWEEN $4 AND $5
        AND NOT EXISTS (SELECT FROM ledger_transaction r WHERE r.reverses_id = t.id)
    GROUP BY l.organization_id
"""


async def locked_round(work: Work, round_id: int) -> tuple[Round, RoundStatus]:
    """The round, nobody else taking a step of it until the transaction ends; and how far it is."""
    found = await work.tx.one(Round, sa.select(rounds).where(rounds.c.id == round_id).with_for_update())
    if found is None:
        raise problems.ROUND_UNKNOWN.refuse("roundId")
    return found, await status_of(work.tx, round_id)


async def shared_round(work: Work, round_id: int) -> tuple[Round, RoundStatus]:
    """The round, of which no step is taken until the transaction ends, though others may apply or score meanwhile."""
    found = await work.tx.one(
        Round, sa.select(rounds).where(rounds.c.id == round_id).with_for_update(read=True, key_share=True)
    )
    if found is None:
        raise problems.ROUND_UNKNOWN.refuse("roundId")
    return found, await status_of(work.tx, round_id)


async def status_of(tx: Transaction, round_id: int) -> RoundStatus:
    reached = await tx.rows(sa.select(step.c.status).where(step.c.round_id == round_id))
    return max((RoundStatus(row["status"]) for row in reached), key=ORDER.index, default=RoundStatus.PREPARED)


async def take_step(work: Work, round_id: int, status: RoundStatus, reference: str = "") -> None:
    """진행: reach the next status. PostgreSQL refuses one that does not follow."""
    place = ORDER.index(status)
    await work.tx.insert(
        Step,
        round_id=round_id,
        status=status.value,
        previous=ORDER[place - 1].value if place else None,
        at=work.now,
        taken_by=work.actor.member_id,
        reference=reference,
    )
    work.record(
        f"certification.{status.value}", "certification_round", round_id,
        before={"status": ORDER[place - 1].value if place else None},
        after={"status": status.value, "reference": reference},
    )  # fmt: skip


def require_status(status: RoundStatus, *needed: RoundStatus) -> None:
    if status not in needed:
        wanted = ", ".join(each.value for each in needed)
        raise problems.WRONG_STEP.refuse("roundId", status=status.value, needed=wanted)


def require_operator(work: Work) -> None:
    """An operator of the program runs rounds."""
    work.actor.require_staff(CODE, Role.OPERATOR)


def require_day(work: Work, since: date) -> None:
    if work.today < since:
        raise problems.TOO_EARLY.refuse("roundId", since=since, now=told(work.now))


async def application_by_id(tx: Transaction, application_id: int) -> Application:
    found = await tx.one(Application, sa.select(application).where(application.c.id == application_id))
    if found is None:
        raise problems.APPLICATION_UNKNOWN.refuse("applicationId")
    return found


async def criteria_of(tx: Transaction, round_id: int) -> list[Criterion]:
    return await tx.all(
        Criterion, sa.select(criterion).where(criterion.c.round_id == round_id).order_by(criterion.c.place)
    )


async def applicants_of(tx: Transaction, round_id: int) -> dict[int, tuple[int, str]]:
    """Of each application that stands: the organization's id and name."""
    rows = await tx.connection.fetch(
        "SELECT a.id, a.organization_id, o.name FROM ia_certification_application a"
        " JOIN organization o ON o.id = a.organization_id WHERE a.round_id = $1 AND a.withdrawn_at IS NULL"
        " ORDER BY a.id",
        round_id,
    )
    return {row["id"]: (row["organization_id"], row["name"]) for row in rows}


async def earned_in(tx: Transaction, organizations: Sequence[int], found: Round) -> dict[int, int]:
    """What each of these organizations earned in the round's window, as far as it was not taken back."""
    rows = await tx.connection.fetch(
        EARNED, list(organizations), CODE, MILEAGE.code, found.earned_from, found.earned_until
    )
    return {row["organization_id"]: row["points"] for row in rows}


def told(moment: datetime) -> str:
    """A moment as Seoul's clocks show it, to the second."""
    return moment.astimezone(SEOUL).isoformat(sep=" ", timespec="seconds")
