"""What must never be is refused by PostgreSQL, whatever the services above it do."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core.house import House
from core.ledgers import reverse
from plugins.industry_academia.program import CODE
from tests.plugins.industry_academia.market import FIRST, Market, hour
from tests.support.clock import SetClock
from tests.support.world import connected, refused, rows

WRONG = (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError)


@pytest.fixture
async def market(house: House, clock: SetClock) -> Market:
    return await Market.of(house, clock)


async def changed(house: House, sql: str, *arguments: Any) -> None:
    """As the application's role, past all services."""
    async with house.database.transaction() as tx:
        await tx.connection.execute(sql, *arguments)


COPY = """INSERT INTO ia_exchange_order (number, listing_id, company_id, university_id, title, kind, price_won, unit,
    units, fee_won, points, terms_effective, rate, won_per_point, hold_id, starts_at, ends_at, idempotency_key,
    request_hash, ordered_at, answer_by) SELECT 'E26-9', listing_id, {company}, university_id, title, kind, {price},
    unit, {units}, {fee}, {points}, terms_effective, rate, won_per_point, {hold}, starts_at, ends_at, 'copy', '',
    ordered_at, answer_by FROM ia_exchange_order"""
HONEST = {
    "company": "company_id",
    "price": "price_won",
    "units": "units",
    "fee": "fee_won",
    "points": "0",
    "hold": "NULL",
}


@pytest.mark.parametrize(
    ("lie", "constraint"),
    [
        ({"points": "301", "hold": "hold_id"}, None),
        ({"points": "300"}, "ia_exchange_order_held"),
        ({"hold": "hold_id"}, None),
        ({"points": "-1"}, None),
        ({"fee": "fee_won + 1"}, "ia_exchange_order_fee"),
        ({"price": "1", "fee": "units"}, "ia_exchange_order_on_offer"),
        ({"units": "0", "fee": "0"}, "ia_exchange_order_fee"),
        ({"company": "university_id"}, "ia_exchange_order_two_parties"),
    ],
)
async def test_an_order_that_lies_about_its_price_its_points_or_its_parties(
    market: Market, lie: dict[str, str], constraint: str | None
) -> None:
    _, (first,) = await market.listed(hour(0))
    await market.ordered([first], 300)
    with pytest.raises(WRONG) as caught:
        await changed(market.house, COPY.format(**HONEST | lie))
    assert constraint is None or caught.value.constraint_name == constraint  # type: ignore[attr-defined]


async def test_the_share_is_checked_by_the_terms_that_the_order_keeps(market: Market) -> None:
    """Whatever the hold: points worth more than the share of the fee are not written."""
    _, (first,) = await market.listed(hour(0))
    order = await market.ordered([first], 300)
    await connected(market.house)
    async with market.house.database.transaction() as tx:
        definition = await tx.connection.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ia_exchange_order_within_share'"
        )
        for points, holds in ((300, True), (301, False)):
            assert holds == await tx.connection.fetchval(
                f"SELECT {definition.removeprefix('CHECK ')} FROM (SELECT fee_won, rate, won_per_point, $2::bigint AS"
                " points FROM ia_exchange_order WHERE id = $1) AS o",
                order.id,
                points,
            )


STEPS = {
    "settled without a transfer": "UPDATE ia_exchange_order SET status = 'settled', settled_at = now(), paid_won ="
    " 700000, paid_on = '2026-03-02', accepted_at = now()",
    "settled from a request": "UPDATE ia_exchange_order SET status = 'settled'",
    "accepted by nobody knows when": "UPDATE ia_exchange_order SET status = 'accepted'",
    "rejected without a reason": "UPDATE ia_exchange_order SET status = 'rejected', taken = false, ended_at = now()",
    "rejected for a reason of blanks": "UPDATE ia_exchange_order SET status = 'rejected', taken = false, ended_at ="
    " now(), reason = ' '",
    "cancelled with its points still held": "UPDATE ia_exchange_order SET status = 'cancelled', taken = false,"
    " ended_at = now(), reason = '변경'",
    "cancelled with its times still taken": "UPDATE ia_exchange_order SET status = 'cancelled', ended_at = now(),"
    " reason = '변경'",
    "paid another sum": "UPDATE ia_exchange_order SET status = 'accepted', accepted_at = now(), paid_won = 1",
    "another price": "UPDATE ia_exchange_order SET status = 'accepted', accepted_at = now(), price_won = 1,"
    " fee_won = 1, points = 0, hold_id = NULL",
    "another company": "UPDATE ia_exchange_order SET status = 'accepted', accepted_at = now(), company_id ="
    " (SELECT max(id) FROM organization)",
    "nothing": "UPDATE ia_exchange_order SET note = '고침'",
    "a booking without a slot": "UPDATE ia_exchange_booking SET slot_id = NULL",
    "a booking given up": "UPDATE ia_exchange_booking SET taken = false",
    "a slot that is booked removed": "DELETE FROM ia_exchange_slot",
    "a slot edited": "UPDATE ia_exchange_slot SET until_at = until_at + interval '1 hour', units = 2",
    "the unit of what is on offer": "UPDATE ia_exchange_listing SET unit = 'day'",
    "the owner of a listing": "UPDATE ia_exchange_listing SET university_id = (SELECT max(id) FROM organization)",
    "a price of nothing": "UPDATE ia_exchange_listing SET price_won = 0",
}


