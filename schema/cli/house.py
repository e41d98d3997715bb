"""A house for one command: the settings' database, every installed plugin, opened and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from core.backup import refuse_unfinished
from core.database import Transaction, plain_url
from core.database.login import (
    APPLICATION_ROLE,
    IDENTITY,
    NEEDS_OWNER,
    LoginRefused,
    require_application,
    require_no_more,
    set_own_defaults,
)
from core.errors import DureError
from core.house import House
from core.language import Text
from core.migrations import migrate, pending_migrations, refuse_newer, require_declared_rights, set_grants
from core.plugins import Plugins
from core.settings import Settings

Result = TypeVar("Result")
PENDING = Text(
    "데이터베이스에 적용되지 않은 갱신이 있습니다. DURE_OWNER_URL에 소유자의 로그인을 지정하고 dure migrate를"
    " 실행하세요.",
    "The database lacks migrations. Set DURE_OWNER_URL to the owner's login and run dure migrate.",
)
ENDED = Text(
    "데이터베이스 갱신이 중간에 끝났습니다. 바뀐 것이 없습니다. 다시 실행하세요.",
    "The migration was ended before it was done. Nothing was changed. Run it again.",
)


class MigrationEnded(DureError):
    """The process that migrated was killed."""

    def __init__(self) -> None:
        super().__init__(ENDED.both)


def settings_with_database() -> Settings:
    """The settings with the addresses of a database that runs; the embedded one is started when none is given."""
    return Settings().with_database()


def with_house(work: Callable[[House], Awaitable[Result]], settings: Settings | None = None) -> Result:
    """Bring the database to its newest shape, open the house, do this with it, and close it again."""
    ready = settings or settings_with_database()
    return asyncio.run(_with_house(work, ready))


async def _with_house(work: Callable[[House], Awaitable[Result]], settings: Settings) -> Result:
    from schema.http.app import open_house

    plugins = Plugins.installed()
    await bring_up_to_date(settings, plugins)
    await require_application_login(settings, plugins)
    async with open_house(settings, plugins) as house:
        return await work(house)


def migrate_database(settings: Settings) -> LoginRefused | None:
    """Bring the database to its newest shape as its owner, and write the declared catalogue down as the application.

    Why the application cannot serve with the address it was given, if it cannot.
    """
    return asyncio.run(_migrate_database(settings))


async def _migrate_database(settings: Settings) -> LoginRefused | None:
    from schema.http.app import open_house

    plugins = Plugins.installed()
    url = settings.owner_database_url
    assert url is not None
    if settings.owner_url or not await is_application(url):
        await _bring_up_to_date(url, settings, plugins)
    if not settings.database_url:
        return None
    try:
        await require_application_login(settings, plugins)
    except LoginRefused as refused:
        if not settings.owner_url and await is_application(url):
            raise  # what is missing, this login cannot make
        return refused
    async with open_house(settings, plugins):
        return None


async def is_application(url: str) -> bool:
    """Whether this address is the application's, who owns nothing."""
    connection = await asyncpg.connect(plain_url(url), statement_cache_size=0)
    try:
        return bool(await connection.fetchval("SELECT current_user") == APPLICATION_ROLE)
    finally:
        await connection.close()


def require_owner(settings: Settings) -> None:
    """Raises `LoginRefused` when only the application's address is given to a command that reads or writes all."""
    url = settings.owner_database_url
    if url and asyncio.run(is_application(url)):
        raise LoginRefused(NEEDS_OWNER)


async def bring_up_to_date(settings: Settings, plugins: Plugins) -> None:
    """Migrate what is pending and set the application's rights, where the owner's address is given."""
    if settings.owner_url:
        await _bring_up_to_date(settings.owner_url, settings, plugins)


async def require_application_login(settings: Settings, plugins: Plugins) -> None:
    """Raises `LoginRefused` when the login is not the application's, may do more than it should, or lacks a migration.

    Asked in one transaction: a pooler gives it one session.
    """
    connection = await asyncpg.connect(plain_url(settings.resolve_database_url()), statement_cache_size=0)
    try:
        async with connection.transaction():
            await refuse_unfinished(connection)
            found = await connection.fetchrow(IDENTITY)
            if found["current"] == APPLICATION_ROLE:
                await require_no_more(connection)
                if await pending_migrations(Transaction(connection), plugins.tables):
                    raise LoginRefused(PENDING)
                await require_declared_rights(connection, plugins.tables)
                await set_own_defaults(connection)
            else:
                require_application(found)
    finally:
        await connection.close()


async def _bring_up_to_date(url: str, settings: Settings, plugins: Plugins) -> None:
    """As the owner: migrate what is pending, in a process of its own, so that this one need not keep alembic."""
    owner = await asyncpg.connect(plain_url(url))
    try:
        await refuse_unfinished(owner)
        pending = await pending_migrations(Transaction(owner), plugins.tables)
        if pending:
            await refuse_newer(Transaction(owner), plugins.tables)
    finally:
        await owner.close()
    if pending:
        await _migrate_apart(url, settings.database_url)
    else:
        await set_grants(url, plugins.tables, settings.database_url)


async def _migrate_apart(url: str, application_url: str | None) -> None:
    """Migrate in another process. It ends with this one, and PostgreSQL undoes what it has not committed."""
    import multiprocessing
    import signal
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is this process's to hear
        try:
            migrating = asyncio.get_running_loop().run_in_executor(apart, _migrate, url, application_url)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        try:
            await migrating
        except BrokenProcessPool as error:
            raise MigrationEnded from error
        except BaseException:
            for each in multiprocessing.active_children():
                each.kill()
            raise


def _migrate(url: str, application_url: str | None) -> None:
    asyncio.run(migrate(url, Plugins.installed().tables, application_url))
