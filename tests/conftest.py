"""The fixtures every test may ask for: a real database, a house on it, a clock to set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.database import Database
from core.house import House
from core.plugins import Plugins
from core.settings import Settings
from tests.support import databases
from tests.support.clock import SetClock


@pytest.fixture(scope="session")
def server_url() -> str:
    return databases.server_url()


@pytest.fixture(scope="session")
def installed() -> Plugins:
    return Plugins.installed()


@pytest.fixture(scope="session")
def template(server_url: str, installed: Plugins) -> str:
    return asyncio.run(databases.template(server_url, installed))


@pytest.fixture
async def database_url(server_url: str, template: str) -> AsyncIterator[str]:
    """A database of this test's own, empty but for its shape, by the application's login."""
    name = await databases.clone(server_url, template)
    yield databases.application_url(databases.database_url(server_url, name))
    await databases.drop(server_url, name)


@pytest.fixture
def owner_url(database_url: str) -> str:
    """The same database by its owner's login, for what a test does behind the application's back."""
    return databases.owner_url(database_url)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def house(database_url: str, installed: Plugins, clock: SetClock, tmp_path: Path) -> AsyncIterator[House]:
    """A whole Dure on the test's own database, its clock standing at 2026-03-02 09:00 in Seoul."""
    database = await Database.connect(database_url, size=12)
    settings = Settings(data_dir=tmp_path, database_url=database_url, owner_url=databases.owner_url(database_url))
    found = House(settings=settings, database=database, plugins=installed, clock=clock)
    yield found
    found.readers.close()
    await database.close()
