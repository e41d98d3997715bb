"""What a database has not had yet is known without alembic, as alembic knows it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.database import Transaction
from core.migrations import migrate, pending_migrations
from core.migrations.run import configuration, on_connection
from core.plugins import Plugins
from tests.support import databases


@pytest.fixture
async def empty(server_url: str) -> AsyncIterator[str]:
    name = await databases.clone(server_url, "template1")
    yield databases.database_url(server_url, name)
    await databases.drop(server_url, name)


async def pending(url: str, plugins: Plugins) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return await pending_migrations(Transaction(connection), plugins.tables)
    finally:
        await connection.close()


async def by_alembic(url: str, plugins: Plugins) -> list[str]:
    script = ScriptDirectory.from_config(configuration(plugins.tables))

    def missing(connection: Connection) -> list[str]:
        heads = MigrationContext.configure(connection).get_current_heads()
        return sorted(step.revision.revision for step in script._upgrade_revs("heads", heads))  # type: ignore[arg-type]

    return await on_connection(url, missing)


async def test_an_empty_database_lacks_everything_and_a_migrated_one_nothing(empty: str, installed: Plugins) -> None:
    assert await pending(empty, installed) == await by_alembic(empty, installed) != []
    await migrate(empty, installed.tables)
    assert await pending(empty, installed) == await by_alembic(empty, installed) == []


async def test_a_database_on_the_way_lacks_what_is_above(owner_url: str, installed: Plugins) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        for heads in (["0002_documents"], ["0001_core"], ["0001_mileage_innovation", "0003_seals"]):
            await connection.execute("DELETE FROM alembic_version")
            await connection.executemany("INSERT INTO alembic_version VALUES ($1)", [(head,) for head in heads])
            assert await pending(owner_url, installed) == await by_alembic(owner_url, installed) != []
    finally:
        await connection.close()
