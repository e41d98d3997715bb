"""Many at once, on connections of their own: nothing is oversold, nothing is posted twice, nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core import ledgers
from core.database import Database
from core.errors import Refused
from core.house import House
from core.ledgers import AccountKind, Receipt
from tests.support.clock import SetClock
from tests.support.ledger import Points, lies_of, organizations, rows_of

TODAY = date(2026, 3, 2)
SPRING = date(2026, 4, 1)


@pytest.fixture
async def points(house: House) -> AsyncIterator[Points]:
    """The ledger on forty connections. Whatever raced, it tells no lie afterwards and nobody met a deadlock."""
    url = house.settings.database_url
    assert url is not None
    database = await Database.connect(url, size=40)
    yield Points(replace(house, database=database))
    await database.close()
    assert await lies_of(house) == []


async def _all(calls: Iterable[Awaitable[Any]]) -> tuple[list[Any], Counter[str]]:
    """What the calls answered, all made at once, and how often each refusal came. Any other error is raised."""
    answers, refusals = [], Counter[str]()
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, Refused):
            refusals[outcome.violations[0].code] += 1
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            answers.append(outcome)
    return answers, refusals


@pytest.mark.parametrize(("clients", "refused"), [(100, 0), (140, 40)])
async def test_spends_at_once_take_what_there_is_and_no_more(
    points: Points, company: int, clients: int, refused: int
) -> None:
    await points.earn_all(*[(f"lot-{n}", [(company, 15, TODAY, None)]) for n in range(67)])
    receipts, refusals = await _all(points.spend(company, 10) for _ in range(clients))
    assert len({receipt.transaction_id for receipt in receipts}) == 100
    assert refusals == Counter({"LEDGER_INSUFFICIENT": refused} if refused else {})
    assert (await points.balance(company)).posted == 5
    assert [lot.remaining for lot in await points.lots(company)] == [0] * 66 + [5]


async def test_five_hundred_calls_with_one_key_make_one_transaction(points: Points, company: int) -> None:
    await points.earn(company, 1_000)
    receipts, refusals = await _all(points.spend(company, 10, key="once") for _ in range(500))
    assert not refusals
    assert len(receipts) == 500
    assert len({receipt.transaction_id for receipt in receipts}) == 1
    assert [receipt.replayed for receipt in receipts].count(False) == 1
    assert (await points.balance(company)).posted == 990


async def test_one_key_for_two_earners_and_a_spender_is_one_request_only(
    points: Points, company: int, university: int
) -> None:
    await points.earn(company, 100)
    answers, refusals = await _all(
        call
        for _ in range(20)
        for call in (
            points.earn(company, 5, key="k"),
            points.earn(university, 5, key="k"),
            points.spend(company, 5, key="k"),
        )
    )
    assert len({receipt.transaction_id for receipt in answers}) == 1
    assert (len(answers), refusals) == (20, Counter(LEDGER_KEY_REUSED=40))


async def test_the_last_five_hundred_are_spent_once(points: Points, company: int) -> None:
    await points.earn(company, 500)
    receipts, refusals = await _all(points.spend(company, 500) for _ in range(200))
    assert (len(receipts), refusals) == (1, Counter(LEDGER_INSUFFICIENT=199))
    assert (await points.balance(company)).posted == 0


async def test_a_hold_is_used_or_released_or_transferred_once(points: Points, company: int, university: int) -> None:
    await points.earn(company, 500)
    hold = (await points.hold(company, 400)).hold_id
    assert hold is not None
    answers, refusals = await _all(
        call
        for _ in range(20)
        for call in (
            points.use(hold),
            points.release(hold),
            points.transfer(company, university, 400, hold_id=hold),
        )
    )
    assert (len(answers), refusals) == (1, Counter(LEDGER_HOLD_CLOSED=59))


async def test_a_transaction_is_reversed_once_however_many_ask(points: Points, company: int) -> None:
    earned = await points.earn(company, 500)
    answers, refusals = await _all(points.reverse(earned.transaction_id) for _ in range(60))
    assert (len(answers), refusals) == (1, Counter(LEDGER_ALREADY_REVERSED=59))


async def test_money_between_accounts_without_a_floor_is_reversed_once_too(points: Points) -> None:
    async with points.house.work() as work:
        accounts = [
            await ledgers.open_account(
                work, program=points.program, asset="KRW", kind=AccountKind.ISSUANCE, organization_id=None, label=label
            )
            for label in ("equipment", "travel")
        ]
        moved = await ledgers.move(
            work, program=points.program, asset="KRW", kind="correct", key="m", reason="test",
            amounts={accounts[0]: -5, accounts[1]: 5},
        )  # fmt: skip
    answers, refusals = await _all(points.reverse(moved.transaction_id) for _ in range(60))
    assert (len(answers), refusals) == (1, Counter(LEDGER_ALREADY_REVERSED=59))


async def test_opposite_transfers_do_not_wait_for_each_other(points: Points, company: int, university: int) -> None:
    await points.earn(company, 1_000)
    await points.earn(university, 1_000)
    answers, refusals = await _all(
        call
        for _ in range(100)
        for call in (points.transfer(company, university, 3), points.transfer(university, company, 2))
    )
    assert (len(answers), refusals) == (200, Counter())
    assert (await points.balance(company)).posted == 900
    assert (await points.balance(university)).posted == 1_100


async def test_opposite_transfers_of_newcomers_are_refused_and_do_not_wait_for_each_other(points: Points) -> None:
    newcomers = await organizations(points.house, 40, first=100)
    pairs = list(zip(newcomers[::2], newcomers[1::2], strict=True))
    answers, refusals = await _all(
        call for a, b in pairs for call in (points.transfer(a, b, 1), points.transfer(b, a, 1))
    )
    assert (answers, refusals) == ([], Counter(LEDGER_INSUFFICIENT=40))


async def test_bulks_over_the_same_newcomers_in_any_order_do_not_wait_for_each_other(points: Points) -> None:
    newcomers = await organizations(points.house, 300, first=100)
    lines = [(owner, 1, TODAY, None) for owner in newcomers]
    answers, refusals = await _all(
        points.earn_all((f"{way}-{n}", lines if way == "up" else lines[::-1]))
        for n in range(5)
        for way in ("up", "down")
    )
    assert (len(answers), refusals) == (10, Counter())
    assert {(await points.balance(owner)).posted for owner in newcomers} == {10}


async def test_bulks_with_the_same_keys_in_any_order_post_each_once(points: Points) -> None:
    owners = await organizations(points.house, 50, first=100)
    earnings = [(f"for-{owner}", [(owner, 1, TODAY, None)]) for owner in owners]
    answers, _ = await _all(points.earn_all(*way) for _ in range(5) for way in (earnings, earnings[::-1]))
    receipts: list[Receipt] = [receipt for answer in answers for receipt in answer]
    assert len({receipt.transaction_id for receipt in receipts}) == 50
    assert [receipt.replayed for receipt in receipts].count(False) == 50
    assert await points.totals() == {"holder": 50, "issuance": -50}


async def test_the_first_to_use_and_the_first_to_spend_do_not_wait_for_each_other(points: Points, company: int) -> None:
    """Both need the account `redeemed`, which neither finds."""
    for n in range(10):
        fresh = replace(points, program=f"fresh-{n}")
        await fresh.earn(company, 10)
        hold = (await fresh.hold(company, 5)).hold_id
        assert hold is not None
        answers, refusals = await _all((fresh.use(hold), fresh.spend(company, 5)))
        assert (len(answers), refusals) == (2, Counter())


async def test_holds_and_expiry_at_once_oversell_nothing(points: Points) -> None:
    """On the last day some hold what others, already past midnight, write off."""
    owners = await organizations(points.house, 5, first=100)
    await points.earn_all(*[(f"{owner}-{n}", [(owner, 10, TODAY, SPRING)]) for owner in owners for n in range(10)])
    tomorrow = replace(points, house=replace(points.house, clock=SetClock(SPRING)))
    answers, refusals = await _all(
        call
        for owner in owners
        for n in range(15)
        for call in (points.hold(owner, 7), tomorrow.expire(limit=1, key=f"expire-{owner}-{n}"))
    )
    written_off = sum(answer.amount for answer in answers if not isinstance(answer, Receipt))
    balances = [await points.balance(owner) for owner in owners]
    held = 7 * sum(isinstance(answer, Receipt) for answer in answers)
    assert sum(balance.held for balance in balances) == held
    assert sum(balance.posted for balance in balances) == 500 - written_off
    assert held + written_off <= 500
    assert set(refusals) <= {"LEDGER_INSUFFICIENT"}


async def test_expiries_at_once_write_off_each_lot_once(points: Points, clock: SetClock) -> None:
    owners = await organizations(points.house, 30, first=100)
    await points.earn_all(*[(f"lot-{owner}", [(owner, 10, TODAY, SPRING)]) for owner in owners])
    clock.set(SPRING)
    while any(expiry.lots for expiry in (await _all(points.expire(limit=7) for _ in range(10)))[0]):
        pass
    assert await points.totals() == {"holder": 0, "issuance": -300, "expired": 300}


async def test_one_expiry_asked_for_by_many_is_one(points: Points, clock: SetClock) -> None:
    owners = await organizations(points.house, 30, first=100)
    await points.earn_all(*[(f"lot-{owner}", [(owner, 10, TODAY, SPRING)]) for owner in owners])
    clock.set(SPRING)
    answers, _ = await _all(points.expire(limit=7, key="spring") for _ in range(30))
    assert {(answer.accounts, answer.lots, answer.amount) for answer in answers} == {(7, 7, 70)}
    assert (await points.totals())["expired"] == 70


async def test_folds_at_once_take_each_entry_once_while_others_post(points: Points, company: int) -> None:
    await points.earn(company, 10_000)

    async def fold() -> int:
        async with points.house.work() as work:
            return await ledgers.fold(work, 13)

    answers, refusals = await _all(
        call for _ in range(60) for call in (points.spend(company, 2), points.earn(company, 1), fold())
    )
    assert (len(answers), refusals) == (180, Counter())
    while await fold():
        pass
    balances = await rows_of(points.house, "SELECT kind, posted FROM account WHERE NOT floored ORDER BY kind")
    assert [tuple(balance.values()) for balance in balances] == [("issuance", -10_060), ("redeemed", 120)]


async def test_later_entries_of_an_account_carry_later_moments(points: Points, company: int) -> None:
    """Who waited for a lock is not dated before whoever held it: no past balance is ever seen below zero."""
    await points.earn(company, 1)
    await _all(call for _ in range(50) for call in (points.earn(company, 3), points.spend(company, 1)))
    entries = await rows_of(
        points.house,
        "SELECT recorded_at, balance_after FROM entry WHERE organization_id = $1 ORDER BY recorded_at, id",
        company,
    )
    async with points.house.work() as work:
        shown = [
            await ledgers.balance_recorded_at(
                work.tx, program=points.program, asset=points.asset, organization_id=company, at=entry["recorded_at"]
            )
            for entry in entries
        ]
    assert shown == [entry["balance_after"] for entry in entries]
