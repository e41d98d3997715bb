"""Asking for jobs, with the change that needs them or not at all, and having dead ones tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import sqlalchemy as sa

from core.database import Transaction
from core.jobs.declared import JobKind
from core.jobs.fairness import first_turn, require_room, turn_of
from core.jobs.models import Job, JobState
from core.jobs.problems import JOB_NOT_DEAD, JOB_NOT_FOUND, JOB_UNDER_WAY
from core.jobs.queries import job, locked_job, queue_key, stray_jobs
from core.work import Work

KEPT = timedelta(days=30)  # how long a finished job is remembered
PERIODIC_KEPT = timedelta(days=2)  # a periodic one; some are done every minute


async def queue_job(work: Work, kind: JobKind, arguments: Mapping[str, Any], *, content: bytes | None = None) -> int:
    """Ask for a job, with the transaction or not at all; its id. `content` is a file it works on, dropped when done.

    Whoever acts may see it. Arguments are JSON; keep personal data out of them and refer to people by id. Refused when
    the member has as many of the kind waiting as it may.
    """
    await require_room(work, kind, 1)
    turn = await first_turn(work.tx, kind, work.actor.organization_id)
    row = await work.tx.insert(
        Job,
        name=kind.name,
        arguments=dict(arguments),
        content=content,
        asked_by=work.actor.member_id,
        organization_id=work.actor.organization_id,
        request_id=work.request_id,
        queued_at=work.now,
        turn=turn,
    )
    await _enqueue(work.tx, [(row.id, kind.name, turn)])
    return row.id


async def queue_jobs(
    work: Work, kind: JobKind, arguments: Sequence[Mapping[str, Any]], *, own: bool = True
) -> list[int]:
    """Ask for many jobs of a kind, set-based, as `queue_job` does for one; their ids in the order given.

    Those that are not `own` nobody asked for: they follow from what was done, and are not shown to whoever did it.
    """
    if not arguments:
        return []
    if own:
        await require_room(work, kind, len(arguments))
    first = await first_turn(work.tx, kind, work.actor.organization_id if own else None)
    rows = await work.tx.connection.fetch(
        "INSERT INTO job (name, arguments, asked_by, organization_id, request_id, queued_at, turn)"
        " SELECT $1, a.arguments, $3, $4, $5, $6, a.turn"
        " FROM unnest($2::jsonb[], $7::bigint[]) WITH ORDINALITY AS a(arguments, turn, place)"
        " ORDER BY a.place RETURNING id, turn",
        kind.name,
        [dict(each) for each in arguments],
        work.actor.member_id if own else None,
        work.actor.organization_id if own else None,
        work.request_id,
        work.now,
        [turn_of(kind, first, place) for place in range(len(arguments))],
    )
    found = sorted((row["id"], kind.name, row["turn"]) for row in rows)
    await _enqueue(work.tx, found)
    return [job_id for job_id, *_ in found]


async def queue_scheduled(tx: Transaction, kind: JobKind, moment: datetime, now: datetime) -> int | None:
    """Queue a periodic job for a moment it was due at; None when it is there, or an earlier one is not finished."""
    row = await tx.connection.fetchval(
        "INSERT INTO job (name, arguments, scheduled_for, queued_at, turn) VALUES ($1, '{}', $2, $3, $4)"
        " ON CONFLICT DO NOTHING RETURNING id",
        kind.name,
        moment,
        now,
        turn := await first_turn(tx, kind, None),
    )
    if row is not None:
        await _enqueue(tx, [(row, kind.name, turn)])
    return None if row is None else int(row)


async def queue_strays(tx: Transaction) -> int:
    """Put back into the queue what has fallen out of it; how many jobs. The queue is a way, the table is the truth."""
    strays = await stray_jobs(tx)
    await _enqueue(tx, strays)
    return len(strays)


async def retry_job(work: Work, job_id: int) -> Job:
    """재시도, by an operator: a dead job begins anew, with all its attempts."""
    work.actor.require_operator()
    found = await locked_job(work.tx, job_id)
    if found is None:
        raise JOB_NOT_FOUND.refuse("id")
    if found.state != JobState.DEAD:
        raise JOB_NOT_DEAD.refuse("id", state=found.state)
    changed = sa.update(job).where(job.c.id == job_id)
    try:
        async with work.tx.connection.transaction():
            again = await work.tx.one(
                Job,
                changed.values(
                    state=JobState.QUEUED.value, attempts=0, done=0, finished_at=None, error_ko=None, error_en=None
                ).returning(job),
            )
    except asyncpg.UniqueViolationError as error:
        raise JOB_UNDER_WAY.refuse("id") from error
    assert again is not None
    await _enqueue(work.tx, [(job_id, found.name, found.turn)])
    work.record(
        "job.retried", "job", job_id, organization_id=found.organization_id,
        before={"state": found.state, "attempts": found.attempts}, after={"state": again.state},
    )  # fmt: skip
    return again


async def forget_jobs(work: Work) -> int:
    """Delete finished jobs after thirty days, periodic ones after two; dead ones stay until somebody has seen to them.

    The last run of a periodic job stays too: it tells which moments were seen to.
    """
    forgotten: str = await work.tx.connection.execute(
        "DELETE FROM job WHERE state IN ('done', 'refused') AND CASE WHEN scheduled_for IS NULL THEN finished_at < $1"
        " ELSE finished_at < $2"
        " AND scheduled_for < (SELECT max(later.scheduled_for) FROM job later WHERE later.name = job.name) END",
        work.now - KEPT,
        work.now - PERIODIC_KEPT,
    )
    await work.tx.connection.execute("DELETE FROM pgqueuer_log WHERE created < now() - interval '7 days'")
    await work.tx.connection.execute("DELETE FROM pgqueuer_statistics WHERE created < now() - interval '7 days'")
    return int(forgotten.rsplit(" ", 1)[-1])


async def _enqueue(tx: Transaction, jobs: Sequence[tuple[int, str, int]]) -> None:
    """Stand these jobs in the queue, each with its turn, unless they stand there."""
    if not jobs:
        return
    from pgqueuer.adapters.persistence.qb import QueryQueueBuilder  # with its three megabytes, when there is a job

    count = len(jobs)
    await tx.connection.fetch(
        QueryQueueBuilder().build_enqueue_query("skip"),
        [-turn for *_, turn in jobs],
        [name for _, name, _ in jobs],
        [str(job_id).encode() for job_id, *_ in jobs],
        [timedelta(0)] * count,
        [queue_key(job_id) for job_id, *_ in jobs],
        [None] * count,
    )
