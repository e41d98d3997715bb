"""The API's fixtures: the schema once, and a client of a house whose catalogue is written."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from core.benefits import write_declared_benefits
from core.house import House
from core.plugins import Plugins
from schema.build import DureSchema, build_schema
from schema.http.app import application


@pytest.fixture(scope="session")
def schema(installed: Plugins) -> DureSchema:
    return build_schema(installed)


@pytest.fixture
async def client(house: House, schema: DureSchema) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the application of this test's house, without a network."""
    async with house.work() as work:
        await write_declared_benefits(work)
    transport = httpx.ASGITransport(app=application(house, schema))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield http
