"""The whole town, and how its rows are read as each of its people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core.actor import PUBLIC, Actor
from core.benefits import write_declared_benefits
from core.database import Database
from core.house import House
from core.language import Language
from core.plugins import Plugins
from core.seals import seal_waiting
from core.settings import Settings
from schema.build import DureSchema, build_schema
from schema.context import Context
from schema.execution import Executor
from schema.limits import Limits
from tests.support import databases
from tests.support.clock import SetClock
from tests.support.plugins import declaring, program
from tests.support.whole_town import WholeTown, whole_town

NO_LIMITS = replace(Limits.of(Settings()), tokens=10**9, depth=100, aliases=10**6, cost=10**12, seconds=None)


@dataclass(frozen=True, slots=True)
class Sight:
    """Who there is, and what they are answered."""

    house: House
    town: WholeTown
    schema: DureSchema
    executor: Executor

    def actor(self, role: str) -> Actor:
        account = self.town.roles[role]
        return PUBLIC if account is None else account.actor

    def context(self, role: str) -> Context:
        return Context(house=self.house, request_id="seen", actor=self.actor(role), language=Language.EN)

    async def ask(
        self, role: str, document: str, variables: Mapping[str, Any] | None = None, *, plan: bool = True
    ) -> dict[str, Any]:
        answer = await self.executor.execute(document, variables or {}, None, self.context(role), plan=plan)
        found: dict[str, Any] = json.loads(answer.body)
        assert "errors" not in found, found["errors"]
        data: dict[str, Any] = found["data"]
        return data


@dataclass(frozen=True, slots=True)
class Settled:
    """The whole town in a database that tests copy."""

    database: str
    folder: Path
    town: WholeTown
    plugins: Plugins


@pytest.fixture(scope="session")
def settled(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """Made once for all tests of a process: it takes hundreds of changes."""
    plugins = Plugins.installed({"deeds": declaring(program())})
    folder = tmp_path_factory.mktemp("sight")

    async def settle() -> tuple[str, WholeTown]:
        name = await databases.clone(server_url, template)
        async with _house(databases.database_url(server_url, name), folder, plugins) as house:
            async with house.work() as work:
                await write_declared_benefits(work)
            town = await whole_town(house)
            await seal_waiting(house)
        return name, town

    name, town = asyncio.run(settle())
    yield Settled(name, folder, town, plugins)
    asyncio.run(databases.drop(server_url, name))


@asynccontextmanager
async def _house(url: str, folder: Path, plugins: Plugins) -> AsyncIterator[House]:
    address = databases.application_url(url)
    database = await Database.connect(address, size=12)
    settings = Settings(data_dir=folder, database_url=address, owner_url=url)
    found = House(settings=settings, database=database, plugins=plugins, clock=SetClock())
    yield found
    found.readers.close()
    await database.close()


@pytest.fixture
async def sight(settled: Settled, server_url: str) -> AsyncIterator[Sight]:
    name = await databases.clone(server_url, settled.database)
    async with _house(databases.database_url(server_url, name), settled.folder, settled.plugins) as house:
        schema = build_schema(settled.plugins)
        yield Sight(house, settled.town, schema, Executor(schema, limits=NO_LIMITS))
    await databases.drop(server_url, name)
