"""A worker in a process of its own, to be killed: `python -m tests.core.jobs.process URL GRACE FOLDER`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from core.database import Database
from core.house import House
from core.jobs import JobKind, Retries, Task, Worker
from core.language import Text
from core.plugins import Plugins
from core.settings import Settings

PATIENT = Retries(attempts=100, first=timedelta(0), longest=timedelta(0))


def die_at(task: Task, point: str) -> None:
    """The end of this process, as by a power cut, at this point of the job's first attempt."""
    if task.attempt == 1 and task.arguments.get("dies") == point:
        os.kill(os.getpid(), signal.SIGKILL)


async def at_once(task: Task) -> None:
    """All of the effect in the transaction that finishes the job."""
    die_at(task, "before")
    async with task.finishing() as work:
        work.record("test.effect", "job", task.job_id)
        die_at(task, "in the middle")
        if task.attempt == 1 and task.arguments.get("dies") == "marked":
            await task.mark_done(work.tx, None)
            die_at(task, "marked")
    die_at(task, "committed")
    await asyncio.sleep(0.02)


async def in_steps(task: Task) -> None:
    """Step after step, each of which changes nothing the second time."""
    for step in range(3):
        die_at(task, f"before step {step}")
        async with task.work() as work:
            await work.tx.connection.execute("SELECT pg_advisory_xact_lock($1)", task.job_id)
            subject = f"{task.job_id}/{step}"
            known = "SELECT true FROM audit_event WHERE action = 'test.step' AND subject_id = $1"
            if not await work.tx.connection.fetchval(known, subject):
                work.record("test.step", "job", subject)
        die_at(task, f"after step {step}")


async def long(task: Task) -> None:
    """Until it is told that it is enough."""
    while True:
        async with task.house.database.reading() as tx:
            if await tx.connection.fetchval("SELECT true FROM audit_event WHERE action = 'test.enough'"):
                return
        await asyncio.sleep(0.02)


AT_ONCE = JobKind(name="test.at_once", names=Text("한 번에", "at once"), run=at_once, retries=PATIENT)
IN_STEPS = JobKind(name="test.in_steps", names=Text("차례로", "in steps"), run=in_steps, retries=PATIENT)
LONG = JobKind(name="test.long", names=Text("오래", "long"), run=long, retries=PATIENT)


async def work(url: str, grace: float, folder: Path) -> None:
    database = await Database.connect(url, size=6)
    house = House(settings=Settings(data_dir=folder, database_url=url), database=database, plugins=Plugins())
    worker = Worker(house, (AT_ONCE, IN_STEPS, LONG), lost_after=timedelta(seconds=1), grace=timedelta(seconds=grace))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])))
