"""Queueing a message with what it tells of. A job delivers it once that is committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.language import Language
from core.messages.delivery import is_waited_for, queue_deliveries
from core.messages.queries import message, person_to_tell
from core.work import Work

KEPT = timedelta(days=30)  # the values of a message that was never delivered


async def queue_message(
    work: Work,
    person_id: int,
    template: str,
    values: Mapping[str, Any],
    *,
    language: Language | None = None,
    good_until: datetime | None = None,
) -> int:
    """Write a message to the outbox, with the transaction or not at all; its id. Past `good_until` it is not sent.

    Raises `KeyError` when there is no such template or it misses a value: the caller's mistake, found at once.
    """
    (made,) = await queue_messages(work, template, [(person_id, values)], language=language, good_until=good_until)
    return made


async def queue_messages(
    work: Work,
    template: str,
    to: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    language: Language | None = None,
    good_until: datetime | None = None,
) -> list[int]:
    """Write one message to each of these people, set-based; their ids in the order given."""
    for _, values in to:
        work.plugins.templates[template].render(values)
    if not to:
        return []
    rows = await work.tx.connection.fetch(
        'INSERT INTO message (person_id, template, "values", created_at, language, good_until)'
        " SELECT t.person, $1, t.told, $4, $5, $6"
        " FROM unnest($2::bigint[], $3::jsonb[]) WITH ORDINALITY AS t(person, told, place) ORDER BY t.place"
        " RETURNING id",
        template,
        [person_id for person_id, _ in to],
        [dict(values) for _, values in to],
        work.now,
        None if language is None else language.value,
        good_until,
    )
    ids = sorted(row["id"] for row in rows)
    await queue_deliveries(work, ids, urgent=is_waited_for(work.now, good_until))
    return ids


async def tell_organization(
    work: Work, organization_id: int, template: str, values: Mapping[str, Any], *, member_id: int | None = None
) -> int | None:
    """A message to this member of the organization, or to its main user; None when it has nobody to be told."""
    told = await person_to_tell(work.tx, organization_id, member_id)
    return None if told is None else await queue_message(work, told, template, values)


async def forget_messages(work: Work, person_id: int) -> int:
    """Drop what waits for somebody who is to be forgotten; how many messages."""
    return await work.tx.execute(
        sa.delete(message).where(message.c.person_id == person_id, message.c.delivered_at.is_(None))
    )


async def forget_stale_messages(work: Work) -> int:
    """Drop the values of what will never be sent: its time is over, or nobody took it for thirty days."""
    return await work.tx.execute(
        sa.update(message)
        .where(
            message.c.delivered_at.is_(None),
            message.c["values"] != sa.text("'{}'::jsonb"),
            sa.or_(message.c.good_until <= work.now, message.c.created_at < work.now - KEPT),
        )
        .values({"values": {}})
    )
