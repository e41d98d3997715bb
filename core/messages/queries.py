"""Reading messages, and whom they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from core.database import Transaction, any_of, table_of
from core.messages.models import Message

message = table_of(Message)
# identity stands on this room, so that its tables are known here by name only
person = sa.table("person", sa.column("id"), sa.column("email"), sa.column("phone"), sa.column("erased_at"))
member = sa.table(
    "member",
    sa.column("id"),
    sa.column("person_id"),
    sa.column("organization_id"),
    sa.column("main"),
    sa.column("deactivated_at"),
)


async def told_lately(tx: Transaction, person_id: int, template: str, since: datetime) -> bool:
    """Whether a message by this template was written to the person since then."""
    lately = sa.exists().where(
        message.c.person_id == person_id, message.c.template == template, message.c.created_at > since
    )
    return bool(await tx.value(sa.select(lately)))


def addressed(message_id: int) -> sa.Select[tuple[object, ...]]:
    """An undelivered message and where it goes, its row locked until the transaction ends."""
    return (
        sa.select(message, person.c.email, person.c.phone)
        .join_from(message, person, person.c.id == message.c.person_id)
        .where(message.c.id == message_id, message.c.delivered_at.is_(None))
        .with_for_update(of=message)
    )


async def main_users(tx: Transaction, organization_ids: Sequence[int]) -> dict[int, int]:
    """The person who is the main user of each of these organizations, where there is one."""
    rows = await tx.rows(
        sa.select(member.c.organization_id, member.c.person_id)
        .join_from(member, person, person.c.id == member.c.person_id)
        .where(
            any_of(sa.cast(member.c.organization_id, sa.BigInteger), organization_ids),
            member.c.main,
            member.c.deactivated_at.is_(None),
            person.c.erased_at.is_(None),
        )
    )
    return {row["organization_id"]: row["person_id"] for row in rows}


async def person_to_tell(tx: Transaction, organization_id: int, member_id: int | None) -> int | None:
    """The person of this member while it is one of the organization's, otherwise of its main user; None: nobody."""
    if member_id is not None:
        own = await tx.value(
            sa.select(member.c.person_id)
            .join_from(member, person, person.c.id == member.c.person_id)
            .where(
                member.c.id == member_id,
                member.c.organization_id == organization_id,
                member.c.deactivated_at.is_(None),
                person.c.erased_at.is_(None),
            )
        )
        if own is not None:
            return int(own)
    return (await main_users(tx, [organization_id])).get(organization_id)
