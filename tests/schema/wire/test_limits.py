"""What a connection may not do to the server: too large, too many, malformed, too slow; and what it is told."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from schema.http.guard import ConnectionGuard, ConnectionLimits
from schema.http.protocol import LINGER_BYTES, MOST_PIPELINED
from tests.schema.wire.test_wire import LIMITS, answer_of, asking, serving
from tests.schema.wire.test_wire import app as echo

HEAD = b"GET / HTTP/1.1\r\nHost: dure.test\r\n"
SLOW = ConnectionLimits(head_seconds=0.4, body_seconds=0.4, answer_seconds=0.4, keep_alive_seconds=30)
Statuses = list[int]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, and answers with its length and the headers it was called with. `/early` answers unread."""
    size, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    names = sorted(name.decode() for name, _ in scope["headers"])
    body = json.dumps({"size": size, "names": names}).encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def everything(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the server ends the connection."""
    return await asyncio.wait_for(reader.read(), 30)


def statuses(answer: bytes) -> Statuses:
    return [int(each) for each in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


async def told(*pieces: bytes, limits: ConnectionLimits = LIMITS, app: Any = app) -> bytes:
    """What is answered to these pieces, each sent after the one before was taken in, until the connection ends."""
    async with serving(app, limits) as connect:
        reader, writer = await connect()
        with suppress(ConnectionError):
            for each in pieces:
                writer.write(each)
                await writer.drain()
                await asyncio.sleep(0.02)
        return await everything(reader)


def code_of(answer: bytes) -> str:
    """The code in the last answer's body."""
    found: str = json.loads(answer[answer.rindex(b"\r\n\r\n") :])["errors"][0]["extensions"]["code"]
    return found


# ---------------------------------------------------------------------------------------------------- the head


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",),
        (HEAD + b"X: ", *[b"a" * 30_000] * 4),
        (HEAD + b"X" * 70_000,),
        (HEAD, *[b"X-%d: y\r\n" % number for number in range(90)], b"Y: " + b"a" * 65_000 + b"\r\n\r\n"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",),
        (b"GET /" + b"a" * 40_000, b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        (HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(101)) + b"\r\n",),
        (HEAD + b"A:\r\n" * 2_000 + b"\r\n",),
        (HEAD + b"\r\n" + HEAD + b"X: " + b"a" * 140_000,),
        (HEAD + b"\r\n", HEAD + b"X: ", *[b"a" * 30_000] * 4),
    ],
)
async def test_a_head_beyond_the_limit_is_431(pieces: tuple[bytes, ...]) -> None:
    answer = await told(*pieces)
    assert statuses(answer)[-1] == 431
    assert statuses(answer)[:-1] in ([], [200])
    assert code_of(answer) == "HEAD_TOO_LARGE"


@pytest.mark.parametrize("size", [60_000, 65_536])
async def test_a_head_within_the_limit_passes_however_it_is_cut(size: int) -> None:
    head = HEAD + b"Connection: close\r\nX: "
    head += b"a" * (size - len(head) - 4) + b"\r\n\r\n"
    assert len(head) == size
    assert statuses(await told(head)) == [200]
    assert statuses(await told(*[head[at : at + 9_000] for at in range(0, size, 9_000)])) == [200]


async def test_a_head_that_begins_behind_a_large_body_is_measured_by_itself() -> None:
    post = asking("/", bytes(60_000))
    rest = b"X: " + b"a" * 9_000 + b"\r\nConnection: close\r\n\r\n"
    assert statuses(await told(post + HEAD, rest)) == [200, 200]


async def test_a_client_that_sends_forty_megabytes_of_header_before_it_reads_gets_its_answer() -> None:
    assert statuses(await told(HEAD + b"X: " + b"a" * 40_000_000)) == [431]


async def test_a_header_without_end_is_cut_off() -> None:
    async with serving(app) as connect:
        _, writer = await connect()
        writer.write(HEAD + b"X: ")
        sent, piece = 0, b"a" * 1_000_000
        with suppress(ConnectionError):
            while sent < 3 * LINGER_BYTES:
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), 10)
                sent += len(piece)
        assert sent < 3 * LINGER_BYTES


