"""What becomes of an order: every step, by whom, and what is refused on the way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.errors import NotAllowed
from core.house import House
from core.ledgers import spend
from plugins.industry_academia.exchange import listings
from plugins.industry_academia.exchange.jobs import LAPSE
from plugins.industry_academia.exchange.permissions import SELL
from plugins.industry_academia.exchange.tables import ANSWER_DAYS
from plugins.industry_academia.program import CODE, MILEAGE
from tests.plugins.industry_academia.market import AFTER, FIRST, Market, hour
from tests.support.clock import SetClock
from tests.support.jobs import jobs_on_record, run_due
from tests.support.world import at_once, connected, counts, give, lots, member, refused, rows, true_ledger

TRANSFER = "마일리지 거래소 · 사용한 마일리지가 대학에 이전되는 양방향 거래체계"


@pytest.fixture
async def market(house: House, clock: SetClock) -> Market:
    return await Market.of(house, clock)


async def test_what_is_settled_goes_over_to_the_university_with_the_dates_of_its_lots(market: Market) -> None:
    await give(market.house, CODE, market.company, 50, date(2025, 7, 1))
    _, (first,) = await market.listed(hour(0))
    order = await market.accepted(await market.ordered([first], 300))
    settled = await market.settled(order)
    assert (settled.status, settled.paid_won, settled.paid_on) == ("settled", 700_000, AFTER)
    assert await market.balances() == [(300, 0), (750, 0), (1_000, 0)]
    assert sorted(await lots(market.house, market.university)) == [
        (date(2025, 7, 1), 50, 50, 0),
        (date(2026, 1, 5), 250, 250, 0),
    ]
    (moved,) = await rows(
        market.house, "SELECT kind, reference FROM ledger_transaction WHERE id = $1", settled.transfer_id
    )
    assert moved == {"kind": "transfer", "reference": f"exchange_order:{order.number}"}
    await true_ledger(market.house)


async def test_an_order_without_points_is_settled_in_cash_alone(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    before = (await counts(market.house))["ledger_transaction"]
    settled = await market.settled(await market.accepted(await market.ordered([first])))
    assert (settled.transfer_id, settled.paid_won) == (None, 1_000_000)
    assert (await counts(market.house))["ledger_transaction"] == before
    undone = await market.reversed(settled)
    assert (undone.status, undone.reversal_id) == ("reversed", None)


@pytest.mark.parametrize("ending", ["rejected", "cancelled", "lapsed"])
async def test_what_ends_before_it_is_settled_frees_its_points_and_its_times(market: Market, ending: str) -> None:
    _, (first,) = await market.listed(hour(0))
    order = await market.ordered([first], 300)
    if ending == "rejected":
        ended = await market.rejected(order)
    elif ending == "cancelled":
        ended = await market.cancelled(await market.accepted(order), who=market.seller)
    else:
        market.clock.forward(days=6)
        assert await market.lapsed() == []
        market.clock.forward(days=ANSWER_DAYS)
        (ended,) = await market.lapsed()
    assert (ended.status, ended.taken, ended.ended_at) == (ending, False, market.clock.moment)
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]
    assert await lots(market.house, market.company) == [(date(2026, 1, 5), 1_000, 1_000, 0)]
    if ending != "lapsed":  # the hour is free again, and somebody else takes it
        assert (await market.ordered([first], 300, who=market.other_buyer)).number == "E26-2"
    await true_ledger(market.house)


async def test_a_step_that_does_not_follow_is_refused_and_told_where_the_order_stands(market: Market) -> None:
    """Settle twice, answer twice, cancel what ended: each is told where the order stands."""
    _, slot_ids = await market.listed(hour(0), hour(1))
    rejected = await market.rejected(await market.ordered([slot_ids[0]]))
    order = await market.ordered([slot_ids[1]], 300)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS"):
        await market.settled(order, on=date(2026, 3, 2))
    await market.accepted(order)
    for step in (market.accepted, market.rejected):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS") as refusal:
            await step(order)
        assert "The order is accepted; this needs one that is requested." in refusal.english
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS"):
        await market.reversed(order)
    settled = await market.settled(order)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS"):
        await market.settled(settled)
    for step in (market.accepted, market.rejected, market.cancelled):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS"):
            await step(rejected, who=market.operator)


async def test_after_settlement_nobody_cancels_and_is_told_the_way_to_go(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    settled = await market.settled(await market.accepted(await market.ordered([first], 300)))
    for who in (market.seller, market.buyer):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_DISPUTE_INSTEAD") as refusal:
            await market.cancelled(settled, who=who)
        assert refusal.clauses == [TRANSFER]
        assert "reverseExchangeOrder" in refusal.english
    assert await market.balances() == [(300, 0), (700, 0), (1_000, 0)]


async def test_an_operator_undoes_a_disputed_order_and_both_postings_stay(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    settled = await market.settled(await market.accepted(await market.ordered([first], 300)))
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_REASON") as refusal:
        await market.reversed(settled, reason=" ")
    assert refusal.paths == [("reason",)]
    for who in (market.seller, market.buyer):
        with pytest.raises(NotAllowed):
            await market.reversed(settled, who=who)
    undone = await market.reversed(settled)
    assert (undone.status, undone.paid_won, undone.reason) == ("reversed", 700_000, "이용하지 못함")
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]
    (reversal,) = await rows(
        market.house, "SELECT kind, reverses_id FROM ledger_transaction WHERE id = $1", undone.reversal_id
    )
    assert reversal == {"kind": "reverse", "reverses_id": undone.transfer_id}
    await true_ledger(market.house)


async def test_what_the_university_spent_meanwhile_is_not_taken_back(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    settled = await market.settled(await market.accepted(await market.ordered([first], 300)))
    async with market.house.work() as work:
        await spend(
            work, program=CODE, asset=MILEAGE.code, organization_id=market.university, amount=1, key="s", reason="활용"
        )
    with refused("LEDGER_SPENT_MEANWHILE"):
        await market.reversed(settled)
    assert (await rows(market.house, "SELECT status FROM ia_exchange_order"))[0]["status"] == "settled"


# ------------------------------------------------------------------------------------------------- the answer


async def test_a_rejection_needs_a_reason(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    order = await market.ordered([first], 300)
    for reason in ("", "  ", "길" * 1_001):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_REASON") as refusal:
            await market.rejected(order, reason)
        assert refusal.paths == [("reason",)]
    assert (await market.balances())[1] == (1_000, 300)


async def test_a_request_is_answered_before_its_term_is_over_or_the_use_begins(market: Market) -> None:
    _, (soon, late) = await market.listed(hour(-24 * 6), hour(24 * 30))
    first, second = await market.ordered([soon]), await market.ordered([late])
    assert first.answer_by == first.starts_at
    assert second.answer_by == market.clock.moment + timedelta(days=ANSWER_DAYS)
    market.clock.moment = first.answer_by
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_TOO_LATE"):
        await market.accepted(first)
    market.clock.moment = second.answer_by - timedelta(seconds=1)
    assert (await market.accepted(second)).status == "accepted"


async def test_the_job_lapses_what_nobody_answered_and_both_sides_are_told(market: Market) -> None:
    _, slot_ids = await market.listed(*(hour(number) for number in range(3)))
    for each in slot_ids:
        await market.ordered([each], 100)
    market.clock.forward(days=ANSWER_DAYS)
    await run_due(market.house, LAPSE)
    assert [each["status"] for each in await rows(market.house, "SELECT status FROM ia_exchange_order")] == [
        "lapsed"
    ] * 3
    (done,) = [each for each in await jobs_on_record(market.house) if each["name"] == LAPSE.name]
    assert (done["state"], done["result"]) == ("done", {"lapsed": 3})
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]


# ------------------------------------------------------------------------------------------------ by whom


async def test_only_the_university_settles_and_only_once_it_is_used_and_paid(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    order = await market.accepted(await market.ordered([first], 300))
    with pytest.raises(NotAllowed):
        await market.settled(order, who=market.buyer)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_NOT_OVER"):
        await market.settled(order, on=date(2026, 3, 9))
    for paid in (0, -1, 699_999, 700_001, 1_000_000, 10**15):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_PAID_OTHERWISE") as refusal:
            await market.settled(order, paid_won=paid)
        assert refusal.paths == [("paidWon",)]
    for day in (date(2026, 3, 1), AFTER + timedelta(days=1)):
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_PAID_WHEN"):
            await market.settled(order, paid_on=day)
    assert (await market.settled(order, paid_on=date(2026, 3, 2))).status == "settled"


async def test_members_without_the_permission_and_strangers_do_nothing(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    order = await market.ordered([first], 300)
    clerk = await member(market.house, market.university, "clerk", permissions=[f"{CODE}.equipment.file"])
    for step in (market.accepted, market.rejected, market.cancelled, market.settled):
        with pytest.raises(NotAllowed, match=SELL.code):
            await step(order, who=clerk)
        with refused("INDUSTRY_ACADEMIA_EXCHANGE_ORDER_UNKNOWN"):
            await step(order, who=market.other_buyer)
    with pytest.raises(NotAllowed):
        await market.accepted(order, who=market.buyer)


async def test_a_company_cancels_until_the_use_begins_and_the_university_until_it_settles(market: Market) -> None:
    _, slot_ids = await market.listed(hour(0), hour(1))
    first, second = [await market.accepted(await market.ordered([each], 300)) for each in slot_ids]
    assert (await market.cancelled(first)).status == "cancelled"
    market.clock.moment = FIRST + timedelta(hours=1)
    with refused("INDUSTRY_ACADEMIA_EXCHANGE_UNDER_WAY"):
        await market.cancelled(second)
    assert (await market.cancelled(second, who=market.seller)).status == "cancelled"


async def test_orders_of_a_listing_that_was_closed_go_on(market: Market) -> None:
    offered, slot_ids = await market.listed(hour(0), hour(1))
    requested, agreed = await market.ordered([slot_ids[0]], 300), await market.ordered([slot_ids[1]], 300)
    await market.accepted(agreed)
    async with market.house.work(market.seller) as work:
        await listings.close_listing(work, offered.id)
    await market.accepted(requested)
    assert (await market.settled(agreed)).status == "settled"
    assert (await market.settled(requested)).status == "settled"
    assert await market.balances() == [(600, 0), (400, 0), (1_000, 0)]


# ------------------------------------------------------------------------------------------ once, and at once


async def test_a_step_asked_for_again_under_its_key_answers_what_it_came_to(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    order = await market.ordered([first], 300)
    for _ in range(2):
        assert (await market.accepted(order, key="accept")).status == "accepted"
    for _ in range(2):
        assert (await market.settled(order, key="settle")).status == "settled"
    assert await market.balances() == [(300, 0), (700, 0), (1_000, 0)]
    told = await rows(market.house, "SELECT action FROM audit_event WHERE action LIKE 'exchange_order.%' ORDER BY id")
    assert [each["action"] for each in told] == [
        f"exchange_order.{step}" for step in ("requested", "accepted", "settled")
    ]


async def test_of_an_acceptance_and_a_cancellation_at_once_the_order_ends_cancelled_or_is_told_so(
    market: Market,
) -> None:
    _, slot_ids = await market.listed(*(hour(number) for number in range(6)))
    orders = [await market.ordered([each], 100) for each in slot_ids]
    await connected(market.house)
    asking = [step for each in orders for step in (market.accepted(each), market.cancelled(each))]
    done, refusals = await at_once(asking)
    assert set(refusals) <= {"INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS"}
    ended = await rows(market.house, "SELECT status, accepted_at IS NOT NULL AS accepted FROM ia_exchange_order")
    assert [each["status"] for each in ended] == ["cancelled"] * 6
    assert len(done) == 6 + sum(each["accepted"] for each in ended)
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]
    await true_ledger(market.house)


async def test_of_settlements_cancellations_and_lapses_at_once_one_wins(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    order = await market.accepted(await market.ordered([first], 300))
    market.clock.set(AFTER)
    await connected(market.house)
    asking = [
        *(market.settled(order) for _ in range(4)),
        *(market.cancelled(order, who=market.seller) for _ in range(4)),
        market.lapsed(),
    ]
    done, refusals = await at_once(asking)
    assert len([each for each in done if each != []]) == 1
    assert sum(refusals.values()) == 7
    (ended,) = await rows(market.house, "SELECT status FROM ia_exchange_order")
    expected = {"settled": [(300, 0), (700, 0)], "cancelled": [(0, 0), (1_000, 0)]}
    assert (await market.balances())[:2] == expected[ended["status"]]
    await true_ledger(market.house)


async def test_two_operators_undo_one_order_once(market: Market) -> None:
    _, (first,) = await market.listed(hour(0))
    settled = await market.settled(await market.accepted(await market.ordered([first], 300)))
    await connected(market.house)
    done, refusals = await at_once(market.reversed(settled) for _ in range(6))
    assert (len(done), refusals) == (1, {"INDUSTRY_ACADEMIA_EXCHANGE_ORDER_STATUS": 5})
    assert await market.balances() == [(0, 0), (1_000, 0), (1_000, 0)]


# ------------------------------------------------------------------------------------------------- the record


async def test_every_step_is_in_the_audit_and_told_to_both_sides(market: Market) -> None:
    await member(market.house, market.university, "main", main=True)
    _, (first,) = await market.listed(hour(0))
    settled = await market.settled(await market.accepted(await market.ordered([first], 300)))
    await market.reversed(settled)
    steps = await rows(
        market.house,
        "SELECT action, organization_id, before, after FROM audit_event WHERE subject_type = 'exchange_order'"
        " ORDER BY id",
    )
    assert [each["action"] for each in steps] == [
        f"exchange_order.{step}" for step in ("requested", "accepted", "settled", "reversed")
    ]
    assert steps[0]["after"] == {
        "number": "E26-1", "fee_won": 1_000_000, "points": 300, "listing": settled.listing_id,
    }  # fmt: skip
    assert steps[3]["before"] == {"status": "settled"}
    told = await rows(
        market.house,
        "SELECT p.name, m.\"values\" ->> 'number' AS number, m.\"values\" -> 'outcome' ->> 'ko' AS outcome"
        " FROM message m JOIN person p ON p.id = m.person_id WHERE template = 'industry_academia.exchange_order'"
        " ORDER BY m.id",
    )
    assert [(each["name"], each["outcome"]) for each in told] == [
        (name, outcome) for outcome in ("이용 신청", "수락", "정산 완료", "정산 취소") for name in ("main", "buyer")
    ]
