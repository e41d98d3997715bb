"""Calls of supporting programs (활용사업 공고), and which organizations are interested in which (관심사업).

A using agency or the program's staff draft a call and publish it; what it says of its period holds once that is over.
"""

from core.calls.interests import mark_interest, unmark_interest
from core.calls.models import Call, Interest
from core.calls.service import (
    CallText,
    attach_to_call,
    cancel_call,
    detach_from_call,
    draft_call,
    edit_call,
    publish_call,
)
from core.calls.telling import TELL_OF_CALLS, tell_of_calls

__all__ = [
    "TELL_OF_CALLS",
    "Call",
    "CallText",
    "Interest",
    "attach_to_call",
    "cancel_call",
    "detach_from_call",
    "draft_call",
    "edit_call",
    "mark_interest",
    "publish_call",
    "tell_of_calls",
    "unmark_interest",
]
