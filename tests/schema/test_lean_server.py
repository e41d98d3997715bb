"""What a server keeps in memory: not the compiler of documents, nor the tool that migrates, nor what is answered."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
print(*sorted(sys.modules))
"""
# what comes when a client, a job or a command needs it, and not before: some twenty megabytes in all
RARELY_NEEDED = frozenset(
    {
        "aiosmtplib",  # a message to send
        "alembic",  # a revision to run
        "cryptography",  # a personal fact to open
        "email.headerregistry",  # a mail to write
        "greenlet",  # alembic
        "hypothesis",
        "mako",
        "obstore",  # a document to keep or send
        "opentelemetry",  # whoever traces
        "pgqueuer",  # a worker, or a job to queue
        "prometheus_client",  # whoever measures
        "pygments",  # nobody
        "pytest",
        "python_calamine",  # a spreadsheet to read
        "rich",  # a command that prints a table
        "segno",  # a certificate to set
        "sqlalchemy.ext.asyncio",  # alembic
        "stdnum",  # a business number with strokes in it
        "tarfile",  # a backup
        "typst",  # a page to set
        "xlsxwriter",  # a spreadsheet to write
        "xml.etree.ElementTree",  # a spreadsheet to read
    }
)


def test_a_server_imports_nothing_that_is_rarely_needed() -> None:
    done = subprocess.run([sys.executable, "-c", SERVING], capture_output=True, text=True, timeout=120, check=True)
    imported = set(done.stdout.split())
    assert "schema.http.app" in imported
    assert sorted(RARELY_NEEDED & imported) == []


def test_tables_have_no_validators_for_what_postgresql_answers() -> None:
    counting = """
from sqlmodel import SQLModel
tables = [each.class_ for each in SQLModel._sa_registry.mappers]
print(len(tables) > 40, [each.__name__ for each in tables if each.__pydantic_complete__])
"""
    done = subprocess.run(
        [sys.executable, "-c", SERVING + counting], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-1] == "True []"


def test_a_server_of_a_local_folder_is_ready_without_the_library_for_buckets(database_url: str, tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from core.watch.readiness import readiness; from schema.cli.house import with_house;"
        " print(with_house(readiness)); print(*sorted(sys.modules))"
    )
    env = {**os.environ, "DURE_DATABASE_URL": database_url, "DURE_DATA_DIR": str(tmp_path)}
    (tmp_path / "documents").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120, check=True
    )
    told, imported = done.stdout.splitlines()[-2:]
    assert told.count("'ok'") == 6
    assert "obstore" not in imported.split()


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
