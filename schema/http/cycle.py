"""One request and its answer: uvicorn's, with one message more for an application that has its whole answer.

It goes out in one write, with its head as it is:

    {"type": WHOLE, "status": 200, "head": b"content-type: application/json\\r\\n", "body": b"{}"}

`head` is header lines as they are sent, all but content-length; whoever writes it has made sure of what is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

WHOLE = "dure.response.whole"
EXTENSIONS: dict[str, dict[object, object]] = {WHOLE: {}}


class Wire:
    """What a cycle sees of its transport. `close` is called after the answer: the connection decides how it ends."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(
        self, write: Callable[[bytes], None], is_closing: Callable[[], bool], close: Callable[[], None]
    ) -> None:
        self.write = write
        self.is_closing = is_closing
        self.close = close


class Cycle(RequestResponseCycle):
    """One request and its answer."""

    async def send(self, message: Any) -> None:
        if message["type"] != WHOLE:
            if self.more_body and not self.response_started:
                self.keep_alive = False
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            raise RuntimeError("an answer that has begun cannot be sent whole")
        self.response_started = self.response_complete = True
        if self.more_body:  # answered before the request was read: the rest of it is not
            self.keep_alive = False
        body = message["body"]
        parts = [STATUS_LINE[message["status"]]]
        for name, value in self.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (message["head"], b"content-length: %d\r\n" % len(body))
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", body)
        self.transport.write(b"".join(parts))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
