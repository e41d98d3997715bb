"""Which calls an organization is interested in."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.calls.models import Call, Interest
from core.calls.problems import CALL_CANCELLED, CALL_NOT_FOUND, CALL_OVER
from core.calls.queries import call, interest
from core.calls.service import told
from core.work import Work


async def mark_interest(work: Work, call_id: int) -> Interest:
    """관심사업 등록: for one's own organization; once, however often it is marked. What is open is not told anew."""
    work.actor.require_ready()
    found = await work.tx.one(Call, sa.select(call).where(call.c.id == call_id, call.c.published_at.is_not(None)))
    if found is None:
        raise CALL_NOT_FOUND.refuse("callId")
    if found.cancelled_at is not None:
        raise CALL_CANCELLED.refuse("callId")
    if found.closes_at <= work.now:
        raise CALL_OVER.refuse("callId", until=told(found.closes_at))
    own = work.actor.organization_id
    marking = insert(interest).values(
        organization_id=own,
        call_id=call_id,
        marked_by=work.actor.member_id,
        marked_at=work.now,
        told_open_at=work.now if found.opens_at <= work.now else None,
    )
    made = await work.tx.one(Interest, marking.on_conflict_do_nothing().returning(interest))
    if made is None:
        there = sa.select(interest).where(interest.c.organization_id == own, interest.c.call_id == call_id)
        made = await work.tx.one(Interest, there)
        assert made is not None, "what stands in the way is committed"
        return made
    work.record("interest.marked", "call", call_id, organization_id=own)
    return made


async def unmark_interest(work: Work, call_id: int) -> bool:
    """관심사업 해제: whether there was any."""
    work.actor.require_ready()
    own = work.actor.organization_id
    gone = await work.tx.execute(
        sa.delete(interest).where(interest.c.organization_id == own, interest.c.call_id == call_id)
    )
    if gone:
        work.record("interest.unmarked", "call", call_id, organization_id=own)
    return bool(gone)
