"""The children of one application: started when they are needed, kept warm, replaced when they die."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from core.readers.failures import ReaderBusy, ReaderFailed
from core.readers.problems import READER_BUSY, READER_ENDED, READER_MEMORY, READER_SLOW
from core.readers.process import Child, ChildEnded, ChildFailed, ChildGarbled, ChildGone, ChildSlow
from core.readers.turns import TooMany, Turns

MOST_WAITING, MOST_OF_ONE = 64, 8
MEGABYTE = 1024**2
Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Readers:
    """Up to `at_once` children, each with `megabytes` of memory and `seconds` of processor time for a file.

    Safe to use from several event loops. Every child is a descendant of this process and ends with it; `close` ends
    them before.
    """

    def __init__(self, *, at_once: int = 2, megabytes: int = 768, seconds: int = 20) -> None:
        self._megabytes, self._seconds = megabytes, seconds
        self._at_once = at_once
        self._turns = Turns(at_once, most=MOST_WAITING, each=MOST_OF_ONE)
        self._children = _Children()
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    async def read(
        self,
        reader: str,
        query: Mapping[str, Any],
        data: bytes,
        take: Callable[[Iterator[Any]], Result],
        *,
        asker: Hashable,
        patience: float = 60,
    ) -> Result:
        """What `take`, in a thread, makes of the messages about one file.

        Raises `ReaderFailed` when there is no whole answer or `take` raises over it, and `ReaderBusy` when the turn of
        `asker` does not come within `patience` seconds.
        """
        try:
            turn = self._turns.take(asker)
        except TooMany as error:
            raise ReaderBusy(READER_BUSY.at("file")) from error
        try:
            async with asyncio.timeout(patience):
                await asyncio.wrap_future(turn)
        except BaseException as error:
            if not turn.cancel():
                self._turns.done()  # it came in this moment
            if isinstance(error, TimeoutError):
                raise ReaderBusy(READER_BUSY.at("file")) from error
            raise
        call = _Call()
        try:
            running = self._executor().submit(self._answer, call, reader, query, data, take)
        except BaseException:
            self._turns.done()
            raise
        running.add_done_callback(lambda _: self._turns.done())
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            call.give_up()
            raise

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Of the children there are, busy ones included."""
        return self._children.process_ids

    def close(self) -> None:
        """End every child. Files that are being read are refused; a later `read` starts anew."""
        with self._lock:
            threads, self._threads = self._threads, None
        self._children.end_all()
        if threads is not None:
            threads.shutdown(wait=True)
        self._children.end_all()

    def _executor(self) -> ThreadPoolExecutor:
        """Threads of its own: a child ends with the thread that started it, so these stay as long as there are any."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="readers")
                weakref.finalize(self._threads, self._children.end_all)
            return self._threads

    def _answer(
        self,
        call: _Call,
        reader: str,
        query: Mapping[str, Any],
        data: bytes,
        take: Callable[[Iterator[Any]], Result],
    ) -> Result:
        child = self._children.idle() or self._start()
        try:
            try:
                result = call.answer(child, reader, query, data, take)
            except ChildGone:  # it ended unasked, so this says nothing about the file
                self._children.end(child)
                child = self._start()
                result = call.answer(child, reader, query, data, take)
        except ChildFailed as error:
            self._children.end(child)
            log.warning("a reader gave no answer about a file of %d bytes: %s", len(data), error)
            raise self._failure(error) from error
        except BaseException:
            self._children.end(child)
            raise
        self._children.put_back(child)
        return result

    def _start(self) -> Child:
        return self._children.add(Child(memory=self._megabytes * MEGABYTE, seconds=self._seconds))

    def _failure(self, error: ChildFailed) -> ReaderFailed:
        if isinstance(error, ChildSlow) or (isinstance(error, ChildEnded) and error.overran):
            return ReaderFailed(READER_SLOW.at("file", seconds=self._seconds))
        if isinstance(error, ChildEnded) and error.out_of_memory:
            return ReaderFailed(READER_MEMORY.at("file", megabytes=self._megabytes))
        return ReaderFailed(READER_ENDED.at("file"))


class _Call:
    """One request to a child, which may be given up from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._given_up = False

    def answer(
        self, child: Child, reader: str, query: Mapping[str, Any], data: bytes, take: Callable[[Iterator[Any]], Result]
    ) -> Result:
        with self._lock:
            if self._given_up:
                raise ChildFailed("nobody waits for it any more")
            self._child = child
        try:
            messages = child.ask(reader, query, data)
            try:
                result = take(messages)
            except ChildFailed:
                raise
            except Exception as error:
                raise ChildGarbled(f"{type(error).__name__}: {error}") from error
            for _ in messages:
                pass
            return result
        finally:
            with self._lock:
                self._child = None

    def give_up(self) -> None:
        with self._lock:
            self._given_up = True
            if self._child is not None:
                self._child.kill()


class _Children:
    """Every child there is, and which of them have nothing to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: set[Child] = set()
        self._idle: list[Child] = []

    @property
    def process_ids(self) -> tuple[int, ...]:
        with self._lock:
            return tuple(child.process.pid for child in self._all)

    def add(self, child: Child) -> Child:
        with self._lock:
            self._all.add(child)
        return child

    def idle(self) -> Child | None:
        """The one that was used last, and lives."""
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None or child.lives:
                return child
            self.end(child)

    def put_back(self, child: Child) -> None:
        with self._lock:
            known = child in self._all
            if known:
                self._idle.append(child)
        if not known:
            child.end()

    def end(self, child: Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.end()

    def end_all(self) -> None:
        with self._lock:
            children, self._all, self._idle = self._all, set(), []
        for child in children:
            child.end()
