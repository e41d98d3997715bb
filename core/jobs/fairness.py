"""Whose job is next: organizations take turns, and nobody has more waiting than its share.

A job is given a turn when it is queued, the lowest first: an organization's next job comes one turn after its last, or
now when it has none. So a hundred jobs of one delay the one job of another by about one of them. This is start-time
fair queueing; the queue's `priority` is the turn below zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.problems import JOBS_WAITING
from core.work import Work

if TYPE_CHECKING:
    from core.database import Transaction
    from core.jobs.declared import JobKind

URGENT = -1  # the turn of what people wait for: before everything, in lanes of its own
_FIRST_TURN = (
    "SELECT greatest("
    " (SELECT -max(priority) FROM pgqueuer WHERE status = 'queued' AND priority <= 0 AND execute_after <= now()),"
    " (SELECT max(turn) + 1 FROM job WHERE organization_id = $1 AND state IN ('queued', 'running')), 0)"
)


async def first_turn(tx: Transaction, kind: JobKind, organization_id: int | None) -> int:
    """The turn of the next job of this organization; of what follows from no organization's request, now."""
    if kind.urgent:
        return URGENT
    return int(await tx.connection.fetchval(_FIRST_TURN, organization_id))


def turn_of(kind: JobKind, first: int, place: int) -> int:
    """The turn of one of several jobs that are queued together."""
    return URGENT if kind.urgent else first + place


async def require_room(work: Work, kind: JobKind, count: int) -> None:
    """Refuse what would give the member who acts more open jobs of the kind than it may have."""
    member_id = work.actor.member_id
    if member_id is None:
        return
    tx = work.tx.connection
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"job:{kind.name}:{member_id}")
    waiting = await tx.fetchval(
        "SELECT count(*) FROM job WHERE asked_by = $1 AND name = $2 AND state IN ('queued', 'running')",
        member_id,
        kind.name,
    )
    if waiting + count > kind.most_waiting:
        raise JOBS_WAITING.refuse(most=kind.most_waiting, kind=kind.names)
