"""One run of one job: claimed, told of, and finished, put back or buried. Whoever lost the job writes nothing of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from core.database import Transaction
from core.database.connection import Row
from core.errors import NotAllowed, Refused
from core.jobs.declared import JobFailed, JobKind, JobLost, Task
from core.jobs.models import JobState
from core.jobs.queries import OPEN, job
from core.language import Text
from core.readers.failures import ReaderBusy, ReaderFailed
from core.watch.outages import FULL, Outage, outage_of

if TYPE_CHECKING:
    from core.house import House

TOLD_EVERY = 0.3  # seconds between two writings of the progress
MOST_PROBLEMS = 100  # that a refused job shows
WORKER_LOST = Text(
    "작업을 실행하던 프로세스가 여러 번 중단되었습니다. 서버의 메모리와 기록을 확인하세요.",
    "The process that ran it was lost several times. Look at the server's memory and its log.",
)
log = logging.getLogger(__name__)


async def run_job(house: House, kind: JobKind, job_id: int) -> timedelta | None:
    """Run the job, if it is still to be done. Answers how long to rest before it is tried again; None: no more.

    Told to stop (cancelled) it puts the job back as it was and answers no rest at all.
    """
    runner = uuid.uuid4().hex
    row = await _claim(house, job_id, runner)
    if row is None:
        return None
    if row["attempts"] > kind.retries.attempts:
        await _bury(house, job_id, runner, WORKER_LOST)
        return None
    run = _Run(house, kind, row, runner)
    telling = asyncio.create_task(run.tell(), name=f"progress of job {job_id}")
    try:
        return await run.attempt()
    except asyncio.CancelledError:
        await run.put_back(counted=False)
        return timedelta(0)
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


class _Run:
    """What one run has in its hands."""

    def __init__(self, house: House, kind: JobKind, row: Row, runner: str) -> None:
        self.house, self.kind, self.runner = house, kind, runner
        self.task = Task(
            house=house,
            job_id=row["id"],
            arguments=row["arguments"],
            content=row["content"],
            asked_by=row["asked_by"],
            attempt=row["attempts"],
            request_id=row["request_id"] or f"job-{row['id']}",
            mark_done=self.mark_done,
        )

    async def attempt(self) -> timedelta | None:
        """The rest until the next attempt, None when there is none."""
        task = self.task
        try:
            await self.kind.run(task)
            if not task.finished:
                async with self.house.database.transaction() as tx:
                    await self.mark_done(tx, task.result)
            return None
        except JobLost:
            log.info("job %d (%s) was taken over; what this run was about to write is undone", task.job_id, self.name)
            return None
        except ReaderFailed as failed:  # the file would end the next reader too
            return await self.fail(JobFailed(failed.text, for_good=True))
        except ReaderBusy as busy:
            return await self.fail(JobFailed(busy.text))
        except Refused as refused:
            problems = [_told(each.code, each.path, each.message) for each in refused.violations[:MOST_PROBLEMS]]
        except NotAllowed as refused:
            problems = [_told("NOT_ALLOWED", (), refused.text)]
        except Exception as error:
            return await self.fail(error)
        await self.close(JobState.REFUSED, problems=problems, content=None)
        return None

    async def fail(self, error: Exception) -> timedelta | None:
        """Put the job back, or bury it when it will not do. What the error says may name people: it is not told."""
        if (outage := outage_of(error)) is not None:
            return await self.wait_out(outage, error)
        for_good = isinstance(error, JobFailed) and error.for_good
        last = for_good or self.task.attempt >= self.kind.retries.attempts
        text = error.text if isinstance(error, JobFailed) else _unexpected(error)
        log.log(
            logging.ERROR if last else logging.WARNING,
            "job %d (%s) failed, attempt %d of %d: %s\n%s",
            self.task.job_id,
            self.name,
            self.task.attempt,
            self.kind.retries.attempts,
            text.en,
            "".join(traceback.format_tb(error.__traceback__)),
            exc_info=error if self.house.settings.debug else None,
        )
        if last:
            await self.close(JobState.DEAD, error_ko=text.ko, error_en=text.en)
            return None
        await self.put_back(error=text)
        return self.kind.retries.rest_after(self.task.attempt)

    async def wait_out(self, outage: Outage, error: Exception) -> timedelta:
        """Put the job back without counting the run: it is not the job's fault that it could not be done."""
        log.warning(
            "job %d (%s) waits for an outage to end: %s: %s", self.task.job_id, self.name, outage.code, str(error)
        )
        if outage.code in FULL:
            self.house.watch.saw_full()
        await self.put_back(counted=False, error=outage.text)
        return timedelta(seconds=outage.retry_after)

    @property
    def name(self) -> str:
        return self.kind.name

    async def mark_done(self, tx: Transaction, result: Mapping[str, Any] | None) -> None:
        """Mark it done in this transaction. Raises `JobLost`, and so undoes the rest, when it is another's by now."""
        total = self.task.total
        values = {
            "state": JobState.DONE.value,
            "runner": None,
            "content": None,
            "done": self.task.done if total is None else total,
            "total": total,
            "result": None if result is None else dict(result),
            "finished_at": self.house.clock(),
            "file_key": None if self.task.file is None else self.task.file[0],
            "file_until": None if self.task.file is None else self.task.file[1],
            "error_ko": None,
            "error_en": None,
        }
        if not await tx.execute(self._mine().values(**values)):
            raise JobLost(f"job {self.task.job_id}")

    async def close(self, state: JobState, **values: Any) -> None:
        """The end of a job that was not done."""
        result = None if self.task.result is None else dict(self.task.result)
        async with self.house.database.transaction() as tx:
            await tx.execute(
                self._mine().values(
                    state=state.value, runner=None, finished_at=self.house.clock(), result=result, **values
                )
            )

    async def put_back(self, *, counted: bool = True, error: Text | None = None) -> None:
        """Back to waiting. A run that was only told to stop does not count as an attempt."""
        values: dict[str, Any] = {"state": JobState.QUEUED.value, "runner": None}
        if not counted:
            values["attempts"] = job.c.attempts - 1
        if error is not None:
            values |= {"error_ko": error.ko, "error_en": error.en}
        async with self.house.database.transaction() as tx:
            await tx.execute(self._mine().values(**values))

    async def tell(self) -> None:
        """Write the progress down, now and then, on a connection of its own."""
        told: tuple[int, int | None] = (0, None)
        while True:
            await asyncio.sleep(TOLD_EVERY)
            now = (self.task.done, self.task.total)
            if now != told and not self.task.finished:
                try:
                    async with self.house.database.transaction() as tx:
                        await tx.execute(self._mine().values(done=now[0], total=now[1]))
                except Exception as error:
                    if outage_of(error) is None:
                        raise
                else:
                    told = now

    def _mine(self) -> sa.Update:
        return sa.update(job).where(
            job.c.id == self.task.job_id, job.c.runner == self.runner, job.c.state == JobState.RUNNING.value
        )


