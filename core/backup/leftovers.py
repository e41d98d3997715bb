"""What an early version of Dure left behind when its restore was killed: the old data in a schema of its own.

Restores are one transaction now and leave nothing. A database that still has the schema is not served or migrated until
`dure restore` has put it back.
"""

from __future__ import annotations

import asyncpg

from core.backup.archive import BackupFailed
from core.language import Text
from core.migrations.run import RESTORE_LOCK

ASIDE = "before_restore"
TWO_FULL = Text(
    "중단된 복원이 남아 있습니다. 이전 데이터는 {aside} 스키마(표 {kept}개)에, 그 뒤의 데이터는 public 스키마(표"
    " {tables}개)에 있습니다. 둘을 확인해 필요 없는 스키마를 지우고 다시 복원하세요(public을 지웠다면 {aside}의 이름을"
    " public으로 바꾼 뒤에).",
    "A restore was interrupted: what was there before it is in the schema {aside} ({kept} tables), what came later in"
    " public ({tables} tables). Look at both, drop the schema you do not need (if that is public, rename {aside} to"
    " public), and restore again.",
)
RUNNING = Text(
    "이 데이터베이스에서 복원이 진행 중입니다. 끝난 뒤 다시 하세요.",
    "A restore into this database is under way. Try again when it has ended.",
)
UNFINISHED = Text(
    "중단된 복원이 남아 있습니다. dure restore를 실행하면 이전 데이터부터 되돌립니다.",
    "A restore was interrupted. Run dure restore: it puts back what was there first.",
)
THERE = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)"
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = $1"


async def refuse_unfinished(connection: asyncpg.Connection) -> None:
    """Raises `BackupFailed` while a restore runs, and when there is such a schema: nothing may be served then."""
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock_shared($1)", RESTORE_LOCK):
        raise BackupFailed(RUNNING)
    if await connection.fetchval(THERE, ASIDE):
        raise BackupFailed(UNFINISHED)


async def put_back(connection: asyncpg.Connection) -> None:
    """Put the old data back. Raises `BackupFailed` when something has taken its place meanwhile."""
    if not await connection.fetchval(THERE, ASIDE):
        return
    kept, tables = [await connection.fetchval(TABLES, each) for each in (ASIDE, "public")]
    if kept and tables:
        raise BackupFailed(TWO_FULL, aside=ASIDE, kept=kept, tables=tables)
    if tables:
        await connection.execute(f"DROP SCHEMA {ASIDE} CASCADE")
    else:
        await connection.execute(f"DROP SCHEMA IF EXISTS public CASCADE; ALTER SCHEMA {ASIDE} RENAME TO public")
