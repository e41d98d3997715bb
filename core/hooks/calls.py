"""Calls of a plugin's functions, each with a limit: waited for without holding up anybody else."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from core.hooks.problems import Overrun
from core.hooks.threads import Run, Threads

if TYPE_CHECKING:
    from core.settings import Settings

THREADS = 4  # of one plugin for what is waited for
SLOW = frozenset({"check_document", "deliver", "gather"})  # which may wait on a server of theirs, or on the database
WHOLE = 12  # limits that all steps of one call may take together
Result = TypeVar("Result")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HookLimits:
    """How many seconds a plugin's function may take; `slow` holds for those that may wait on another server."""

    quick: float = 5.0
    slow: float = 60.0

    @classmethod
    def of(cls, settings: Settings) -> HookLimits:
        return cls(settings.hook_seconds, settings.slow_hook_seconds)

    def seconds(self, hook: str) -> float:
        return self.slow if hook in SLOW else self.quick


class Hooks:
    """What runs plugins' functions for one set of plugins. `counts` is by plugin, hook and what became of a call."""

    def __init__(self) -> None:
        self.limits = HookLimits()
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.threads: dict[str, Threads] = {}
        self._counting = threading.Lock()

    async def call(self, plugin: str, hook: str, function: Callable[[], Result]) -> Result:
        """What the function answers. Raises `Overrun`, or what the function raised."""
        (answer,) = await self.steps(plugin, hook, (function() for _ in (0,)))
        return answer

    async def steps(self, plugin: str, hook: str, steps: Iterable[Result]) -> list[Result]:
        """What a lazy iterable answers, gone through in a thread of the plugin's; each step has the limit."""
        threads = self.threads.get(plugin)
        if threads is None:
            threads = self.threads[plugin] = Threads(f"plugin {plugin}", THREADS)
        run = Run(in_context(steps), asyncio.get_running_loop())
        return await self.within(threads, plugin, lambda: hook, run, whole=WHOLE)

    async def awaited(self, plugin: str, hook: str, coroutine: Awaitable[Result]) -> Result:
        """What a coroutine of the plugin's answers. It runs on the event loop, so that it must not block."""
        seconds = self.limits.seconds(hook)
        try:
            async with asyncio.timeout(seconds) as limit:
                return await coroutine
        except TimeoutError:
            if not limit.expired():
                raise
            self.count(plugin, hook, "abandoned")
            log.error("plugin %s overran its limit of %g s in %s and was abandoned", plugin, seconds, hook)
            raise Overrun(plugin, hook, seconds) from None

    async def within(
        self, threads: Threads, plugin: str, present: Callable[[], str], run: Run[Result], *, whole: float = math.inf
    ) -> list[Result]:
        """The same in these threads. `present` names the hook of the present step; `whole` is in limits."""
        asked, seconds = monotonic(), self.limits.seconds(present())
        if threads.exhausted:
            self.count(plugin, present(), "abandoned")
            raise Overrun(plugin, present(), seconds)

        def look() -> None:
            if run.future.done():
                return
            now = monotonic()
            waited = now - (asked if run.began is None else run.began)
            if waited < seconds and now - asked < seconds * whole:
                timer[0] = run.loop.call_later(seconds - waited, look)
                return
            hook = present()
            if not threads.abandon(run):
                return
            self.count(plugin, hook, "abandoned")
            log.error(
                "plugin %s overran its limit of %g s in %s and was abandoned; %d of its %d threads are held",
                plugin, seconds, hook, threads.stuck, threads.most, extra={"plugin": plugin, "hook": hook},
            )  # fmt: skip
            run.future.set_exception(Overrun(plugin, hook, seconds))

        def ended(future: asyncio.Future[None]) -> None:
            timer[0].cancel()
            if not future.cancelled():
                future.exception()  # whoever asked may be gone; it is no surprise to the loop

        timer = [run.loop.call_later(seconds, look)]
        run.future.add_done_callback(ended)
        threads.start(run)
        try:
            await asyncio.shield(run.future)  # whoever asked may go; the call is watched until it returns
        except Overrun:
            raise
        except Exception:
            self.count(plugin, present(), "failed")
            raise
        return run.results

    def count(self, plugin: str, hook: str, outcome: str, by: int = 1) -> None:
        with self._counting:
            self.counts[plugin, hook, outcome] += by


def in_context(steps: Iterable[Result]) -> Iterator[Result]:
    """The same steps, each run in a copy of the context in which this was called."""
    context = copy_context()

    def each() -> Iterator[Result]:
        iterator, end = iter(steps), object()
        while (result := context.run(next, iterator, end)) is not end:
            yield result  # type: ignore[misc]

    return each()