async def _claim(house: House, job_id: int, runner: str) -> Row | None:
    """The job as this run's own; whoever had it before can finish it no more."""
    now = house.clock()
    claimed = (
        sa.update(job)
        .where(job.c.id == job_id, job.c.state.in_(OPEN))
        .values(
            state=JobState.RUNNING.value,
            runner=runner,
            attempts=job.c.attempts + 1,
            started_at=sa.func.coalesce(job.c.started_at, now),
            done=0,
            total=None,
        )
        .returning(job)
    )
    async with house.database.transaction() as tx:
        return await tx.row(claimed)


async def _bury(house: House, job_id: int, runner: str, why: Text) -> None:
    log.error("job %d is dead: %s", job_id, why.en)
    async with house.database.transaction() as tx:
        await tx.execute(
            sa.update(job)
            .where(job.c.id == job_id, job.c.runner == runner)
            .values(state=JobState.DEAD.value, runner=None, finished_at=house.clock(), error_ko=why.ko, error_en=why.en)
        )


def _unexpected(error: Exception) -> Text:
    kind = type(error).__name__
    return Text(
        f"예상하지 못한 오류입니다({kind}). 이 작업의 번호로 서버 기록을 확인하세요.",
        f"An unexpected error ({kind}). The server's log has it under this job's number.",
    )


def _told(code: str, path: tuple[str | int, ...], message: Text) -> dict[str, Any]:
    return {"code": code, "path": list(path), "ko": message.ko, "en": message.en}
