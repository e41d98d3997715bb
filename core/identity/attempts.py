"""Throttling: what fails too often from one address is refused for a while, whichever account it names.

Guesses are counted in a work of their own that is committed before the answer goes out, and settled under a lock:
any number of guesses at once are answered as if they had come one after the other.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

import sqlalchemy as sa

from core.database import Transaction, table_of
from core.errors import Violation
from core.identity.models import SignInAttempt
from core.identity.policy import ORIGIN_FAILURES, ORIGIN_WINDOW
from core.identity.problems import TOO_MANY_FAILURES
from core.work import Work

attempt = table_of(SignInAttempt)


def origin_of(address: str | None) -> str | None:
    """Whom to count for a client address: an IPv6 client for its /64, for that many addresses are one subscriber's."""
    if not address:
        return None
    try:
        parsed = ip_address(address.split("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)


async def origin_refusal(tx: Transaction, origin: str | None, now: datetime) -> Violation | None:
    """An objection when this origin has failed too often lately."""
    if origin is None:
        return None
    failures = await tx.value(
        sa.select(sa.func.count())
        .select_from(attempt)
        .where(attempt.c.origin == origin, attempt.c.at > now - ORIGIN_WINDOW, attempt.c.succeeded.is_(False))
    )
    if failures < ORIGIN_FAILURES:
        return None
    return TOO_MANY_FAILURES.at(minutes=int(ORIGIN_WINDOW.total_seconds() // 60))


async def settled_origin_refusal(work: Work, origin: str | None) -> Violation | None:
    """The same, while nobody else from there is being counted until this work ends."""
    if origin is None:
        return None
    await work.tx.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"sign_in {origin}")
    return await origin_refusal(work.tx, origin, work.now)


async def note_attempt(work: Work, origin: str | None, login_id: str, *, succeeded: bool) -> None:
    """Count an attempt. `login_id` is empty unless it is somebody's: people type passwords into the wrong field."""
    if origin is not None:
        await work.tx.execute(
            sa.insert(attempt).values(origin=origin, login_id=login_id, succeeded=succeeded, at=work.now)
        )
