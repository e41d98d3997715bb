"""The queue's way to PostgreSQL: notices where a session is the worker's own, looking where a pooler shares it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver

if TYPE_CHECKING:
    import asyncpg

Callback = Callable[[str | bytes | bytearray], None]


class PooledDriver(AsyncpgPoolDriver):
    """Listens to nobody: LISTEN belongs to a session, and a pooler gives every transaction another.

    What this worker notifies it hears itself, so that its own checks of its health hold; what others queue it finds
    when it looks.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._callbacks: list[tuple[str, Callback]] = []

    async def add_listener(self, channel: str, callback: Callback) -> None:
        self._callbacks.append((channel, callback))

    async def remove_listener(self, channel: str, callback: Callback) -> None:
        self._callbacks.remove((channel, callback))

    async def notify(self, channel: str, payload: str) -> None:
        await super().notify(channel, payload)
        for name, callback in self._callbacks:
            if name == channel:
                callback(payload)


async def driver_for(pool: asyncpg.Pool) -> AsyncpgPoolDriver:
    """The driver that fits what stands between this process and PostgreSQL."""
    async with pool.acquire() as connection:
        pooled = connection.get_server_pid() != await connection.fetchval("SELECT pg_backend_pid()")
    return PooledDriver(pool) if pooled else AsyncpgPoolDriver(pool)
