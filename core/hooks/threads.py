"""Threads for one plugin: a few, started when needed, ended when idle, and given up when a call overruns.

A thread pool of the standard library cannot give up a thread, and waits for its threads when the process ends. These
are daemons: a call that never returns keeps nothing from stopping. Nothing is raised inside such a call, for it may
hold a lock that others need.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import Any, Generic, TypeVar

IDLE_SECONDS = 30.0
Result = TypeVar("Result")


class Run(Generic[Result]):
    """Steps done one after another in a thread. `results` holds what they answered so far.

    `began` is when the present step began, None while the first waits for a thread. Once `abandoned`, no further step
    begins, and `completed` says how many had ended by then.
    """

    __slots__ = ("abandoned", "began", "completed", "future", "loop", "results", "steps", "working")

    def __init__(self, steps: Iterable[Result], loop: asyncio.AbstractEventLoop) -> None:
        self.steps = steps
        self.loop = loop
        self.future: asyncio.Future[None] = loop.create_future()
        self.results: list[Result] = []
        self.began: float | None = None
        self.completed = 0
        self.working = self.abandoned = False

    def work(self) -> None:
        """In the thread: every step, until one raises."""
        error: BaseException | None = None
        try:
            self.began = monotonic()
            for result in self.steps:
                self.results.append(result)
                if self.abandoned:
                    return
                self.began = monotonic()
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self.loop.call_soon_threadsafe(self._end, error)

    def _end(self, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(None)
        elif isinstance(error, Exception):
            self.future.set_exception(error)
        else:
            self.future.set_exception(RuntimeError(f"a plugin raised {type(error).__name__}"))


class Threads:
    """At most `most` threads. One that was given up counts until its call returns at last."""

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self.alive = self.idle = self.stuck = 0
        self._waiting: deque[Run[Any]] = deque()
        self._changed = threading.Condition()

    @property
    def exhausted(self) -> bool:
        """Whether every thread is held by a call that was given up."""
        return self.stuck >= self.most

    def start(self, run: Run[Any]) -> None:
        """Have it done as soon as a thread is free."""
        with self._changed:
            self._waiting.append(run)
            if self.idle >= len(self._waiting):
                self._changed.notify()
            else:
                self._add_thread()

    def abandon(self, run: Run[Any]) -> bool:
        """Give the call up; its thread takes no more calls. False when it has just ended."""
        with self._changed:
            if run in self._waiting:
                self._waiting.remove(run)
                run.abandoned = True
            elif run.working:
                run.abandoned = True
                self.stuck += 1
                if self._waiting:
                    self._add_thread()
            run.completed = len(run.results)
            return run.abandoned

    def _add_thread(self) -> None:
        if self.alive < self.most:
            self.alive += 1
            threading.Thread(target=self._serve, name=self.name, daemon=True).start()

    def _serve(self) -> None:
        while (run := self._next()) is not None:
            run.work()
            with self._changed:
                run.working = False
                if run.abandoned:
                    self.stuck -= 1
                    self.alive -= 1
                    if len(self._waiting) > self.idle:
                        self._add_thread()
                    return

    def _next(self) -> Run[Any] | None:
        """The next call; None when none came for a while, and the thread ends."""
        with self._changed:
            self.idle += 1
            came = self._changed.wait_for(lambda: self._waiting, IDLE_SECONDS)
            self.idle -= 1
            if not came:
                self.alive -= 1
                return None
            run = self._waiting.popleft()
            run.working = True
            return run
