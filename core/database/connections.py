"""Connections, kept borrowed from the driver's pool, so that handing one over costs no more than a list's pop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import asyncpg

from core.database.unavailable import DatabaseUnavailable

# what connecting fails with, and statements on a connection that ended
UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Connections:
    """At most `size` connections of a pool, each with one borrower at a time.

    The pool opens, prepares and closes them. Who is next is decided here: the driver's own hand-over makes a task, a
    shield and a timer each time, which costs more than a small statement. The one used last is taken first, as its
    plans and caches are warm; who waits is served in turn.
    """

    def __init__(self, pool: asyncpg.Pool, size: int) -> None:
        self.pool = pool
        self.size = size
        self.borrowed = 0
        self.opened: Callable[[asyncpg.Connection], None] | None = None  # told of each that is borrowed from the pool
        self.free: list[asyncpg.Connection] = []
        self.waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()

    @property
    def in_use(self) -> int:
        """How many are at work now."""
        return self.borrowed - len(self.free)

    async def take(self) -> asyncpg.Connection:
        """A connection that is open; waits while all are in use. Raises `DatabaseUnavailable`."""
        while True:
            if not self.size:
                raise DatabaseUnavailable("the database is closed")
            if self.free:
                connection = self.free.pop()
                if _is_open(connection):
                    return connection
                await self.drop(connection)
            elif self.borrowed < self.size:
                return await self._borrow()
            else:
                given = await self._wait()
                if given is not None:
                    return given

    def give(self, connection: asyncpg.Connection) -> None:
        """Hand back a connection whose work ended well."""
        if not self._serve(connection):
            self.free.append(connection)

    async def drop(self, connection: asyncpg.Connection) -> None:
        """Hand back a connection whose work was broken off: the pool waits until it is fit again, or closes it."""
        try:
            await self.pool.release(connection)
        finally:
            self.borrowed -= 1
            self._serve(None)

    async def close(self) -> None:
        """Wait for what is under way, and close them all. Who still waits for one is refused."""
        self.size = 0
        while self._serve(None):
            pass
        while self.borrowed:
            connection = self.free.pop() if self.free else await self._wait()
            if connection is not None:
                await self.drop(connection)
        await self.pool.close()

    async def _borrow(self) -> asyncpg.Connection:
        self.borrowed += 1
        try:
            connection = await self.pool.acquire()
            if self.opened is not None:
                self.opened(connection)
            return connection
        except BaseException as error:
            self.borrowed -= 1
            if not isinstance(error, UNREACHABLE):
                self._serve(None)
                raise
            unavailable = DatabaseUnavailable(f"no connection to the database: {error or type(error).__name__}")
            if self.borrowed:
                self._serve(None)
            else:  # nobody has one: whoever waits would wait in vain, one after another
                self._refuse(unavailable)
            raise unavailable from error

    def _refuse(self, error: DatabaseUnavailable) -> None:
        waiting, self.waiting = self.waiting, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_exception(error)

    async def _wait(self) -> asyncpg.Connection | None:
        """A connection from somebody else; None when there is room to borrow one."""
        waiter: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # served and cancelled at once: pass it on
                given = waiter.result()
                if given is None:
                    self._serve(None)
                else:
                    self.give(given)
            raise

    def _serve(self, connection: asyncpg.Connection | None) -> bool:
        """Whether somebody waited, and has it now."""
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False


def _is_open(connection: asyncpg.Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it closed while nobody used it, and the pool has taken it back
        return False
