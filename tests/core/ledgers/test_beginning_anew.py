"""What was earned before a day is written off, whatever its term; what is held waits."""

from __future__ import annotations

from datetime import date

import pytest

from core.house import House
from core.ledgers import EarnedBefore, Expiry, earned_before, expire_earned_before
from tests.support.ledger import ASSET, PROGRAM, Points, lies_of, organizations, refused, rows_of
from tests.support.world import at_once, connected

REFORM = date(2022, 3, 1)
EVE = date(2022, 2, 28)


@pytest.fixture
def points(house: House) -> Points:
    return Points(house)


async def expired(house: House, key: str = "reform", limit: int = 10_000, day: date = REFORM) -> Expiry:
    async with house.work() as work:
        return await expire_earned_before(
            work, program=PROGRAM, asset=ASSET, day=day, key=key, reason="제도개편", limit=limit
        )


async def due(house: House) -> EarnedBefore:
    async with house.database.reading() as tx:
        return await earned_before(tx, program=PROGRAM, asset=ASSET, day=REFORM)


async def test_the_day_before_goes_and_the_day_itself_stays(house: House, points: Points) -> None:
    one, two = await organizations(house, 2)
    for organization in (one, two):
        await points.earn(organization, 100, on=date(2016, 1, 1))
        await points.earn(organization, 30, on=EVE)
        await points.earn(organization, 7, on=REFORM)
    assert await due(house) == EarnedBefore(accounts=2, lots=4, free=260, held=0)
    assert await expired(house) == Expiry(accounts=2, lots=4, amount=260)
    assert await due(house) == EarnedBefore(accounts=0, lots=0, free=0, held=0)
    assert [lot.remaining for lot in await points.lots(one)] == [0, 0, 7]
    assert await points.totals() == {"holder": 14, "issuance": -274, "expired": 260}
    assert await expired(house, "again") == Expiry(accounts=0, lots=0, amount=0)
    assert await lies_of(house) == []


async def test_another_program_keeps_what_it_has(house: House, points: Points) -> None:
    (one,) = await organizations(house, 1)
    other = Points(house, "another")
    await other.earn(one, 50, on=EVE)
    assert (await expired(house)).lots == 0
    assert (await other.balance(one)).available == 50


async def test_what_is_held_waits_until_it_is_free(house: House, points: Points) -> None:
    (one,) = await organizations(house, 1)
    await points.earn(one, 100, on=EVE)
    held = await points.hold(one, 40)
    assert await expired(house) == Expiry(accounts=1, lots=1, amount=60)
    assert await due(house) == EarnedBefore(accounts=0, lots=0, free=0, held=40)
    assert held.hold_id is not None
    await points.release(held.hold_id)
    assert await expired(house, "later") == Expiry(accounts=1, lots=1, amount=40)
    assert (await points.balance(one)).posted == 0
    assert await lies_of(house) == []


async def test_it_goes_slice_by_slice_and_the_same_key_answers_the_first_again(house: House, points: Points) -> None:
    for organization in await organizations(house, 5):
        await points.earn(organization, 10, on=EVE)
    first = await expired(house, "a", limit=2)
    assert first == Expiry(accounts=2, lots=2, amount=20)
    assert await expired(house, "a", limit=2) == Expiry(accounts=2, lots=2, amount=20, replayed=True)
    assert [(await expired(house, key, limit=2)).amount for key in "bcd"] == [20, 10, 0]
    async with refused(house, "LEDGER_KEY_REUSED"):
        await expired(house, "a", day=date(2021, 1, 1))


async def test_the_audit_says_how_much_went_and_by_which_day(house: House, points: Points) -> None:
    (one,) = await organizations(house, 1)
    await points.earn(one, 100, on=EVE)
    await expired(house)
    (event,) = await rows_of(house, "SELECT subject_type, after FROM audit_event WHERE action = 'points.expired'")
    assert event["subject_type"] == "ledger_transaction"
    assert event["after"] == {"amount": 100, "lots": 1, "earned_before": "2022-03-01"}


async def test_what_is_spent_at_the_same_moment_is_not_expired_as_well(house: House, points: Points) -> None:
    await connected(house)
    owners = await organizations(house, 6)
    for owner in owners:
        await points.earn(owner, 100, on=EVE)
    spending = [points.spend(owner, 70) for owner in owners]
    _, refusals = await at_once([*spending, expired(house, "a", limit=3), expired(house, "b", limit=3)])
    assert set(refusals) <= {"LEDGER_INSUFFICIENT"}
    await expired(house, "c")
    totals = await points.totals()
    assert totals.get("holder", 0) == 0
    assert totals.get("expired", 0) + totals.get("redeemed", 0) == 600
    assert await lies_of(house) == []
