"""A transaction pooler between Dure and PostgreSQL: every transaction may have another session than the one before.

It does what such poolers do and no more: sessions are kept open and shared, a client has one for as long as a
transaction lasts, nobody clears what a session remembers, and the server's process id that a client is told is none.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

Asked: TypeAlias = "asyncio.Task[tuple[bytes, bytes]]"
SSL_REQUEST, CANCEL_REQUEST = 80877103, 80877102
IDLE = b"I"


@dataclass(eq=False)
class Session:
    """One connection to PostgreSQL."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: bytes  # what the server said before it was ready: its parameters

    async def message(self) -> tuple[bytes, bytes]:
        return await _message(self.reader)


@dataclass
class Pooler:
    """So many sessions for however many clients of one login and one database, handed out in turn."""

    socket: str
    size: int
    sessions: asyncio.Queue[Session] = field(default_factory=asyncio.Queue)
    opened: int = 0
    served: int = 0  # transactions
    port: int = 0
    clients: set[asyncio.Task[None]] = field(default_factory=set)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(900_000_000))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.clients.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.clients.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        startup = await _startup(reader)
        while int.from_bytes(startup[4:8]) == SSL_REQUEST:
            writer.write(b"N")
            startup = await _startup(reader)
        if int.from_bytes(startup[4:8]) == CANCEL_REQUEST:
            return
        try:
            session = await self._session(startup)
        except ConnectionRefusedError as refused:
            _send(writer, b"E", refused.args[0])
            return
        key = b"K" + struct.pack("!III", 12, next(self.numbers), 0)
        writer.write(b"R" + struct.pack("!II", 8, 0) + session.greeting + key + b"Z" + struct.pack("!I", 5) + IDLE)
        self.sessions.put_nowait(session)
        asked = asyncio.create_task(_message(reader))
        try:
            while (await asyncio.wait({asked}))[0] and asked.result()[0] != b"X":
                session = await self._session(startup)
                self.served += 1
                try:
                    asked = await self._transaction(reader, writer, session, asked)
                except BaseException:
                    self.opened -= 1
                    session.writer.close()
                    raise
                self.sessions.put_nowait(session)
        finally:
            asked.cancel()

    async def _transaction(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: Session, asked: Asked
    ) -> Asked:
        """Hand messages on until the session is idle again; what the client asks next."""
        owed = 0  # answers of the kind "ready" that the server still has to give
        said = asyncio.create_task(session.message())
        try:
            while True:
                await asyncio.wait({asked, said}, return_when=asyncio.FIRST_COMPLETED)
                if asked.done():
                    kind, body = asked.result()
                    if kind == b"X":
                        raise ConnectionError("the client left in a transaction")
                    owed += kind in (b"Q", b"S", b"F")
                    _send(session.writer, kind, body)
                    asked = asyncio.create_task(_message(reader))
                elif said.done():
                    kind, body = said.result()
                    _send(writer, kind, body)
                    owed -= kind == b"Z"
                    if kind == b"Z" and body == IDLE and not owed:
                        return asked
                    said = asyncio.create_task(session.message())
        finally:
            said.cancel()

    async def _session(self, startup: bytes) -> Session:
        if self.opened < self.size:
            self.opened += 1
            reader, writer = await asyncio.open_unix_connection(self.socket)
            writer.write(startup)
            greeting = b""
            while True:
                kind, body = await _message(reader)
                if kind == b"E":
                    self.opened -= 1
                    raise ConnectionRefusedError(body)
                if kind == b"S":
                    greeting += kind + struct.pack("!I", len(body) + 4) + body
                if kind == b"Z":
                    return Session(reader, writer, greeting)
        return await self.sessions.get()


async def _startup(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head) - 4)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], await reader.readexactly(int.from_bytes(head[1:]) - 4)


def _send(writer: asyncio.StreamWriter, kind: bytes, body: bytes) -> None:
    writer.write(kind + struct.pack("!I", len(body) + 4) + body)


@asynccontextmanager
async def pooled(url: str, *, sessions: int) -> AsyncIterator[tuple[str, Pooler]]:
    """The same database through a pooler of so many sessions, and the pooler."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query)["host"][0]
    pooler = Pooler(f"{folder}/.s.PGSQL.5432", sessions)
    server = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}", pooler
    finally:
        server.close()
        for client in list(pooler.clients):
            client.cancel()
        await asyncio.gather(*pooler.clients, return_exceptions=True)
        while not pooler.sessions.empty():
            pooler.sessions.get_nowait().writer.close()
