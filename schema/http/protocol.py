"""How requests come and answers leave: uvicorn's protocol with limits, less what a small request does not need.

What is not HTTP, too large or too late is refused here. A small request passes by two comparisons: a head that comes
whole in one piece no larger than the limit is within it, and the time is watched by the guard's sweep.
"""

from __future__ import annotations

import re
from asyncio import BaseTransport, Event, Task, Transport
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from httptools import HttpParserError, HttpParserUpgrade, parse_url
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from schema.http.cycle import EXTENSIONS, WHOLE, Cycle, Wire
from schema.http.guard import MOST_HOSTS, ConnectionGuard
from schema.http.pace import Pace
from schema.http.refusals import (
    CHUNKS,
    HEAD_TOO_LARGE,
    HOST,
    MALFORMED,
    PIPELINED,
    TOO_MANY_FIELDS,
    VERSION,
    Refusal,
)

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

MOST_PIPELINED = 32  # requests that wait while one before them is answered
# How long, and how much, a refused client may still send, which is dropped: one that sends its whole request before it
# reads would otherwise meet a reset connection instead of its answer.
LINGER_SECONDS, LINGER_BYTES = 2.0, 64 * 1024 * 1024
HOST_FORM = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
TWO_HOSTS = b" "


class Refused(Exception):
    """Raised in the parser's callbacks, to stop it."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, guard: ConnectionGuard, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.guard, self.limits = guard, guard.limits
        self.most_at_once = guard.limits.head_bytes
        self.wire: Wire
        self.under_way = False  # a message has begun and is not complete, or nothing is taken any more
        self.in_head = False
        self.host: bytes | None = None
        self.fed = 0  # bytes of the message that is under way, or more
        self.arrived = 0  # bytes of messages that came in more than one piece
        self.taken = self.framing = self.barren = 0  # of a body: its bytes, what surrounds them, that without any
        self.refused: Refusal | None = None  # told once what came before it is answered
        self.lingering, self.lingers_until, self.dropped = False, 0.0, 0
        self.pace = Pace(self)
        self.idle_since: float | None = None
        self.answering: Task[None] | None = None  # what is done for the request under way

    # ------------------------------------------------------------------------------------------ the connection

    def connection_made(self, transport: BaseTransport) -> None:
        made = cast(Transport, transport)
        super().connection_made(made)
        self.wire = Wire(made.write, made.is_closing, self._answered)
        refusal = self.guard.admit(self, self.client[0] if self.client else None)
        if refusal is not None:
            self.refuse(refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.forget(self)
        super().connection_lost(exc)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete and self.guard.when_gone and self.answering:
            self.guard.when_gone(self.answering)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self.answering = task

    def shutdown(self) -> None:
        if self.lingering:
            self.transport.close()
        else:
            super().shutdown()

    def check(self, now: float) -> None:
        self.pace.check(now)

    def close_idle(self) -> bool:
        if self.under_way or not self.is_answered() or self.transport.get_write_buffer_size():
            return False
        self.transport.close()
        return True

    def data_received(self, data: bytes) -> None:
        if self.under_way or len(data) >= self.most_at_once:
            self._take_in_pieces(memoryview(data))
            return
        self.fed = len(data)
        try:
            self.parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._stopped(error, memoryview(data))

    def _take_in_pieces(self, rest: memoryview) -> None:
        """Feed no more at once than a head may still have, and count what comes."""
        self.arrived += len(rest)
        most = self.most_at_once
        while rest and self.refused is None and not self.lingering and not self.transport.is_closing():
            if not self.under_way:
                self.fed = 0
            size = most - self.fed if self.in_head else most
            piece, rest = rest[:size], rest[size:]
            self.fed += len(piece)
            headers, taken, in_body = self.headers, self.taken, self.under_way and not self.in_head
            try:
                self.parser.feed_data(piece)
            except (HttpParserError, HttpParserUpgrade) as error:
                self._stopped(error, piece)
                continue
            if self.in_head and self.fed >= most:
                self.refuse(HEAD_TOO_LARGE)
            elif in_body and self.under_way and headers is self.headers:
                self._count_framing(len(piece), self.taken - taken)
        if self.lingering:
            self._drop(len(rest))
        elif self.refused is not None:
            self.flow.pause_reading()

    def _count_framing(self, size: int, body: int) -> None:
        """Chunked bodies only: what surrounds the bytes may be as much as they are, and some more."""
        self.framing += size - body
        self.barren = 0 if body else self.barren + size
        if self.barren > self.most_at_once or self.framing > self.most_at_once + self.taken:
            self.refuse(CHUNKS)

    def _stopped(self, error: Exception, data: memoryview) -> None:
        """The parser stopped: for good, or before what another protocol would begin with, which we go on from."""
        if isinstance(error, HttpParserUpgrade):
            rest = data[error.args[0] :]
            if rest:
                self._take_in_pieces(rest)
            return
        cause = error.__context__
        self.refuse(cause.refusal if isinstance(cause, Refused) else MALFORMED)

    # ------------------------------------------------------------------------------------- the parser's callbacks

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            raise Refused(PIPELINED)
        self.under_way = self.in_head = True
        self.idle_since = self.host = None
        self.taken = self.framing = self.barren = 0
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self.scope = {  # type: ignore[typeddict-item]
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,  # type: ignore[typeddict-item]
            "root_path": self.root_path,
            "headers": self.headers,
            "state": self.app_state.copy(),
            "extensions": EXTENSIONS,
        }

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.in_head:  # a trailer, of which nobody makes anything
            return
        name = name.lower()
        if name == b"host":
            self.host = value if self.host is None else TWO_HOSTS
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        scope["method"] = parser.get_method().decode("ascii")
        if version != "1.1":
            if version != "1.0":
                raise Refused(VERSION)
            scope["http_version"] = version
            self.expect_100_continue = False
        if self.host not in self.guard.hosts:
            self._require_host(version)
        if len(self.headers) > self.limits.head_fields:
            raise Refused(TOO_MANY_FIELDS)
        asked = parse_url(self.url)
        path = asked.path.decode("ascii")
        scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode("ascii") + asked.path
        scope["query_string"] = asked.query or b""
        app, most = self.app, self.limit_concurrency
        if most is not None and (len(self.connections) >= most or len(self.tasks) >= most):
            app = service_unavailable
            self.logger.warning("Exceeded concurrency limit.")
        before: RequestResponseCycle | None = self.cycle
        self.in_head = False
        self.cycle = cycle = Cycle(
            scope,
            self.wire,  # type: ignore[arg-type]
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            Event(),
            self.expect_100_continue,
            version != "1.0" and parser.should_keep_alive(),
            self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, app))

    def on_body(self, body: bytes) -> None:
        self.taken += len(body)
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        self.under_way, self.fed = False, 0
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.more_body = False
        cycle.message_event.set()

    def _require_host(self, version: str) -> None:
        """Raises `Refused` unless the head has one valid Host; HTTP/1.0 may have none."""
        host = self.host
        if host is None and version == "1.0":
            return
        if host is None or HOST_FORM.fullmatch(host.strip(b" \t")) is None:
            raise Refused(HOST)
        if len(self.guard.hosts) >= MOST_HOSTS:
            self.guard.hosts.clear()
        self.guard.hosts.add(host)

    # --------------------------------------------------------------------------------------- answers and refusals

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing() or self.lingering:
            return
        if self.pipeline:  # reading goes on when none waits any more
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self.refused is not None:
            self._tell(self.refused)
        else:
            self.flow.resume_reading()

    def refuse(self, refusal: Refusal) -> None:
        """Take nothing any more, and say why once what came before is answered."""
        self.guard.count(refusal.reason)
        in_body, self.under_way, self.refused = self.under_way and not self.in_head, True, refusal
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and in_body and cycle.more_body:  # it is this one's body
            if self.pipeline and self.pipeline[0][0] is cycle:
                self.pipeline.popleft()
            else:
                cycle.disconnected = True
                cycle.message_event.set()
                if cycle.response_started:
                    self.transport.abort()
                else:
                    self._tell(refusal)
                return
        if self.is_answered():
            self._tell(refusal)
        else:
            self.flow.pause_reading()

    def is_answered(self) -> bool:
        """Whether every request that came whole is."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _tell(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.response(self.server_state.default_headers))
            self._linger()

    def _answered(self) -> None:
        """End the connection after an answer: at once, unless the client may still be sending and would not read it."""
        if self.under_way and not self.transport.is_closing():
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        """Say that nothing more comes, and drop what still does: closed at once, the answer might be lost."""
        if not self.guard.may_linger(self):
            self.transport.close()
            return
        self.lingering = self.under_way = True
        self.lingers_until = self.loop.time() + LINGER_SECONDS
        self.connections.discard(self)
        self.pipeline.clear()
        self.transport.write_eof()
        self.flow.resume_reading()

    def _drop(self, size: int) -> None:
        self.dropped += size
        if self.dropped > LINGER_BYTES:
            self.transport.close()


__all__ = ["WHOLE", "Protocol"]
