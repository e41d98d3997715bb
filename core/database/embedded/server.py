"""The embedded servers that this process uses: started when first asked for, shared with other processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from core.database.embedded.holding import Held

_held: dict[Path, Held] = {}


def embedded_url(folder: Path, database: str = "dure", options: Sequence[str] = ()) -> str:
    """Start (or find running) the embedded server whose data lies in `folder`; the address of its `database`.

    The server stays up while any process that asked for it lives, and ends with the last of them. It listens on a
    socket in the folder only. `options`: settings as `name=value`, for whoever starts it. Raises `FolderUnusable`.
    """
    from core.database.embedded.folder import FolderUnusable
    from core.database.embedded.holding import Held

    if folder.is_symlink() and not folder.exists():
        raise FolderUnusable(folder, "it is a link to nothing")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    held = _held.get(folder)
    if held is None:
        held = _held[folder] = Held(folder, options)
    asyncio.run(_ensure_database(held.url("postgres"), database))
    return held.url(database)


def stopped_server() -> str | None:
    """The embedded server this process uses and that is down at this moment; its keeper starts it again."""
    return next((str(folder) for folder, held in _held.items() if not held.is_up()), None)


async def _ensure_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            # another process may be first
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
