"""The demo: broken off anywhere it is finished by the next time, and a second time changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.actor import SYSTEM, Actor
from core.demo import PASSWORD
from core.house import House
from core.identity import sign_in
from core.work import Work
from schema.cli.demo import load_demo
from tests.support.world import counts


class BrokenOffError(Exception):
    """What ends a load here as a kill would: between two transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff(House):
    """A house that opens so many units of work and no more."""

    left: list[int]

    @asynccontextmanager
    async def work(self, actor: Actor = SYSTEM, request_id: str | None = None) -> AsyncIterator[Work]:
        if not self.left[0]:
            raise BrokenOffError
        self.left[0] -= 1
        async with House.work(self, actor, request_id) as work:
            yield work


async def is_loaded(house: House, units: int) -> bool:
    """Load the demo in at most so many units of work; whether they were enough."""
    cut_off = CutOff(
        settings=house.settings, database=house.database, plugins=house.plugins, clock=house.clock, left=[units]
    )
    try:
        await load_demo(cut_off)
    except BrokenOffError:
        return False
    return True


async def test_a_demo_that_was_broken_off_anywhere_is_finished_by_the_next_time(house: House) -> None:
    units = 0
    while not await is_loaded(house, units):
        units += 1
        assert units < 100
    assert units > 10
    found = await counts(house)
    sign_ins = await load_demo(house)
    assert await counts(house) == found
    for each in sign_ins:
        await sign_in(house, login_id=each.login_id, password=PASSWORD)
