"""Jobs: queued with a change or not at all, tried again, refused, buried, and seen to by an operator."""

from __future__ import annotations

import asyncio
import errno
import logging
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core.actor import SYSTEM, Actor
from core.database import DatabaseUnavailable
from core.errors import NotAllowed, Refused
from core.house import House
from core.jobs import JOB_NOT_FOUND, JobFailed, JobFunction, JobKind, Retries, Task, Worker, queue_job, retry_job
from core.jobs.service import queue_jobs, queue_strays
from core.language import Text
from tests.support.jobs import jobs_on_record, make_due, run_due
from tests.support.ledger import as_owner
from tests.support.world import connected

AT_ONCE = Retries(attempts=3, first=timedelta(0), longest=timedelta(0))


def kind(run: JobFunction, **changes: Any) -> JobKind:
    return JobKind(name="test.job", names=Text("시험", "test"), run=run, **{"retries": AT_ONCE} | changes)


async def nothing(_task: Task) -> None:
    return None


async def queue(house: House, of: JobKind, **arguments: Any) -> int:
    async with house.work() as work:
        return await queue_job(work, of, arguments)


async def state_of(house: House, job_id: int) -> str:
    return next(row["state"] for row in await jobs_on_record(house) if row["id"] == job_id)


async def test_a_job_is_done_once(house: House) -> None:
    runs: list[Any] = []

    async def run(task: Task) -> None:
        runs.append(task.arguments["name"])
        task.result = {"seen": task.attempt}

    job_id = await queue(house, kind(run), name="kim")
    assert await run_due(house, kind(run)) == 1
    assert await run_due(house, kind(run)) == 0
    assert runs == ["kim"]
    (row,) = await jobs_on_record(house)
    assert (row["id"], row["state"], row["result"], row["attempts"]) == (job_id, "done", {"seen": 1}, 1)
    assert row["finished_at"] and row["started_at"] and row["runner"] is None


async def test_a_change_that_is_undone_leaves_no_job(house: House) -> None:
    with pytest.raises(RuntimeError):
        async with house.work() as work:
            await queue_job(work, kind(nothing), {})
            raise RuntimeError
    assert await jobs_on_record(house) == []
    assert await run_due(house, kind(nothing)) == 0


async def test_many_are_queued_in_the_order_given(house: House) -> None:
    seen: list[int] = []

    async def run(task: Task) -> None:
        seen.append(task.arguments["place"])

    async with house.work() as work:
        ids = await queue_jobs(work, kind(run), [{"place": place} for place in range(20)])
    assert ids == sorted(ids)
    assert await run_due(house, kind(run)) == 20
    assert seen == list(range(20))


async def test_a_job_that_fails_is_tried_again_and_what_it_did_is_undone(house: House) -> None:
    async def run(task: Task) -> None:
        async with task.finishing() as work:
            work.record("test.done", "job", task.job_id, after={"attempt": task.attempt})
            if task.attempt < 3:
                raise ConnectionError("away")

    job_id = await queue(house, kind(run))
    assert await run_due(house, kind(run)) == 3
    assert await state_of(house, job_id) == "done"
    async with house.database.reading() as tx:
        events = await tx.connection.fetch("SELECT after FROM audit_event WHERE action = 'test.done'")
    assert [dict(each["after"]) for each in events] == [{"attempt": 3}]


async def test_between_attempts_it_rests_ever_longer(house: House) -> None:
    patient = Retries(attempts=9, first=timedelta(seconds=10), longest=timedelta(minutes=1))
    assert [patient.rest_after(attempt).seconds for attempt in (1, 2, 3, 4, 8)] == [10, 20, 40, 60, 60]

    async def run(_task: Task) -> None:
        raise ConnectionError

    job_id = await queue(house, kind(run, retries=patient))
    assert await run_due(house, kind(run, retries=patient)) == 1
    assert await run_due(house, kind(run, retries=patient)) == 0
    await make_due(house)
    assert await run_due(house, kind(run, retries=patient)) == 1
    assert await state_of(house, job_id) == "queued"


async def test_one_that_always_fails_is_buried_and_others_go_on(house: House, caplog: pytest.LogCaptureFixture) -> None:
    address = "lee" + "@example.kr"

    async def run(task: Task) -> None:
        if task.arguments["fails"]:
            raise ValueError(f"{address} is not to be told")

    dead, done = await queue(house, kind(run), fails=True), await queue(house, kind(run), fails=False)
    with caplog.at_level(logging.INFO):
        await run_due(house, kind(run))
    assert [await state_of(house, each) for each in (dead, done)] == ["dead", "done"]
    row = (await jobs_on_record(house))[0]
    assert row["attempts"] == 3
    assert "ValueError" in row["error_en"] and "ValueError" in row["error_ko"]
    assert "test_jobs.py" in caplog.text
    assert address not in caplog.text + str(row)
    async with house.database.reading() as tx:
        assert address not in str(await tx.connection.fetch("SELECT traceback FROM pgqueuer_log"))


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), DatabaseUnavailable("away"), asyncpg.DiskFullError("full")],
)
async def test_an_outage_is_no_attempt_of_a_job(house: House, error: Exception) -> None:
    """However long it lasts, the job is done once it is over."""
    runs: list[int] = []

    async def run(task: Task) -> None:
        runs.append(task.attempt)
        if len(runs) <= 5:
            raise error

    job_id = await queue(house, kind(run))
    for _ in range(5):
        assert await run_due(house, kind(run)) == 1
        (row,) = await jobs_on_record(house)
        assert (row["state"], row["attempts"]) == ("queued", 0)
        assert "ry again" in row["error_en"]
        await make_due(house)
    assert house.watch.was_full(60) is not isinstance(error, DatabaseUnavailable)
    assert await run_due(house, kind(run)) == 1
    assert (await state_of(house, job_id), runs) == ("done", [1] * 6)


