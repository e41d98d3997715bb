"""The outbox: what is to be told to somebody, queued with what happened and delivered after it is committed.

Messages hold one-time codes, so they are kept no longer than it takes: a delivered message keeps no values, and a log
shows none outside of debug mode.
"""

from core.messages.models import Message
from core.messages.outgoing import OutgoingMessage
from core.messages.service import Delivery, deliver_waiting, forget_messages, queue_message
from core.messages.templates import TEMPLATES, Template

__all__ = [
    "TEMPLATES",
    "Delivery",
    "Message",
    "OutgoingMessage",
    "Template",
    "deliver_waiting",
    "forget_messages",
    "queue_message",
]
