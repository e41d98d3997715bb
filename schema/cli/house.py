"""A house for one command: the settings' database, every installed plugin, opened and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.house import House
from core.migrations import migrate
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
    assert settings.database_url is not None
    await migrate(settings.database_url, plugins.tables)
    async with open_house(settings, plugins) as house:
        return await work(house)
