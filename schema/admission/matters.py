"""What kind of thing a mutation does, which decides who may call it at all."""

from __future__ import annotations

from enum import Enum

from core.actor import Actor


class Matter(Enum):
    """What a mutation is about. Without a declaration it is a change."""

    CHANGE = "change"  # needs a member whose role changes something
    READING = "reading"  # writes nothing but a copy of what the member may read anyway
    ACCOUNT = "account"  # one's own account: signing up, in and out, passwords, one's own details


def admit(actor: Actor, matter: Matter) -> None:
    """Raise `NotSignedIn` or `NotAllowed` for an actor who may not call mutations of this kind.

    Mutations about one's own account check for themselves who may call them.
    """
    if matter is Matter.CHANGE:
        actor.require_change()
    elif matter is Matter.READING:
        actor.require_ready()
