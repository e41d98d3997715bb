"""What is on offer, and when: what a listing and its times must be, and who may say so."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.actor import Role
from core.calendar import SEOUL
from core.errors import NotAllowed
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.exchange import listings, slots
from plugins.industry_academia.exchange.listings import PHOTO
from plugins.industry_academia.exchange.models import Listing, ListingKind, UseUnit
from plugins.industry_academia.exchange.slots import Times
from plugins.industry_academia.program import CODE
from tests.plugins.industry_academia.market import FIRST, Market, details, hour
from tests.support.clock import SetClock
from tests.support.files import jpg, pdf, png, sent
from tests.support.world import member, organization, refused, rows, staff

NAME = "INDUSTRY_ACADEMIA_EXCHANGE_"
DAY = timedelta(days=1)


@pytest.fixture
async def market(house: House, clock: SetClock) -> Market:
    return await Market.of(house, clock, points=0)


async def added(market: Market, listing_id: int, *times: Times) -> list[int]:
    async with market.house.work(market.seller) as work:
        await slots.add_slots(work, listing_id, times)
    return await market.slots_of(listing_id)


def day(first: int, last: int, month: int = 4) -> Times:
    return Times(first_day=date(2026, month, first), last_day=date(2026, month, last))


# ------------------------------------------------------------------------------------------------------- listings


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"price_won": 0}, "PRICE", "priceWon"),
        ({"price_won": -1_000}, "PRICE", "priceWon"),
        ({"price_won": 10**15}, "PRICE", "priceWon"),
        ({"title": "  "}, "WORDS", "title"),
        ({"title": "가" * 201}, "WORDS", "title"),
        ({"place": "가" * 301}, "WORDS", "place"),
        ({"description": "가" * 4_001}, "WORDS", "description"),
        ({"capacity": 0}, "CAPACITY", "capacity"),
        ({"capacity": 10**9}, "CAPACITY", "capacity"),
    ],
)
async def test_a_listing_that_cannot_be_is_refused(
    market: Market, changes: dict[str, Any], code: str, path: str
) -> None:
    with refused(NAME + code) as refusal:
        await market.listed(**changes)
    assert refusal.paths == [(path,)]
    assert await rows(market.house, "SELECT id FROM ia_exchange_listing") == []


async def test_all_that_is_wrong_is_told_at_once(market: Market) -> None:
    with refused(NAME + "WORDS", NAME + "PRICE", NAME + "CAPACITY"):
        await market.listed(title="", price_won=0, capacity=-1)


async def test_only_a_university_lists_by_a_member_who_may(market: Market) -> None:
    with pytest.raises(NotAllowed, match=r"exchange\.sell"):
        async with market.house.work(await member(market.house, market.university, "clerk")) as work:
            await listings.draft_listing(work, market.university, details())
    with pytest.raises(NotAllowed):
        async with market.house.work(market.other_buyer) as work:
            await listings.draft_listing(work, market.university, details())
    with refused(NAME + "NOT_A_UNIVERSITY") as refusal:
        async with market.house.work(market.other_buyer) as work:
            await listings.draft_listing(work, market.other, details())
    assert refusal.paths == [("organizationId",)]
    async with market.house.work(market.operator) as work:
        assert (await listings.draft_listing(work, market.university, details())).status == "draft"
    reviewer = await staff(market.house, "reviewer", Role.REVIEWER, programs=[CODE])
    with pytest.raises(NotAllowed):
        async with market.house.work(reviewer) as work:
            await listings.draft_listing(work, market.university, details())


async def test_a_listing_is_drafted_published_closed_and_published_again(market: Market) -> None:
    made, _ = await market.listed(publish=False)
    steps = (listings.close_listing, listings.publish_listing, listings.publish_listing, listings.close_listing,
             listings.publish_listing)  # fmt: skip
    outcomes = []
    for step in steps:
        async with market.house.work(market.seller) as work:
            if len(outcomes) in (0, 2):
                with refused(NAME + "LISTING_STATUS"):
                    await step(work, made.id)
                outcomes.append("refused")
            else:
                outcomes.append((await step(work, made.id)).status)
    assert outcomes == ["refused", "published", "refused", "closed", "published"]


async def test_what_was_published_keeps_its_kind_and_unit_and_a_draft_its_unit_while_it_has_times(
    market: Market,
) -> None:
    draft, _ = await market.listed(hour(0), publish=False)
    with refused(NAME + "UNIT_HAS_SLOTS") as refusal:
        await amended(market, draft, unit=UseUnit.DAY)
    assert refusal.paths == [("unit",)]
    await amended(market, draft, kind=ListingKind.FACILITY, price_won=5)
    offered, _ = await market.listed(hour(0))
    for changes in ({"unit": UseUnit.USE}, {"kind": ListingKind.FACILITY}):
        with refused(NAME + "KEPT"):
            await amended(market, offered, **changes)
    assert (await amended(market, offered, title="주사전자현미경", price_won=7)).title == "주사전자현미경"


async def amended(market: Market, found: Listing, **changes: Any) -> Listing:
    async with market.house.work(market.seller) as work:
        return await listings.amend_listing(work, found.id, details(**changes))


async def test_another_university_does_not_learn_of_a_draft_by_trying(market: Market) -> None:
    draft, _ = await market.listed(publish=False)
    second = await organization(market.house, 4, kind=OrganizationKind.UNIVERSITY)
    other = await member(market.house, second, "second", main=True)
    for number in (draft.id, 10**9):
        with refused(NAME + "LISTING_UNKNOWN"):
            async with market.house.work(other) as work:
                await listings.publish_listing(work, number)


async def test_a_draft_is_discarded_whole_and_what_was_published_is_not(market: Market) -> None:
    draft, _ = await market.listed(hour(0), publish=False)
    offered, _ = await market.listed(hour(0))
    token = await sent(market.house, market.seller, jpg(), "현미경.jpg")
    async with market.house.work(market.seller) as work:
        await listings.attach_photo(work, draft.id, token)
    async with market.house.work(market.seller) as work:
        await listings.discard_listing(work, draft.id)
        with refused(NAME + "LISTING_STATUS"):
            await listings.discard_listing(work, offered.id)
    assert [row["id"] for row in await rows(market.house, "SELECT id FROM ia_exchange_listing")] == [offered.id]
    assert await rows(market.house, "SELECT id FROM attachment") == []


# ------------------------------------------------------------------------------------------------------ photographs


async def test_photographs_are_pictures_of_ten_megabytes_at_most_and_ten_in_all(market: Market) -> None:
    offered, _ = await market.listed()
    for number in range(PHOTO.most):
        content, name = (png(), f"{number}.png") if number % 2 else (jpg(f"{number}"), f"{number}.jpg")
        token = await sent(market.house, market.seller, content, name)
        async with market.house.work(market.seller) as work:
            photo = await listings.attach_photo(work, offered.id, token)
    for content, name, code in ((pdf(), "계약.pdf", "DOCUMENT_TYPE"), (jpg("한 장 더"), "더.jpg", "DOCUMENT_TOO_MANY")):
        token = await sent(market.house, market.seller, content, name)
        with refused(code):
            async with market.house.work(market.seller) as work:
                await listings.attach_photo(work, offered.id, token)
    async with market.house.work(market.seller) as work:
        await listings.remove_photo(work, photo.id)
    assert len(await rows(market.house, "SELECT id FROM attachment")) == PHOTO.most - 1


async def test_another_documents_id_is_no_photograph(market: Market) -> None:
    with refused("DOCUMENT_NOT_FOUND"):
        async with market.house.work(market.seller) as work:
            await listings.remove_photo(work, 10**9)


# ------------------------------------------------------------------------------------------------------------ times


@pytest.mark.parametrize(
    ("unit", "times", "code"),
    [
        (UseUnit.HOUR, Times(starts_at=FIRST, ends_at=FIRST), "SLOT_REVERSED"),
        (UseUnit.HOUR, Times(starts_at=FIRST, ends_at=FIRST - timedelta(hours=1)), "SLOT_REVERSED"),
        (UseUnit.HOUR, Times(starts_at=FIRST, ends_at=FIRST + timedelta(minutes=90)), "SLOT_NOT_WHOLE"),
        (UseUnit.HOUR, Times(starts_at=FIRST), "SLOT_BOUNDS"),
        (UseUnit.HOUR, Times(first_day=date(2026, 4, 1), last_day=date(2026, 4, 1)), "SLOT_BOUNDS"),
        (UseUnit.HOUR, hour(-24 * 8), "SLOT_PAST"),
        (UseUnit.HOUR, hour(0, 10_001), "SLOT_NOT_WHOLE"),
        (UseUnit.HOUR, hour(24 * 365 * 4), "SLOT_FAR"),
        (UseUnit.DAY, hour(0, 24), "SLOT_BOUNDS"),
        (UseUnit.DAY, day(3, 2), "SLOT_REVERSED"),
        (UseUnit.DAY, Times(first_day=date(2026, 3, 2), last_day=date(2026, 3, 3)), "SLOT_PAST"),
        (UseUnit.DAY, Times(first_day=date(2026, 4, 1), last_day=date.max), "SLOT_BOUNDS"),
        (UseUnit.USE, Times(starts_at=FIRST, ends_at=FIRST), "SLOT_REVERSED"),
    ],
)
async def test_a_time_that_cannot_be_is_refused_by_its_place(
    market: Market, unit: UseUnit, times: Times, code: str
) -> None:
    offered, _ = await market.listed(unit=unit)
    with refused(NAME + code) as refusal:
        await added(market, offered.id, times)
    assert refusal.paths == [("slots", 0)]


async def test_times_of_one_listing_never_overlap_and_may_touch(market: Market) -> None:
    offered, _ = await market.listed(hour(0, 2))
    for times in (hour(1), hour(-1, 2), hour(0, 2), hour(-1, 9)):
        with refused(NAME + "SLOT_OVERLAPS") as refusal:
            await added(market, offered.id, hour(20), times)
        assert refusal.paths == [("slots", 1)]
    with refused(NAME + "SLOT_OVERLAPS") as refusal:
        await added(market, offered.id, hour(30, 2), hour(40), hour(31))
    assert refusal.paths == [("slots", 2)]
    assert len(await added(market, offered.id, hour(2), hour(-1))) == 3
    _, other = await market.listed(hour(0, 2))
    assert len(other) == 1, "another listing has times of its own"


async def test_days_run_from_midnight_to_midnight_in_seoul_and_are_counted_both_ends_in(market: Market) -> None:
    offered, _ = await market.listed(day(1, 3), day(4, 4), unit=UseUnit.DAY)
    found = await rows(market.house, "SELECT units, from_at, until_at FROM ia_exchange_slot ORDER BY from_at")
    assert [(row["units"], row["from_at"]) for row in found] == [
        (3, datetime(2026, 4, 1, tzinfo=SEOUL)),
        (1, datetime(2026, 4, 4, tzinfo=SEOUL)),
    ]
    assert found[0]["until_at"] == found[1]["from_at"]
    with refused(NAME + "SLOT_OVERLAPS"):
        await added(market, offered.id, day(3, 5))


async def test_a_use_is_one_unit_however_long(market: Market) -> None:
    _, (slot,) = await market.listed(hour(0, 7), unit=UseUnit.USE, price_won=50_000)
    quoted = await market.quoted([slot])
    assert (quoted.units, quoted.price.fee_won) == (1, 50_000)


async def test_none_or_too_many_times_are_refused(market: Market) -> None:
    offered, _ = await market.listed()
    for times in ([], [hour(n) for n in range(501)]):
        with refused(NAME + "SLOTS_MANY"):
            await added(market, offered.id, *times)


async def test_a_free_time_is_removed_and_one_that_is_booked_is_not(market: Market) -> None:
    offered, (free, booked, given_back) = await market.listed(hour(0), hour(1), hour(2))
    await market.ordered([booked])
    cancelled = await market.cancelled(await market.ordered([given_back]))
    with refused(NAME + "SLOT_TAKEN") as refusal:
        await removed(market, free, booked)
    assert refusal.paths == [("slotIds", 1)]
    await removed(market, free, given_back)
    assert await market.slots_of(offered.id) == [booked]
    (kept,) = await rows(
        market.house, "SELECT slot_id, from_at FROM ia_exchange_booking WHERE order_id = $1", cancelled.id
    )
    assert kept == {"slot_id": None, "from_at": FIRST + timedelta(hours=2)}, "the order still says when it was for"
    _, (elsewhere,) = await market.listed(hour(0))
    for ids in ((booked, elsewhere), (10**9,)):
        with refused(NAME + "SLOT_UNKNOWN"):
            await removed(market, *ids)


async def removed(market: Market, *slot_ids: int) -> None:
    async with market.house.work(market.seller) as work:
        await slots.remove_slots(work, slot_ids)


async def test_a_time_is_ordered_or_removed_but_not_both(market: Market) -> None:
    _, slot_ids = await market.listed(*(hour(n) for n in range(6)))
    both = [step for each in slot_ids for step in (market.ordered([each]), removed(market, each))]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    done = [not isinstance(each, BaseException) for each in outcomes]
    assert [a != b for a, b in zip(done[::2], done[1::2], strict=True)] == [True] * 6
    left = await rows(market.house, "SELECT count(*) AS n FROM ia_exchange_slot")
    assert left[0]["n"] == sum(done[::2])
