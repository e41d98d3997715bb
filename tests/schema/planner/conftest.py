"""One varied database for all tests of the planner: nothing here writes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.database import Database
from core.house import House
from core.plugins import Plugins
from core.settings import Settings
from tests.schema.planner.varied import Scene, varied_scene
from tests.support import databases
from tests.support.clock import SetClock


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def scene(
    server_url: str, template: str, installed: Plugins, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    name = await databases.clone(server_url, template)
    owner = databases.database_url(server_url, name)
    url = databases.application_url(owner)
    database = await Database.connect(url, size=6)
    clock = SetClock()
    settings = Settings(data_dir=Path(tmp_path_factory.mktemp("planner")), database_url=url, owner_url=owner)
    house = House(settings=settings, database=database, plugins=installed, clock=clock)
    yield await varied_scene(house, clock, owner)
    await database.close()
    await databases.drop(server_url, name)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is masked is logged, which is not what these tests look at."""
    caplog.set_level(logging.CRITICAL)