@pytest.mark.parametrize(
    "lines",
    [
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n",
        b"GET / HTTP/1.1\r\nHost: a, b\r\n",
        b"GET / HTTP/1.1\r\nHost: user@a\r\n",
        b"GET / HTTP/1.1\r\nHost: a:port\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1\r\n",
        b"GET / HTTP/1.1\r\nHost: \xea\xb0\x80\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n X: folded\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n",
        b"GET /\xea\xb0\x80 HTTP/1.1\r\nHost: a\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n",
        b"NONSENSE / HTTP/1.1\r\nHost: a\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
    ],
)
async def test_what_is_no_valid_request_is_400(lines: bytes) -> None:
    answer = await told(lines + b"\r\n")
    assert (statuses(answer), code_of(answer)) == ([400], "BAD_REQUEST")


@pytest.mark.parametrize("version", [b"2.0", b"3.0", b"1.2", b"0.9"])
async def test_another_version_of_http_is_refused(version: bytes) -> None:
    assert statuses(await told(b"GET / HTTP/%b\r\nHost: a\r\n\r\n" % version)) in ([400], [505])


async def test_http_0_9_is_refused() -> None:
    assert statuses(await told(b"GET /\r\n\r\n")) == [505]


@pytest.mark.parametrize("host", ["a", "dure.test:8000", "127.0.0.1:1", "[::1]:8000", "xn--ob0b98g.kr", "a_b.example."])
async def test_a_valid_host_passes(host: str) -> None:
    answer = await told(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert statuses(answer) == [200]


async def test_http_1_0_needs_no_host() -> None:
    assert statuses(await told(b"GET / HTTP/1.0\r\n\r\n")) == [200]


# ---------------------------------------------------------------------------------------------------- the body

CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        (b"1;" + b"e" * 200_000 + b"\r\nx\r\n0\r\n\r\n",),
        tuple(b"1\r\nx\r\n" * 10_000 for _ in range(10)),
        tuple(b"1;" + b"e" * 10_000 + b"\r\nx\r\n" for _ in range(20)),
        (b"1\r\nx\r\n0\r\nX: ", *[b"t" * 30_000] * 5),
        (b"1\r\nx\r\n0\r\n", *[b"X: y\r\n" * 3_000] * 8),
    ],
)
async def test_a_body_that_is_mostly_framing_is_413(pieces: tuple[bytes, ...]) -> None:
    answer = await told(CHUNKED, *pieces)
    assert (statuses(answer), code_of(answer)) == ([413], "BAD_REQUEST")


async def test_an_honest_chunked_body_passes_and_its_trailers_are_no_headers() -> None:
    end = b"0\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n"
    pieces = [b"8\r\nabcdefgh\r\n" * 5_000] * 6
    async with serving(app) as connect:
        reader, writer = await connect()
        for body in ([b"".join(pieces) + end], [*pieces, end]):
            writer.write(CHUNKED)
            for each in body:
                writer.write(each)
                await writer.drain()
            found = json.loads((await answer_of(reader))[2])
            assert found == {"size": 240_000, "names": ["host", "transfer-encoding"]}


@pytest.mark.parametrize("body", [b"zz\r\n", b"-1\r\nx\r\n", b"1\r\nxx\r\n", b"ffffffffffffffffff\r\n"])
async def test_a_chunk_that_is_none_is_400(body: bytes) -> None:
    assert statuses(await told(CHUNKED, body)) == [400]


