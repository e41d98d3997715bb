"""Restoring a backup: into an empty database, or in place of what is there, all of it or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from core.backup.archive import DATABASE, BackupFailed, Manifest, reading
from core.backup.documents import restore_documents
from core.backup.tools import run_tool, tools_for
from core.database import plain_url
from core.database.login import APPLICATION_ROLE
from core.language import Text
from core.migrations.login import MAKE_ROLE
from core.settings import Settings

OLDER_SERVER = Text(
    "백업은 PostgreSQL {backup}의 것인데 이 서버는 {server}입니다. {backup} 이상의 서버에 복원하세요.",
    "The backup is of PostgreSQL {backup} and this server is {server}: restore into {backup} or later.",
)
NOT_EMPTY = Text(
    "데이터베이스가 비어 있지 않습니다(표 {tables}개). 지금 있는 것을 버리고 복원하려면 --replace를 붙이세요.",
    "The database is not empty ({tables} tables). To restore in place of what is there, say --replace.",
)
IN_USE = Text(
    "다른 연결 {others}개가 이 데이터베이스를 쓰고 있습니다. dure serve와 dure worker를 먼저 멈추세요.",
    "{others} other connections use this database. Stop dure serve and dure worker first.",
)
ASIDE = "before_restore"
TWO_FULL = Text(
    "중단된 복원이 남아 있습니다. 이전 데이터는 {aside} 스키마(표 {kept}개)에, 그 뒤의 데이터는 public 스키마(표"
    " {tables}개)에 있습니다. 둘을 확인해 필요 없는 스키마를 지우고 다시 복원하세요(public을 지웠다면 {aside}의 이름을"
    " public으로 바꾼 뒤에).",
    "A restore was broken off: what was there before it is in the schema {aside} ({kept} tables), what came later in"
    " public ({tables} tables). Look at both, drop the schema you do not need (if that is public, rename {aside} to"
    " public), and restore again.",
)
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = $1"
ASIDE_IS_THERE = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)"
ROLE_IS_THERE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"


async def restore(settings: Settings, source: Path, *, replace: bool = False) -> Manifest:
    """복원: the database and its documents as they were. Grants follow from `migrate`. Raises `BackupFailed`.

    With `replace`, what is there is set aside until all of the backup is in, and then dropped. What a restore that was
    killed has left aside is put back first.
    """
    url = settings.owner_database_url
    assert url is not None
    with reading(source) as folder:
        manifest = Manifest.read(folder)
        manifest.check(folder)
        connection = await asyncpg.connect(plain_url(url))
        try:
            server = connection.get_server_version().major
            if server < manifest.server:
                raise BackupFailed(OLDER_SERVER, backup=str(manifest.server), server=str(server))
            if others := await connection.fetchval(OTHERS):
                raise BackupFailed(IN_USE, others=others)
            await _mend(connection)
            tables = await connection.fetchval(TABLES, "public")
            if tables and not replace:
                raise BackupFailed(NOT_EMPTY, tables=tables)
            tools = tools_for(server, settings.postgres_bin)
            for statement in MAKE_ROLE:
                await connection.execute(statement)
            known = await connection.fetchval(ROLE_IS_THERE, APPLICATION_ROLE)
            await restore_documents(settings, folder)
            async with _set_aside(connection):
                await run_tool(
                    tools, "pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction",
                    *(() if known else ("--no-privileges",)), str(folder / DATABASE),
                )  # fmt: skip
        finally:
            await connection.close()
    return manifest


async def _mend(connection: asyncpg.Connection) -> None:
    """Put back what a killed restore set aside. Raises `BackupFailed` when something has taken its place meanwhile."""
    if not await connection.fetchval(ASIDE_IS_THERE, ASIDE):
        return
    kept, tables = [await connection.fetchval(TABLES, each) for each in (ASIDE, "public")]
    if kept and tables:
        raise BackupFailed(TWO_FULL, aside=ASIDE, kept=kept, tables=tables)
    if tables:
        await connection.execute(f"DROP SCHEMA {ASIDE} CASCADE")
    else:
        await connection.execute(f"DROP SCHEMA IF EXISTS public CASCADE; ALTER SCHEMA {ASIDE} RENAME TO public")


@asynccontextmanager
async def _set_aside(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Set what is there aside; dropped when the block ends well, put back when it does not."""
    await connection.execute(
        f"ALTER SCHEMA public RENAME TO {ASIDE};"
        " CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC"
    )
    try:
        yield
    except BaseException:
        await connection.execute(f"DROP SCHEMA public CASCADE; ALTER SCHEMA {ASIDE} RENAME TO public")
        raise
    await connection.execute(f"DROP SCHEMA {ASIDE} CASCADE")
