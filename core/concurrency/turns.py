"""Turns of the event loop: long loops on it stop every few milliseconds, so that every other request goes on."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar

SLICE = 0.005  # seconds of long work in one iteration of the loop, all long work together
AT_ONCE = 4  # waiting tasks that one iteration wakes

Item = TypeVar("Item")
Made = TypeVar("Made")


class Turns:
    """Shares out the iterations of one event loop among the tasks that have much to do.

    found = turns()
    for each in many:
        if found.due():
            await found.turn()
        ...

    The slice belongs to all of them together. A hundred tasks that wake in the same iteration get one slice, not a
    hundred: the others wait for an iteration of their own, in the order in which they came. Each does at least one
    step an iteration, so that all of them end.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, clock: Callable[[], float] = time.perf_counter, slice_: float = SLICE
    ) -> None:
        self.loop = loop
        self.taken = 0  # turns that were waited for
        self._clock = clock
        self._slice = slice_
        self._until: float | None = None  # when this iteration's slice ends; None: nobody has begun it
        self._armed = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def due(self) -> bool:
        """Whether this iteration's slice is used up. The first to ask begins it."""
        if self._until is None:
            self._until = self._clock() + self._slice
            self._arm()
            return False
        return self._clock() >= self._until

    async def turn(self) -> None:
        """Wait for another iteration of the loop. A deadline that has passed meanwhile cancels the task here."""
        self.taken += 1
        waiter: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append(waiter)
        self._arm()
        await waiter

    def _arm(self) -> None:
        if not self._armed:
            self._armed = True
            self.loop.call_soon(self._fresh)

    def _fresh(self) -> None:
        """A new iteration: its slice is whole, and the next few waiting tasks have it."""
        self._armed, self._until = False, None
        woken = 0
        while self._waiting and woken < AT_ONCE:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                woken += 1
        if self._waiting:
            self._arm()


_found: Turns | None = None


def turns() -> Turns:
    """The turns of the running loop."""
    global _found
    loop = asyncio.get_running_loop()
    if _found is None or _found.loop is not loop:
        _found = Turns(loop)
    return _found


async def in_turns(items: Iterable[Item]) -> AsyncIterator[Item]:
    """The items one after another, with a turn for others whenever the slice is used up."""
    found = turns()
    for each in items:
        if found.due():
            await found.turn()
        yield each


async def mapped(function: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """What the function makes of each item, in order, with turns for others between them."""
    found = turns()
    made = []
    for each in items:
        if found.due():
            await found.turn()
        made.append(function(each))
    return made
