"""Restoring a backup: into an empty database, or in place of what is there, all of it or nothing.

Everything that is restored is written, migrated and verified in one transaction, and what was there is dropped in it.
Until PostgreSQL commits it, nobody sees anything but what was there; whatever is killed before, PostgreSQL undoes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg
from sqlalchemy.exc import DBAPIError

from core.backup.archive import DATABASE, BackupFailed, Manifest, OutcomeUnknown, reading
from core.backup.documents import checked_documents, documents_put
from core.backup.dump import Dump, Section
from core.backup.leftovers import RUNNING, put_back
from core.backup.requirements import IN_USE, Target
from core.backup.tools import tools_for
from core.database import Transaction, plain_url
from core.database.login import APPLICATION_ROLE
from core.language import Text
from core.migrations import migrate_within
from core.migrations.login import MAKE_ROLE
from core.migrations.run import MIGRATION_LOCK, RESTORE_LOCK
from core.plugins import Plugins
from core.seals import Head
from core.settings import Settings
from core.verification import Verification, verify_everything

DISCREPANCIES = Text(
    "복원한 데이터가 검증을 통과하지 못해 되돌렸습니다. 데이터베이스는 복원 전 그대로입니다. 그래도 복원하려면"
    " --accept-discrepancies를 붙이세요.",
    "What was restored did not pass verification and was undone. The database is as it was before. To restore it"
    " nevertheless, add --accept-discrepancies.",
)
BROKEN_OFF = Text(
    "데이터베이스가 복원을 받지 못했습니다: {why}. 데이터베이스는 복원 전 그대로입니다.",
    "The database did not take the restore: {why}. The database is as it was before.",
)
UNKNOWN_OUTCOME = Text(
    "마지막 순간에 데이터베이스와의 연결이 끊겨 복원되었는지 알 수 없습니다. 복원 전 그대로이거나 모두 복원되었습니다."
    " dure verify로 확인하세요.",
    "The connection to the database was lost at the last moment. Either all was restored, or the database is as it was"
    " before: see `dure verify`.",
)
PATIENCE = 100  # tenths of a second for the session of a restore that was killed to end
LOCKS = "SELECT pg_try_advisory_xact_lock($1) AND pg_try_advisory_xact_lock($2)"
ROLE_IS_THERE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
SESSION = """
    SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s';
    SET LOCAL idle_in_transaction_session_timeout = 0
"""
# Not known to every server and platform.
IF_KNOWN = ("SET LOCAL transaction_timeout = 0", "SET LOCAL client_connection_check_interval = '1s'")
EMPTIED = """
    DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    GRANT USAGE ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'standard public schema'
"""
AS_RESTORED = """
    SET LOCAL search_path = ''; SET LOCAL standard_conforming_strings = on; SET LOCAL xmloption = content;
    SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning; SET LOCAL row_security = off
"""
AS_SERVED = """
    SET LOCAL search_path TO DEFAULT; SET LOCAL check_function_bodies = on; SET LOCAL row_security TO DEFAULT;
    SET LOCAL TIME ZONE 'Asia/Seoul'
"""


class Step(StrEnum):
    """복원 단계: what a restore does, in this order."""

    ARCHIVE = "백업 확인 · the backup is read and checked"
    DATABASE = "데이터베이스 확인 · the database is checked"
    FIT = "버전·키·저장소 확인 · versions, keys and store are checked"
    DOCUMENTS = "문서 · documents"
    REPLACEMENT = "이전 데이터 비우기 · what was there makes room"
    SHAPE = "표와 함수 · tables and functions"
    ROWS = "데이터 · rows"
    INDEXES = "색인과 제약 · indexes and constraints"
    MIGRATION = "최신 구조로 갱신 · migration to the newest shape"
    VERIFICATION = "검증 · verification"
    COMMIT = "확정 · commit"
    DONE = "완료 · done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored, and what its verification found before it was committed."""

    manifest: Manifest
    verification: Verification


class Unproven(BackupFailed):
    """What was restored does not agree with itself, and was undone."""

    def __init__(self, verification: Verification) -> None:
        super().__init__(DISCREPANCIES)
        self.verification = verification


