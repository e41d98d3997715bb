"""What core has to tell the metrics when they are asked for: figures of the database that no request counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.watch.watch import Reading, Readings

if TYPE_CHECKING:
    from core.house import House

WAITING = (
    "SELECT count(*) AS waiting, coalesce(extract(epoch FROM max(now() - created_at)), 0)::float AS oldest"
    " FROM message WHERE delivered_at IS NULL"
)


async def messages_waiting(house: House) -> list[Reading]:
    """알림 대기: what is to be told to somebody and has not been."""
    async with house.database.reading() as tx:
        row = await tx.connection.fetchrow(WAITING)
    return [
        Reading(name="dure_messages_waiting", says="Messages not delivered yet.", value=row["waiting"]),
        Reading(
            name="dure_messages_oldest_seconds", says="How long the oldest of them has waited.", value=row["oldest"]
        ),
    ]


async def connections(house: House) -> list[Reading]:
    """연결: what the process has of them, and who waits for one."""
    has = house.database.connections
    says = "Database connections of this process."
    return [
        Reading(name="dure_connections", says=says, value=has.in_use, labels={"state": "in_use"}),
        Reading(name="dure_connections", says=says, value=len(has.free), labels={"state": "idle"}),
        Reading(name="dure_connections_most", says="Connections it may have.", value=has.size),
        Reading(name="dure_connections_waiting", says="Who waits for one.", value=len(has.waiting)),
    ]


READINGS: dict[str, Readings] = {"messages": messages_waiting, "connections": connections}
