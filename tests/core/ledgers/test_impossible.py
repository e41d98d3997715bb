"""What must never happen to a ledger cannot be made to happen by going round the service."""

from __future__ import annotations

import asyncpg
import pytest

from core.house import House
from tests.support.ledger import Points, as_owner, everything, lies_of

A_COLUMN = {
    "account": "posted",
    "entry": "amount",
    "entry_unfolded": "amount",
    "hold": "amount",
    "hold_lot": "amount",
    "ledger_transaction": "reason",
    "lot": "remaining",
    "lot_move": "amount",
    "audit_event": "action",
}
LEDGER_TABLES = tuple(table for table in A_COLUMN if table != "audit_event")
APPEND_ONLY = ("audit_event", "entry", "hold_lot", "ledger_transaction", "lot_move")
TWO_ENTRIES = (
    "INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, effective_on)"
    " SELECT t.id, a.id, a.organization_id, 'points', CASE a.kind WHEN 'holder' THEN {gains} ELSE -10 END, '2026-03-02'"
    " FROM account a, (SELECT min(id) AS id FROM ledger_transaction) t WHERE a.kind IN ('holder', 'issuance')"
)


@pytest.fixture
async def posted(points: Points, company: int) -> House:
    """A house whose every ledger table has a row."""
    await points.earn(company, 100)
    hold = (await points.hold(company, 30)).hold_id
    assert hold is not None
    await points.use(hold)
    await points.hold(company, 20)
    async with points.house.work() as work:
        await work.tx.connection.execute(
            "INSERT INTO audit_event (action, subject_type, subject_id, request_id) VALUES ('a', 'b', 'c', 'd')"
        )
    return points.house


async def _refused_to_the_owner(house: House, *statements: str, sqlstate: str = "DU000") -> None:
    before = await everything(house)
    async with as_owner(house) as connection:
        for statement in statements:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.execute(statement)
            assert caught.value.sqlstate == sqlstate, statement
    assert await everything(house) == before
    assert await lies_of(house) == []


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO {0} DEFAULT VALUES", "UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"],
)
async def test_the_application_cannot_write_a_ledger_table(posted: House, statement: str) -> None:
    before = await everything(posted)
    async with posted.database.reading() as tx:
        for table in LEDGER_TABLES:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await tx.connection.execute(statement.format(table, A_COLUMN[table]))
    assert await everything(posted) == before


async def test_the_application_cannot_switch_off_what_guards_the_ledger(posted: House) -> None:
    async with posted.database.reading() as tx:
        for statement in (
            "ALTER TABLE entry DISABLE TRIGGER append_only",
            "DROP TRIGGER append_only ON entry",
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "SET session_replication_role = replica",
            "SELECT ledger_enter(1, 'points', '2026-03-02', '{1,2}', '{1,NULL}', '{5,-5}', '{5,NULL}')",
            "SELECT setval('ledger_transaction_id_seq', 1)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.connection.execute(statement)
    assert await lies_of(posted) == []


async def test_the_application_cannot_alter_the_audit(posted: House) -> None:
    for statement in ("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"):
        async with posted.database.reading() as tx:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.connection.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
async def test_not_even_the_owner_alters_what_is_append_only(posted: House, statement: str) -> None:
    await _refused_to_the_owner(posted, *[statement.format(table, A_COLUMN[table]) for table in APPEND_ONLY])


@pytest.mark.parametrize("statement", ["DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
async def test_accounts_lots_and_holds_are_never_deleted(posted: House, statement: str) -> None:
    await _refused_to_the_owner(posted, *[statement.format(table) for table in ("account", "lot", "hold")])


async def test_the_dates_of_a_lot_never_change(posted: House) -> None:
    await _refused_to_the_owner(
        posted, "UPDATE lot SET expires_on = '2030-01-01'", "UPDATE lot SET earned_on = '2020-01-01'"
    )


async def test_what_a_lot_an_account_or_a_hold_is_never_changes(posted: House) -> None:
    await _refused_to_the_owner(
        posted,
        "UPDATE lot SET amount = amount + 1",
        "UPDATE lot SET organization_id = organization_id",
        "UPDATE lot SET parent_id = id",
        "UPDATE account SET floored = false",
        "UPDATE account SET lotted = false",
        "UPDATE account SET organization_id = organization_id",
        "UPDATE hold SET amount = 1",
        "UPDATE hold SET account_id = account_id",
    )


async def test_entries_that_do_not_sum_to_zero_are_refused(posted: House) -> None:
    await _refused_to_the_owner(posted, TWO_ENTRIES.format(gains=9))


async def test_no_balance_goes_out_of_bounds(posted: House) -> None:
    await _refused_to_the_owner(
        posted,
        "UPDATE account SET posted = -1, held = 0 WHERE kind = 'holder'",
        "UPDATE account SET posted = -1, held = -1 WHERE kind = 'holder'",
        "UPDATE account SET held = posted + 1 WHERE kind = 'holder'",
        "UPDATE account SET held = 1 WHERE kind = 'issuance'",
        "UPDATE lot SET remaining = -1, held = -1",
        "UPDATE lot SET remaining = amount + 1",
        "UPDATE lot SET held = remaining + 1",
        "UPDATE hold SET closed_by = NULL WHERE status <> 'open'",
        "UPDATE hold SET status = 'used' WHERE status = 'open'",
        "UPDATE hold SET status = 'lost'",
        sqlstate="23514",
    )


async def test_one_key_names_one_transaction_and_one_transaction_one_reversal(posted: House) -> None:
    repeat = (
        "INSERT INTO ledger_transaction (program, kind, idempotency_key, request_hash, effective_on, reverses_id)"
        " SELECT program, kind, {key}, request_hash, effective_on, {reverses} FROM ledger_transaction LIMIT 2"
    )
    await _refused_to_the_owner(
        posted,
        repeat.format(key="idempotency_key", reverses="NULL"),
        repeat.format(key="'again-' || id", reverses="(SELECT min(id) FROM ledger_transaction)"),
        sqlstate="23505",
    )
