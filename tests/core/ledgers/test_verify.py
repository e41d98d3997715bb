"""Verifying the ledger: silent on a true one, and naming what was altered behind its back."""

from __future__ import annotations

from datetime import date

import pytest

from core import ledgers
from core.house import House
from core.ledgers import Comparison, verify_ledger
from tests.support.clock import SetClock
from tests.support.ledger import Points, as_owner, organizations

SPRING = date(2026, 4, 1)


@pytest.fixture
async def busy(points: Points, clock: SetClock) -> House:
    """A house in which everything has happened once."""
    company, university = await organizations(points.house, 2)
    today = clock().date()
    await points.earn_all(
        ("deal", [(company, 100, today, SPRING), (university, 70, today, None)]), ("more", [(company, 50, today, None)])
    )
    await points.earn(company, 10, on=date(2020, 1, 1), until=date(2022, 1, 1))
    mistaken = await points.earn(company, 25)
    spent = await points.spend(company, 30)
    used = await points.hold(company, 40)
    returned = await points.hold(company, 35)
    carried = await points.hold(company, 5)
    open_hold = await points.hold(university, 20)
    assert used.hold_id and returned.hold_id and carried.hold_id and open_hold.hold_id
    await points.use(used.hold_id)
    await points.transfer(company, university, 5, hold_id=carried.hold_id)
    await points.transfer(company, university, 10, mint=(today, None))
    moved = await points.transfer(university, company, 3)
    await points.reverse(moved.transaction_id)
    clock.set(SPRING)
    await points.release(returned.hold_id)
    await points.reverse(spent.transaction_id)
    await points.reverse(mistaken.transaction_id)
    (debtor,) = await organizations(points.house, 1, first=2)
    false = await points.earn(debtor, 60, on=SPRING)
    await points.spend(debtor, 45)
    await points.claw_back(false.transaction_id)
    await points.earn(debtor, 20, on=SPRING)
    async with points.house.work() as work:
        await ledgers.fold(work, 7)
    return points.house


async def _verify(house: House) -> list[Comparison]:
    async with house.database.transaction() as tx:
        return await verify_ledger(tx)


async def test_a_true_ledger_tells_no_lie_and_everything_was_compared(busy: House) -> None:
    comparisons = await _verify(busy)
    assert [comparison for comparison in comparisons if comparison.lies] == []
    assert [comparison.names.en for comparison in comparisons if not comparison.compared] == []
    assert len({comparison.names for comparison in comparisons}) == len(comparisons)


async def test_an_empty_ledger_tells_no_lie(house: House) -> None:
    assert [comparison for comparison in await _verify(house) if comparison.lies] == []


