"""What a server keeps in memory: not the compiler of documents, nor the tool that migrates, nor what is answered."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.house import House
from schema.build import DureSchema
from schema.context import Context
from schema.http.app import application
from tests.support.api import company

SERVING = """
import sys
from core.plugins import Plugins
from core.settings import Settings
from schema.cli.app import app
from schema.cli.serving import configuration
from schema.http.app import serving
configuration(serving(Settings(), Plugins.installed()), Settings()).load()
print(sorted({"alembic", "mako", "opentelemetry", "prometheus_client", "typst"} & set(sys.modules)))
"""


def test_a_server_imports_neither_alembic_nor_typst() -> None:
    done = subprocess.run([sys.executable, "-c", SERVING], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


@contextmanager
def what_only_the_collector_frees() -> Iterator[list[Any]]:
    """What becomes garbage in the block and is part of a ring, so that it would stay until the collector comes by."""
    found: list[Any] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("query", ["{ organizations { nodes { name } } }", "{ viewer { signedIn } }"])
async def test_a_planned_read_leaves_nothing_to_the_collector(house: House, schema: DureSchema, query: str) -> None:
    front = application(house, schema)
    token = (await company(house, "lean")).token
    body = json.dumps({"query": query}).encode()
    head = [(b"content-type", b"application/json"), (b"authorization", b"Bearer " + token.encode())]
    answers: list[bytes] = []

    async def ask() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answers.append(message.get("body", b""))

        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": head, "query_string": b""}
        await front(scope, receive, send)

    await ask()
    with what_only_the_collector_frees() as left:
        await ask()
    assert answers[1] == answers[3] and b"errors" not in answers[1]
    assert not [each for each in left if isinstance(each, Context)]
