"""What a job is declared as, and what its function is given to work with."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from core.actor import SYSTEM, Actor
from core.errors import DureError
from core.jobs.schedule import Schedule
from core.language import Text

if TYPE_CHECKING:
    from core.database import Transaction
    from core.house import House
    from core.work import Work

NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """재시도: how often a failing job is tried in all, and how long it rests between, each rest twice the last."""

    attempts: int = 5
    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first < timedelta(0) or self.longest < self.first:
            raise ValueError("a job is tried once at least, and its longest rest is no shorter than its first")

    def rest_after(self, attempt: int) -> timedelta:
        """How long to rest after the failure of this attempt, the first being 1."""
        return min(self.first * (1 << min(attempt - 1, 20)), self.longest)


class JobFailed(DureError):
    """A job could not be done, for a reason that may be shown: it names nobody and quotes no message.

    `for_good`: trying again would change nothing, so that it is dead at once.
    """

    def __init__(self, text: Text, *, for_good: bool = False) -> None:
        self.text = text
        self.for_good = for_good
        super().__init__(text.en)


class JobLost(DureError):
    """Somebody else has the job now, or has finished it: what this run was about to write is undone."""


@dataclass(slots=True, kw_only=True)
class Task:
    """작업 한 번의 실행: one run of a job, as its function sees it.

    A worker may be killed at any point and the job run again, so write either all of the effect in `finishing()`, which
    marks the job done in the same transaction, or in steps that change nothing the second time.
    """

    house: House
    job_id: int
    arguments: Mapping[str, Any]
    content: bytes | None
    asked_by: int | None
    attempt: int
    request_id: str
    mark_done: Callable[[Transaction, Mapping[str, Any] | None], Awaitable[None]] = field(repr=False)
    result: Mapping[str, Any] | None = None  # what whoever asked is answered; JSON, ids as global ids
    file: tuple[str, datetime] | None = None  # made for whoever asked: its key in the store, and until when
    done: int = 0
    total: int | None = None
    finished: bool = False

    def progress(self, done: int, total: int | None = None) -> None:
        """How far it is: `done` of `total` steps. It costs nothing, may be said from a thread, and is written soon."""
        whole = self.total if total is None else total
        self.done, self.total = done if whole is None else min(done, whole), whole

    def work(self, actor: Actor = SYSTEM) -> AbstractAsyncContextManager[Work]:
        """A transaction of the job that does not finish it: one step of several."""
        return self.house.work(actor, self.request_id)

    @asynccontextmanager
    async def finishing(self, actor: Actor = SYSTEM) -> AsyncIterator[Work]:
        """The transaction in which the job is done: what it writes is there if and only if the job counts as done."""
        async with self.house.work(actor, self.request_id) as work:
            yield work
            await self.mark_done(work.tx, self.result)
        self.finished = True


JobFunction: TypeAlias = Callable[[Task], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """작업 종류: something done apart from a request, on demand or on a schedule. The name begins with its plugin's.

    `at_once` of them run at one time, over all workers; a worker runs four jobs at a time, of whatever kind. A member
    may have `most_waiting` of them queued or running; what nobody asked for has no such limit. Organizations take
    turns. `urgent` is for what somebody waits for in front of a screen: it runs in places of its own and waits behind
    no other kind.
    """

    name: str
    names: Text
    run: JobFunction
    schedule: Schedule | None = None
    retries: Retries = field(default_factory=Retries)
    at_once: int = 2
    most_waiting: int = 20
    urgent: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"the job name {self.name!r} must look like plugin.what_it_does")
        if self.at_once < 1:
            raise ValueError(f"the job {self.name!r} cannot run {self.at_once} at once")
        if self.most_waiting < 1:
            raise ValueError(f"a member can have no {self.most_waiting} jobs {self.name!r} waiting")
