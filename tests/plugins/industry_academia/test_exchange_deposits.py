"""Equipment mileage on the cash part of an order: earned once, on what was deposited, and on no more."""

from __future__ import annotations

from typing import Any

import pytest

from core.activities import attach_document
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.exchange.filing import draft_equipment_filing
from plugins.industry_academia.exchange.models import ListingKind, Order
from plugins.industry_academia.facts import EquipmentDeposit, FacilityKind
from plugins.industry_academia.program import EQUIPMENT
from plugins.industry_academia.tables import EQUIPMENT as CURVE
from tests.plugins.industry_academia.acts import Campus, equipment
from tests.plugins.industry_academia.market import AFTER, Market, hour
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.world import at_once, connected, member, organization, refused, rows, staff, true_ledger

NAME = "INDUSTRY_ACADEMIA_EXCHANGE_"


class Both:
    """The market and the campus of one university, with an order settled between them."""

    def __init__(self, market: Market, campus: Campus) -> None:
        self.market, self.campus = market, campus

    async def settled(self, number: int = 0, points: int = 300, **changes: Any) -> Order:
        _, (slot,) = await self.market.listed(hour(number), **changes)
        return await self.market.accepted(await self.market.ordered([slot], points))

    def deposit(self, order: Order | None, **changes: Any) -> EquipmentDeposit:
        stated = {"deposited_on": AFTER, "supply_won": 636_364, "vat_won": 63_636}
        return equipment(**stated | {"exchange_order": order and order.number} | changes)


@pytest.fixture
async def both(house: House, clock: SetClock) -> Both:
    market = await Market.of(house, clock)
    filer = await member(house, market.university, "bogi", main=True)
    reviewer = await staff(house, "reviewer", programs=["industry_academia"])
    campus = Campus(house, market.university, market.company, filer, reviewer, market.operator)
    clock.set(AFTER)
    campus.proof = await sent(house, filer, pdf())
    clock.set(AFTER.replace(day=2))
    return Both(market, campus)


async def test_the_cash_part_earns_by_the_curve_what_mileage_paid_earns_nothing(both: Both) -> None:
    order = await both.market.settled(await both.settled())
    await both.campus.approved("equipment", both.deposit(order))
    earned = CURVE.points_for(700_000)
    assert 0 < earned < CURVE.points_for(1_000_000)
    assert await both.campus.balances() == (300 + earned, 700 + earned)
    await true_ledger(both.market.house)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"supply_won": 636_365}, "DEPOSIT_OVER_CASH", "supplyWon"),
        ({"supply_won": 1_000_000, "vat_won": 0}, "DEPOSIT_OVER_CASH", "supplyWon"),
        ({"exchange_order": "E26-99"}, "DEPOSIT_ORDER_UNKNOWN", "exchangeOrder"),
        ({"exchange_order": "E26-1 또는 2"}, "DEPOSIT_ORDER_UNKNOWN", "exchangeOrder"),
    ],
)
async def test_a_deposit_that_is_not_the_orders_cash_is_refused(
    both: Both, changes: dict[str, Any], code: str, path: str
) -> None:
    order = await both.market.settled(await both.settled())
    with refused(NAME + code) as refusal:
        await both.campus.filed("equipment", both.deposit(order, **changes))
    assert refusal.paths == [("rows", 0, "facts", path)]
    assert all(refusal.clauses)


async def test_an_order_is_of_the_same_two_settled_and_of_equipment(both: Both) -> None:
    market = both.market
    accepted = await both.settled(0)
    hall = await both.settled(1, kind=ListingKind.FACILITY)
    with_other = await market.accepted(
        await market.ordered([(await market.listed(hour(2)))[1][0]], 300, who=market.other_buyer)
    )
    for each in (hall, with_other):
        await market.settled(each)
    with refused(NAME + "DEPOSIT_NOT_SETTLED"):
        await both.campus.filed("equipment", both.deposit(accepted))
    with refused("INDUSTRY_ACADEMIA_NOT_EQUIPMENT"):
        await both.campus.filed("equipment", both.deposit(hall))
    with refused(NAME + "DEPOSIT_ORDER_UNKNOWN"):
        await both.campus.filed("equipment", both.deposit(with_other))
    elsewhere = await organization(market.house, 4, kind=OrganizationKind.UNIVERSITY)
    second = await member(market.house, elsewhere, "second", main=True)
    both.campus.proof = await sent(market.house, second, pdf())
    with refused(NAME + "DEPOSIT_ORDER_UNKNOWN"):
        await both.campus.filed("equipment", both.deposit(hall), who=second)


