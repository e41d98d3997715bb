"""Whose turn it is: so many at once, and of those who wait one for each asker in turn."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from concurrent.futures import Future


class TooMany(Exception):
    """So many wait already that one more would wait too long."""


class Turns:
    """`at_once` turns, for any number of event loops and threads. Who has one gives it back with `done`.

    At most `most` wait, and of one asker `each`. Nobody's second file is looked at before everybody's first.
    """

    def __init__(self, at_once: int, *, most: int, each: int) -> None:
        self._free = at_once
        self._most, self._each = most, each
        self._waiting: dict[Hashable, deque[Future[None]]] = {}  # askers in the order of their turns
        self._lock = threading.Lock()

    def take(self, asker: Hashable) -> Future[None]:
        """Done when the turn has come; cancel it to give up. Raises `TooMany`."""
        turn: Future[None] = Future()
        with self._lock:
            self._drop_cancelled()
            if self._free:
                self._free -= 1
                turn.set_running_or_notify_cancel()
                turn.set_result(None)
                return turn
            mine = self._waiting.get(asker, ())
            if len(mine) >= self._each or sum(map(len, self._waiting.values())) >= self._most:
                raise TooMany
            self._waiting.setdefault(asker, deque()).append(turn)
        return turn

    def done(self) -> None:
        """A turn is over: the next asker's begins."""
        with self._lock:
            turn = self._next()
            if turn is None:
                self._free += 1
        if turn is not None:
            turn.set_result(None)

    def _next(self) -> Future[None] | None:
        while self._waiting:
            asker = next(iter(self._waiting))
            line = self._waiting.pop(asker)
            turn = line.popleft()
            if line:
                self._waiting[asker] = line  # behind all others now
            if turn.set_running_or_notify_cancel():
                return turn
        return None

    def _drop_cancelled(self) -> None:
        for asker, line in list(self._waiting.items()):
            kept = deque(turn for turn in line if not turn.cancelled())
            if kept:
                self._waiting[asker] = kept
            else:
                del self._waiting[asker]
