"""The limits of connections on a served Dure: set from outside, told in JSON, counted in the metrics."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from core.house import House
from schema.http.graphql import MOST_BYTES
from tests.schema.test_uploads_served import CONTENT, now, sender
from tests.support.files import announced
from tests.support.servers import running
from tests.support.world import rows

__all__ = ["now"]
TOKEN = "a-token-of-the-metrics"
HALF = b"GET /healthz HTTP/1.1\r\nHost: dure.test\r\n"


def connected(address: str, sent: bytes) -> socket.socket:
    found = urlsplit(address)
    opened = socket.create_connection((str(found.hostname), found.port or 80), timeout=60)
    opened.sendall(sent)
    return opened


def answer(opened: socket.socket) -> tuple[int, bytes]:
    """The status and all that follows, until the server ends the connection."""
    with closing(opened):
        parts: list[bytes] = []
        with suppress(ConnectionError):
            while part := opened.recv(65_536):
                parts.append(part)
    text = b"".join(parts)
    return int(text.split()[1]), text


def code(text: bytes) -> str:
    found: str = json.loads(text[text.rindex(b"\r\n\r\n") :])["errors"][0]["extensions"]["code"]
    return found


def refused(address: str) -> dict[str, int]:
    page = httpx.get(f"{address}/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    return {reason: int(float(count)) for reason, count in re.findall(r'refused_total\{reason="(.*?)"\} (.*)', page)}


def test_a_served_dure_keeps_to_its_limits_and_counts_what_it_refuses(database_url: str, tmp_path: Path) -> None:
    settings = {
        "DURE_MAX_CONNECTIONS_BY_ADDRESS": "20",
        "DURE_HEAD_SECONDS": "4",
        "DURE_MAX_HEAD_BYTES": "20000",
        "DURE_METRICS_TOKEN": TOKEN,
    }
    with running(database_url, tmp_path, **settings) as (address, _, _):
        large = connected(address, HALF + b"X: " + b"a" * 20_000)
        status, text = answer(large)
        assert (status, code(text)) == (431, "HEAD_TOO_LARGE")
        half = [connected(address, HALF) for _ in range(20)]
        status, text = answer(connected(address, HALF + b"\r\n"))
        assert (status, code(text)) == (503, "TOO_MANY_CONNECTIONS")
        assert b"retry-after: 5\r\n" in text
        assert {answer(each)[0] for each in half} == {408}
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert answer(connected(address, b"GET /healthz HTTP/1.1\r\n\r\n"))[0] == 400
        counts = refused(address)
        assert {name: counts[name] for name in ("head_too_large", "head_timeout", "host")} == {
            "head_too_large": 1,
            "head_timeout": 20,
            "host": 1,
        }
        assert counts["connections_of_address"] >= 1


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(database_url: str, tmp_path: Path) -> None:
    head = "POST /graphql HTTP/1.1\r\nHost: dure.test\r\nContent-Type: {}\r\nExpect: 100-continue\r\n"
    head += "Graphql-Preflight: 1\r\nContent-Length: {}\r\n\r\n"
    with running(database_url, tmp_path) as (address, _, _):
        for content_type, size in (("application/json", MOST_BYTES + 1), ("multipart/form-data; boundary=x", 10**9)):
            status, text = answer(connected(address, head.format(content_type, size).encode()))
            assert (status, code(text)) == (413, "BAD_REQUEST"), "nothing of the body was asked for"


async def test_an_upload_that_stalls_is_408_and_its_address_free(now: House, database_url: str, tmp_path: Path) -> None:
    upload = await announced(now, await sender(now), CONTENT)
    head = f"PUT {upload.path} HTTP/1.1\r\nHost: dure.test\r\nContent-Length: {{}}\r\n\r\n"
    with running(database_url, tmp_path, DURE_BODY_SECONDS="1") as (address, _, _):
        status, text = answer(connected(address, head.format(len(CONTENT) + 1).encode()))
        assert status == 422, "another size than was announced is refused unread"
        assert json.loads(text[text.rindex(b"\r\n\r\n") :])["errors"][0]["code"] == "DOCUMENT_SIZE"
        assert answer(connected(address, head.format(len(CONTENT)).encode() + CONTENT[:1_500_000]))[0] == 408
        async with httpx.AsyncClient(timeout=60) as http:
            for _ in range(100):
                sent = await http.put(f"{address}{upload.path}", content=CONTENT)
                if sent.status_code != 409:  # the one before is let go a moment after its answer
                    break
            assert sent.status_code == 201
    assert len(await rows(now, "SELECT 1 FROM stored_file")) == 1
