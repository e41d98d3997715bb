"""The ledger's fixtures: its verbs for one program, and two organizations."""

from __future__ import annotations

import pytest

from core.house import House
from tests.support.ledger import Points, organizations


@pytest.fixture
def points(house: House) -> Points:
    return Points(house)


@pytest.fixture
async def company(house: House) -> int:
    return (await organizations(house, 1))[0]


@pytest.fixture
async def university(house: House) -> int:
    return (await organizations(house, 1, first=1))[0]
