"""Reading ends with its reader: the statement of an export, a page or a query whose client has gone is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import asyncpg
import orjson
import pytest
import uvicorn

from core.actor import Actor, Role
from core.benefits import write_declared_benefits
from core.database import plain_url
from core.house import House
from schema.build import build_schema
from schema.context import Context
from schema.execution import Executor
from schema.http.app import application
from schema.http.protocol import Protocol
from schema.limits import Limits
from tests.core.identity.scene import enter, main_user
from tests.schema.wire.test_wire import Server
from tests.support.databases import owner_url

LIST = "{ organizations { export { path } } }"
QUERY = "{ organizations { nodes { name } } }"
WAITS_FOR_LOCK = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Served:
    """A real server on a socket, somebody who is signed in, and a connection that watches PostgreSQL."""

    def __init__(self, port: int, token: str, watcher: asyncpg.Connection) -> None:
        self.port, self.token, self.watcher = port, token, watcher

    async def send(
        self, method: str, path: str, body: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [
            f"{method} {path} HTTP/1.1", "Host: dure.test", f"Authorization: Bearer {self.token}",
            "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close", "", "",
        ]  # fmt: skip
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        return reader, writer

    async def ask(self, query: str) -> Any:
        reader, writer = await self.send("POST", "/graphql", orjson.dumps({"query": query}))
        answer = await reader.read()
        writer.close()
        return orjson.loads(answer.partition(b"\r\n\r\n")[2])["data"]

    async def waiting(self, wanted: int) -> None:
        """Until so many statements wait for a lock. One that is never cancelled waits as long as the test holds it."""
        async with asyncio.timeout(60):
            while await self.watcher.fetchval(WAITS_FOR_LOCK) != wanted:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.05)


@pytest.fixture
async def served(house: House) -> AsyncIterator[Served]:
    async with house.work() as work:
        await write_declared_benefits(work)
    await main_user(house, 1, "one")
    token = (await enter(house, "one")).token
    app = application(house, build_schema(house.plugins))
    http: Any = partial(Protocol, guard=app.guard)
    config = uvicorn.Config(app, port=0, http=http, lifespan="off", log_config=None, access_log=False)
    server = Server(config)
    config.load()
    running = asyncio.create_task(server._serve())
    await server.ready.wait()
    url = house.settings.database_url
    assert url is not None
    watcher = await asyncpg.connect(plain_url(owner_url(url)))
    try:
        yield Served(server.servers[0].sockets[0].getsockname()[1], token, watcher)
    finally:
        await watcher.close()
        server.should_exit = True
        await running


@asynccontextmanager
async def locked(served: Served, table: str) -> AsyncIterator[None]:
    """A lock that every statement on the table waits for, until the block ends."""
    async with served.watcher.transaction():
        await served.watcher.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


async def test_the_statement_of_an_export_ends_with_its_reader(served: Served) -> None:
    path = (await served.ask(LIST))["organizations"]["export"]["path"]
    await served.ask(QUERY)  # the token is known, and the plan
    async with locked(served, "organization"):
        _, writer = await served.send("GET", path)
        await served.waiting(1)
        writer.close()
        await served.waiting(0)


async def test_exports_that_wait_for_their_turn_end_with_their_readers_too(served: Served) -> None:
    path = (await served.ask(LIST))["organizations"]["export"]["path"]
    async with locked(served, "organization"):
        _, first = await served.send("GET", path)
        await served.waiting(1)
        first.close()
        await served.waiting(0)
        _, again = await served.send("GET", path)  # the turn and the member's one export are free again
        await served.waiting(1)
        again.close()
        await served.waiting(0)


async def test_a_query_ends_with_its_reader(served: Served) -> None:
    await served.ask(QUERY)
    async with locked(served, "organization"):
        _, writer = await served.send("POST", "/graphql", orjson.dumps({"query": QUERY}))
        await served.waiting(1)
        writer.close()
        await served.waiting(0)
    assert (await served.ask(QUERY))["organizations"]["nodes"]


async def test_a_page_ends_with_its_reader(served: Served) -> None:
    async with locked(served, "seal"):
        _, writer = await served.send("GET", "/seals/latest")
        await served.waiting(1)
        writer.close()
        await served.waiting(0)


async def test_what_a_loader_reads_ends_with_the_time_of_its_query(served: Served, house: House) -> None:
    schema = build_schema(house.plugins)
    executor = Executor(schema, limits=replace(Limits.of(house.settings), seconds=1))
    context = Context(house=house, request_id="r", actor=Actor(role=Role.AUDITOR, member_id=1, organization_id=1))
    query = "{ organizations { nodes { filings { nodes { number } } } } }"
    async with locked(served, "filing"):
        answering = asyncio.create_task(executor.execute(query, None, None, context, plan=False))
        await served.waiting(1)
        assert (await answering).status == 503
        await served.waiting(0)
