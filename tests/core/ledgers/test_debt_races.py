"""Clawing back while points are spent, earned and let go, on many connections: never negative, nothing lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.database import Database
from core.errors import Refused
from core.house import House
from tests.support.ledger import Points, lies_of, rows_of

TODAY = date(2026, 3, 2)


@pytest.fixture
async def points(house: House) -> AsyncIterator[Points]:
    url = house.settings.database_url
    assert url is not None
    database = await Database.connect(url, size=24)
    points = Points(replace(house, database=database))
    yield points
    assert sum((await points.totals()).values()) == 0
    await database.close()
    assert await lies_of(house) == []


async def at_once(calls: Iterable[Awaitable[Any]]) -> tuple[list[Any], Counter[str]]:
    answers, refusals = [], Counter[str]()
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, Refused):
            refusals[outcome.violations[0].code] += 1
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            answers.append(outcome)
    return answers, refusals


async def test_taken_back_while_sixteen_spend_it(points: Points, company: int) -> None:
    false = [await points.earn(company, 100) for _ in range(4)]
    spends = [points.spend(company, 30) for _ in range(16)]
    takes = [points.claw_back(each.transaction_id) for each in false]
    answers, refusals = await at_once([*spends[:8], *takes, *spends[8:]])
    taken = [each for answer in answers if isinstance(answer, list) for each in answer]
    spent = 30 * sum(not isinstance(answer, list) for answer in answers)
    has = await points.balance(company)
    assert sum(each.taken + each.owed for each in taken) == 400
    assert (has.posted, has.owed) == (0, spent)
    assert sum(each.owed for each in taken) == spent
    assert set(refusals) <= {"LEDGER_INSUFFICIENT", "LEDGER_IN_DEBT"}
    totals = {kind: total for kind, total in (await points.totals()).items() if total}
    assert totals == ({"redeemed": spent, "debt": -spent} if spent else {})


async def test_taken_back_by_sixteen_at_once_is_taken_back_once(points: Points, company: int) -> None:
    false = await points.earn(company, 100)
    await points.spend(company, 60)
    answers, refusals = await at_once(points.claw_back(false.transaction_id) for _ in range(16))
    assert (len(answers), refusals) == (1, Counter(LEDGER_ALREADY_REVERSED=15))
    assert (await points.balance(company)).owed == 60


async def test_taken_back_by_one_key_sixteen_times_is_one_answer(points: Points, company: int) -> None:
    false = await points.earn(company, 100)
    await points.spend(company, 60)
    answers, refusals = await at_once(points.claw_back(false.transaction_id, key="once") for _ in range(16))
    assert not refusals
    assert {(each.transaction_id, each.taken, each.owed) for (each,) in answers} == {
        (answers[0][0].transaction_id, 40, 60)
    }
    assert [each.replayed for (each,) in answers].count(False) == 1


async def test_reversed_or_taken_back_but_not_both(points: Points, company: int) -> None:
    false = await points.earn(company, 100)
    answers, refusals = await at_once(
        call
        for _ in range(8)
        for call in (points.claw_back(false.transaction_id), points.reverse(false.transaction_id))
    )
    assert (len(answers), refusals) == (1, Counter(LEDGER_ALREADY_REVERSED=15))
    assert (await points.balance(company)).posted == 0


async def test_earned_let_go_and_transferred_at_once_pay_a_debt_exactly(
    points: Points, company: int, university: int
) -> None:
    await points.earn(university, 500)
    false = await points.earn(company, 1_000)
    holds = [(await points.hold(company, 20)).hold_id for _ in range(10)]
    await points.spend(company, 800)
    assert [each.owed for each in await points.claw_back(false.transaction_id)] == [1_000]
    _, refusals = await at_once(
        [
            *[points.earn(company, 25) for _ in range(12)],
            *[points.release(hold) for hold in holds if hold],
            *[points.transfer(university, company, 30) for _ in range(10)],
            *[points.spend(company, 1) for _ in range(6)],
        ]
    )
    assert set(refusals) <= {"LEDGER_IN_DEBT"}
    assert refusals["LEDGER_IN_DEBT"] == 6
    has = await points.balance(company)
    assert (has.posted, has.held, has.owed) == (0, 0, 1_000 - 12 * 25 - 10 * 20 - 10 * 30)


async def test_two_in_debt_who_pay_each_other_meet_no_deadlock(points: Points, company: int, university: int) -> None:
    both = (company, university)
    for of in both:
        await points.earn(of, 300)
    held = {of: [(await points.hold(of, 30)).hold_id for _ in range(8)] for of in both}
    false = [
        (await points.earn_all((f"false{n}", [(of, 50, TODAY, None) for of in both])))[0].transaction_id
        for n in range(4)
    ]
    _, refusals = await at_once(
        [
            *[points.claw_back(*order) for order in (false[:2], false[2:])],
            *[points.transfer(company, university, 30, hold_id=hold) for hold in held[company]],
            *[points.transfer(university, company, 30, hold_id=hold) for hold in held[university]],
            *[
                points.earn_all((f"k{n}", [(of, 1, TODAY, None) for of in both[:: 1 if n % 2 else -1]]))
                for n in range(8)
            ],
        ]
    )
    assert not refusals
    for of in both:
        has = await points.balance(of)
        assert has.posted - has.owed == 300 + 8


async def test_many_taken_back_in_crossed_order_meet_no_deadlock(points: Points, company: int, university: int) -> None:
    lines = [(company, 10, TODAY, None), (university, 10, TODAY, None)]
    receipts = await points.earn_all(*[(f"k{n}", lines[:: 1 if n % 2 else -1]) for n in range(40)])
    ids = [each.transaction_id for each in receipts]
    await points.spend(company, 399)
    parts = [ids[place::4] for place in range(4)]
    _, refusals = await at_once(points.claw_back(*(part if n % 2 else part[::-1])) for n, part in enumerate(parts))
    assert not refusals
    assert (await points.balance(company)).owed == 399
    assert (await points.balance(university)).posted == 0
    rows = await rows_of(points.house, "SELECT count(*) AS n FROM ledger_transaction WHERE kind = 'claw_back'")
    assert rows == [{"n": 40}]