async def test_what_is_answered_before_its_body_was_read_is_read_no_further() -> None:
    async with serving(app) as connect:
        reader, writer = await connect()
        writer.write(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n" + bytes(10_000))
        _, headers, _ = await answer_of(reader)
        assert headers["connection"] == "close"
        sent = 0
        with suppress(ConnectionError):
            while sent < 200_000_000:
                writer.write(bytes(1_000_000))
                await asyncio.wait_for(writer.drain(), 10)
                sent += 1_000_000
        assert sent < 200_000_000


async def test_who_waits_for_100_continue_is_told_the_answer_instead() -> None:
    request = b"POST /early HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    assert statuses(await told(request)) == [200]
    asked = request.replace(b"/early", b"/").replace(b"a\r\n", b"a\r\nConnection: close\r\n")
    assert statuses(await told(asked, bytes(9))) == [100, 200]


@pytest.mark.parametrize(
    "asked",
    [
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n",
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    ],
)
async def test_an_upgrade_is_not_taken_and_the_connection_goes_on(asked: bytes) -> None:
    async with serving(app, ws="none") as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(HEAD + asked + b"\r\n" + HEAD + b"\r\n")
            assert [(await answer_of(reader))[0] for _ in range(2)] == [200, 200]


# ------------------------------------------------------------------------------------------------- one after another


async def test_pipelined_requests_without_end_are_ended() -> None:
    began: list[int] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        began.append(1)
        await asyncio.sleep(0.05 if len(began) == 1 else 0)
        await app(scope, receive, send)

    answer = await told(*[(HEAD + b"\r\n") * 1_500] * 10, app=slow)
    assert statuses(answer)[-1] == 503
    assert set(statuses(answer)[:-1]) == {200}
    assert len(began) == len(statuses(answer)) - 1 <= MOST_PIPELINED + 2


async def test_nonsense_behind_a_request_is_answered_after_it() -> None:
    async with serving(echo) as connect:
        reader, writer = await connect()
        writer.write(asking("/slow", b"1") + asking("/slow", b"2") + b"nonsense\r\n\r\n")
        assert [(await answer_of(reader))[2] for _ in range(2)] == [b"/slow 1", b"/slow 2"]
        assert (await answer_of(reader))[0] == 400
        assert await everything(reader) == b""


async def test_a_broken_body_of_a_request_that_waits_its_turn_is_answered_in_turn() -> None:
    async with serving(echo) as connect:
        reader, writer = await connect()
        writer.write(asking("/slow", b"1") + CHUNKED + b"zz\r\n")
        assert (await answer_of(reader))[2] == b"/slow 1"
        assert (await answer_of(reader))[0] == 400


# ---------------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", []),
        (b"GET / HT", [408]),
        (HEAD + b"X: y\r\n", [408]),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", [408]),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345", [408]),
        (CHUNKED + b"5\r\nabc", [408]),
        (CHUNKED + b"1\r\na\r\n0\r\nX: y", [408]),
        (HEAD + b"\r\n" + HEAD, [200, 408]),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n", [100, 408]),
    ],
)
async def test_what_is_not_whole_in_time_is_408(sent: bytes, answered: Statuses) -> None:
    assert statuses(await told(sent, limits=SLOW)) == answered


