"""A message on its way out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """알림: to whom, and what it says in both languages, ready to be sent."""

    message_id: int
    template: str
    email: str | None
    phone: str | None
    subject: str
    body: str