LIES = {
    "an entry was made larger": (
        "UPDATE entry SET amount = amount + 1 WHERE id = 1",
        "entry 1: balance_after expected 101, found 100",
    ),
    "an entry was removed": (
        "DELETE FROM entry_unfolded; DELETE FROM entry WHERE amount < 0 AND organization_id IS NULL",
        "ledger_transaction 1: sum of its entries expected 0, found 170",
    ),
    "an entry's balance was altered": (
        "UPDATE entry SET balance_after = 99 WHERE id = 1",
        "entry 1: balance_after expected 100, found 99",
    ),
    "an entry is in another asset": (
        "UPDATE entry SET asset = 'gold' WHERE id = 1",
        "entry 1: program and asset expected testing points, found testing gold",
    ),
    "an account was given more": (
        "UPDATE account SET posted = posted + 1000 WHERE kind = 'holder' AND organization_id = 2",
        "account 3: posted expected 85, found 1085",
    ),
    "a system account was altered": (
        "UPDATE account SET posted = posted + 1 WHERE kind = 'issuance'",
        "account 1: posted and unfolded expected -250, found -249",
    ),
    "what was to be folded was lost": (
        "DELETE FROM entry_unfolded",
        "account 1: posted and unfolded expected -250, found",
    ),
    "an account holds less than its lots": (
        "UPDATE account SET held = held - 1 WHERE organization_id = 2",
        "account 3: held, by its lots expected 20, found 19",
    ),
    "a lot was filled up": (
        "UPDATE lot SET remaining = amount WHERE id = 1",
        "lot 1: remaining expected 0, found 100",
    ),
    "a lot was made larger": (
        "UPDATE lot SET amount = amount + 1 WHERE id = 2",
        "lot 2: amount expected 70, found 71",
    ),
    "a lot holds less": (
        "UPDATE lot SET held = held - 1 WHERE id = 2",
        "lot 2: held expected 20, found 19",
    ),
    "a lot's move was altered": (
        "UPDATE lot_move SET amount = amount - 1 WHERE id = 1",
        "ledger_transaction 1: moves of an account's lots expected 100, found 99",
    ),
    "a hold reserved another amount in its lot": (
        "UPDATE hold_lot SET amount = amount + 1 WHERE hold_id = 4",
        "hold 4: amount expected 21, found 20",
    ),
    "a hold lost its lots": (
        "DELETE FROM hold_lot WHERE hold_id = 4",
        "lot 2: held, by open holds expected 0, found 20",
    ),
    "a used hold is open again": (
        "UPDATE hold SET status = 'open', closed_by = NULL WHERE id = 1",
        "account 2: held, by its open holds expected 40, found 0",
    ),
    "a carried lot is larger than what was taken from its parent": (
        "UPDATE lot SET amount = amount + 1 WHERE id = (SELECT min(id) FROM lot WHERE parent_id IS NOT NULL)",
        "amount carried on to its children expected 5, found 6",
    ),
    "a reversal names another transaction": (
        "UPDATE ledger_transaction SET reverses_id = 1 WHERE id = (SELECT max(id) FROM ledger_transaction"
        " WHERE kind = 'reverse')",
        "entries on an account together with those reversed expected 0, found",
    ),
    "a CHECK was dropped and a balance is below zero": (
        "ALTER TABLE account DROP CONSTRAINT account_never_below_zero,"
        " DROP CONSTRAINT account_held_within_posted; UPDATE account SET posted = -5 WHERE organization_id = 1",
        "account 2: 0 <= held <= posted expected true, found false",
    ),
    "a debt was let off": (
        "UPDATE account SET owed = owed - 5 WHERE kind = 'holder' AND owed > 0",
        "account 6: owed expected 25, found 20",
    ),
    "a debt and its account were both let off": (
        "UPDATE account SET owed = 20, posted = CASE kind WHEN 'debt' THEN -20 ELSE posted END WHERE owed > 0",
        "owed expected 25, found 20",
    ),
    "somebody in debt was given something free": (
        "ALTER TABLE account DROP CONSTRAINT account_debts_come_first;"
        " UPDATE account SET posted = posted + 1 WHERE kind = 'holder' AND owed > 0",
        "account 6: free or above zero while it owes expected false, found true",
    ),
    "another's debt was paid": (
        "UPDATE entry SET account_id = 3 WHERE id = (SELECT min(e.id) FROM entry e JOIN ledger_transaction t"
        " ON t.id = e.transaction_id WHERE t.kind = 'debt_payment')",
        "entries of one organization expected 0, found",
    ),
    "a claw-back took less than was earned": (
        "UPDATE lot SET amount = amount + 1, remaining = remaining + 1 WHERE transaction_id ="
        " (SELECT reverses_id FROM ledger_transaction WHERE kind = 'claw_back')",
        "taken and owed expected 61, found 60",
    ),
    "the trigger that holds debts together is off": (
        "ALTER TABLE account DISABLE TRIGGER owed_alike",
        "trigger account.owed_alike: calls expected refuse_untold_debt, found nothing: it is off",
    ),
    "a trigger is off": (
        "ALTER TABLE entry DISABLE TRIGGER append_only",
        "trigger entry.append_only: calls expected refuse_change, found nothing: it is off",
    ),
    "a trigger fires on replicas only": (
        "ALTER TABLE entry ENABLE REPLICA TRIGGER sums_to_zero",
        "trigger entry.sums_to_zero: calls expected refuse_unbalanced, found nothing: it is off",
    ),
    "a trigger is gone": (
        "DROP TRIGGER never_emptied ON lot_move",
        "trigger lot_move.never_emptied: calls expected refuse_change, found nothing",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_found_and_named(busy: House, lie: str) -> None:
    statement, named = LIES[lie]
    async with as_owner(busy) as connection:
        await connection.execute(f"SET session_replication_role = replica; {statement}")
    lies = [lie for comparison in await _verify(busy) for lie in comparison.lies]
    assert any(named in lie for lie in lies), lies


async def test_of_many_lies_the_first_ten_are_named(points: Points, company: int) -> None:
    await points.earn_all(*[(f"k{n}", [(company, 10, date(2026, 3, 2), None)]) for n in range(15)])
    async with as_owner(points.house) as connection:
        await connection.execute("SET session_replication_role = replica; UPDATE lot SET remaining = 9")
    found = {comparison.names.en: comparison for comparison in await _verify(points.house)}
    comparison = found["Each lot has left what its moves sum to"]
    assert comparison.compared == 15
    assert comparison.lies == tuple(f"lot {id_}: remaining expected 10, found 9" for id_ in range(1, 11))
