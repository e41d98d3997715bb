"""One child as its parent sees it: started, asked, and ended. Blocking: for the threads of the pool alone."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from core.readers.frames import END, LENGTH, MAX_ANSWER, MAX_FRAME, STARTED, WALL_CLOCK, framed

ROOT = Path(__file__).parents[2]
BEGIN = "import sys; sys.path.append(sys.argv.pop()); from core.readers.child import main; main()"
OUT_OF_MEMORY = 3  # what a child exits with
PIECE = 64 * 1024
REAPED_WITHIN = 5  # seconds


class ChildFailed(Exception):
    """The child gave no whole answer."""


class ChildGone(ChildFailed):
    """It had ended before it was asked."""


class ChildEnded(ChildFailed):
    """It ended while it read the file. `status`: its exit status, less than nothing for a signal."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        super().__init__(f"it ended with status {status}")

    @property
    def overran(self) -> bool:
        return self.status in (-signal.SIGXCPU, -signal.SIGALRM)

    @property
    def out_of_memory(self) -> bool:
        return self.status == OUT_OF_MEMORY


class ChildSlow(ChildFailed):
    """It took longer than it may."""


class ChildGarbled(ChildFailed):
    """What it answered is no answer."""


class Child:
    """A process that reads files, with `memory` bytes and `seconds` of processor time for each.

    It inherits neither the environment nor any open file but its two pipes, and runs in a session of its own, so that
    what is typed at a terminal does not reach it.
    """

    def __init__(self, *, memory: int, seconds: int) -> None:
        told = orjson.dumps({"parent": os.getpid(), "memory": memory, "seconds": seconds}).decode()
        self._seconds = seconds
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", BEGIN, told, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
            bufsize=0,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def ask(self, reader: str, query: Mapping[str, Any], data: bytes) -> Iterator[Any]:
        """The messages of an answer, as JSON values. Raises `ChildFailed`; the child is of no use any more then."""
        until = time.monotonic() + WALL_CLOCK * self._seconds
        try:
            self._send(framed(orjson.dumps({"reader": reader, "query": query})) + LENGTH.pack(len(data)), until)
            self._send(data, until)
            started, _ = self._frame(until)
        except (ChildEnded, OSError) as error:
            raise ChildGone("it had ended before") from error
        if started != STARTED:
            raise ChildGarbled("no beginning")
        total = 0
        while True:
            frame, size = self._frame(until)
            if frame == END:
                return
            total += size
            if total > MAX_ANSWER:
                raise ChildGarbled("an answer too long")
            try:
                message = orjson.loads(frame)
            except orjson.JSONDecodeError as error:
                raise ChildGarbled("no JSON") from error
            if isinstance(message, dict) and "failed" in message:
                raise ChildGarbled(f"it raised {str(message['failed'])[:80]!r}")
            yield message

    def kill(self) -> None:
        """End it at once, from any thread; whoever waits for its answer learns of it."""
        with suppress(ProcessLookupError):
            self.process.kill()

    def end(self) -> None:
        """End it, and leave nothing of it behind."""
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(REAPED_WITHIN)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, content: bytes, until: float) -> None:
        left = memoryview(content)
        while left:
            self._wait(self._to, select.POLLOUT, until)
            with suppress(BlockingIOError):
                left = left[os.write(self._to, left[:PIECE]) :]

    def _frame(self, until: float) -> tuple[bytes, int]:
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size, until))
        if length > MAX_FRAME:
            raise ChildGarbled("a frame too long")
        return self._exactly(length, until), length

    def _exactly(self, count: int, until: float) -> bytes:
        found = bytearray()
        while len(found) < count:
            self._wait(self._from, select.POLLIN, until)
            try:
                piece = os.read(self._from, min(count - len(found), PIECE))
            except BlockingIOError:
                continue
            if not piece:
                raise ChildEnded(self._status())
            found += piece
        return bytes(found)

    def _wait(self, pipe: int, event: int, until: float) -> None:
        polling = select.poll()
        polling.register(pipe, event)
        left = until - time.monotonic()
        if left <= 0 or not polling.poll(left * 1000):
            raise ChildSlow("it took too long")

    def _status(self) -> int | None:
        try:
            return self.process.wait(REAPED_WITHIN)
        except subprocess.TimeoutExpired:
            return None
