"""Reading jobs, and the queue they wait in."""

from __future__ import annotations

import sqlalchemy as sa

from core.database import Transaction, table_of
from core.jobs.models import Job, JobState

job = table_of(Job)
queue = sa.table("pgqueuer", sa.column("dedupe_key"), sa.column("status"))  # the queue's own table
OPEN = (JobState.QUEUED.value, JobState.RUNNING.value)


def queue_key(job_id: int) -> str:
    """What a job is called in the queue, where it stands once at most."""
    return f"job:{job_id}"


async def locked_job(tx: Transaction, job_id: int) -> Job | None:
    """The job, its row locked until the transaction ends."""
    return await tx.one(Job, sa.select(job).where(job.c.id == job_id).with_for_update())


async def stray_jobs(tx: Transaction, limit: int = 1_000) -> list[tuple[int, str, int]]:
    """Jobs still to be done that stand in no queue: the ids, names and turns."""
    waits = sa.exists().where(
        queue.c.dedupe_key == sa.func.concat("job:", job.c.id),
        sa.cast(queue.c.status, sa.Text).in_(("queued", "picked")),
    )
    found = await tx.rows(
        sa.select(job.c.id, job.c.name, job.c.turn).where(job.c.state.in_(OPEN), ~waits).order_by(job.c.id).limit(limit)
    )
    return [(row["id"], row["name"], row["turn"]) for row in found]
