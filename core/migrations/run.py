"""Bring a database to the newest shape: core's branch, every plugin's branch, and the application's grants."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg
from sqlalchemy import Connection

from core.database import plain_url, table_of
from core.database.connection import APPLICATION_ROLE
from core.migrations.metadata import APPEND_ONLY_TABLES, LEDGER_TABLES, SEAL_TABLES, UNUSED_TABLES
from core.parts import Tables

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
MIGRATION_LOCK = 0x64757265  # "dure": two processes that migrate at once take turns
NEVER_MIND = (  # a role that is there already, or that this user may not make
    "EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege OR undefined_object"
    " THEN NULL; END $$"
)
MAKE_ROLE = (
    f"DO $$ BEGIN CREATE ROLE {APPLICATION_ROLE} NOLOGIN; {NEVER_MIND}",
    f"DO $$ BEGIN GRANT {APPLICATION_ROLE} TO CURRENT_USER; {NEVER_MIND}",
)
Result = TypeVar("Result")
log = logging.getLogger(__name__)


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


async def migrate(url: str, tables: Sequence[Tables] = ()) -> None:
    """Upgrade every branch to its head and set the application's grants; nothing is half-done if it fails."""
    from alembic import command

    config = configuration(tables)

    def upgrade(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1)", (MIGRATION_LOCK,))
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.run_async(lambda within: _grant(within, tables))

    await on_connection(url, upgrade)


async def set_grants(url: str, tables: Sequence[Tables] = ()) -> None:
    """Set the application's grants as `migrate` does: for a database that lacks no revision."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            await _grant(connection, tables)
    finally:
        await connection.close()


async def _grant(connection: asyncpg.Connection, tables: Sequence[Tables]) -> None:
    """The application's role reads and writes tables; ledgers and seals it only reads; their functions write them."""
    for statement in MAKE_ROLE:
        await connection.execute(statement)
    member = "SELECT pg_has_role(rolname, 'MEMBER') FROM pg_roles WHERE rolname = $1"
    if not await connection.fetchval(member, APPLICATION_ROLE):
        log.warning(
            "the database user may not act as the role %s, so the application runs as the owner; let an administrator"
            " run: CREATE ROLE %s NOLOGIN; GRANT %s TO <owner>",
            APPLICATION_ROLE,
            APPLICATION_ROLE,
            APPLICATION_ROLE,
        )
        return
    by_functions = LEDGER_TABLES | SEAL_TABLES
    append_only = APPEND_ONLY_TABLES | {table_of(model).name for part in tables for model in part.append_only}
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    grants = [f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}"]
    for name in sorted({row["tablename"] for row in rows} - {"alembic_version"}):
        verbs = "SELECT" if name in by_functions else "SELECT, INSERT"
        if name not in by_functions | append_only:
            verbs += ", UPDATE, DELETE"
        grants.append(f'REVOKE ALL ON "{name}" FROM {APPLICATION_ROLE}')
        if name in UNUSED_TABLES:
            continue
        grants.append(f'GRANT {verbs} ON "{name}" TO {APPLICATION_ROLE}')
    grants += [
        f"GRANT SELECT ON alembic_version TO {APPLICATION_ROLE}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION_ROLE}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APPLICATION_ROLE}",
    ]
    await connection.execute(";\n".join(grants))
