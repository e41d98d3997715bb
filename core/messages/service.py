"""Queueing a message with what it tells of, and delivering what waits once that is committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from core.database import table_of
from core.messages.models import Message
from core.messages.outgoing import OutgoingMessage
from core.messages.templates import TEMPLATES
from core.work import Work

if TYPE_CHECKING:
    from core.house import House

log = logging.getLogger(__name__)

message = table_of(Message)
person = sa.table("person", sa.column("id"), sa.column("email"), sa.column("phone"))  # identity stands on this room


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """발송 결과: how many messages went out, how many nobody took, and the last id that was looked at."""

    delivered: int = 0
    waiting: int = 0
    last_id: int = 0


async def queue_message(work: Work, person_id: int, template: str, values: Mapping[str, Any]) -> int:
    """Write a message to the outbox, with the transaction or not at all; its id. `deliver_waiting` sends it.

    Raises `KeyError` when there is no such template or it misses a value: the caller's mistake, found at once.
    """
    TEMPLATES[template].render(values)
    queued = sa.insert(message).values(person_id=person_id, template=template, values=dict(values), created_at=work.now)
    return int(await work.tx.value(queued.returning(message.c.id)))


async def forget_messages(work: Work, person_id: int) -> int:
    """Drop what waits for somebody who is to be forgotten; how many messages."""
    return await work.tx.execute(
        sa.delete(message).where(message.c.person_id == person_id, message.c.delivered_at.is_(None))
    )


async def deliver_waiting(house: House, *, after: int = 0, limit: int = 100) -> Delivery:
    """Offer up to `limit` waiting messages past the id `after` to whatever answers `deliver`, oldest first.

    Each is a transaction of its own, so that several servers share the outbox and one failure holds up no other.
    A message that went out keeps no values. One that nobody took waits; its text is logged in debug mode only.
    """
    delivery = Delivery(last_id=after)
    for _ in range(limit):
        offered = await _deliver_next(house, delivery.last_id)
        if offered is None:
            break
        message_id, taken = offered
        delivery = Delivery(
            delivered=delivery.delivered + taken, waiting=delivery.waiting + (not taken), last_id=message_id
        )
    return delivery


async def _deliver_next(house: House, after: int) -> tuple[int, bool] | None:
    async with house.work() as work:
        row = await work.tx.row(
            sa.select(message.c.id, message.c.template, message.c["values"], person.c.email, person.c.phone)
            .join_from(message, person, person.c.id == message.c.person_id)
            .where(message.c.delivered_at.is_(None), message.c.id > after)
            .order_by(message.c.id)
            .limit(1)
            .with_for_update(of=message, skip_locked=True)
        )
        if row is None:
            return None
        subject, body = TEMPLATES[row["template"]].render(row["values"])
        outgoing = OutgoingMessage(
            message_id=row["id"],
            template=row["template"],
            email=row["email"],
            phone=row["phone"],
            subject=subject,
            body=body,
        )
        taken = await _offer(house, outgoing)
        if taken:
            await work.tx.execute(
                sa.update(message).where(message.c.id == row["id"]).values(delivered_at=work.now, values={})
            )
        return row["id"], taken


async def _offer(house: House, outgoing: OutgoingMessage) -> bool:
    """Whether somebody took it. Plugins deliver in a thread, for they may wait on a mail server."""
    try:
        taken = await asyncio.to_thread(house.plugins.deliver, outgoing)
    except Exception:
        log.exception("message %d (%s) could not be delivered; it waits", outgoing.message_id, outgoing.template)
        return False
    if not taken:
        told: dict[str, object] = {"message_id": outgoing.message_id, "template": outgoing.template}
        if house.settings.debug:
            told |= {"subject": outgoing.subject, "body": outgoing.body, "email": outgoing.email}
            log.info(
                "message %d waits, for nothing delivers messages here:\n%s",
                outgoing.message_id,
                outgoing.body,
                extra=told,
            )
        else:
            log.info(
                "message %d (%s) waits, for nothing delivers messages here",
                outgoing.message_id,
                outgoing.template,
                extra=told,
            )
    return taken
