"""A server that is told to stop: what is under way ends, nothing new begins, and nobody waits forever."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.support.servers import running

BENEFITS = {"query": "query Waiting { benefits(first: 1) { nodes { id } } }"}
WAITING = (
    "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
Process = subprocess.Popen[bytes]


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it has happened, a minute at most."""
    for _ in range(3_000):
        if await happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never happened")


@contextmanager
def server(database_url: str, folder: Path, seconds: int) -> Iterator[tuple[str, Process]]:
    with running(database_url, folder, DURE_SHUTDOWN_SECONDS=str(seconds)) as (address, _, process):
        yield address, process


@asynccontextmanager
async def a_request_under_way(
    database_url: str, address: str
) -> AsyncIterator[tuple[asyncio.Task[httpx.Response], asyncpg.Connection]]:
    """A request that waits for a lock, which the connection holds."""
    connection = await asyncpg.connect(database_url)
    watcher = await asyncpg.connect(database_url)
    try:
        await connection.execute("BEGIN; LOCK TABLE benefit IN ACCESS EXCLUSIVE MODE")
        async with httpx.AsyncClient(timeout=60) as http:
            asked = asyncio.create_task(http.post(f"{address}/graphql", json=BENEFITS))
            await until(lambda: watcher.fetchval(WAITING))
            yield asked, connection
            asked.cancel()
    finally:
        await watcher.close()
        await connection.close()


async def refuses(address: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            await http.get(f"{address}/healthz")
    except httpx.TransportError:
        return True
    return False


async def answered(asked: asyncio.Task[httpx.Response]) -> httpx.Response | None:
    """The answer; None when the connection was broken off."""
    try:
        return await asked
    except httpx.TransportError:
        return None


async def ended(process: Process) -> int:
    return await asyncio.to_thread(process.wait, 60)


async def test_a_request_under_way_is_answered_and_new_ones_are_refused(database_url: str, tmp_path: Path) -> None:
    with server(database_url, tmp_path, 60) as (address, process):
        async with a_request_under_way(database_url, address) as (asked, lock):
            process.send_signal(signal.SIGTERM)
            await until(lambda: refuses(address))
            assert not asked.done()
            await lock.execute("ROLLBACK")
            assert len((await asked).json()["data"]["benefits"]["nodes"]) == 1
            assert await ended(process) == 0
            left = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert await lock.fetchval(left) <= 1  # the watcher's own
    assert "told to stop" in (tmp_path / "server.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(("seconds", "signals"), [(1, 1), (600, 2)])
async def test_what_does_not_end_in_time_or_at_a_second_signal_is_broken_off(
    database_url: str, tmp_path: Path, seconds: int, signals: int
) -> None:
    with server(database_url, tmp_path, seconds) as (address, process):
        async with a_request_under_way(database_url, address) as (asked, lock):
            for _ in range(signals):
                os.kill(process.pid, signal.SIGTERM)
                await until(lambda: refuses(address))
            assert await ended(process) is not None
            answer = await answered(asked)
            if signals == 1 or answer is not None:  # at once may be before anything can be said
                assert answer is not None
                assert answer.status_code == 503
                assert answer.json()["errors"][0]["extensions"]["code"] == "STOPPING"
            await until(lambda: lock.fetchval(f"SELECT NOT ({WAITING})"))
