"""Doing jobs in a test, without a server beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.house import House
from core.jobs import JobKind, Worker
from core.upkeep import jobs_of


async def run_due(house: House, *kinds: JobKind) -> int:
    """Do every job that is due now, of these kinds or of all the house has but the periodic ones; how many runs."""
    chosen: Iterable[JobKind] = kinds or [kind for kind in jobs_of(house).values() if kind.schedule is None]
    return await Worker(house, chosen).drain()


async def jobs_on_record(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as tx:
        return [dict(row) for row in await tx.connection.fetch("SELECT * FROM job ORDER BY id")]


async def make_due(house: House) -> None:
    """Let the rest of every job that failed be over."""
    async with house.database.transaction() as tx:
        await tx.connection.execute("UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued'")
