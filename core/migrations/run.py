"""Bring a database to the newest shape: core's branch, every plugin's branch, and the application's rights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg
from sqlalchemy import Connection

from core.database import Transaction, plain_url
from core.migrations.rights import set_rights
from core.parts import Tables

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
MIGRATION_LOCK = 0x64757265  # "dure": two processes that migrate at once take turns
RESTORE_LOCK = 0x64757266  # held by a restore for as long as it runs
Result = TypeVar("Result")


def configuration(tables: Sequence[Tables]) -> Config:
    """Alembic's configuration for core and these plugins, without a file.

    Alembic is imported where it is needed: a server that serves does without it, and without its memory.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    locations = [HERE / "versions", *(part.migrations for part in tables)]
    config.set_main_option("version_locations", "\n".join(str(path) for path in locations))
    return config


async def migrate_within(
    connection: asyncpg.Connection, tables: Sequence[Tables] = (), application_url: str | None = None
) -> None:
    """Upgrade every branch that lacks a revision, and set the rights, in the transaction that is open."""
    from core.migrations.pending import pending_migrations  # which reads this module

    if not await pending_migrations(Transaction(connection), tables):
        await set_rights(connection, tables, application_url)
        return
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import StaticPool

    async def ours() -> asyncpg.Connection:
        return connection

    # a pool that keeps its one connection, and an engine that is not disposed of: neither closes what is the caller's
    engine = create_async_engine("postgresql+asyncpg://", async_creator=ours, poolclass=StaticPool)
    async with engine.begin() as within:  # a savepoint
        await within.run_sync(lambda each: _upgrade(each, tables, application_url))


async def on_connection(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run SQLAlchemy's synchronous `work` on a connection of its own, as the owner, in one transaction."""
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(plain_url(url)), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def execute_file(path: Path) -> None:
    """In a revision's `upgrade`: run a file of SQL, as many statements as there are in it."""
    from alembic import op

    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda connection: connection.execute(path.read_text(encoding="utf-8")))


async def migrate(url: str, tables: Sequence[Tables] = (), application_url: str | None = None) -> None:
    """As the owner: upgrade every branch to its head, make the application's login if this user may and it is not
    there, and set its rights. Nothing is half-done if it fails.
    """
    await on_connection(url, lambda connection: _upgrade(connection, tables, application_url))


def _upgrade(connection: Connection, tables: Sequence[Tables], application_url: str | None) -> None:
    from alembic import command

    config = configuration(tables)
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1)", (MIGRATION_LOCK,))
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda within: set_rights(within, tables, application_url))


async def set_grants(url: str, tables: Sequence[Tables] = (), application_url: str | None = None) -> None:
    """The login and its rights as `migrate` makes them: for a database that lacks no revision."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            await set_rights(connection, tables, application_url)
    finally:
        await connection.close()
