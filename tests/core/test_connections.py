"""Handing connections over: each has one borrower, none is lost, whatever becomes of it or of who waits for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.database import Database

SIZE = 3


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url, size=SIZE)
    yield database
    await asyncio.wait_for(database.close(), 30)


def at_rest(database: Database) -> bool:
    connections = database.connections
    return connections.in_use == 0 and connections.borrowed <= SIZE and not connections.waiting


async def pid(database: Database) -> int:
    row = await database.row("SELECT pg_backend_pid() AS pid")
    assert row is not None
    return int(row["pid"])


async def test_each_has_one_borrower_and_the_cancelled_lose_none(database: Database) -> None:
    connections, busy, chance = database.connections, set[asyncpg.Connection](), random.Random(20)

    async def borrow() -> None:
        connection = await connections.take()
        try:
            assert connection not in busy
            busy.add(connection)
            assert len(busy) <= SIZE
            await connection.fetchval("SELECT 1")
        finally:
            busy.remove(connection)
            connections.give(connection)

    tasks = [asyncio.create_task(borrow()) for _ in range(200)]
    for task in chance.sample(tasks[SIZE:], 60):  # who waits, not who works
        await asyncio.sleep(0)
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in ended} == {type(None), asyncio.CancelledError}
    assert at_rest(database)


async def test_a_statement_cut_short_leaves_a_connection_that_works(database: Database) -> None:
    for _ in range(SIZE * 2):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(database.row("SELECT pg_sleep(60)"), 0.05)
    assert at_rest(database)
    assert len({await pid(database) for _ in range(10)}) == 1


async def test_a_wrong_statement_costs_no_connection(database: Database) -> None:
    before = await pid(database)
    for _ in range(SIZE * 2):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await database.row("SELECT 1 / 0")
    assert await pid(database) == before and at_rest(database)


async def test_connections_that_the_server_ended_are_replaced(database: Database, database_url: str) -> None:
    held = [await database.connections.take() for _ in range(SIZE)]
    pids = [await each.fetchval("SELECT pg_backend_pid()") for each in held]
    ended = [asyncio.Event() for _ in held[1:]]
    for each, event in zip(held[1:], ended, strict=True):
        each.add_termination_listener(lambda *_, event=event: event.set())
    for each in held:
        database.connections.give(each)
    administrator = await asyncpg.connect(database_url)
    await administrator.fetch("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", pids[1:])
    await administrator.close()
    await asyncio.gather(*[event.wait() for event in ended])
    together = await asyncio.gather(*[pid(database) for _ in range(SIZE * 4)])
    assert not set(together) & set(pids[1:]) and at_rest(database)


async def test_who_waits_is_served_in_turn(database: Database) -> None:
    held = [await database.connections.take() for _ in range(SIZE)]
    order: list[int] = []

    async def borrow(place: int) -> None:
        connection = await database.connections.take()
        order.append(place)
        database.connections.give(connection)

    tasks = [asyncio.create_task(borrow(place)) for place in range(20)]
    await asyncio.sleep(0)
    for each in held:
        database.connections.give(each)
    await asyncio.gather(*tasks)
    assert order == list(range(20)) and at_rest(database)


async def test_closing_waits_for_what_is_under_way_and_refuses_what_waits(database_url: str) -> None:
    database = await Database.connect(database_url, size=1)
    working = asyncio.create_task(database.row("SELECT pg_sleep(0.2), 7 AS answer"))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(database.row("SELECT 8"))
    await asyncio.sleep(0)
    await asyncio.wait_for(database.close(), 30)
    row = await working
    assert row is not None and row["answer"] == 7
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await waiting
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await database.row("SELECT 9")
