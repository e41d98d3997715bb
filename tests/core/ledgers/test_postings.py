"""Every verb of the ledger, by what it leaves behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime

import pytest

from core import ledgers
from core.house import House
from core.ledgers import AccountKind, Balance, Expiry, Receipt
from tests.support.clock import SetClock
from tests.support.ledger import LotSeen, Points, lies_of, refused, rows_of

TODAY = date(2026, 3, 2)
SPRING = date(2026, 4, 1)
SUMMER = date(2026, 7, 1)
YEARS_AGO = date(2020, 1, 1)
LONG_PAST = date(2022, 1, 1)


@pytest.fixture(autouse=True)
async def true_in_the_end(house: House) -> AsyncIterator[None]:
    """Whatever a test did, the ledger tells no lie afterwards."""
    yield
    assert await lies_of(house) == []


# ---------------------------------------------------------------------------------------------------------- earning


async def test_earning_makes_a_lot_and_a_balance(points: Points, company: int) -> None:
    receipt = await points.earn(company, 100, on=TODAY, until=SUMMER)
    assert not receipt.replayed
    assert await points.lots(company) == [LotSeen(TODAY, SUMMER, 100, 100, 0)]
    assert await points.balance(company) == Balance(posted=100)
    assert await points.totals() == {"holder": 100, "issuance": -100}


async def test_both_parties_earn_in_one_transaction(points: Points, company: int, university: int) -> None:
    (receipt,) = await points.earn_all(("deal", [(company, 100, TODAY, SUMMER), (university, 70, TODAY, None)]))
    entries = await rows_of(
        points.house,
        "SELECT organization_id, amount FROM entry WHERE transaction_id = $1 ORDER BY amount",
        receipt.transaction_id,
    )
    assert [tuple(entry.values()) for entry in entries] == [(None, -170), (university, 70), (company, 100)]


async def test_many_earnings_are_posted_at_once_in_order(points: Points, company: int, university: int) -> None:
    receipts = await points.earn_all(
        *[(f"bulk-{n}", [(company, n, TODAY, None), (university, 1, TODAY, None)]) for n in range(1, 101)]
    )
    assert len({receipt.transaction_id for receipt in receipts}) == 100
    assert await points.history(company) == [("earn", n) for n in range(1, 101)]
    assert (await points.balance(university)).posted == 100


async def test_a_bulk_of_new_and_known_earnings_posts_only_the_new(points: Points, company: int) -> None:
    line = [(company, 10, TODAY, None)]
    first = await points.earn_all(("a", line), ("b", line))
    again = await points.earn_all(("b", line), ("c", line), ("a", line))
    assert [receipt.replayed for receipt in again] == [True, False, True]
    assert (again[0].transaction_id, again[2].transaction_id) == (first[1].transaction_id, first[0].transaction_id)
    assert (await points.balance(company)).posted == 30


async def test_what_was_earned_too_long_ago_is_credited_and_written_off(points: Points, company: int) -> None:
    await points.earn(company, 100, on=YEARS_AGO, until=LONG_PAST)
    await points.earn(company, 5, on=TODAY, until=TODAY.replace(day=3))
    assert await points.history(company) == [("earn", 100), ("expire", -100), ("earn", 5)]
    assert await points.lots(company) == [
        LotSeen(YEARS_AGO, LONG_PAST, 100, 0, 0),
        LotSeen(TODAY, TODAY.replace(day=3), 5, 5, 0),
    ]
    assert await points.totals() == {"holder": 5, "issuance": -105, "expired": 100}


async def test_a_bulk_written_off_later_leaves_the_earlier_write_off_alone(points: Points, company: int) -> None:
    line = [(company, 100, YEARS_AGO, LONG_PAST)]
    await points.earn_all(("a", line))
    await points.earn_all(("a", line), ("b", line), ("c", line))
    amounts = await rows_of(
        points.house,
        "SELECT t.idempotency_key AS key, e.amount FROM ledger_transaction t JOIN entry e ON e.transaction_id = t.id"
        " WHERE t.kind = 'expire' AND e.organization_id IS NOT NULL ORDER BY e.id",
    )
    assert amounts == [{"key": "a:expired", "amount": -100}, {"key": "b:expired", "amount": -200}]


async def test_one_call_cannot_name_a_key_twice(points: Points, company: int) -> None:
    async with refused(points.house, "LEDGER_KEY_REUSED"):
        await points.earn_all(("a", [(company, 1, TODAY, None)]), ("a", [(company, 1, TODAY, None)]))


async def test_an_earning_without_lines_is_refused(points: Points, company: int) -> None:
    async with refused(points.house, "LEDGER_NOT_A_POSTING"):
        await points.earn_all(("a", [(company, 1, TODAY, None)]), ("b", []))


# --------------------------------------------------------------------------------------------------------- spending


async def test_what_expires_first_is_spent_first_and_what_never_does_last(points: Points, company: int) -> None:
    await points.earn(company, 10, on=TODAY, until=None)
    await points.earn(company, 10, on=TODAY, until=SUMMER)
    await points.earn(company, 10, on=YEARS_AGO, until=SUMMER)
    await points.earn(company, 10, on=TODAY, until=SPRING)
    left = []
    for _ in range(4):
        await points.spend(company, 10)
        left.append([lot.remaining for lot in await points.lots(company)])
    assert left == [[10, 10, 10, 0], [10, 10, 0, 0], [10, 0, 0, 0], [0, 0, 0, 0]]


async def test_a_spend_takes_from_as_many_lots_as_it_needs(points: Points, company: int) -> None:
    for until in (SPRING, SUMMER, None):
        await points.earn(company, 10, until=until)
    await points.spend(company, 25)
    assert [lot.remaining for lot in await points.lots(company)] == [0, 0, 5]
    assert await points.totals() == {"holder": 5, "issuance": -30, "redeemed": 25}


async def test_a_lot_can_be_spent_on_the_day_before_it_expires(points: Points, company: int, clock: SetClock) -> None:
    await points.earn(company, 10, until=SPRING)
    clock.set(date(2026, 3, 31))
    assert (await points.balance(company)).available == 10
    await points.spend(company, 10)
    assert (await points.balance(company)).posted == 0


async def test_a_lot_cannot_be_spent_on_the_day_it_expires(points: Points, company: int, clock: SetClock) -> None:
    await points.earn(company, 10, until=SPRING)
    clock.set(SPRING)
    assert await points.balance(company) == Balance(posted=10, expired=10)
    async with refused(points.house, "LEDGER_INSUFFICIENT"):
        await points.spend(company, 1)


async def test_more_than_there_is_cannot_be_spent(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10)
    async with refused(points.house, "LEDGER_INSUFFICIENT"):
        await points.spend(company, 11)
    async with refused(points.house, "LEDGER_INSUFFICIENT"):
        await points.spend(university, 1)


# ---------------------------------------------------------------------------------------------------------- holding


async def test_what_is_held_stays_in_the_balance_but_cannot_be_spent(points: Points, company: int) -> None:
    await points.earn(company, 100)
    receipt = await points.hold(company, 60)
    assert receipt.hold_id is not None
    assert await points.balance(company) == Balance(posted=100, held=60)
    assert await points.history(company) == [("earn", 100)]
    async with refused(points.house, "LEDGER_INSUFFICIENT"):
        await points.spend(company, 41)
    async with refused(points.house, "LEDGER_INSUFFICIENT"):
        await points.hold(company, 41)


async def test_using_a_hold_redeems_what_it_reserved(points: Points, company: int) -> None:
    await points.earn(company, 100)
    hold = (await points.hold(company, 60)).hold_id
    await points.spend(company, 40)
    await points.use(named(hold))
    assert await points.balance(company) == Balance()
    assert await points.history(company) == [("earn", 100), ("spend", -40), ("use", -60)]


async def test_a_return_restores_the_very_lots_with_their_first_dates(points: Points, company: int) -> None:
    await points.earn(company, 10, until=SPRING)
    await points.earn(company, 10, until=SUMMER)
    before = await points.lots(company)
    hold = (await points.hold(company, 15)).hold_id
    assert [lot.held for lot in await points.lots(company)] == [10, 5]
    receipt = await points.release(named(hold))
    assert receipt.expired == 0
    assert await points.lots(company) == before
    assert await points.balance(company) == Balance(posted=20)


async def test_what_expired_while_held_is_restored_and_written_off_by_the_return(
    points: Points, company: int, clock: SetClock
) -> None:
    await points.earn(company, 10, until=SPRING)
    await points.earn(company, 10, until=SUMMER)
    hold = (await points.hold(company, 15)).hold_id
    clock.set(SPRING)
    assert (await points.expire()).amount == 0
    receipt = await points.release(named(hold), key="back")
    assert receipt.expired == 10
    assert [lot.remaining for lot in await points.lots(company)] == [0, 10]
    kinds = await rows_of(
        points.house, "SELECT kind, idempotency_key AS key FROM ledger_transaction WHERE idempotency_key ~ '^back'"
    )
    assert kinds == [{"kind": "release", "key": "back"}, {"kind": "expire", "key": "back:expired"}]
    clock.set(SUMMER)
    assert (await points.release(named(hold), key="back")) == Receipt(
        transaction_id=receipt.transaction_id, replayed=True, expired=10
    )


async def test_a_return_tells_only_what_of_the_hold_had_expired(points: Points, company: int, clock: SetClock) -> None:
    await points.earn(company, 100, until=SPRING)
    hold = (await points.hold(company, 40)).hold_id
    clock.set(SPRING)
    assert (await points.release(named(hold))).expired == 40
    assert await points.history(company) == [("earn", 100), ("expire", -100)]


async def test_a_hold_on_a_lot_that_expired_meanwhile_can_still_be_used(
    points: Points, company: int, clock: SetClock
) -> None:
    await points.earn(company, 10, until=SPRING)
    hold = (await points.hold(company, 6)).hold_id
    clock.set(SUMMER)
    assert await points.expire() == Expiry(accounts=1, lots=1, amount=4)
    assert await points.balance(company) == Balance(posted=6, held=6)
    await points.use(named(hold))
    assert await points.totals() == {"holder": 0, "issuance": -10, "expired": 4, "redeemed": 6}


@pytest.mark.parametrize("first", ["use", "release"])
@pytest.mark.parametrize("then", ["use", "release"])
async def test_a_hold_is_closed_once(points: Points, company: int, first: str, then: str) -> None:
    await points.earn(company, 10)
    hold = (await points.hold(company, 10)).hold_id
    await getattr(points, first)(hold)
    async with refused(points.house, "LEDGER_HOLD_CLOSED"):
        await getattr(points, then)(hold)


@pytest.mark.parametrize("verb", ["use", "release", "reverse"])
async def test_what_is_not_there_cannot_be_closed_or_reversed(points: Points, company: int, verb: str) -> None:
    await points.earn(company, 10)
    async with refused(points.house, "LEDGER_NOT_FOUND"):
        await getattr(points, verb)(987_654)


# ----------------------------------------------------------------------------------------------------- transferring


async def test_a_transfer_carries_the_dates_of_each_lot(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10, on=YEARS_AGO, until=SPRING)
    await points.earn(company, 10, on=TODAY, until=None)
    await points.transfer(company, university, 15)
    assert [lot.remaining for lot in await points.lots(company)] == [0, 5]
    assert await points.lots(university) == [
        LotSeen(YEARS_AGO, SPRING, 10, 10, 0),
        LotSeen(TODAY, None, 5, 5, 0),
    ]
    parents = await rows_of(
        points.house,
        "SELECT p.organization_id, p.expires_on FROM lot l JOIN lot p ON p.id = l.parent_id ORDER BY l.id",
    )
    assert [tuple(parent.values()) for parent in parents] == [(company, SPRING), (company, None)]
    assert await points.history(university) == [("transfer", 15)]


async def test_a_transfer_that_mints_gives_new_dates(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10, on=YEARS_AGO, until=SPRING)
    await points.transfer(company, university, 4, mint=(TODAY, SUMMER))
    assert await points.lots(university) == [LotSeen(TODAY, SUMMER, 4, 4, 0)]


async def test_a_transfer_out_of_a_hold_takes_what_was_held(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10, until=SUMMER)
    hold = (await points.hold(company, 7)).hold_id
    await points.transfer(company, university, 7, hold_id=hold)
    assert await points.balance(company) == Balance(posted=3)
    assert await points.lots(university) == [LotSeen(TODAY, SUMMER, 7, 7, 0)]
    async with refused(points.house, "LEDGER_HOLD_CLOSED"):
        await points.transfer(company, university, 7, hold_id=hold)


async def test_a_hold_is_transferred_whole_and_by_whose_it_is(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10)
    hold = (await points.hold(company, 7)).hold_id
    async with refused(points.house, "LEDGER_NOT_FOUND"):
        await points.transfer(company, university, 6, hold_id=hold)
    async with refused(points.house, "LEDGER_NOT_FOUND"):
        await points.transfer(university, company, 7, hold_id=hold)


async def test_a_transfer_needs_two_parties_and_enough(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10)
    async with refused(points.house, "LEDGER_NOT_A_POSTING"):
        await points.transfer(company, company, 5)
    async with refused(points.house, "LEDGER_INSUFFICIENT"):
        await points.transfer(company, university, 11)


# --------------------------------------------------------------------------------------------------------- reversing


async def test_a_reversed_spend_is_back_in_the_very_lots(points: Points, company: int) -> None:
    await points.earn(company, 10, until=SPRING)
    await points.earn(company, 10, until=SUMMER)
    before = await points.lots(company)
    spent = await points.spend(company, 15)
    await points.reverse(spent.transaction_id)
    assert await points.lots(company) == before
    assert await points.totals() == {"holder": 20, "issuance": -20, "redeemed": 0}


async def test_a_reversed_spend_of_a_lot_expired_meanwhile_is_written_off(
    points: Points, company: int, clock: SetClock
) -> None:
    await points.earn(company, 10, until=SPRING)
    spent = await points.spend(company, 10)
    clock.set(SPRING)
    await points.reverse(spent.transaction_id)
    assert await points.history(company) == [("earn", 10), ("spend", -10), ("reverse", 10), ("expire", -10)]


async def test_a_reversed_earning_takes_the_lots_of_every_party_back(
    points: Points, company: int, university: int
) -> None:
    (earned,) = await points.earn_all(("deal", [(company, 100, TODAY, SUMMER), (university, 70, TODAY, None)]))
    await points.reverse(earned.transaction_id)
    assert await points.lots(company) == [LotSeen(TODAY, SUMMER, 100, 0, 0)]
    assert await points.totals() == {"holder": 0, "issuance": 0}


async def test_an_earning_that_was_spent_or_held_cannot_be_reversed(points: Points, company: int) -> None:
    first = await points.earn(company, 10, until=SPRING)
    second = await points.earn(company, 10, until=SUMMER)
    await points.spend(company, 1)
    await points.hold(company, 10)
    for earned in (first, second):
        async with refused(points.house, "LEDGER_SPENT_MEANWHILE"):
            await points.reverse(earned.transaction_id)


async def test_a_reversed_transfer_goes_back_to_the_lots_it_came_from(
    points: Points, company: int, university: int
) -> None:
    await points.earn(company, 10, until=SPRING)
    moved = await points.transfer(company, university, 6)
    await points.reverse(moved.transaction_id)
    assert await points.lots(company) == [LotSeen(TODAY, SPRING, 10, 10, 0)]
    assert await points.lots(university) == [LotSeen(TODAY, SPRING, 6, 0, 0)]


async def test_a_transfer_that_was_spent_cannot_be_reversed(points: Points, company: int, university: int) -> None:
    await points.earn(company, 10)
    moved = await points.transfer(company, university, 6)
    await points.spend(university, 1)
    async with refused(points.house, "LEDGER_SPENT_MEANWHILE"):
        await points.reverse(moved.transaction_id)


async def test_a_reversed_use_is_free_again_and_its_hold_stays_closed(points: Points, company: int) -> None:
    await points.earn(company, 10)
    hold = (await points.hold(company, 6)).hold_id
    used = await points.use(named(hold))
    await points.reverse(used.transaction_id)
    assert await points.balance(company) == Balance(posted=10)
    async with refused(points.house, "LEDGER_HOLD_CLOSED"):
        await points.release(named(hold))


async def test_a_transaction_is_reversed_once(points: Points, company: int) -> None:
    await points.earn(company, 10)
    spent = await points.spend(company, 5)
    await points.reverse(spent.transaction_id)
    async with refused(points.house, "LEDGER_ALREADY_REVERSED"):
        await points.reverse(spent.transaction_id)


async def test_what_is_no_posting_of_a_person_cannot_be_reversed(points: Points, company: int, clock: SetClock) -> None:
    await points.earn(company, 20, until=SUMMER)
    held = await points.hold(company, 5)
    returned = await points.release(named(held.hold_id))
    spent = await points.spend(company, 5)
    reversal = await points.reverse(spent.transaction_id)
    clock.set(SUMMER)
    await points.expire(key="summer")
    (expiry,) = await rows_of(points.house, "SELECT id FROM ledger_transaction WHERE idempotency_key = 'summer'")
    for transaction in (held.transaction_id, returned.transaction_id, reversal.transaction_id, expiry["id"]):
        async with refused(points.house, "LEDGER_NOT_REVERSIBLE"):
            await points.reverse(transaction)


async def test_another_program_cannot_reverse_it(points: Points, company: int) -> None:
    earned = await points.earn(company, 10)
    async with refused(points.house, "LEDGER_NOT_FOUND"):
        await Points(points.house, program="another").reverse(earned.transaction_id)


# ---------------------------------------------------------------------------------------------------------- expiring


async def test_expiry_goes_in_slices_until_nothing_is_left(
    points: Points, company: int, university: int, clock: SetClock
) -> None:
    for of in (company, university):
        await points.earn(of, 10, until=SPRING)
        await points.earn(of, 5, until=SPRING)
        await points.earn(of, 7, until=SUMMER)
    clock.set(SPRING)
    slices = [await points.expire(limit=1) for _ in range(3)]
    assert slices == [
        Expiry(accounts=1, lots=2, amount=15),
        Expiry(accounts=1, lots=2, amount=15),
        Expiry(accounts=0, lots=0, amount=0),
    ]
    assert await points.totals() == {"holder": 14, "issuance": -44, "expired": 30}


async def test_the_same_slice_asked_for_again_answers_the_first_and_expires_no_more(
    points: Points, company: int, university: int, clock: SetClock
) -> None:
    await points.earn(company, 10, until=SPRING)
    await points.earn(university, 10, until=SPRING)
    clock.set(SPRING)
    first = await points.expire(limit=1, key="spring")
    again = await points.expire(limit=1, key="spring")
    assert (again.accounts, again.lots, again.amount, again.replayed) == (1, 1, 10, True)
    assert first == Expiry(accounts=1, lots=1, amount=10)
    assert (await points.totals())["expired"] == 10
    events = await rows_of(points.house, "SELECT action FROM audit_event")
    assert events == [{"action": "points.expired"}]


async def test_an_expiry_that_finds_nothing_leaves_no_transaction(points: Points, company: int) -> None:
    await points.earn(company, 10, until=SPRING)
    assert await points.expire(key="spring") == Expiry(accounts=0, lots=0, amount=0)
    assert await rows_of(points.house, "SELECT kind FROM ledger_transaction") == [{"kind": "earn"}]


# ------------------------------------------------------------------------------------------------------------- money


async def _grant(house: House, company: int) -> dict[str, int]:
    kinds = (
        (AccountKind.ISSUANCE, None), (AccountKind.FUND, company), (AccountKind.LINE, company),
        (AccountKind.SPENT, company),
    )  # fmt: skip
    async with house.work() as work:
        return {
            kind.value: await ledgers.open_account(
                work, program="grants", asset="KRW", kind=kind, organization_id=owner, label="2026" if owner else ""
            )
            for kind, owner in kinds
        }


async def _move(house: House, key: str, amounts: dict[int, int], kind: str = "budget") -> Receipt:
    async with house.work() as work:
        return await ledgers.move(
            work, program="grants", asset="KRW", kind=kind, amounts=amounts, key=key, reason="test"
        )


async def test_money_moves_from_fund_to_line_to_spent_and_never_past_an_approved_line(
    house: House, company: int
) -> None:
    account = await _grant(house, company)
    await _move(house, "fund", {account["issuance"]: -1_000, account["fund"]: 1_000})
    await _move(house, "line", {account["fund"]: -600, account["line"]: 600})
    await _move(house, "spend", {account["line"]: -450, account["spent"]: 450})
    async with refused(house, "LEDGER_INSUFFICIENT"):
        await _move(house, "overspend", {account["line"]: -151, account["spent"]: 151})
    async with refused(house, "LEDGER_INSUFFICIENT"):
        await _move(house, "overbudget", {account["fund"]: -401, account["line"]: 401})
    rows = await rows_of(
        house, "SELECT account_id, sum(amount)::int AS total FROM entry GROUP BY account_id ORDER BY account_id"
    )
    assert [row["total"] for row in rows] == [-1_000, 400, 150, 450]


async def test_moved_money_is_reversed_only_while_it_is_there(house: House, company: int) -> None:
    account = await _grant(house, company)
    fund = await _move(house, "fund", {account["issuance"]: -1_000, account["fund"]: 1_000})
    line = await _move(house, "line", {account["fund"]: -600, account["line"]: 600})
    grants = Points(house, program="grants", asset="KRW")
    async with refused(house, "LEDGER_SPENT_MEANWHILE"):
        await grants.reverse(fund.transaction_id)
    await grants.reverse(line.transaction_id)
    await grants.reverse(fund.transaction_id)
    assert await grants.totals() == {"issuance": 0, "fund": 0, "line": 0}


async def test_a_move_sums_to_zero_between_accounts_without_lots(house: House, company: int, points: Points) -> None:
    account = await _grant(house, company)
    await points.earn(company, 10)
    (holder,) = await rows_of(house, "SELECT id FROM account WHERE kind = 'holder'")
    for amounts in (
        {account["issuance"]: -5, account["fund"]: 4},
        {account["issuance"]: 0, account["fund"]: 0},
        {account["fund"]: 0},
        {account["issuance"]: -5, holder["id"]: 5},
    ):
        async with refused(house, "LEDGER_NOT_A_POSTING"):
            await _move(house, "odd", amounts)


async def test_an_account_is_opened_once(house: House, company: int) -> None:
    assert await _grant(house, company) == await _grant(house, company)


async def test_folding_changes_where_a_system_balance_is_kept_and_not_what_it_is(points: Points, company: int) -> None:
    for amount in (10, 20, 30):
        await points.earn(company, amount)
    await points.spend(company, 5)
    async with points.house.work() as work:
        assert [await ledgers.fold(work, 3), await ledgers.fold(work), await ledgers.fold(work)] == [3, 1, 0]
    balances = await rows_of(points.house, "SELECT kind, posted FROM account WHERE NOT floored ORDER BY kind")
    assert [tuple(balance.values()) for balance in balances] == [("issuance", -60), ("redeemed", 5)]


# ------------------------------------------------------------------------------------------------ balances over time


async def test_a_balance_is_known_at_any_moment_as_it_was_recorded(points: Points, company: int) -> None:
    moments = [await _now(points)]
    for verb, amount in ((points.earn, 100), (points.spend, 30), (points.hold, 10), (points.spend, 5)):
        await verb(company, amount)
        moments.append(await _now(points))
    async with points.house.work() as work:
        shown = [
            await ledgers.balance_recorded_at(
                work.tx, program=points.program, asset=points.asset, organization_id=company, at=moment
            )
            for moment in moments
        ]
    assert shown == [0, 100, 70, 70, 65]


async def test_a_balance_is_known_on_any_day_as_it_was_effective(points: Points, company: int, clock: SetClock) -> None:
    days = [date(2026, 3, 1), TODAY, SPRING, SUMMER]
    await points.earn(company, 100)
    clock.set(SUMMER)
    await points.spend(company, 30)
    clock.set(SPRING)  # recorded last, effective earlier
    await points.spend(company, 5)
    async with points.house.work() as work:
        shown = [
            await ledgers.balance_effective_on(
                work.tx, program=points.program, asset=points.asset, organization_id=company, on=day
            )
            for day in days
        ]
    assert shown == [0, 100, 95, 65]


async def test_who_never_had_anything_has_nothing(points: Points, company: int) -> None:
    assert await points.balance(company) == Balance()


# -------------------------------------------------------------------------------------------------------------- keys

Verb = Callable[[Points, int, int, int], Awaitable[object]]
VERBS: dict[str, tuple[Verb, Verb]] = {
    "earn": (
        lambda p, a, b, hold: p.earn(a, 10, key="k"),
        lambda p, a, b, hold: p.earn(a, 11, key="k"),
    ),
    "spend": (
        lambda p, a, b, hold: p.spend(a, 10, key="k"),
        lambda p, a, b, hold: p.spend(a, 11, key="k"),
    ),
    "hold": (
        lambda p, a, b, hold: p.hold(a, 10, key="k"),
        lambda p, a, b, hold: p.hold(a, 11, key="k"),
    ),
    "use": (
        lambda p, a, b, hold: p.use(hold, key="k"),
        lambda p, a, b, hold: p.release(hold, key="k"),
    ),
    "release": (
        lambda p, a, b, hold: p.release(hold, key="k"),
        lambda p, a, b, hold: p.use(hold, key="k"),
    ),
    "transfer": (
        lambda p, a, b, hold: p.transfer(a, b, 10, key="k"),
        lambda p, a, b, hold: p.transfer(b, a, 10, key="k"),
    ),
    "transfer of a hold": (
        lambda p, a, b, hold: p.transfer(a, b, 20, hold_id=hold, key="k"),
        lambda p, a, b, hold: p.transfer(a, b, 20, key="k"),
    ),
}


@pytest.mark.parametrize("verb", VERBS)
async def test_the_same_key_answers_again_and_another_request_by_it_is_refused(
    points: Points, company: int, university: int, verb: str
) -> None:
    same, other = VERBS[verb]
    await points.earn(company, 100)
    await points.earn(university, 100)
    hold = named((await points.hold(company, 20)).hold_id)
    first = await same(points, company, university, hold)
    history = (await points.lots(company), await points.history(company), await points.lots(university))
    again = await same(points, company, university, hold)
    assert isinstance(first, Receipt) and isinstance(again, Receipt)
    assert (again.transaction_id, again.hold_id, again.replayed) == (first.transaction_id, first.hold_id, True)
    assert (await points.lots(company), await points.history(company), await points.lots(university)) == history
    async with refused(points.house, "LEDGER_KEY_REUSED"):
        await other(points, company, university, hold)


async def test_a_reversal_answers_again_by_its_key(points: Points, company: int) -> None:
    earned = await points.earn(company, 100)
    first = await points.reverse(earned.transaction_id, key="k")
    again = await points.reverse(earned.transaction_id, key="k")
    assert (again.transaction_id, again.replayed) == (first.transaction_id, True)
    async with refused(points.house, "LEDGER_KEY_REUSED"):
        await points.spend(company, 1, key="k")


async def test_programs_do_not_share_keys(points: Points, company: int) -> None:
    first = await points.earn(company, 10, key="k")
    other = await Points(points.house, program="another").earn(company, 99, key="k")
    assert first.transaction_id != other.transaction_id
    assert (await points.balance(company)).posted == 10


# ----------------------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize("amount", [0, -1])
@pytest.mark.parametrize("verb", ["earn", "spend", "hold", "transfer"])
async def test_nothing_less_than_one_is_posted(
    points: Points, company: int, university: int, verb: str, amount: int
) -> None:
    await points.earn(company, 10)
    arguments = (company, university, amount) if verb == "transfer" else (company, amount)
    async with refused(points.house, "LEDGER_NOT_A_POSTING"):
        await getattr(points, verb)(*arguments)


def named(hold_id: int | None) -> int:
    """The hold a receipt named."""
    assert hold_id is not None
    return hold_id


async def _now(points: Points) -> datetime:
    (row,) = await rows_of(points.house, "SELECT clock_timestamp() AS now")
    return row["now"]  # type: ignore[no-any-return]
