"""`dure verify` finds an order that says otherwise than the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.house import House
from core.ledgers import Clawback, claw_back, spend
from plugins.industry_academia.program import CODE, MILEAGE
from schema.cli.verify import verify_house
from tests.plugins.industry_academia.market import Market, hour
from tests.support.clock import SetClock
from tests.support.lies import lies, lies_after
from tests.support.world import give, rows


@pytest.fixture
async def traded(house: House, clock: SetClock) -> AsyncIterator[House]:
    """Orders 1 to 6: requested, rejected, accepted, settled, reversed, and settled in cash alone."""
    market = await Market.of(house, clock)
    _, slots = await market.listed(*[hour(place) for place in range(6)])
    orders = [await market.ordered([slot], 100 + place) for place, slot in enumerate(slots[:5])]
    orders.append(await market.ordered(slots[5:]))
    await market.rejected(orders[1])
    for each in orders[2:]:
        await market.accepted(each)
    for each in orders[3:]:
        await market.settled(each)
    await market.reversed(orders[4])
    assert [order.id for order in orders] == [1, 2, 3, 4, 5, 6]
    yield house


async def test_what_was_traded_agrees_and_all_of_it_was_compared(traded: House) -> None:
    assert await lies(traded) == []
    compared = {each.names.en: each.compared for each in (await verify_house(traded)).comparisons}
    assert compared["Each order holds its company's points, as many as it says"] == 5
    assert compared["Each hold of the exchange is an order's"] == 5
    assert compared["Each settlement moved its points from the company to the university"] == 2
    assert compared["Each settlement that was undone is reversed by its own transaction"] == 1
    assert len(await rows(traded, "SELECT FROM ia_exchange_order")) == 6


async def test_what_pays_a_debt_has_moved_all_the_same(house: House, clock: SetClock) -> None:
    """The university owes more than the order brings: what comes in goes to the debt at once."""
    market = await Market.of(house, clock)
    await give(house, CODE, market.university, 500)
    (false,) = await rows(house, "SELECT max(id) AS id FROM ledger_transaction WHERE kind = 'earn'")
    async with house.work() as work:
        await spend(
            work, program=CODE, asset=MILEAGE.code, organization_id=market.university, amount=500, key="x", reason="",
        )  # fmt: skip
        await claw_back(
            work, program=CODE, clawbacks=[Clawback(transaction_id=false["id"], key="y", reference="")], reason="허위",
        )  # fmt: skip
    _, (first,) = await market.listed(hour(0))
    await market.settled(await market.accepted(await market.ordered([first], 300)))
    (owing,) = await rows(house, "SELECT posted, owed FROM account WHERE organization_id = $1 AND kind = 'holder'", 1)
    assert owing == {"posted": 0, "owed": 200}
    assert await lies(house) == []


LIES = {
    "an order is another company's": (
        "UPDATE ia_exchange_order SET company_id = 3 WHERE id = 1",
        "ia_exchange_order 1: company, points and reference of its hold expected industry_academia 3 100 ",
    ),
    "an order took fewer points": (
        "UPDATE ia_exchange_order SET points = 1 WHERE id = 3",
        " expected industry_academia 2 1 exchange_order:",
    ),
    "a rejected order was accepted": (
        "UPDATE ia_exchange_order SET status = 'accepted', accepted_at = now(), taken = true, ended_at = NULL,"
        " reason = NULL WHERE id = 2",
        "ia_exchange_order 2: hold expected open, found released",
    ),
    "an accepted order was rejected": (
        "UPDATE ia_exchange_order SET status = 'rejected', taken = false, ended_at = now(), reason = 'x' WHERE id = 3",
        "ia_exchange_order 3: hold expected released, found open",
    ),
    "an order was paid by another's transfer": (
        "UPDATE ia_exchange_order SET transfer_id = 1 WHERE id = 4",
        "ia_exchange_order 4: hold expected used by 1, found used by ",
    ),
    "an order lost its hold": (
        "UPDATE ia_exchange_order SET hold_id = NULL, points = 0 WHERE id = 1",
        "hold 1: order expected exchange_order:",
    ),
    "a settlement went to another university": (
        "UPDATE ia_exchange_order SET university_id = 3 WHERE id = 4",
        "ia_exchange_order 4: points moved expected 103 given, 103 got, found 103 given, 0 got",
    ),
    "a settlement was undone by another's reversal": (
        "UPDATE ia_exchange_order SET reversal_id = 1 WHERE id = 5",
        "ia_exchange_order 5: transaction that was reversed expected ",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_found_and_named(traded: House, lie: str) -> None:
    statement, named = LIES[lie]
    found = await lies_after(traded, statement)
    assert any(named in each for each in found), found
