"""The load: keep-alive connections that each send a request, read the whole answer, and send the next."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

Requests = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Measured:
    """One slice of load: answers a second, the median latency, and the size of the last answer's body."""

    rate: float
    latency: float
    size: int
    answers: int


class _Connection(asyncio.Protocol):
    """One keep-alive connection. Nothing is parsed but the status, Content-Length and whether errors are told."""

    def __init__(self, requests: Requests, until: float, most: int) -> None:
        self.requests, self.until, self.most = requests, until, most
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.size = 0
        self._buffer = bytearray()
        self._wanted = 0
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self.transport.write(self.requests())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            at = head.find(b"content-length:")
            if not head.startswith(b"http/1.1 200") or at < 0:
                self._fail(bytes(self._buffer[:2_000]))
                return
            self.size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            self._wanted = end + 4 + self.size
        if len(self._buffer) < self._wanted:
            return
        now = time.perf_counter()
        if b'"errors":[{' in self._buffer:
            self._fail(bytes(self._buffer[:2_000]))
            return
        self.latencies.append(now - self._sent)
        self._buffer.clear()
        self._wanted = 0
        if now < self.until and len(self.latencies) < self.most:
            self._send()
        else:
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionError("the server closed the connection"))

    def _fail(self, answer: bytes) -> None:
        self._end(RuntimeError(answer.decode(errors="replace")))

    def _end(self, error: Exception | None) -> None:
        if not self.finished.done():
            if error is None:
                self.finished.set_result(None)
            else:
                self.finished.set_exception(error)
        self.transport.close()


async def load(port: int, requests: Requests, clients: int, seconds: float, most: int = 50_000) -> Measured:
    """Ask for `seconds`, at most `most` times a client. Any answer that is not a plain success ends the benchmark."""
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Connection(requests, start + seconds, most), "127.0.0.1", port)
        for _ in range(clients)
    ]
    connections = [protocol for _, protocol in made]
    await asyncio.wait_for(asyncio.gather(*(each.finished for each in connections)), seconds + 60)
    took = time.perf_counter() - start
    latencies = [each for connection in connections for each in connection.latencies]
    return Measured(len(latencies) / took, median(latencies), connections[-1].size, len(latencies))


def fetched(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.replace(b"Host:", b"Connection: close\r\nHost:", 1))
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts).split(b"\r\n\r\n", 1)[1]


def post(body: bytes, token: str | None = None) -> bytes:
    """An ordinary POST as GraphQL clients send it."""
    head = "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()


def in_turn(prepared: list[bytes]) -> Requests:
    """These requests, one after another, again and again."""
    place = -1

    def following() -> bytes:
        nonlocal place
        place += 1
        return prepared[place % len(prepared)]

    return following
