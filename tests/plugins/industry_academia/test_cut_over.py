"""What was earned before the reform expires, all of it (UI-9)."""

from __future__ import annotations

import asyncio
import os
from datetime import date

import pytest

from core.errors import NotAllowed
from core.house import House
from plugins.industry_academia.program import CODE
from plugins.industry_academia.service import due_at_cut_over, expire_before_reform
from tests.plugins.industry_academia.acts import Campus
from tests.support.servers import DURE
from tests.support.world import give, has, lots, organization, rows, true_ledger


async def test_what_was_earned_before_the_reform_expires_and_what_was_earned_since_does_not(house: House) -> None:
    owners = [await organization(house, serial) for serial in (1, 2, 3)]
    for owner in owners:
        await give(house, CODE, owner, 900, on=date(2022, 2, 21))
        await give(house, CODE, owner, 100, on=date(2022, 2, 28))
        await give(house, CODE, owner, 50, on=date(2022, 3, 1))
    await give(house, "mileage_innovation", owners[0], 500, on=date(2022, 2, 21))
    due = await due_at_cut_over(house)
    assert (due.accounts, due.lots, due.free) == (3, 6, 3_000)
    assert await expire_before_reform(house, limit=2) == due
    assert [(await has(house, CODE, owner)).available for owner in owners] == [50, 50, 50]
    assert [left for _, _, left, _ in await lots(house, owners[1])] == [0, 0, 50]
    assert (await has(house, "mileage_innovation", owners[0])).available == 500
    events = await rows(house, "SELECT after FROM audit_event WHERE action = 'points.expired' ORDER BY id")
    assert [event["after"]["amount"] for event in events] == [2_000, 1_000]
    assert (await expire_before_reform(house)).lots == 0
    await true_ledger(house)


async def test_the_command_says_first_what_it_would_do_and_then_does_it(house: House) -> None:
    await give(house, CODE, await organization(house, 1), 900, on=date(2022, 2, 21))
    said = "1 accounts, 1 lots, 900 mileage"
    assert f"would expire: {said}" in await dure(house, "--dry-run")
    assert (await due_at_cut_over(house)).free == 900
    assert f"소멸 · expired: {said}" in await dure(house)
    assert "expired: 0 accounts, 0 lots, 0 mileage" in await dure(house)


async def dure(house: House, *words: str) -> str:
    """What `dure cooperation cut-over` prints, run as a process on this house's database."""
    settings = house.settings
    env = {**os.environ, "DURE_DATABASE_URL": settings.database_url or "", "DURE_DATA_DIR": str(settings.data_dir)}
    running = await asyncio.create_subprocess_exec(
        DURE, "cooperation", "cut-over", *words, env=env, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    return said.decode()


async def test_only_an_operator_of_the_program_lets_it_go(house: House) -> None:
    campus = await Campus.of(house)
    for actor in (campus.filer, campus.reviewer):
        with pytest.raises(NotAllowed):
            await expire_before_reform(house, actor)
    assert (await expire_before_reform(house, campus.operator)).lots == 0
