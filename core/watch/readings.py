"""What core has to tell the metrics when they are asked for: figures of the database that no request counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs import JobState
from core.seals import seal_backlog
from core.watch.watch import Reading, Readings

if TYPE_CHECKING:
    from core.house import House

WAITING = (
    "SELECT count(*) AS waiting, coalesce(extract(epoch FROM max(now() - created_at)), 0)::float AS oldest"
    " FROM message WHERE delivered_at IS NULL"
)

JOBS = (
    "SELECT state, name, count(*) AS jobs, coalesce(extract(epoch FROM max(now() - queued_at)), 0)::float AS oldest"
    " FROM job WHERE state IN ('queued', 'running', 'dead') GROUP BY state, name"
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


async def jobs(house: House) -> list[Reading]:
    """작업: those that are to be done, and those that failed for good."""
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch(JOBS)
    states = (JobState.QUEUED, JobState.RUNNING, JobState.DEAD)
    counts = {state: sum(row["jobs"] for row in rows if row["state"] == state) for state in states}
    waited = max((row["oldest"] for row in rows if row["state"] == JobState.QUEUED), default=0)
    says, by_kind = "Jobs queued, running, and failed for good.", "The same by kind."
    return [
        *(Reading(name="dure_jobs", says=says, value=counts[state], labels={"state": state}) for state in states),
        *(
            Reading(
                name="dure_jobs_of_kind", says=by_kind, value=row["jobs"],
                labels={"kind": row["name"], "state": row["state"]},
            )
            for row in rows
        ),
        Reading(
            name="dure_jobs_oldest_seconds", says="How long the oldest queued job has waited.", value=waited
        ),
    ]  # fmt: skip


async def seals(house: House) -> list[Reading]:
    """봉인 대기: what is written and not sealed yet."""
    async with house.database.reading() as tx:
        backlog = await seal_backlog(tx)
    says = "How long the oldest of them has waited."
    return [
        Reading(name="dure_seals_waiting", says="Rows that are not sealed yet.", value=backlog.rows),
        Reading(name="dure_seals_oldest_seconds", says=says, value=backlog.oldest_seconds),
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


READINGS: dict[str, Readings] = {
    "messages": messages_waiting,
    "jobs": jobs,
    "seals": seals,
    "connections": connections,
}
