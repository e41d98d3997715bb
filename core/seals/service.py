"""Sealing what waits."""

from __future__ import annotations

from dataclasses import dataclass

from core.house import House

MOST = 4_096  # things a seal takes: what a proof of one of them has to hash is as many


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run sealed: how many seals, over how many rows."""

    seals: int = 0
    rows: int = 0


async def seal_waiting(house: House, most: int = MOST) -> Sealed:
    """봉인: seal everything that waits, at most `most` things a seal, each seal in a transaction of its own.

    Safe to run at any time and by several at once: they take turns, and writers wait for nothing. What is committed
    while it runs is sealed by this run or the next. It writes no audit event, for a seal is itself the record, and an
    event about it would wait for another.
    """
    seals = rows = 0
    while True:
        async with house.work() as work:
            leaves: int = await work.tx.connection.fetchval("SELECT leaves FROM seal_next($1)", most)
        if not leaves:
            return Sealed(seals, rows)
        seals, rows = seals + 1, rows + leaves
