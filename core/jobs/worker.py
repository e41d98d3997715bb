"""The worker: takes jobs from the queue, has periodic ones queued, and stops without leaving one half done."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from core.database.connection import open_pool
from core.jobs.declared import JobKind
from core.jobs.running import run_job
from core.jobs.service import queue_scheduled, queue_strays

if TYPE_CHECKING:  # pgqueuer is imported where a worker runs: a server without one does without its three megabytes
    from pgqueuer.adapters.persistence.queries import Queries
    from pgqueuer.core.qm import QueueManager
    from pgqueuer.domain.models import Job as Queued
    from pgqueuer.domain.types import QueueManagerId

    from core.house import House

LOOKS_EVERY = timedelta(seconds=5)  # for what is due though nobody was told, such as a rest that is over
TIME_CHECKED_EVERY = timedelta(seconds=30)
AT_ONCE = 4  # jobs one worker runs at a time
URGENT_AT_ONCE = 2  # and beside them of those that people wait for
CONNECTIONS = 5  # of the queue's own: one listens for each lane
BACK_AFTER = (1, 2, 5, 10, 30)  # seconds until a worker that lost its database looks again
log = logging.getLogger(__name__)


class Worker:
    """작업 실행기 of one house. Any number may run, in servers or beside them; each job has one of them at a time.

    `lost_after` is how long a worker may be silent until its jobs are another's; `grace` how long a job may go on
    after `stop`, before it is put back.
    """

    def __init__(
        self,
        house: House,
        kinds: Iterable[JobKind],
        *,
        lost_after: timedelta = timedelta(seconds=30),
        grace: timedelta = timedelta(seconds=20),
    ) -> None:
        self.house = house
        self.kinds: Mapping[str, JobKind] = {kind.name: kind for kind in kinds}
        self.lost_after = lost_after
        self.grace = grace
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[object]] = set()

    def stop(self) -> None:
        """Take no more jobs, and end with the last."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until told to stop. A database that goes away is waited for."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._run_once()
                failures = 0
            except Exception as error:  # whatever it is, a server without a worker is worse than one that looks again
                rest = BACK_AFTER[min(failures, len(BACK_AFTER) - 1)]
                failures += 1
                log.warning(
                    "the worker lost its queue (%s) and looks again in %d s",
                    type(error).__name__,
                    rest,
                    exc_info=error if self.house.settings.debug else None,
                )
                await self._rest(timedelta(seconds=rest))

    async def drain(self, most: int | None = None) -> int:
        """Do what is due now, one after another, `most` of it, and end; how many runs. For tests, and for cron."""
        from pgqueuer.domain.types import QueueManagerId

        await self._keep_time_once()
        async with await self._pool(1) as pool:
            return await self._drain(await _queue_in(pool), QueueManagerId(uuid.uuid4()), most)

    async def _drain(self, queries: Queries, mine: QueueManagerId, most: int | None) -> int:
        from pgqueuer.domain.types import QueueEntrypoint
        from pgqueuer.ports.repository import EntrypointExecutionParameter

        known = {
            QueueEntrypoint(name): EntrypointExecutionParameter(concurrency_limit=kind.at_once)
            for name, kind in self.kinds.items()
        }
        runs = 0
        while known and runs != most and (found := await queries.dequeue(1, known, mine, None, self.lost_after)):
            (queued,) = found
            rest = await self._do(queued)
            if rest is None:
                await queries.log_jobs([(queued, "successful", None)])
            else:
                await queries.retry_job(queued, rest, None)
            runs += 1
        return runs

    async def _run_once(self) -> None:
        """Work as long as the database answers."""
        from pgqueuer.core.qm import QueueManager

        pool = await self._pool(CONNECTIONS)
        lanes = ((URGENT_AT_ONCE, True), (AT_ONCE, False))
        try:
            managers = []
            for most, urgent in lanes:
                kinds = [kind for kind in self.kinds.values() if kind.urgent is urgent]
                manager = QueueManager(await _queue_in(pool))
                for kind in kinds:
                    manager.entrypoint(kind.name, concurrency_limit=kind.at_once, accepts_context=False)(self._dispatch)
                if kinds:
                    managers.append((manager, most))
            async with asyncio.TaskGroup() as group:
                stopping = group.create_task(self._stop([manager for manager, _ in managers]))
                keeping = group.create_task(self._keep_time())
                running = [group.create_task(self._run_lane(manager, most)) for manager, most in managers]
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for manager, _ in managers:  # one that ended, told to or not, ends the others too
                    manager.shutdown.set()
                await asyncio.wait(running)
                stopping.cancel()
                keeping.cancel()
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            await pool.close()

    async def _pool(self, size: int) -> asyncpg.Pool:
        url = self.house.settings.database_url
        assert url is not None, "a house that is open knows its database"
        return await open_pool(url, size=size)

    async def _run_lane(self, manager: QueueManager, most: int) -> None:
        await manager.run(
            dequeue_timeout=LOOKS_EVERY,
            batch_size=most // 2,
            max_concurrent_tasks=most,
            shutdown_on_listener_failure=True,  # and begin anew, with a connection that hears
            heartbeat_timeout=self.lost_after,
            log_aggregation_interval=timedelta(0),
        )

    async def _stop(self, managers: Sequence[QueueManager]) -> None:
        """Once told to stop: let running jobs end within the grace, then have them put back."""
        await self._stopping.wait()
        for manager in managers:
            manager.shutdown.set()
        await asyncio.sleep(self.grace.total_seconds())
        for task in list(self._running):
            task.cancel()

    async def _dispatch(self, queued: Queued) -> None:
        from pgqueuer.domain.errors import RetryRequested

        rest = await self._do(queued)
        if rest is not None:
            raise RetryRequested(rest)

    async def _do(self, queued: Queued) -> timedelta | None:
        """Run the job that the queue's row stands for."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            return await run_job(self.house, self.kinds[queued.entrypoint], int(queued.payload or b"0"))
        finally:
            self._running.discard(task)

    async def _keep_time(self) -> None:
        while not self._stopping.is_set():
            await self._keep_time_once()
            now = self.house.clock()
            due = [kind.schedule.next_due(now) - now for kind in self.kinds.values() if kind.schedule]
            await self._rest(min([TIME_CHECKED_EVERY, *due]))

    async def _keep_time_once(self) -> None:
        """Queue every periodic job for the last moment it was due, once, however many moments were missed."""
        now = self.house.clock()
        async with self.house.database.transaction() as tx:
            for kind in self.kinds.values():
                if kind.schedule is not None:
                    await queue_scheduled(tx, kind, kind.schedule.last_due(now), now)
            await queue_strays(tx)

    async def _rest(self, rest: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), rest.total_seconds())


async def _queue_in(pool: asyncpg.Pool) -> Queries:
    from pgqueuer.adapters.persistence.queries import Queries

    from core.jobs.driver import driver_for

    return Queries(await driver_for(pool))


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