async def test_an_order_is_counted_once_however_its_number_is_written_and_whoever_is_quickest(both: Both) -> None:
    order = await both.market.settled(await both.settled())
    first = await both.campus.drafted("equipment", both.deposit(order))
    second = await both.campus.drafted("equipment", both.deposit(order, exchange_order=" e26-1 ", supply_won=600_000))
    await connected(both.market.house)
    done, refusals = await at_once(both.campus.submitted(each) for each in (first, second))
    assert (len(done), list(refusals)) == (1, ["ACTIVITY_ALREADY_FILED"])


async def test_two_orders_paid_alike_on_one_day_are_two_deposits(both: Both) -> None:
    orders = [await both.settled(n) for n in range(2)]
    for each in orders:
        await both.market.settled(each)
    for each in orders:
        await both.campus.approved("equipment", both.deposit(each))
    assert (await both.campus.balances())[0] == 600 + CURVE.points_for(1_400_000)


async def test_the_draft_is_submitted_once_its_evidence_is_there_and_is_one_an_order(both: Both) -> None:
    order = await both.market.settled(await both.settled())
    async with both.market.house.work(both.campus.filer) as work:
        drafted = await draft_equipment_filing(work, order.id)
    with refused("ACTIVITY_SAME_CONTENT"):
        async with both.market.house.work(both.campus.filer) as work:
            await draft_equipment_filing(work, order.id)
    (row,) = await both.campus.activities(drafted)
    assert row["facts"]["exchange_order"] == order.number
    async with both.market.house.work(both.campus.filer) as work:
        for each in EQUIPMENT.requirements:
            await attach_document(work, drafted.id, both.campus.proof, requirement=each.code)
    await both.campus.decided(await both.campus.submitted(drafted))
    assert (await both.campus.balances())[0] == 300 + CURVE.points_for(700_000)


async def test_a_draft_is_of_a_settled_order_of_equipment(both: Both) -> None:
    accepted = await both.settled(0)
    hall = await both.settled(1, kind=ListingKind.FACILITY)
    async with both.market.house.work(both.campus.filer) as work:
        with refused(NAME + "DEPOSIT_NOT_SETTLED"):
            await draft_equipment_filing(work, accepted.id)
    await both.market.settled(hall)
    async with both.market.house.work(both.campus.filer) as work:
        with refused("INDUSTRY_ACADEMIA_NOT_EQUIPMENT") as refusal:
            await draft_equipment_filing(work, hall.id)
    assert FacilityKind.PUBLIC_FACILITY.names.en in refusal.english


async def test_an_order_that_earned_is_not_undone_before_that_is_taken_back(both: Both) -> None:
    order = await both.market.settled(await both.settled())
    filing = await both.campus.filed("equipment", both.deposit(order, exchange_order="e26-1"))
    for _ in range(2):
        with refused(NAME + "EARNED_BY_IT") as refusal:
            await both.market.reversed(order)
        assert "26-1" in refusal.english
        if filing.status != "approved":
            filing = await both.campus.decided(filing)
    (row,) = await both.campus.activities(filing)
    await both.campus.revoked(row["id"])
    assert (await both.market.reversed(order)).status == "reversed"
    assert await both.campus.balances() == (0, 1_000)


async def test_of_an_undoing_and_a_filing_at_once_one_wins(both: Both) -> None:
    order = await both.market.settled(await both.settled())
    drafted = await both.campus.drafted("equipment", both.deposit(order))
    await connected(both.market.house)
    done, refusals = await at_once((both.market.reversed(order), both.campus.submitted(drafted)))
    assert len(done) == 1
    assert set(refusals) <= {NAME + "EARNED_BY_IT", NAME + "DEPOSIT_NOT_SETTLED"}
    found = await rows(
        both.market.house,
        "SELECT o.status, a.status AS activity FROM ia_exchange_order o, activity a",
    )
    assert found[0] in (
        {"status": "settled", "activity": "submitted"},
        {"status": "reversed", "activity": "draft"},
    )
