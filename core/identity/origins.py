"""The addresses that members are known from: guesses from elsewhere never hold them up there."""

from __future__ import annotations

import sqlalchemy as sa

from core.database import table_of
from core.identity.models import MemberOrigin
from core.work import Work

member_origin = table_of(MemberOrigin)


def is_known(member_id: sa.ColumnElement[int], origin: str) -> sa.Label[bool]:
    """Whether the member was let in from this address before, as a column `known`."""
    return sa.exists().where(member_origin.c.member_id == member_id, member_origin.c.origin == origin).label("known")


async def remember_origin(work: Work, member_id: int, origin: str) -> None:
    """Note that the member was let in from here; once a day at most."""
    if origin:
        await work.tx.connection.execute(
            "INSERT INTO member_origin (member_id, origin, seen_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (member_id, origin) DO UPDATE SET seen_at = excluded.seen_at"
            " WHERE member_origin.seen_at < excluded.seen_at - interval '1 day'",
            member_id,
            origin,
            work.now,
        )


async def forget_origins(work: Work, member_id: int) -> None:
    """Whoever is deactivated is known from nowhere."""
    await work.tx.execute(sa.delete(member_origin).where(member_origin.c.member_id == member_id))
