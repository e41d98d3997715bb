"""A house for one command: the settings' database, every installed plugin, opened and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from core.database import Transaction, plain_url
from core.house import House
from core.migrations import migrate, pending_migrations, set_grants
from core.plugins import Plugins
from core.settings import Settings

Result = TypeVar("Result")


def settings_with_database() -> Settings:
    """The settings with the address of a database that runs; the embedded one is started when none is given."""
    settings = Settings()
    return settings.model_copy(update={"database_url": settings.resolve_database_url()})


def with_house(work: Callable[[House], Awaitable[Result]], settings: Settings | None = None) -> Result:
    """Bring the database to its newest shape, open the house, do this with it, and close it again."""
    ready = settings or settings_with_database()
    return asyncio.run(_with_house(work, ready))


async def _with_house(work: Callable[[House], Awaitable[Result]], settings: Settings) -> Result:
    from schema.http.app import open_house

    plugins = Plugins.installed()
    await bring_up_to_date(settings, plugins)
    async with open_house(settings, plugins) as house:
        return await work(house)


async def bring_up_to_date(settings: Settings, plugins: Plugins) -> None:
    """Migrate what is pending, in a process of its own, so that this one need not keep alembic; set the grants."""
    assert settings.database_url is not None
    owner = await asyncpg.connect(plain_url(settings.database_url))
    try:
        pending = await pending_migrations(Transaction(owner), plugins.tables)
    finally:
        await owner.close()
    if pending:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        child = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=child) as apart:
            await asyncio.get_running_loop().run_in_executor(apart, _migrate, settings.database_url)
    else:
        await set_grants(settings.database_url, plugins.tables)


def _migrate(url: str) -> None:
    asyncio.run(migrate(url, Plugins.installed().tables))