async def test_a_head_and_a_body_that_trickle_are_408() -> None:
    for start in (HEAD + b"X: ", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"):
        async with serving(app, SLOW) as connect:
            reader, writer = await connect()
            writer.write(start)
            answer = asyncio.create_task(reader.read(1_000))
            while not answer.done():
                writer.write(b"a")
                await asyncio.sleep(0.02)
            assert statuses(await answer) == [408]


async def test_a_slow_but_steady_body_passes_though_it_takes_many_times_the_limit() -> None:
    limits = ConnectionLimits(body_seconds=0.3, bytes_per_second=20)
    async with serving(app, limits) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n")
        for _ in range(90):
            writer.write(bytes(100))
            await writer.drain()
            await asyncio.sleep(0.02)
        assert json.loads((await answer_of(reader))[2])["size"] == 9_000


async def test_a_long_answer_is_waited_for() -> None:
    """Work is not the client's fault: nothing rings while the application is at it."""

    async def long(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(1.5)
        await app(scope, receive, send)

    async with serving(long, SLOW) as connect:
        reader, writer = await connect()
        writer.write(asking("/", bytes(200_000)))
        assert (await answer_of(reader))[0] == 200


@pytest.mark.parametrize("whole", [True, False])
async def test_a_client_that_does_not_read_its_answer_is_ended(whole: bool) -> None:
    ended = asyncio.Event()

    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        if whole:
            await send({"type": "dure.response.whole", "status": 200, "head": b"", "body": bytes(30_000_000)})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(30_000):
                await send({"type": "http.response.body", "body": bytes(1_000), "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        ended.set()

    async with serving(large, SLOW) as connect:
        reader, writer = await connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(HEAD + b"\r\n")
        await asyncio.wait_for(ended.wait(), 30)
        guard: ConnectionGuard = connect.guard  # type: ignore[attr-defined]
        await until(lambda: not guard.connections)
        assert guard.refusals == Counter(stalled_reader=1)
        reader.feed_eof()


async def test_a_client_that_reads_slowly_but_steadily_gets_it_all() -> None:
    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "dure.response.whole", "status": 200, "head": b"", "body": bytes(12_000_000)})

    async with serving(large, SLOW) as connect:
        reader, writer = await connect()
        writer.write(HEAD + b"Connection: close\r\n\r\n")
        got = 0
        while piece := await asyncio.wait_for(reader.read(200_000), 10):
            got += len(piece)
            await asyncio.sleep(0.02)
        assert got > 12_000_000


# -------------------------------------------------------------------------------------------------- how many


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110 - the server's loop is this one
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ConnectionLimits(connections=4), "connections"),
        (ConnectionLimits(by_address=4), "connections_of_address"),
    ],
)
async def test_connections_beyond_the_limit_are_told_so_and_the_others_go_on(
    limits: ConnectionLimits, reason: str
) -> None:
    async with serving(app, limits) as connect:
        held = [await connect() for _ in range(4)]
        for _, writer in held:
            writer.write(HEAD)
        guard: ConnectionGuard = connect.guard  # type: ignore[attr-defined]
        await until(lambda: all(each.under_way for each in guard.connections))  # type: ignore[attr-defined]
        for _ in range(3):
            reader, writer = await connect()
            writer.write(HEAD + b"\r\n")
            status, headers, body = await answer_of(reader)
            assert (status, headers["retry-after"], headers["connection"]) == (503, "5", "close")
            assert code_of(b"\r\n\r\n" + body) == "TOO_MANY_CONNECTIONS"
        assert guard.refusals == Counter({reason: 3})
        for reader, writer in held:
            writer.write(b"\r\n")
            assert (await answer_of(reader))[0] == 200
        held[0][1].close()
        await until(lambda: len(guard.connections) == 3)
        reader, writer = await connect()
        writer.write(HEAD + b"\r\n")
        assert (await answer_of(reader))[0] == 200


async def test_an_idle_connection_makes_room_for_a_new_one() -> None:
    limits = ConnectionLimits(connections=3, head_seconds=0.4, keep_alive_seconds=60)
    async with serving(app, limits) as connect:
        held = [await connect() for _ in range(3)]
        for reader, writer in held:
            writer.write(HEAD + b"\r\n")
            await answer_of(reader)
        guard: ConnectionGuard = connect.guard  # type: ignore[attr-defined]
        await until(lambda: all(each.idle_since for each in guard.connections))
        reader, writer = await connect()
        writer.write(HEAD + b"\r\n")
        assert (await answer_of(reader))[0] == 200
        assert not guard.refusals
        assert sum([each.at_eof() or bool(each.exception()) for each, _ in held]) <= 1
        assert len(guard.connections) == 3


@pytest.mark.parametrize(
    ("limits", "counted"),
    [
        (ConnectionLimits(), False),
        (ConnectionLimits(by_address=4), True),
        (ConnectionLimits(by_address=4, trusted="127.0.0.1"), False),
        (ConnectionLimits(by_address=4, trusted="127.0.0.0/8,10.0.0.1"), False),
    ],
)
def test_the_machine_itself_and_trusted_proxies_are_not_locked_out(limits: ConnectionLimits, counted: bool) -> None:
    guard = ConnectionGuard(limits)
    assert (guard._counted_as("127.0.0.1")[0] is not None) is counted


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_of_ipv6_a_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    guard = ConnectionGuard(ConnectionLimits())
    assert (guard._counted_as(one) == guard._counted_as(other)) is same
    assert guard._counted_as(one)[1] == 100