@pytest.mark.parametrize("step", STEPS)
async def test_a_state_that_cannot_be_is_not_written(market: Market, step: str) -> None:
    _, (first,) = await market.listed(hour(0))
    await market.ordered([first], 300)
    with pytest.raises(WRONG):
        await changed(market.house, STEPS[step])


@pytest.mark.parametrize("table", ["ia_exchange_order", "ia_exchange_booking"])
async def test_orders_are_never_deleted(market: Market, table: str) -> None:
    _, (first,) = await market.listed(hour(0))
    await market.cancelled(await market.ordered([first]))
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await changed(market.house, f"DELETE FROM {table}")


async def test_a_settled_order_changes_by_its_own_reversal_only(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    settled = await market.settled(await market.accepted(await market.ordered([first], 300)))
    undone = "UPDATE ia_exchange_order SET status = 'reversed', taken = false, ended_at = now(), reason = '이의'"
    for more in ("", f", reversal_id = {settled.transfer_id}", ", paid_won = NULL", ", transfer_id = NULL"):
        with pytest.raises(WRONG):
            await changed(market.house, undone + more)
    for status in ("requested", "accepted", "cancelled"):
        with pytest.raises(WRONG):
            await changed(market.house, f"UPDATE ia_exchange_order SET status = '{status}'")
    async with market.house.work(market.operator) as work:
        await reverse(work, program=CODE, transaction_id=settled.transfer_id or 0, key="behind", reason="다른 길")
    with refused("LEDGER_ALREADY_REVERSED"):
        await market.reversed(settled)


async def test_of_two_slots_that_overlap_written_at_once_past_all_locks_one_is_there(market: Market) -> None:
    offered, _ = await market.listed()
    await connected(market.house)
    insert = "INSERT INTO ia_exchange_slot (listing_id, unit, units, from_at, until_at) VALUES ($1, 'hour', 2, $2, $3)"
    asking = [
        changed(market.house, insert, offered.id, start, start + timedelta(hours=2))
        for start in (FIRST + timedelta(minutes=20 * n) for n in range(6))
    ]
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in outcomes].count(asyncpg.ExclusionViolationError) == 5
    assert len(await market.slots_of(offered.id)) == 1


async def test_of_two_bookings_of_one_slot_written_at_once_past_all_locks_one_is_there(market: Market) -> None:
    _, slot_ids = await market.listed(*(hour(n) for n in range(3)))
    orders = [await market.ordered([each]) for each in slot_ids[:2]]
    await connected(market.house)
    asking = [
        changed(
            market.house,
            "INSERT INTO ia_exchange_booking (order_id, slot_id, units, from_at, until_at)"
            " SELECT $1, id, units, from_at, until_at FROM ia_exchange_slot WHERE id = $2",
            each.id,
            slot_ids[2],
        )
        for each in orders
        for _ in range(4)
    ]
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    refusals = [each for each in outcomes if isinstance(each, asyncpg.UniqueViolationError)]
    assert len(refusals) == 7
    assert {each.constraint_name for each in refusals} == {"ia_exchange_booking_once"}  # type: ignore[attr-defined]


async def test_what_is_booked_is_a_slot_of_the_orders_own_listing(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    _, (elsewhere,) = await market.listed(hour(0))
    order = await market.ordered([first])
    with pytest.raises(asyncpg.CheckViolationError, match="a slot of the order's listing"):
        await changed(
            market.house,
            "INSERT INTO ia_exchange_booking (order_id, slot_id, units, from_at, until_at)"
            " SELECT $1, id, units, from_at, until_at FROM ia_exchange_slot WHERE id = $2",
            order.id,
            elsewhere,
        )
    assert (await rows(market.house, "SELECT count(*) AS n FROM ia_exchange_booking"))[0]["n"] == 1