async def restore(
    settings: Settings,
    plugins: Plugins,
    source: Path,
    *,
    replace: bool = False,
    kept: Sequence[Head] = (),
    accept_discrepancies: bool = False,
    step: Callable[[Step], None] = lambda _step: None,
) -> Restored:
    """복원: the database and its documents as they were, of the newest shape, verified. Raises `BackupFailed`.

    Needs the owner of the database. With `replace`, what is there goes in the same transaction. `step` is told each
    step when it begins. `kept` are heads of seals that were kept elsewhere.
    """
    url = settings.owner_database_url
    assert url is not None
    step(Step.ARCHIVE)
    with reading(source) as folder:
        manifest = Manifest.read(folder, source)
        manifest.check(folder)
        documents = checked_documents(folder, manifest)
        step(Step.DATABASE)
        async with _transaction(url) as (connection, commit):
            target = Target(connection=connection, settings=settings, plugins=plugins)
            await target.require_use(manifest, replace=replace)
            dump = Dump(folder / DATABASE, tools_for(connection.get_server_version().major, settings.postgres_bin))
            step(Step.FIT)
            ring = await target.require_fit(manifest, dump)
            step(Step.DOCUMENTS)
            async with documents_put(settings, folder, documents):
                if replace:
                    step(Step.REPLACEMENT)
                    await connection.execute(EMPTIED)
                await _load(connection, dump, step)
                step(Step.MIGRATION)
                await connection.execute(AS_SERVED)
                await migrate_within(connection, plugins.tables, settings.database_url)
                step(Step.VERIFICATION)
                await connection.execute("ANALYZE")
                await target.require_readable(ring)
                found = await verify_everything(settings, plugins, Transaction(connection), kept=kept)
                if not found.agrees and not accept_discrepancies:
                    raise Unproven(found)
                step(Step.COMMIT)
                await commit()
    step(Step.DONE)
    return Restored(manifest=manifest, verification=found)


async def _load(connection: asyncpg.Connection, dump: Dump, step: Callable[[Step], None]) -> None:
    for statement in MAKE_ROLE:
        await connection.execute(statement)
    known = await connection.fetchval(ROLE_IS_THERE, APPLICATION_ROLE)
    options = () if known else ("--no-privileges",)
    await connection.execute(AS_RESTORED)
    for each, section in (
        (Step.SHAPE, Section.SHAPE), (Step.ROWS, Section.ROWS), (Step.INDEXES, Section.INDEXES),
    ):  # fmt: skip
        step(each)
        await dump.restore(section, connection, *options)


@asynccontextmanager
async def _transaction(url: str) -> AsyncIterator[tuple[asyncpg.Connection, Callable[[], Awaitable[None]]]]:
    """The one transaction, with what commits it. It is undone when the block ends in any other way."""
    connection = await asyncpg.connect(plain_url(url), server_settings={"application_name": "dure restore"})
    transaction = connection.transaction()

    async def commit() -> None:
        try:
            await transaction.commit()
        except (asyncpg.InterfaceError, asyncpg.OperatorInterventionError, OSError) as error:
            raise OutcomeUnknown(UNKNOWN_OUTCOME) from error

    try:
        await put_back(connection)
        await transaction.start()
        await _fence(connection)
        yield connection, commit
    except asyncpg.LockNotAvailableError as error:
        raise BackupFailed(IN_USE, others=1) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError, DBAPIError) as error:
        raise BackupFailed(BROKEN_OFF, why=" ".join(str(error).split()) or type(error).__name__) from error
    finally:
        try:
            await connection.close(timeout=10)  # which undoes what is not committed
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()


async def _fence(connection: asyncpg.Connection) -> None:
    """No server, migration or other restore begins until the transaction ends. Raises `BackupFailed` when one runs.

    The session of a restore that was killed ends within a second or two, so there is some patience.
    """
    await connection.execute(SESSION)
    for statement in IF_KNOWN:
        with suppress(asyncpg.PostgresError):
            async with connection.transaction():
                await connection.execute(statement)
    for _ in range(PATIENCE):
        if await connection.fetchval(LOCKS, RESTORE_LOCK, MIGRATION_LOCK):
            return
        await asyncio.sleep(0.1)
    raise BackupFailed(RUNNING)
