"""A message on its way out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """알림: to whom, and what it says, ready to be sent: in the language on record, or in both. One line of subject.

    `reference` is the same however often the message is tried, so that a channel can tell a repetition.
    """

    message_id: int
    template: str
    email: str | None
    phone: str | None
    subject: str
    body: str
    html: str = ""
    reference: str = ""
