"""The outbox: what is to be told to somebody, queued with what happened and delivered after it is committed.

Messages hold one-time codes, so they are kept no longer than it takes: a delivered message keeps no values, and a log
shows none outside of debug mode.
"""

from core.messages.delivery import DELIVER, DELIVER_CODE, OFFER_WAITING
from core.messages.models import Message
from core.messages.outgoing import OutgoingMessage
from core.messages.queries import main_users, person_to_tell, told_lately
from core.messages.service import (
    forget_messages,
    forget_stale_messages,
    queue_message,
    queue_messages,
    tell_organization,
)
from core.messages.templates import TEMPLATES, Rendered, Template

__all__ = [
    "DELIVER",
    "DELIVER_CODE",
    "OFFER_WAITING",
    "TEMPLATES",
    "Message",
    "OutgoingMessage",
    "Rendered",
    "Template",
    "forget_messages",
    "forget_stale_messages",
    "main_users",
    "person_to_tell",
    "queue_message",
    "queue_messages",
    "tell_organization",
    "told_lately",
]
