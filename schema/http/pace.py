"""The pace of one connection: what its client is waited for with, since when, and whether that takes too long.

It is looked at by the guard's sweep alone. What has moved is told by comparing with the round before, so that a request
costs no look at the clock.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from schema.http.refusals import BODY_TIMEOUT, HEAD_TIMEOUT, STALLED_READER

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from schema.http.protocol import Protocol


class Phase(Enum):
    """What a connection is waited for with."""

    NEW = auto()  # its first request
    IDLE = auto()  # the next one
    HEAD = auto()
    BODY = auto()
    WORK = auto()  # ours to do


class Pace:
    """How fast a client sends and reads."""

    __slots__ = ("arrived", "backlog", "backlog_since", "connection", "phase", "seen", "sent", "since")

    def __init__(self, connection: Protocol) -> None:
        self.connection = connection
        self.phase = Phase.WORK
        self.seen: object = None  # the headers of the request that the phase is of
        self.since, self.arrived = 0.0, 0
        self.backlog_since: float | None = None
        self.backlog = self.sent = 0

    def check(self, now: float) -> None:
        """End the connection, or refuse its request, when it is too slow."""
        connection = self.connection
        transport, backlog = connection.transport, connection.transport.get_write_buffer_size()
        if not backlog:
            self.backlog_since = None
        elif self._stalls(now, backlog):
            connection.guard.count(STALLED_READER)
            transport.abort()
            return
        if connection.lingering:
            if not backlog and now >= connection.lingers_until:
                transport.abort()
        elif not transport.is_closing():
            self._check_phase(now, self._phase(backlog))

    def _phase(self, backlog: int) -> Phase:
        """What is waited for. A client that we do not read from, or that waits for our word, is not late."""
        connection = self.connection
        cycle: RequestResponseCycle | None = connection.cycle
        if connection.refused is not None or connection.flow.read_paused:
            return Phase.WORK
        if connection.under_way:
            if connection.in_head:
                return Phase.HEAD
            return Phase.WORK if connection.cycle.waiting_for_100_continue else Phase.BODY
        if backlog or not connection.is_answered():
            return Phase.WORK
        return Phase.NEW if cycle is None else Phase.IDLE

    def _check_phase(self, now: float, phase: Phase) -> None:
        connection, limits = self.connection, self.connection.limits
        if phase is not self.phase or self.seen is not connection.headers:
            self.phase, self.seen, self.since, self.arrived = phase, connection.headers, now, connection.arrived
            connection.idle_since = now if phase in (Phase.NEW, Phase.IDLE) else None
            return
        waited = now - self.since
        if phase is Phase.HEAD:
            if waited >= limits.head_seconds:
                connection.refuse(HEAD_TIMEOUT)
        elif phase is Phase.BODY:
            if waited >= limits.body_seconds:
                if connection.arrived - self.arrived < max(1, limits.bytes_per_second * waited):
                    connection.refuse(BODY_TIMEOUT)
                self.since, self.arrived = now, connection.arrived
        elif phase is Phase.NEW:
            if waited >= limits.head_seconds:
                connection.transport.close()
        elif phase is Phase.IDLE and waited >= limits.keep_alive_seconds:
            connection.transport.close()

    def _stalls(self, now: float, backlog: int) -> bool:
        """Whether the client reads its answer too slowly, over a whole span of time."""
        limits = self.connection.limits
        if self.backlog_since is None:
            self.connection.wire.write = self._write
            self.backlog_since, self.backlog, self.sent = now, backlog, 0
            return False
        waited = now - self.backlog_since
        if waited < limits.answer_seconds:
            return False
        read = self.backlog + self.sent - backlog
        self.backlog_since, self.backlog, self.sent = now, backlog, 0
        return read < max(1, limits.bytes_per_second * waited)

    def _write(self, data: bytes) -> None:
        """From when the client first fell behind on, what is written is counted."""
        self.sent += len(data)
        self.connection.transport.write(data)
