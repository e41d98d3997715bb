"""Whether a house can serve, and if not, what is in the way: told without a secret, for whoever runs it."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from core.benefits import catalogue_differences
from core.database.embedded import stopped_server
from core.files.owner import StoreOfAnother, is_claimed
from core.files.room import short_of_room
from core.files.store import DocumentStore
from core.migrations import pending_migrations
from core.watch.watch import Check

if TYPE_CHECKING:
    from core.house import House

FULL_SECONDS = 30  # after a write that failed for want of room
PATIENCE = 3.0  # seconds a check may take; one that takes longer is in the way
log = logging.getLogger(__name__)


async def database_answers(house: House) -> str | None:
    if stopped_server() is not None:
        return "the embedded PostgreSQL has ended and is being started again"
    async with house.database.reading() as tx:
        return None if await tx.connection.fetchval("SELECT 1") == 1 else "it answers nonsense"


async def database_takes_writes(house: House) -> str | None:
    async with house.database.reading() as tx:
        row = await tx.connection.fetchrow(
            "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only"
        )
    if row["standby"]:
        return "the database is a standby: it takes no writes"
    return "the database is read-only" if row["read_only"] else None


async def there_is_room(house: House) -> str | None:
    found = await asyncio.to_thread(lambda: "; ".join(short_of_room(house.settings)))
    if not found and house.watch.was_full(FULL_SECONDS):
        return f"something could not be written for want of room in the last {FULL_SECONDS} seconds"
    return found or None


async def nothing_to_migrate(house: House) -> str | None:
    async with house.database.reading() as tx:
        missing = await pending_migrations(tx, house.plugins.tables)
    return f"pending: {', '.join(missing)}; run dure migrate" if missing else None


async def catalogue_is_declared(house: House) -> str | None:
    async with house.database.reading() as tx:
        differing = await catalogue_differences(tx, house.plugins)
    return f"differs from what is declared: {', '.join(differing)}" if differing else None


async def store_answers(house: House) -> str | None:
    folder = DocumentStore.of(house.settings).folder
    if folder is not None and not os.access(folder, os.W_OK | os.X_OK):
        return "the folder of documents cannot be written to"
    try:
        await is_claimed(house)
    except StoreOfAnother as error:
        return str(error)
    return None


CHECKS: dict[str, Check] = {
    "database": database_answers,
    "migrations": nothing_to_migrate,
    "catalogue": catalogue_is_declared,
    "store": store_answers,
    "writes": database_takes_writes,
    "room": there_is_room,
}
WRITABLE = frozenset({"database", "store", "writes", "room"})  # the checks that say whether anything can be written


async def readiness(house: House) -> dict[str, str]:
    """Every check by its name: `ok`, or what is in the way. All run at once."""
    checks = {**CHECKS, **house.watch.checks}
    found = await asyncio.gather(*(_told(name, check, house) for name, check in checks.items()))
    return dict(zip(checks, found, strict=True))


async def _told(name: str, check: Check, house: House) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check(house) or "ok"
    except TimeoutError:
        return f"no answer within {PATIENCE:.0f} seconds"
    except Exception as error:  # its words may tell an address or a name: they are for the log
        log.warning("the check %s failed: %s", name, error)
        return f"failed: {type(error).__name__}"
