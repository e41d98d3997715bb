"""Observers: told in the background of what was committed, each plugin in order, by a thread of its own."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from dataclasses import dataclass, field

from core.hooks.calls import Hooks
from core.hooks.problems import Overrun
from core.hooks.threads import Run, Threads

THREADS = 3  # of one plugin for its observer: one is told at a time, and two may be held by calls that were given up
MOST_WAITING = 10_000  # of one plugin; what comes on top of it is dropped
AT_ONCE = 100  # told in one turn of the thread
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """One call of one observer: whose, which hook, and what is called in which context."""

    plugin: str
    hook: str
    call: Callable[[], object]
    context: Context


@dataclass(slots=True)
class _Lane:
    plugin: str
    threads: Threads
    waiting: deque[Notice] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    loop: asyncio.AbstractEventLoop | None = None
    dropping: bool = False


class Observers:
    """What waits to be told, by plugin."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.lanes: dict[str, _Lane] = {}

    def tell(self, notices: Iterable[Notice]) -> None:
        """Have them told soon, in this order; nobody waits for it."""
        for notice in notices:
            lane = self.lanes.get(notice.plugin)
            if lane is None:
                threads = Threads(f"observer {notice.plugin}", THREADS)
                lane = self.lanes[notice.plugin] = _Lane(notice.plugin, threads)
            if len(lane.waiting) >= MOST_WAITING:
                self._drop(lane, [notice])
                continue
            lane.waiting.append(notice)
            loop = asyncio.get_running_loop()
            if lane.task is None or lane.task.done() or lane.loop is not loop:
                lane.loop = loop
                lane.task = loop.create_task(self._run(lane), name=f"observer {lane.plugin}")

    def waiting(self) -> dict[str, int]:
        """How many notices wait, by plugin."""
        return {lane.plugin: len(lane.waiting) for lane in self.lanes.values()}

    async def settled(self) -> None:
        """Wait until everything has been told."""
        while tasks := [lane.task for lane in self.lanes.values() if lane.task is not None and not lane.task.done()]:
            await asyncio.wait(tasks)

    async def close(self, seconds: float) -> None:
        """Wait until everything has been told, so many seconds at most; what is left is dropped, logged and counted."""
        try:
            async with asyncio.timeout(seconds):
                await self.settled()
        except TimeoutError:
            for lane in self.lanes.values():
                if lane.task is not None:
                    lane.task.cancel()
                self._drop(lane, lane.waiting)
                lane.waiting.clear()

    async def _run(self, lane: _Lane) -> None:
        """Tell what waits, a turn at a time."""
        while lane.waiting:
            if lane.threads.exhausted:
                self._drop(lane, lane.waiting)
                lane.waiting.clear()
                return
            turn = [lane.waiting.popleft() for _ in range(min(AT_ONCE, len(lane.waiting)))]
            lane.dropping = False
            run = Run(self._calls(turn), asyncio.get_running_loop())
            try:
                await self.hooks.within(lane.threads, lane.plugin, _present(turn, run), run)
            except Overrun:
                lane.waiting.extendleft(reversed(turn[run.completed + 1 :]))

    def _calls(self, turn: list[Notice]) -> Iterator[None]:
        """In the thread: one observer after another; one that fails harms nobody."""
        for notice in turn:
            try:
                notice.context.run(notice.call)
            except Exception:
                self.hooks.count(notice.plugin, notice.hook, "failed")
                log.exception("plugin %s failed while listening to %s", notice.plugin, notice.hook)
            yield None

    def _drop(self, lane: _Lane, notices: Iterable[Notice]) -> None:
        dropped = list(notices)
        for notice in dropped:
            self.hooks.count(notice.plugin, notice.hook, "dropped")
        if dropped and not lane.dropping:  # one line until it keeps up again; the metrics have the number
            lane.dropping = True
            log.error(
                "plugin %s does not keep up: what it is to be told of (%s and others) is dropped",
                lane.plugin, dropped[0].hook, extra={"plugin": lane.plugin},
            )  # fmt: skip


def _present(turn: list[Notice], run: Run[None]) -> Callable[[], str]:
    """Which hook is being told now."""
    return lambda: turn[min(len(run.results), len(turn) - 1)].hook
