"""The lock on an account: five wrong passwords in a row, however they arrive, close it for fifteen minutes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.calendar import SEOUL
from core.database import table_of
from core.errors import Violation
from core.identity.models import Member
from core.identity.policy import LOCK_LASTS, WRONG_IN_A_ROW
from core.identity.problems import ACCOUNT_LOCKED
from core.work import Work

member = table_of(Member)


async def member_to_settle(work: Work, member_id: int) -> Member | None:
    """The member if active, its row locked until the work ends: guesses about it are settled one by one."""
    return await work.tx.one(
        Member,
        sa.select(member).where(member.c.id == member_id, member.c.deactivated_at.is_(None)).with_for_update(),
    )


def lock_refusal(found: Member, now: datetime) -> Violation | None:
    """An objection while the account is locked, right password or not."""
    if found.locked_until is None or found.locked_until <= now:
        return None
    return ACCOUNT_LOCKED.at(until=f"{found.locked_until.astimezone(SEOUL):%Y-%m-%d %H:%M}")


async def count_wrong(work: Work, found: Member) -> Violation | None:
    """Count a wrong password of a member whose row is locked; the objection if that was one too many."""
    wrong = 1 if found.locked_until is not None else found.failed_sign_ins + 1
    found.failed_sign_ins = wrong
    found.locked_until = work.now + LOCK_LASTS if wrong >= WRONG_IN_A_ROW else None
    await work.tx.execute(
        sa.update(member).where(member.c.id == found.id).values(failed_sign_ins=wrong, locked_until=found.locked_until)
    )
    if found.locked_until is not None:
        work.record(
            "member.locked",
            "member",
            found.id,
            organization_id=found.organization_id,
            after={"locked_until": found.locked_until},
        )
    return lock_refusal(found, work.now)
