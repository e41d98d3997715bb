"""Clawing back: whole, once, spent or not; and what is owed is paid first by whatever comes in."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import pytest

from core.actor import SYSTEM
from core.errors import Refused
from core.house import House
from core.ledgers import Alone, TakenBack, post_alone
from tests.support.clock import SetClock
from tests.support.ledger import ASSET, PROGRAM, Points, as_owner, lies_of, refused, rows_of

SPRING, SUMMER, AUTUMN = date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)


@pytest.fixture(autouse=True)
async def the_ledger_is_true_afterwards(points: Points) -> Any:
    yield
    assert await lies_of(points.house) == []
    assert sum((await points.totals()).values()) == 0


async def stands(points: Points, of: int) -> tuple[int, int, int]:
    """What is posted, held and owed."""
    has = await points.balance(of)
    assert not (has.owed and has.available)
    return has.posted, has.held, has.owed


def said(results: list[TakenBack]) -> list[tuple[int, int, int, int]]:
    return [(each.organization_id, each.taken, each.owed, each.expired) for each in results]


async def indebted(points: Points, of: int, owed: int = 70) -> TakenBack:
    """Somebody who owes so much and has nothing."""
    false = await points.earn(of, owed)
    await points.spend(of, owed)
    (result,) = await points.claw_back(false.transaction_id)
    return result


# ------------------------------------------------------------------------------------------------------- taking back


async def test_what_is_still_there_is_taken_from_its_own_lots(points: Points, company: int) -> None:
    await points.earn(company, 30, until=SPRING)
    false = await points.earn(company, 100)
    assert said(await points.claw_back(false.transaction_id)) == [(company, 100, 0, 0)]
    assert [(lot.amount, lot.remaining) for lot in await points.lots(company)] == [(30, 30), (100, 0)]
    assert await stands(points, company) == (30, 0, 0)
    assert await points.history(company) == [("earn", 30), ("earn", 100), ("claw_back", -100)]


async def test_what_was_spent_is_taken_from_other_lots_soonest_to_expire_first_and_the_rest_is_owed(
    points: Points, company: int
) -> None:
    false = await points.earn(company, 100, until=SPRING)
    await points.spend(company, 90)
    for until in (None, AUTUMN, SUMMER):
        await points.earn(company, 20, until=until)
    other = await points.earn(company, 5)
    assert said(await points.claw_back(other.transaction_id)) == [(company, 5, 0, 0)]
    assert said(await points.claw_back(false.transaction_id)) == [(company, 70, 30, 0)]
    assert [lot.remaining for lot in await points.lots(company)] == [0] * 5
    assert await stands(points, company) == (0, 0, 30)
    assert (await points.totals())["debt"] == -30


async def test_of_two_other_lots_the_first_to_expire_goes_first(points: Points, company: int) -> None:
    false = await points.earn(company, 50, until=SPRING)
    await points.spend(company, 50)
    for until in (None, AUTUMN, SUMMER):
        await points.earn(company, 40, until=until)
    assert said(await points.claw_back(false.transaction_id)) == [(company, 50, 0, 0)]
    assert [lot.remaining for lot in await points.lots(company)] == [0, 40, 30, 0]


async def test_both_sides_of_an_earning_are_taken_back_each_as_far_as_it_goes(
    points: Points, company: int, university: int
) -> None:
    today = date(2026, 3, 2)
    (false,) = await points.earn_all(("deal", [(company, 100, today, None), (university, 100, today, None)]))
    await points.spend(company, 80)
    assert said(await points.claw_back(false.transaction_id)) == [(company, 20, 80, 0), (university, 100, 0, 0)]
    assert (await points.totals())["issuance"] == 0


async def test_what_is_held_stays_held_and_pays_when_it_is_released(points: Points, company: int) -> None:
    false = await points.earn(company, 100)
    first, second = await points.hold(company, 60), await points.hold(company, 30)
    assert first.hold_id and second.hold_id
    assert said(await points.claw_back(false.transaction_id)) == [(company, 10, 90, 0)]
    assert await stands(points, company) == (90, 90, 90)
    await points.use(second.hold_id)
    assert await stands(points, company) == (60, 60, 90)
    await points.release(first.hold_id)
    assert await stands(points, company) == (0, 0, 30)
    assert (await points.history(company))[-2:] == [("debt_payment", -60), ("debt_payment", 60)]


async def test_what_had_expired_is_not_asked_for(points: Points, company: int, clock: SetClock) -> None:
    false = await points.earn(company, 100, until=SPRING)
    await points.spend(company, 30)
    clock.set(SPRING)
    await points.expire()
    assert said(await points.claw_back(false.transaction_id)) == [(company, 0, 30, 70)]


async def test_what_is_past_its_term_is_written_off_before_and_not_asked_for(
    points: Points, company: int, clock: SetClock
) -> None:
    false = await points.earn(company, 100, until=SPRING)
    await points.earn(company, 11, until=SPRING)
    await points.spend(company, 30)
    clock.set(SPRING)
    assert said(await points.claw_back(false.transaction_id)) == [(company, 0, 30, 70)]
    assert await stands(points, company) == (0, 0, 30)
    assert (await points.totals())["expired"] == 81


async def test_an_earning_that_expired_whole_leaves_nothing_to_take(points: Points, company: int) -> None:
    false = await points.earn(company, 100, on=date(2020, 1, 1), until=date(2022, 1, 1))
    assert said(await points.claw_back(false.transaction_id)) == [(company, 0, 0, 100)]
    async with refused(points.house, "LEDGER_ALREADY_REVERSED"):
        await points.claw_back(false.transaction_id)


async def test_several_earnings_are_taken_back_in_one_call(points: Points, company: int, university: int) -> None:
    false = [await points.earn(of, 10 * (n + 1)) for n, of in enumerate([company, university, company])]
    await points.spend(company, 35)
    results = await points.claw_back(*[each.transaction_id for each in false])
    assert [each.earned_by for each in results] == [each.transaction_id for each in false]
    assert sum(each.taken for each in results) == 25
    assert await stands(points, company) == (0, 0, 35)
    assert await stands(points, university) == (0, 0, 0)


async def test_the_same_key_answers_the_same_and_another_is_refused(points: Points, company: int) -> None:
    false = await points.earn(company, 100)
    await points.spend(company, 60)
    first = await points.claw_back(false.transaction_id, key="once")
    again = await points.claw_back(false.transaction_id, key="once")
    assert said(again) == said(first) == [(company, 40, 60, 0)]
    assert [each.replayed for each in first + again] == [False, True]
    async with refused(points.house, "LEDGER_ALREADY_REVERSED"):
        await points.claw_back(false.transaction_id, key="twice")
    async with refused(points.house, "LEDGER_ALREADY_REVERSED"):
        await points.reverse(false.transaction_id)
    other = await points.earn(company, 1)
    async with refused(points.house, "LEDGER_KEY_REUSED"):
        await points.claw_back(other.transaction_id, key="once")


async def test_only_earnings_are_taken_back_and_neither_that_nor_a_payment_is_undone(
    points: Points, company: int
) -> None:
    taken = await indebted(points, company)
    await points.earn(company, 20)
    kinds = await rows_of(points.house, "SELECT id, kind FROM ledger_transaction WHERE kind <> 'earn'")
    assert {row["kind"] for row in kinds} == {"spend", "claw_back", "debt_payment"}
    for row in kinds:
        async with refused(points.house, "LEDGER_NOT_REVERSIBLE"):
            await points.claw_back(row["id"])
        if row["kind"] != "spend":
            async with refused(points.house, "LEDGER_NOT_REVERSIBLE"):
                await points.reverse(row["id"])
    async with refused(points.house, "LEDGER_NOT_FOUND"):
        await points.claw_back(taken.transaction_id + 1_000)


# ------------------------------------------------------------------------------------------------------------ paying


async def test_a_debt_larger_than_several_earnings_is_paid_by_each_until_nothing_is_owed(
    points: Points, company: int
) -> None:
    await indebted(points, company, 70)
    owed = []
    for _ in range(4):
        await points.earn(company, 20)
        owed.append(await stands(points, company))
    assert owed == [(0, 0, 50), (0, 0, 30), (0, 0, 10), (10, 0, 0)]
    assert [lot.remaining for lot in await points.lots(company)] == [0, 0, 0, 0, 10]
    await points.spend(company, 10)


async def test_the_payment_shows_in_the_history_with_its_reason(points: Points, company: int) -> None:
    taken = await indebted(points, company, 70)
    earned = await points.earn(company, 25)
    rows = await rows_of(
        points.house,
        "SELECT t.kind, t.reason, t.reverses_id, a.kind AS account, e.amount, e.balance_after FROM entry e"
        " JOIN ledger_transaction t ON t.id = e.transaction_id JOIN account a ON a.id = e.account_id"
        " WHERE e.organization_id = $1 AND e.transaction_id >= $2 ORDER BY e.id",
        company,
        taken.transaction_id,
    )
    assert [tuple(row.values()) for row in rows] == [
        ("claw_back", "false", taken.earned_by, "debt", -70, -70),
        ("earn", "test", None, "holder", 25, 25),
        ("debt_payment", "미납 환수액 우선 상계: test", None, "holder", -25, 0),
        ("debt_payment", "미납 환수액 우선 상계: test", None, "debt", 25, -45),
    ]
    assert not earned.replayed
    assert (await points.earn(company, 25, key=points.key())).replayed is False


async def test_many_earnings_in_one_call_pay_as_one(points: Points, company: int, university: int) -> None:
    today = date(2026, 3, 2)
    await indebted(points, company, 70)
    await indebted(points, university, 1_000)
    lines = [(f"k{n}", [(company, 10, today, None), (university, 10, today, None)]) for n in range(9)]
    receipts = await points.earn_all(*lines)
    assert await stands(points, company) == (20, 0, 0)
    assert await stands(points, university) == (0, 0, 910)
    assert [each.transaction_id for each in await points.earn_all(*lines)] == [each.transaction_id for each in receipts]
    assert await stands(points, company) == (20, 0, 0)


async def test_what_was_earned_past_its_term_pays_nothing(points: Points, company: int) -> None:
    await indebted(points, company, 70)
    await points.earn(company, 50, on=date(2020, 1, 1), until=date(2022, 1, 1))
    assert await stands(points, company) == (0, 0, 70)


async def test_what_comes_back_past_its_term_pays_nothing(points: Points, company: int, clock: SetClock) -> None:
    await points.earn(company, 50, until=SPRING)
    hold = (await points.hold(company, 50)).hold_id
    assert hold
    await indebted(points, company, 70)
    clock.set(SPRING)
    assert (await points.release(hold)).expired == 50
    assert await stands(points, company) == (0, 0, 70)


async def test_a_transfer_to_somebody_in_debt_pays_it(points: Points, company: int, university: int) -> None:
    await indebted(points, university, 70)
    await points.earn(company, 200, until=SPRING)
    await points.transfer(company, university, 40)
    hold = (await points.hold(company, 50)).hold_id
    await points.transfer(company, university, 50, hold_id=hold)
    assert await stands(points, university) == (20, 0, 0)
    assert [lot.expires_on for lot in await points.lots(university) if lot.remaining] == [SPRING]


async def test_a_late_lot_carried_out_of_a_hold_pays_nothing(
    points: Points, company: int, university: int, clock: SetClock
) -> None:
    await indebted(points, university, 70)
    await points.earn(company, 50, until=SPRING)
    hold = (await points.hold(company, 50)).hold_id
    clock.set(SPRING)
    await points.transfer(company, university, 50, hold_id=hold)
    assert await stands(points, university) == (0, 0, 70)
    assert (await points.totals())["expired"] == 50


async def test_what_a_reversal_gives_back_pays_the_debt(points: Points, company: int, university: int) -> None:
    await points.earn(company, 90)
    spent = await points.spend(company, 40)
    moved = await points.transfer(company, university, 30)
    await points.spend(company, 20)
    await indebted(points, company, 70)
    await points.reverse(spent.transaction_id)
    assert await stands(points, company) == (0, 0, 30)
    await points.reverse(moved.transaction_id)
    assert await stands(points, company) == (0, 0, 0)


async def test_taking_back_what_paid_a_debt_makes_a_debt_of_it(points: Points, company: int) -> None:
    await indebted(points, company, 70)
    second = await points.earn(company, 100)
    async with refused(points.house, "LEDGER_SPENT_MEANWHILE"):
        await points.reverse(second.transaction_id)
    assert said(await points.claw_back(second.transaction_id)) == [(company, 30, 70, 0)]
    third = await points.earn(company, 60)
    assert said(await points.claw_back(third.transaction_id)) == [(company, 0, 60, 0)]
    assert await stands(points, company) == (0, 0, 70)


# --------------------------------------------------------------------------------------------------------- impossible


async def test_whoever_owes_spends_nothing_and_is_told_by_which_taking_back(
    points: Points, company: int, university: int
) -> None:
    await indebted(points, company, 70)
    for call in (points.spend(company, 1), points.hold(company, 1), points.transfer(company, university, 1)):
        with pytest.raises(Refused) as caught:
            await call
        (violation,) = caught.value.violations
        assert (violation.code, violation.path) == ("LEDGER_IN_DEBT", ("amount",))
        assert "70 of what was taken back on 2026-03-02 is still owed (reason: false)" in violation.message.en


async def test_gathered_postings_meet_the_debt_too(points: Points, company: int, university: int) -> None:
    await indebted(points, company, 70)
    await points.earn(university, 100)

    async def alone(verb: Any, of: int, to: int | None, amount: int) -> None:
        said = Alone(
            verb=verb, program=PROGRAM, asset=ASSET, organization_id=of, to_id=to, amount=amount, key=points.key(),
            reason="r",
        )  # fmt: skip
        await post_alone(points.house, SYSTEM, "request", said)

    async with refused(points.house, "LEDGER_IN_DEBT"):
        await alone("spend", company, None, 5)
    await alone("transfer", university, company, 40)
    await alone("transfer", university, company, 40)
    assert await stands(points, company) == (10, 0, 0)


LIES = {
    "free points beside a debt": "UPDATE account SET posted = posted + 1 WHERE kind = 'holder' AND owed > 0",
    "a hold let go beside a debt": "UPDATE account SET held = held - 1 WHERE kind = 'holder' AND owed > 0",
    "a debt above zero": "UPDATE account SET posted = 1 WHERE kind = 'debt'",
    "less than nothing owed": "UPDATE account SET owed = -1 WHERE kind = 'holder'",
    "a system account that owes": "UPDATE account SET owed = 1 WHERE kind = 'issuance'",
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_must_not_stand_in_an_account_cannot(points: Points, company: int, lie: str) -> None:
    await points.earn(company, 5)
    await points.hold(company, 5)
    await indebted(points, company)
    async with as_owner(points.house) as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(LIES[lie])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET owed = 0 WHERE kind = 'holder'",
        "UPDATE account SET owed = owed - 1, posted = posted + 1 WHERE kind = 'debt'",
    ],
)
async def test_a_debt_and_what_the_holder_owes_cannot_part(points: Points, company: int, statement: str) -> None:
    await indebted(points, company)
    async with as_owner(points.house) as connection:
        with pytest.raises(asyncpg.PostgresError, match="owes something else than its debt") as caught:
            await connection.execute(statement)
        assert caught.value.sqlstate == "DU000"


async def test_the_application_pays_and_forgives_no_debt_by_itself(points: Points, company: int) -> None:
    await indebted(points, company)
    for statement in (
        "SELECT ledger_take_in_hand(ARRAY(SELECT id FROM account))",
        "SELECT ledger_pay_debts(ARRAY(SELECT id FROM account), 'k', 'h', '2026-03-02', NULL, '', '')",
        "SELECT ledger_take(1, 1, '{1}', '{1}')",
    ):
        async with points.house.database.reading() as tx:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.connection.execute(statement)


async def test_a_house_of_other_debts_is_not_touched(house: House, points: Points, company: int) -> None:
    """A debt in one program is not paid by another's points."""
    await indebted(points, company, 70)
    other = Points(house, program="another")
    await other.earn(company, 50)
    assert await stands(other, company) == (50, 0, 0)
    assert await stands(points, company) == (0, 0, 70)
