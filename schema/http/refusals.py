"""What the server answers by itself, before a request reaches a route: each refusal with its status and its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from core.language import Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal. `reason` is its label in the metrics, `code` what the client reads in `extensions.code`."""

    reason: str
    status: int
    code: str
    text: Text
    retry_after: int | None = None  # seconds

    def response(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The whole response as it is sent, with the server's own headers. The connection ends with it."""
        body = orjson.dumps({"errors": [{"message": self.text.both, "extensions": {"code": self.code}}]})
        lines = [*headers, (b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")]
        if self.retry_after is not None:
            lines.append((b"retry-after", b"%d" % self.retry_after))
        lines += [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        return b"".join((STATUS_LINE[self.status], *(b"%b: %b\r\n" % line for line in lines), b"\r\n", body))


MALFORMED = Refusal(
    "malformed", 400, "BAD_REQUEST", Text("올바른 HTTP 요청이 아닙니다.", "This is not a valid HTTP request.")
)
HOST = Refusal(
    "host", 400, "BAD_REQUEST", Text("Host 헤더가 하나, 올바르게 있어야 합니다.", "Send one valid Host header.")
)
VERSION = Refusal(
    "version", 505, "BAD_REQUEST", Text("HTTP/1.1 또는 HTTP/1.0을 사용하세요.", "Use HTTP/1.1 or HTTP/1.0.")
)
HEAD_TOO_LARGE = Refusal(
    "head_too_large",
    431,
    "HEAD_TOO_LARGE",
    Text("요청의 주소와 헤더가 너무 큽니다.", "The request line and headers are too large."),
)
TOO_MANY_FIELDS = Refusal(
    "too_many_fields", 431, "HEAD_TOO_LARGE", Text("헤더의 수가 너무 많습니다.", "The request has too many headers.")
)
CHUNKS = Refusal(
    "chunks",
    413,
    "BAD_REQUEST",
    Text(
        "본문을 더 큰 조각으로, 확장과 트레일러 없이 보내세요.",
        "Send the body in larger chunks, without chunk extensions or trailers.",
    ),
)
HEAD_TIMEOUT = Refusal(
    "head_timeout",
    408,
    "REQUEST_TIMEOUT",
    Text("요청의 헤더가 제시간에 모두 오지 않았습니다.", "The request headers did not arrive in time."),
)
BODY_TIMEOUT = Refusal(
    "body_timeout",
    408,
    "REQUEST_TIMEOUT",
    Text(
        "요청의 본문이 멈추었거나 너무 느립니다. 다시 보내세요.",
        "The request body stalled or arrived too slowly. Send it again.",
    ),
)
PIPELINED = Refusal(
    "pipelined",
    503,
    "TOO_MANY_REQUESTS",
    Text(
        "응답을 기다리지 않고 보낸 요청이 너무 많습니다. 앞의 응답을 받은 뒤 보내세요.",
        "Too many requests were sent without waiting for answers. Read the answers first.",
    ),
    retry_after=1,
)
CONNECTIONS = Refusal(
    "connections",
    503,
    "TOO_MANY_CONNECTIONS",
    Text(
        "서버의 연결이 모두 사용 중입니다. 잠시 뒤 다시 시도하세요.",
        "All connections of the server are in use. Try again in a moment.",
    ),
    retry_after=5,
)
CONNECTIONS_OF_ADDRESS = Refusal(
    "connections_of_address",
    503,
    "TOO_MANY_CONNECTIONS",
    Text(
        "이 주소에서 연 연결이 너무 많습니다. 쓰지 않는 연결을 닫고 다시 시도하세요.",
        "Your address has too many connections open. Close those you do not use and try again.",
    ),
    retry_after=5,
)
STALLED_READER = "stalled_reader"  # a client that does not read its answer is told nothing: it would not read it
