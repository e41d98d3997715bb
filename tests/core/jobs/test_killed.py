"""Workers are killed at every point, and no job is lost and none done twice."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from core.house import House
from core.jobs import JobKind, queue_job
from core.jobs.service import queue_jobs
from tests.core.jobs.process import AT_ONCE, IN_STEPS, LONG
from tests.support.jobs import jobs_on_record
from tests.support.servers import ROOT

POINTS = [
    *((AT_ONCE, point) for point in ("before", "in the middle", "marked", "committed")),
    *((IN_STEPS, f"{side} step {step}") for step in range(3) for side in ("before", "after")),
]


@contextmanager
def working(house: House, grace: float = 20) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, until the block ends."""
    given = (house.settings.database_url, grace, house.settings.data_dir)
    command = [sys.executable, "-m", "tests.core.jobs.process", *map(str, given)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - another process makes it so
            await asyncio.sleep(0.02)


async def effects(house: House) -> Counter[str]:
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch("SELECT subject_id FROM audit_event WHERE action LIKE 'test.%'")
    return Counter(row["subject_id"] for row in rows)


async def all_done(house: House) -> bool:
    return all(row["state"] == "done" for row in await jobs_on_record(house))


async def running(house: House) -> bool:
    return any(row["state"] == "running" for row in await jobs_on_record(house))


@pytest.mark.parametrize(("kind", "point"), POINTS, ids=[f"{kind.name} {point}" for kind, point in POINTS])
async def test_a_worker_killed_at_any_point_loses_nothing_and_does_nothing_twice(
    house: House, kind: JobKind, point: str
) -> None:
    async with house.work() as work:
        job_id = await queue_job(work, kind, {"dies": point})
    with working(house) as first:
        assert await asyncio.to_thread(first.wait, 60) == -signal.SIGKILL
    with working(house):
        await until(lambda: all_done(house))
    expected = [str(job_id)] if kind is AT_ONCE else [f"{job_id}/{step}" for step in range(3)]
    assert await effects(house) == Counter(expected)


async def test_workers_that_are_killed_one_after_another_do_every_job_once(house: House) -> None:
    """Two at a time, and every few jobs one of them ends without a word."""
    async with house.work() as work:
        ids = await queue_jobs(work, AT_ONCE, [{}] * 36)
    done, killed = 0, 0
    while done < len(ids):
        with working(house) as first, working(house):
            aim = min(done + 12, len(ids))

            async def far_enough(aim: int = aim) -> bool:
                return (await effects(house)).total() >= aim

            await until(far_enough)
            first.kill()
            killed += 1
        done = (await effects(house)).total()
    with working(house):
        await until(lambda: all_done(house))
    assert killed >= 2
    assert await effects(house) == Counter(map(str, ids))


async def test_a_worker_told_to_stop_finishes_what_it_does(house: House) -> None:
    async with house.work() as work:
        await queue_job(work, LONG, {})
    with working(house) as process:
        await until(lambda: running(house))
        process.terminate()
        async with house.work() as work:
            work.record("test.enough", "job", 0)
        assert await asyncio.to_thread(process.wait, 60) == 0
    assert await all_done(house)


async def test_what_takes_too_long_is_put_back_untouched(house: House) -> None:
    async with house.work() as work:
        await queue_job(work, LONG, {})
    with working(house, grace=0.1) as process:
        await until(lambda: running(house))
        process.terminate()
        assert await asyncio.to_thread(process.wait, 60) == 0
    (row,) = await jobs_on_record(house)
    assert (row["state"], row["attempts"], row["runner"]) == ("queued", 0, None)
    async with house.work() as work:
        work.record("test.enough", "job", 0)
    with working(house):
        await until(lambda: all_done(house))
