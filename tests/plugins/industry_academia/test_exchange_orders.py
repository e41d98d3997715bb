"""Ordering: what mileage may pay of a fee, what is booked, and what nobody may order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.errors import NotAllowed
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.exchange import listings, ordering, tables
from plugins.industry_academia.exchange.models import UseUnit
from plugins.industry_academia.exchange.permissions import BUY
from plugins.industry_academia.exchange.rules import most_points, priced, usable_points
from plugins.industry_academia.exchange.slots import Times, add_slots, printed
from plugins.industry_academia.exchange.tables import EXCHANGE_TERMS, terms_on
from tests.plugins.industry_academia.market import FIRST, PRICE, Market, details, hour
from tests.support.clock import SetClock
from tests.support.world import at_once, connected, counts, member, organization, refused, rows, true_ledger

TERMS = EXCHANGE_TERMS[0]
DISCOUNT = "마일리지 거래소 · 마일리지를 차감 사용하여(1 마일리지 당 1,000원 상당) 사용료의 최대 30% 할인"


@pytest.fixture
async def market(house: House, clock: SetClock) -> Market:
    return await Market.of(house, clock)


# ----------------------------------------------------------------------------------------------------- the numbers


@pytest.mark.parametrize(
    ("fee", "points"),
    [(1_000_000, 300), (999_999, 299), (3_333, 0), (3_334, 1), (1, 0), (10, 0), (10**12, 300_000_000)],
)
def test_thirty_in_a_hundred_of_the_fee_at_a_thousand_won_a_point(fee: int, points: int) -> None:
    assert most_points(fee, TERMS) == points
    assert points * 1_000 * 10 <= fee * 3 < (points + 1) * 1_000 * 10


def test_what_can_be_used_is_the_lesser_of_what_the_fee_allows_and_what_there_is() -> None:
    assert usable_points(1_000_000, 299, TERMS) == 299
    assert usable_points(1_000_000, 5_000, TERMS) == 300
    assert usable_points(1_000_000, 0, TERMS) == 0
    assert priced(1_000_000, 300, TERMS).cash_won == 700_000


def test_the_terms_are_dated_and_nothing_held_before_them() -> None:
    assert terms_on(date(2022, 2, 28)) is None
    assert terms_on(date(2022, 3, 1)) is TERMS


# ------------------------------------------------------------------------------------------------------- the order


async def test_an_order_books_its_times_and_holds_its_points_at_the_price_of_the_day(market: Market) -> None:
    offered, (first, second) = await market.listed(hour(0), hour(1))
    placed = await market.ordered([second, first], 600, note="시료 3개")
    assert (placed.number, placed.status, placed.units, placed.fee_won) == ("E26-1", "requested", 2, 2 * PRICE)
    assert (placed.points, placed.rate, placed.won_per_point) == (600, TERMS.rate, 1_000)
    assert (placed.terms_effective, placed.title, placed.note) == (TERMS.effective, "투과전자현미경", "시료 3개")
    assert (printed(placed.starts_at), printed(placed.ends_at)) == ("2026-03-09 09:00", "2026-03-09 11:00")
    assert await market.balances() == [(0, 0), (1_000, 600), (1_000, 0)]
    booked = await rows(market.house, "SELECT slot_id, taken, units FROM ia_exchange_booking ORDER BY from_at")
    assert booked == [{"slot_id": each, "taken": True, "units": 1} for each in (first, second)]
    async with market.house.work(market.seller) as work:
        await listings.amend_listing(work, offered.id, details(price_won=5_000_000))
    (kept,) = await rows(market.house, "SELECT price_won, fee_won FROM ia_exchange_order")
    assert kept == {"price_won": PRICE, "fee_won": 2 * PRICE}
    await true_ledger(market.house)


async def test_thirty_in_a_hundred_exactly_is_granted_and_one_point_more_is_not(market: Market) -> None:
    _, (first, second) = await market.listed(hour(0), hour(1))
    before = await counts(market.house)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_OVER_SHARE") as refusal:
        await market.ordered([first], 310)
    assert refusal.paths == [("points",)]
    assert refusal.clauses == [DISCOUNT]
    assert "30 % can be paid in mileage: 300 at most, not 310" in refusal.english
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_OVER_SHARE"):
        await market.ordered([first], 301)
    assert await counts(market.house) == before
    assert (await market.ordered([first], 300)).points == 300
    assert (await market.ordered([second], 0)).hold_id is None


@pytest.mark.parametrize(("price", "most"), [(999_999, 299), (3_333, 0)])
async def test_part_of_a_point_is_not_granted(market: Market, price: int, most: int) -> None:
    _, (first,) = await market.listed(hour(0), price_won=price)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_OVER_SHARE"):
        await market.ordered([first], most + 1)
    assert (await market.ordered([first], most)).points == most


async def test_a_company_with_299_points_cannot_use_300(house: House, clock: SetClock) -> None:
    market = await Market.of(house, clock, points=299)
    _, (first,) = await market.listed(hour(0))
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_NOT_ENOUGH") as refusal:
        await market.ordered([first], 300)
    assert (refusal.paths, refusal.clauses) == ([("points",)], [DISCOUNT])
    assert await market.balances() == [(0, 0), (299, 0), (299, 0)]
    assert (await market.ordered([first], 299)).points == 299


async def test_points_that_another_order_holds_cannot_be_used_twice(house: House, clock: SetClock) -> None:
    market = await Market.of(house, clock, points=400)
    _, (first, second) = await market.listed(hour(0), hour(1))
    await market.ordered([first], 300)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_NOT_ENOUGH"):
        await market.ordered([second], 101)
    await market.ordered([second], 100)


async def test_a_quote_says_what_could_be_used_and_everything_that_speaks_against_it(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    quoted = await market.quoted([first])
    assert (quoted.units, quoted.price.fee_won, quoted.usable_points, quoted.available) == (1, PRICE, 300, 1_000)
    assert (quoted.price.points, quoted.price.discount_won, quoted.price.cash_won) == (300, 300_000, 700_000)
    assert quoted.objections == ()
    against = (await market.quoted([first], 5_000)).objections
    assert [each.code.removeprefix("INDUSTRY_ACADEMIA_EXCHANGE_") for each in against] == ["OVER_SHARE", "NOT_ENOUGH"]
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]


async def test_changed_terms_hold_from_their_day_and_an_order_keeps_those_it_was_made_by(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = replace(TERMS, effective=date(2026, 3, 5), rate=Decimal("0.2"), won_per_point=2_000)
    monkeypatch.setattr(tables, "EXCHANGE_TERMS", (TERMS, changed))
    _, (first, second) = await market.listed(hour(0), hour(1))
    before = await market.ordered([first], 300)
    market.clock.set(date(2026, 3, 5))
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_OVER_SHARE") as refusal:
        await market.ordered([second], 101)
    assert "20 % can be paid in mileage: 100 at most" in refusal.english
    after = await market.ordered([second], 100)
    assert [(each.rate, each.won_per_point, each.terms_effective) for each in (before, after)] == [
        (Decimal("0.30"), 1_000, TERMS.effective),
        (Decimal("0.2"), 2_000, changed.effective),
    ]
    accepted = [await market.accepted(each) for each in (before, after)]
    settled = [await market.settled(each) for each in accepted]
    assert [each.paid_won for each in settled] == [700_000, 800_000]


# ------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("points", [-1, -(10**15)])
async def test_a_negative_number_of_points_is_refused(market: Market, points: int) -> None:
    _, (first,) = await market.listed(hour(0))
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_POINTS_NEGATIVE"):
        await market.ordered([first], points)


async def test_what_is_taken_past_unknown_or_asked_for_twice_is_refused(market: Market) -> None:
    _, (first, second) = await market.listed(hour(0), hour(1))
    _, (elsewhere,) = await market.listed(hour(0))
    await market.ordered([first])
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOT_TAKEN") as refusal:
        await market.ordered([second, first], who=market.other_buyer)
    assert refusal.paths == [("slotIds", 1)]
    assert "2026-03-09 09:00 to 2026-03-09 10:00" in refusal.english
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOT_TWICE"):
        await market.ordered([second, second])
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOT_OTHER_LISTING"):
        await market.ordered([second, elsewhere])
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOT_UNKNOWN"):
        await market.ordered([second, 10**9])
    for none_or_many in ([], [second] * 101):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOTS_MANY"):
            await market.ordered(none_or_many)
    market.clock.moment = FIRST + timedelta(hours=1)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOT_PAST"):
        await market.ordered([second])


async def test_what_is_not_on_offer_takes_no_orders_and_a_draft_is_not_even_there(market: Market) -> None:
    offered, (first,) = await market.listed(hour(0))
    _, (hidden,) = await market.listed(hour(0), publish=False)
    async with market.house.work(market.seller) as work:
        await listings.close_listing(work, offered.id)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_NOT_ON_OFFER"):
        await market.ordered([first])
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_SLOT_UNKNOWN"):
        await market.ordered([hidden])


async def test_neither_the_university_itself_nor_another_one_orders(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    itself = await member(market.house, market.university, "itself", main=True)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_OWN_LISTING", "INDUSTRY_ACADEMIA_EXCHANGE_NOT_A_COMPANY"):
        await market.ordered([first], who=itself)
    second = await organization(market.house, 4, kind=OrganizationKind.UNIVERSITY)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_NOT_A_COMPANY") as refusal:
        await market.ordered([first], who=await member(market.house, second, "second", main=True))
    assert refusal.clauses == ["마일리지 거래소 · 대학이 보유한 인프라(시설 장비 등)를 기업에게 유상 제공"]


async def test_a_member_without_the_permission_and_another_companys_order_nothing(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    clerk = await member(market.house, market.company, "clerk", permissions=["industry_academia.exchange.sell"])
    with pytest.raises(NotAllowed, match=BUY.code):
        await market.ordered([first], who=clerk)
    async with market.house.work(market.other_buyer) as work:
        with pytest.raises(NotAllowed):
            await ordering.place_order(work, market.company, [first], points=0, key="mine")


async def test_a_fee_beyond_what_anybody_pays_is_a_slip(market: Market) -> None:
    days = Times(first_day=date(2026, 4, 1), last_day=date(2028, 12, 31))
    _, (first,) = await market.listed(days, unit=UseUnit.DAY, price_won=1_000_000_000)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_FEE"):
        await market.ordered([first])


# -------------------------------------------------------------------------------------------------- once, and at once


async def test_the_same_key_answers_the_same_order_and_another_request_under_it_is_refused(market: Market) -> None:
    _, (first, second) = await market.listed(hour(0), hour(1))
    placed = await market.ordered([first], 300, key="once")
    assert (await market.ordered([first], 300, key="once")).id == placed.id
    assert await market.balances() == [(0, 0), (1_000, 300), (1_000, 0)]
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_KEY_REUSED"):
        await market.ordered([second], 300, key="once")
    other = await market.ordered([second], 300, who=market.other_buyer, key="once")
    assert other.number == "E26-2"


async def test_of_companies_that_want_the_last_slot_at_once_exactly_one_gets_it(market: Market) -> None:
    _, (last,) = await market.listed(hour(0))
    await connected(market.house)
    asking = [
        market.ordered([last], 300, who=who, key=f"{who.organization_id}-{number}")
        for number in range(5)
        for who in (market.buyer, market.other_buyer)
    ]
    placed, refusals = await at_once(asking)
    assert len(placed) == 1
    assert refusals == {"INDUSTRY_ACADEMIA_EXCHANGE_SLOT_TAKEN": 9}
    held = await rows(market.house, "SELECT organization_id, amount FROM hold")
    assert held == [{"organization_id": placed[0].company_id, "amount": 300}]
    assert sorted(held for _, held in await market.balances()) == [0, 0, 300]
    await true_ledger(market.house)


async def test_one_request_sent_many_times_at_once_is_one_order(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    await connected(market.house)
    placed, refusals = await at_once(market.ordered([first], 300, key="same") for _ in range(8))
    assert ({each.id for each in placed}, len(placed), refusals) == ({placed[0].id}, 8, {})
    assert await market.balances() == [(0, 0), (1_000, 300), (1_000, 0)]


async def test_numbers_have_no_gaps_whatever_was_refused_between_and_begin_anew_each_year(market: Market) -> None:
    days = [Times(first_day=date(2026, 12, 1 + n), last_day=date(2026, 12, 1 + n)) for n in range(6)]
    offered, slot_ids = await market.listed(*days, unit=UseUnit.DAY)
    await connected(market.house)
    asking = [market.ordered([each], 400 if n % 2 else 100) for n, each in enumerate(slot_ids)]
    placed, refusals = await at_once(asking)
    assert sorted(each.number for each in placed) == ["E26-1", "E26-2", "E26-3"]
    assert sum(refusals.values()) == 3
    later = Times(first_day=date(2027, 2, 1), last_day=date(2027, 2, 1))
    async with market.house.work(market.seller) as work:
        await add_slots(work, offered.id, [later])
    market.clock.set(date(2027, 1, 4))
    assert (await market.ordered([(await market.slots_of(offered.id))[-1]])).number == "E27-1"


async def test_an_order_that_cannot_be_written_holds_nothing(market: Market) -> None:
    """Whatever fails after the hold takes it along."""
    _, (first,) = await market.listed(hour(0))
    broken = replace(market.buyer, member_id=10**9)  # no such member: the order's reference fails after the hold
    with pytest.raises(Exception, match="foreign key"):
        await market.ordered([first], 300, who=broken)
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]
    assert (await rows(market.house, "SELECT count(*) AS n FROM ia_exchange_counter"))[0]["n"] == 0
