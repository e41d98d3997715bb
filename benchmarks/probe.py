"""A small request over and over on one connection, from a process of its own; prints the waits in seconds as JSON.

probe.py <port> <seconds> <token>
"""

from __future__ import annotations

import json
import socket
import sys
import time

PAUSE = 0.01  # between two requests


def main() -> None:
    port, seconds, token = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    body = b'{"query": "{ viewer { signedIn } organizations(first: 1) { nodes { name } } }"}'
    head = "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    request = f"{head}Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    waits = []
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter()
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer or len(answer) < _length(answer):
                part = connection.recv(65_536)
                if not part:
                    raise SystemExit("the server closed the connection")
                answer += part
            waits.append(time.perf_counter() - began)
            if not answer.startswith(b"HTTP/1.1 200") or b'"errors"' in answer:
                raise SystemExit(answer.decode(errors="replace"))
            time.sleep(PAUSE)
    print(json.dumps(waits))


def _length(answer: bytes) -> int:
    head, _, _ = answer.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return len(head) + 4 + int(lines[b"content-length"])


if __name__ == "__main__":
    main()
