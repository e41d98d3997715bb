"""The API over this program: the schema once, and HTTP to the application of each test's house."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from core.house import House
from core.plugins import Plugins
from schema.build import DureSchema, build_schema
from schema.http.app import application


@pytest.fixture(scope="session")
def schema(installed: Plugins) -> DureSchema:
    return build_schema(installed)


@pytest.fixture
async def http(house: House, schema: DureSchema) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application(house, schema))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as made:
        yield made
