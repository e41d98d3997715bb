"""The whole town, and how its rows are read as each of its people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from core.actor import PUBLIC, Actor
from core.benefits import write_declared_benefits
from core.house import House
from core.language import Language
from core.plugins import Plugins
from core.seals import seal_waiting
from core.settings import Settings
from schema.build import DureSchema, build_schema
from schema.context import Context
from schema.execution import Executor
from schema.limits import Limits
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


@pytest.fixture
async def sight(house: House, clock: SetClock) -> AsyncIterator[Sight]:
    plugins = Plugins.installed({"deeds": declaring(program())})
    served = House(settings=house.settings, database=house.database, plugins=plugins, clock=clock)
    async with served.work() as work:
        await write_declared_benefits(work)
    town = await whole_town(served)
    await seal_waiting(served)
    schema = build_schema(plugins)
    yield Sight(served, town, schema, Executor(schema, limits=NO_LIMITS))
