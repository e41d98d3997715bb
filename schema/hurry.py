"""The time that queries may take: all of them the same, so that one timer minds them all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Errand:
    """One query that is under way: who runs it, when it must be done, whether it was broken off."""

    task: asyncio.Task[Any]
    until: float
    cancelling: int
    late: bool = False

    def overran(self) -> bool:
        """Whether the cancellation that is under way is for its lateness alone."""
        return self.late and self.task.cancelling() <= self.cancelling + 1


class Hurry:
    """Cancels what has not ended after `seconds`. `asyncio.timeout` would set and clear a timer for each query.

    errand = hurry.begin()
    try:
        ...
    except asyncio.CancelledError:
        if not errand.overran():
            raise
        ...
    finally:
        hurry.end(errand)
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._under_way: dict[Errand, None] = {}  # as they began, which is as they must end
        self._loop: asyncio.AbstractEventLoop | None = None  # where a timer is set

    def begin(self) -> Errand:
        """The running task must be done with it in time."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        errand = Errand(task, loop.time() + self.seconds, task.cancelling())
        self._under_way[errand] = None
        if self._loop is not loop:
            self._set(loop, errand.until)
        return errand

    def end(self, errand: Errand) -> None:
        """It is done, or broken off."""
        self._under_way.pop(errand, None)
        if errand.late:
            errand.task.uncancel()

    def break_off(self, task: asyncio.Task[Any]) -> None:
        """End what this task does now, if it is under way here."""
        for errand in [*self._under_way]:
            if errand.task is task:
                del self._under_way[errand]
                errand.late = True
                task.cancel()
                return

    def _set(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        self._loop = loop
        loop.call_at(when, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            return
        self._loop = None
        if (left := self.ring(loop.time())) is not None:
            self._set(loop, left)

    def ring(self, now: float) -> float | None:
        """Break off what must be done by `now`; when the next must be done, if any."""
        for errand in [*self._under_way]:
            if errand.until > now:
                return errand.until
            del self._under_way[errand]
            errand.late = True
            errand.task.cancel()
        return None
