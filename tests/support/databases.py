"""A real PostgreSQL for the tests: one template database with the newest shape, one clone of it a test."""

from __future__ import annotations

import hashlib
import os
import uuid
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from core.database import embedded_url, login
from core.migrations import migrate
from core.migrations.login import make_login
from core.migrations.run import HERE
from core.plugins import Plugins

ROOT = Path(__file__).parents[2]
TEMPLATE_LOCK = 0x64757274
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400")


@cache
def server_url() -> str:
    """The server under test, by a login that may make databases: `DURE_OWNER_URL`, or an embedded one of the tests'."""
    given = os.environ.get("DURE_OWNER_URL") or os.environ.get("DURE_DATABASE_URL")
    if given:
        return given
    return embedded_url(ROOT / ".data" / "test-postgres", "postgres", FAST)


def application_url(owner_url: str) -> str:
    """The same database by the application's login, as `DURE_DATABASE_URL` names it."""
    return login.application_url(owner_url)


def addresses(owner_url: str) -> dict[str, str]:
    """Both addresses of a database, as variables of a command's environment."""
    return {"DURE_DATABASE_URL": application_url(owner_url), "DURE_OWNER_URL": owner_url}


def owner_url(application_url: str) -> str:
    """The same database by the login of the server under test, which owns everything: `DURE_OWNER_URL`."""
    server = server_url()
    return database_url(server, urlsplit(application_url).path.removeprefix("/"))


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
        async with connection.transaction():
            await make_login(connection, application_url(server))
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1 AND datistemplate", name):
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            await connection.execute(f'CREATE DATABASE "{name}"')
            made = database_url(server, name)
            await migrate(made, plugins.tables, application_url(made))
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
        await connection.execute(f'REVOKE CREATE, TEMPORARY ON DATABASE "{fresh}" FROM PUBLIC')  # no template has that
    finally:
        await connection.close()
    return fresh


async def drop(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()