async def test_what_will_never_do_is_tried_once(house: House) -> None:
    async def run(_task: Task) -> None:
        raise JobFailed(Text("받지 않습니다", "not taken"), for_good=True)

    await queue(house, kind(run))
    assert await run_due(house, kind(run)) == 1
    (row,) = await jobs_on_record(house)
    assert (row["state"], row["error_ko"], row["error_en"]) == ("dead", "받지 않습니다", "not taken")


async def test_what_is_objected_to_is_refused_with_its_reasons_and_not_tried_again(house: House) -> None:
    async def run(task: Task) -> None:
        if task.arguments["why"] == "rule":
            raise JOB_NOT_FOUND.refuse("rows", 3)
        raise NotAllowed(Text("담당자만", "staff only"))

    await queue(house, kind(run), why="rule")
    await queue(house, kind(run), why="right")
    assert await run_due(house, kind(run)) == 2
    first, second = await jobs_on_record(house)
    assert first["state"] == second["state"] == "refused"
    assert first["problems"] == [
        {"code": "JOB_NOT_FOUND", "path": ["rows", 3], "ko": "없는 작업입니다.", "en": "There is no such job."}
    ]
    assert second["problems"] == [{"code": "NOT_ALLOWED", "path": [], "ko": "담당자만", "en": "staff only"}]


async def test_an_operator_has_a_dead_one_tried_again(house: House) -> None:
    broken = True

    async def run(_task: Task) -> None:
        if broken:
            raise JobFailed(Text("고장", "broken"), for_good=True)

    job_id = await queue(house, kind(run))
    await run_due(house, kind(run))
    broken = False
    with pytest.raises(NotAllowed):
        async with house.work(Actor(member_id=1)) as work:
            await retry_job(work, job_id)
    async with house.work(SYSTEM) as work:
        await retry_job(work, job_id)
    await run_due(house, kind(run))
    (row,) = await jobs_on_record(house)
    assert (row["state"], row["attempts"], row["error_en"]) == ("done", 1, None)
    with pytest.raises(Refused, match="JOB_NOT_DEAD"):
        async with house.work(SYSTEM) as work:
            await retry_job(work, job_id)


async def test_what_fell_out_of_the_queue_is_put_back(house: House) -> None:
    job_id = await queue(house, kind(nothing))
    async with house.database.transaction() as tx:
        await tx.connection.execute("DELETE FROM pgqueuer")
        assert await queue_strays(tx) == 1
        assert await queue_strays(tx) == 0
    assert await run_due(house, kind(nothing)) == 1
    assert await state_of(house, job_id) == "done"


async def test_of_two_that_run_the_same_job_one_writes(house: House) -> None:
    """A worker that was silent too long lost its job to another, and comes back to life: it writes nothing more."""
    woken, asleep = asyncio.Event(), asyncio.Event()

    async def run(task: Task) -> None:
        async with task.finishing() as work:
            work.record("test.done", "job", task.job_id, after={"attempt": task.attempt})
            if task.attempt == 1:
                asleep.set()
                await woken.wait()

    job_id = await queue(house, kind(run))
    first = asyncio.create_task(run_due(house, kind(run)))
    await asleep.wait()
    second = Worker(house, [kind(run)], lost_after=timedelta(0))
    assert await second.drain() == 1
    woken.set()
    await first
    assert await state_of(house, job_id) == "done"
    async with house.database.reading() as tx:
        events = await tx.connection.fetch("SELECT after FROM audit_event WHERE action = 'test.done'")
    assert [dict(each["after"]) for each in events] == [{"attempt": 2}]


async def test_a_job_that_loses_its_worker_again_and_again_is_buried(house: House) -> None:
    job_id = await queue(house, kind(nothing))
    async with house.database.transaction() as tx:
        await tx.connection.execute("UPDATE job SET attempts = 3, state = 'running', runner = 'lost'")
    await run_due(house, kind(nothing))
    assert await state_of(house, job_id) == "dead"


async def test_progress_is_seen_while_it_runs_and_whole_when_it_is_done(house: House) -> None:
    seen: list[tuple[int, int]] = []

    async def run(task: Task) -> None:
        await asyncio.to_thread(task.progress, 5, 20)
        while not seen:
            async with house.database.reading() as tx:
                row = await tx.connection.fetchrow("SELECT done, total FROM job WHERE done > 0")
            if row:
                seen.append((row["done"], row["total"]))
        task.progress(19)

    await queue(house, kind(run))
    await run_due(house, kind(run))
    (row,) = await jobs_on_record(house)
    assert seen == [(5, 20)]
    assert (row["done"], row["total"]) == (20, 20)


async def test_a_worker_whose_connections_were_cut_goes_on(house: House) -> None:
    worker = Worker(house, [kind(nothing)])
    working = asyncio.create_task(worker.run())

    async def done(job_id: int) -> None:
        async with asyncio.timeout(60):
            while await state_of(house, job_id) != "done":  # noqa: ASYNC110 - it is done on other connections
                await asyncio.sleep(0.05)

    await done(await queue(house, kind(nothing)))
    async with as_owner(house) as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
        assert await connection.fetch(cut, connection.get_server_pid())
    await connected(house)
    await done(await queue(house, kind(nothing)))
    worker.stop()
    await working


async def test_a_file_is_dropped_when_it_was_worked_on(house: House) -> None:
    async def run(task: Task) -> None:
        assert task.content == b"rows"

    async with house.work() as work:
        await queue_job(work, kind(run), {}, content=b"rows")
    await run_due(house, kind(run))
    (row,) = await jobs_on_record(house)
    assert (row["state"], row["content"]) == ("done", None)
