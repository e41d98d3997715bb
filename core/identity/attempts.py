"""Limits on guessing and looking up: by the address that asks, by what is asked about, and by both together.

Every address counts for itself, so that nobody uses up what is somebody else's. An attempt is counted in a work that is
committed before the answer goes out, and settled under locks: any number of attempts at once are answered as if they
had come one after the other. What exists and what does not is counted alike and by the same statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.actor import PUBLIC
from core.calendar import SEOUL
from core.database import Transaction, table_of
from core.errors import Violation
from core.identity.models import Attempt
from core.identity.policy import LOOK_UPS, Limit
from core.identity.problems import ACCOUNT_LOCKED, TOO_MANY_FAILURES
from core.work import Work

if TYPE_CHECKING:
    from core.house import House
    from core.personal.vault import Vault

attempt = table_of(Attempt)
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 1))"
COUNT = """
SELECT count(*) FILTER (WHERE origin = $2) AS by_origin,
       count(*) FILTER (WHERE subject = $3) AS by_subject,
       count(*) FILTER (WHERE origin = $2 AND subject = $3) AS by_both,
       min(at) FILTER (WHERE origin = $2 AND subject = $3) AS first_of_both,
       min(at) FILTER (WHERE subject = $3) AS first_of_subject
FROM attempt WHERE kind = $1 AND at > $4 AND (origin = $2 OR subject = $3)
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted within a limit's window: of an address, of a subject, and of both together."""

    by_origin: int
    by_subject: int
    by_both: int
    first_of_both: datetime | None
    first_of_subject: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks about what: an address, empty when none is known, and a subject as a keyed digest.

    The subject is never stored as it was typed: people type passwords into the wrong field.
    """

    origin: str
    subject: str
    known: bool = False  # whether the subject has been let in from this address before


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


async def asked_of(house: House, origin: str | None, subject: str) -> Asked:
    """Who asks about what; for a verb that is given the house."""
    await house.vault.unlock(house.settings, house.database)
    return asked_by(house.vault, origin, subject)


def asked_by(vault: Vault, origin: str | None, subject: str) -> Asked:
    return Asked(origin_of(origin) or "", vault.digest(f"attempt\n{subject}".encode(errors="surrogatepass"))[:32])


async def hold(work: Work, asked: Asked) -> None:
    """Nobody else is counted for this address or this subject until the work ends."""
    await work.tx.connection.execute(HOLD, asked.origin, asked.subject)


async def limit_refusal(tx: Transaction, limit: Limit, asked: Asked, now: datetime) -> Violation | None:
    """An objection when a limit is reached, before anything is looked up."""
    return refusal_of(limit, asked, await _tally(tx, limit, asked, now))


def refusal_of(limit: Limit, asked: Asked, tally: Tally) -> Violation | None:
    """The objection to one more attempt. An address the subject is known from is not held up by others."""
    if asked.origin and tally.by_origin >= limit.by_origin:
        return TOO_MANY_FAILURES.at(minutes=_minutes(limit.window))
    first: datetime | None = None
    if tally.by_both >= limit.by_both:
        first = tally.first_of_both
    elif limit.by_subject is not None and not asked.known and tally.by_subject >= limit.by_subject:
        first = tally.first_of_subject
    if first is None:
        return None
    if not limit.locks:
        return TOO_MANY_FAILURES.at(minutes=_minutes(limit.window))
    return ACCOUNT_LOCKED.at(until=f"{(first + limit.window).astimezone(SEOUL):%Y-%m-%d %H:%M}")


async def count_attempt(work: Work, limit: Limit, asked: Asked) -> Tally:
    """Count one attempt; how many there are with it."""
    await work.tx.connection.execute(
        "INSERT INTO attempt (kind, origin, subject, at) VALUES ($1, $2, $3, $4)",
        limit.kind,
        asked.origin,
        asked.subject,
        work.now,
    )
    return await _tally(work.tx, limit, asked, work.now)


async def forget_attempts(work: Work, limit: Limit, asked: Asked) -> None:
    """What succeeded after all: the failures of this address about this subject count no more."""
    await work.tx.execute(
        sa.delete(attempt).where(
            attempt.c.kind == limit.kind, attempt.c.origin == asked.origin, attempt.c.subject == asked.subject
        )
    )


async def miss_refusal(house: House, origin: str | None) -> Violation | None:
    """An objection to one more look-up of a number from this address, when too many found nothing."""
    asked = await asked_of(house, origin, f"numbers {origin_of(origin)}")
    async with house.database.reading() as tx:
        return await limit_refusal(tx, LOOK_UPS, asked, house.clock())


async def count_miss(house: House, origin: str | None) -> None:
    """Count a look-up that found nothing."""
    asked = await asked_of(house, origin, f"numbers {origin_of(origin)}")
    async with house.work(PUBLIC) as work:
        await count_attempt(work, LOOK_UPS, asked)


async def _tally(tx: Transaction, limit: Limit, asked: Asked, now: datetime) -> Tally:
    row = await tx.connection.fetchrow(COUNT, limit.kind, asked.origin, asked.subject, now - limit.window)
    return Tally(**dict(row))


def _minutes(window: timedelta) -> int:
    return int(window.total_seconds() // 60)
