"""What goes over the wire: whole answers, and connections that stay open and end as uvicorn's own protocol has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn

from core.benefits import write_declared_benefits
from core.house import House
from schema.build import DureSchema
from schema.http.app import application
from schema.http.guard import ConnectionGuard, ConnectionLimits
from schema.http.protocol import WHOLE, Protocol

LIMITS = ConnectionLimits()
HEAD = b"content-type: text/plain\r\nx-first: 1\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what was sent: whole, or in parts when the path says so."""
    message = await receive()
    body = b"%b %b" % (scope["raw_path"], message["body"])
    if scope["path"] == "/slow":
        await asyncio.sleep(0.6)
    if scope["path"] == "/parts":
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    assert WHOLE in scope["extensions"]
    await send({"type": WHOLE, "status": 201, "head": HEAD, "body": body})
    if scope["path"] == "/twice":
        await send({"type": WHOLE, "status": 201, "head": HEAD, "body": body})


class Server(uvicorn.Server):
    """One that tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(
    app: Any, limits: ConnectionLimits = LIMITS, **settings: Any
) -> AsyncIterator[Callable[[], Awaitable[Connection]]]:
    guard = ConnectionGuard(limits)
    http: Any = partial(Protocol, guard=guard)
    config = uvicorn.Config(
        app, port=0, http=http, lifespan="off", log_config=None, access_log=False, server_header=False, **settings
    )
    server = Server(config)
    config.load()
    running = asyncio.create_task(server._serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    made: list[Connection] = []

    async def connect() -> Connection:
        made.append(await asyncio.open_connection("127.0.0.1", port))
        return made[-1]

    connect.guard = guard  # type: ignore[attr-defined]
    try:
        yield connect
    finally:
        for _, writer in made:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        server.should_exit = True
        await running


def asking(path: str, body: bytes = b"", *more: str, version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: dure.test", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
    status, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines)
    return int(status.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


async def is_closed(reader: asyncio.StreamReader) -> bool:
    return await asyncio.wait_for(reader.read(), 10) == b""


async def test_a_whole_answer_has_its_head_its_length_and_the_servers_date() -> None:
    async with serving(app) as connect:
        reader, writer = await connect()
        writer.write(asking("/a%20b?c", b"one"))
        status, headers, body = await answer_of(reader)
        assert (status, body) == (201, b"/a%20b one")
        assert [*headers] == ["date", "content-type", "x-first", "content-length"]


async def test_whole_answers_and_answers_in_parts_share_a_connection() -> None:
    async with serving(app) as connect:
        reader, writer = await connect()
        for path, status in (("/whole", 201), ("/parts", 202), ("/whole", 201)):
            writer.write(asking(path))
            assert (await answer_of(reader))[0] == status


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    async with serving(app) as connect:
        reader, writer = await connect()
        writer.write(asking("/slow", b"1") + asking("/parts", b"2") + asking("/whole", b"3"))
        bodies = [(await answer_of(reader))[2] for _ in range(3)]
        assert bodies == [b"/slow 1", b"/parts 2", b"/whole 3"]
        writer.write(asking("/whole", b"4"))
        assert (await answer_of(reader))[2] == b"/whole 4"


@pytest.mark.parametrize(("version", "more"), [("1.0", ()), ("1.1", ("Connection: close",))])
async def test_a_connection_that_is_not_kept_is_closed_after_its_answer(version: str, more: tuple[str, ...]) -> None:
    async with serving(app) as connect:
        reader, writer = await connect()
        writer.write(asking("/whole", b"", *more, version=version))
        assert (await answer_of(reader))[1]["connection"] == "close"
        assert await is_closed(reader)


async def test_an_idle_connection_is_closed_in_time_and_a_busy_one_is_not() -> None:
    async with serving(app, ConnectionLimits(keep_alive_seconds=0.4)) as connect:
        reader, writer = await connect()
        writer.write(asking("/whole"))
        await answer_of(reader)
        await asyncio.sleep(0.2)
        writer.write(asking("/slow"))  # the first timer rings while this is under way
        await answer_of(reader)
        answered = asyncio.get_running_loop().time()
        assert await is_closed(reader)
        assert 0.3 < asyncio.get_running_loop().time() - answered < 5


async def test_an_answer_is_not_sent_twice(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(app) as connect:
        reader, writer = await connect()
        writer.write(asking("/twice"))
        assert (await answer_of(reader))[2] == b"/twice "
        assert await is_closed(reader)
    assert "cannot be sent whole" in caplog.text


async def test_more_than_may_come_at_once_is_told_so() -> None:
    async with serving(app, limit_concurrency=1) as connect:
        reader, writer = await connect()
        writer.write(asking("/whole"))
        assert (await answer_of(reader))[0] == 503


async def test_the_api_answers_over_the_wire_as_it_does_to_an_application_server(
    house: House, schema: DureSchema
) -> None:
    async with house.work() as work:
        await write_declared_benefits(work)
    front = application(house, schema)

    async def in_parts(scope: Any, receive: Any, send: Any) -> None:
        scope = {key: value for key, value in scope.items() if key != "extensions"}
        await front(scope, receive, send)

    async def told(app: Any, body: Any, *more: str) -> tuple[int, dict[str, str], bytes]:
        async with serving(app, date_header=False) as connect:
            reader, writer = await connect()
            writer.write(asking("/graphql", json.dumps(body).encode(), "Content-Type: application/json", *more))
            return await answer_of(reader)

    for body, more in (
        ({"query": "{ viewer { signedIn } }"}, ("X-Request-Id: mine",)),
        ({"query": "{ viewer { nothing } }"}, ("X-Request-Id: mine", "Accept: application/graphql-response+json")),
        ({"query": "subscription { a }"}, ("X-Request-Id: a b", "Accept: text/html", "Connection: close")),
    ):
        whole, parts = await told(front, body, *more), await told(in_parts, body, *more)
        ids = [each[1].pop("x-request-id") for each in (whole, parts)]
        assert whole == parts
        assert ids == ["mine", "mine"] or (all(len(each) == 32 for each in ids) and ids[0] != ids[1])
