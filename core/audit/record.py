"""Writing events, all of a transaction's in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.audit.models import AuditEvent
from core.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change: `action` is `noun.past_verb`, the subject is what it was done to, before and after are what changed.

    Personal data never goes in here: refer to the person by id.
    """

    action: str
    subject_type: str
    subject_id: str = ""
    organization_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


async def write_events(tx: Transaction, events: Sequence[Event], *, actor_id: int | None, request_id: str) -> None:
    """Write these events in this transaction."""
    columns = ("actor_id", "organization_id", "action", "subject_type", "subject_id", "before", "after", "request_id")
    rows = [
        (
            actor_id,
            event.organization_id,
            event.action,
            event.subject_type,
            event.subject_id,
            plain(event.before),
            plain(event.after),
            request_id,
        )
        for event in events
    ]
    await tx.insert_many(AuditEvent, columns, rows)


def plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """JSON values only: exact numbers as text, dates as ISO 8601."""
    return None if values is None else {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value(inner) for inner in value]
    return value
