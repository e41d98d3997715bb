"""Whatever is altered, removed or slipped in behind a seal is found, and named by its table and id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from core.database import Transaction
from core.house import House
from core.seals import latest_seal, seal_waiting, verify_heads, verify_seals
from tests.support.ledger import as_owner
from tests.support.numbers import business_number

# What moves while a row lives; it is recomputed from what is sealed.
DERIVED = {
    "account": {"posted", "held", "owed"},
    "lot": {"remaining", "held"},
    "certificate": {"status", "settled_at", "settled_by", "settled_reason"},
    "hold": {"status", "closed_by"},  # once it is closed, how it was is sealed
}
SEALED = (
    "account",
    "audit_event",
    "certificate",
    "entry",
    "hold",
    "hold_lot",
    "ledger_transaction",
    "lot",
    "lot_move",
)
FLIPPED = {
    "bigint": "coalesce({0}, 0) + 1",
    "numeric": "{0} + 0.01",
    "text": "coalesce(overlay(nullif({0}, '') PLACING chr(ascii({0}) # 1) FROM 1 FOR 1), '.')",
    "date": "coalesce({0}, '2026-01-01') + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "boolean": "NOT {0}",
    "jsonb": """coalesce({0}, '{{}}') || '{{"": 0}}'""",
}


@pytest.fixture
async def sealed(busy: House) -> House:
    """Everything has happened, and is under four or more seals."""
    waiting = await _value(busy, "SELECT count(*) FROM seal_waiting")
    done = await seal_waiting(busy, most=waiting // 4)
    assert done.seals >= 4
    assert done.rows > waiting
    return busy


async def _value(house: House, sql: str) -> Any:
    async with house.database.reading() as tx:
        return await tx.connection.fetchval(sql)


@asynccontextmanager
async def tampering(house: House, *statements: str) -> AsyncIterator[asyncpg.Connection]:
    """As a superuser whom no trigger stops; undone afterwards."""
    async with as_owner(house) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
        yield connection
        await transaction.rollback()


async def lies_after(house: House, *statements: str) -> list[str]:
    async with tampering(house, *statements) as connection:
        return [lie for each in await verify_seals(Transaction(connection)) for lie in each.lies]


async def test_sealed_as_it_was_written_nothing_is_found_and_everything_was_compared(sealed: House) -> None:
    async with sealed.database.transaction() as tx:
        comparisons = {each.names.en: each for each in await verify_seals(tx)}
    assert [each for each in comparisons.values() if each.lies] == []
    nothing_waits = "What waits to be sealed is there, and is not sealed"
    assert [name for name, each in comparisons.items() if not each.compared] == [nothing_waits]
    rows = sum([await _value(sealed, f"SELECT count(*) FROM {table}") for table in SEALED])
    closed = await _value(sealed, "SELECT count(*) FROM hold WHERE closed_by IS NOT NULL")
    assert await _value(sealed, "SELECT count(*) FROM seal_leaf") == rows + closed


@pytest.mark.parametrize("table", SEALED)
async def test_a_byte_flipped_in_any_column_is_found_and_the_row_is_named(sealed: House, table: str) -> None:
    async with sealed.database.reading() as tx:
        columns = await tx.connection.fetch(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = $1 AND column_name <> 'id'",
            table,
        )
        checks = await tx.connection.fetch(
            "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype IN ('c', 'u')", table
        )
        rows = await tx.connection.fetchrow(f"SELECT min(id), max(id) FROM {table}")
    assert columns
    off = [f"ALTER TABLE {table} DROP CONSTRAINT {each['conname']} CASCADE" for each in checks]
    for row in {rows["min"], rows["max"]}:
        for column, kind in columns:
            if column in DERIVED.get(table, ()):
                continue
            flip = f"UPDATE {table} SET {column} = {FLIPPED[kind].format(column)} WHERE id = {row}"
            lies = await lies_after(sealed, *off, flip)
            named = [lie for lie in lies if lie.startswith(f"{table} {row}: what was sealed of it expected seal ")]
            assert len(named) == 1, f"{table}.{column}: {lies}"


A_ROW = (
    "INSERT INTO audit_event (id, at, action, subject_type, subject_id, request_id) OVERRIDING SYSTEM VALUE"
    " SELECT 100000, at, action, subject_type, subject_id, request_id FROM audit_event WHERE id = 1"
)
AN_ENTRY = (
    "INSERT INTO entry (id, transaction_id, account_id, asset, amount, effective_on) OVERRIDING SYSTEM VALUE"
    " SELECT 100000, transaction_id, account_id, asset, 5, effective_on FROM entry WHERE id = 1"
)
TRICKS = {
    "an event is removed": (
        ["DELETE FROM audit_event WHERE id = 2"],
        "audit_event 2: what was sealed of it expected seal 1 ",
        "found no such row",
    ),
    "an event is slipped in": (
        [A_ROW],
        "audit_event 100000: what was sealed of it expected a row under a seal, or waiting for one, found ",
        "a row that was never sealed",
    ),
    "an entry is slipped into a sealed transaction": (
        [AN_ENTRY],
        "entry 100000: what was sealed of it expected a row under a seal, or waiting for one, found ",
        "a row that was never sealed",
    ),
    "two events change places": (
        ["UPDATE audit_event e SET at = o.at, action = o.action, subject_id = o.subject_id, before = o.before,"
         " after = o.after, request_id = o.request_id FROM audit_event o WHERE (e.id, o.id) IN ((1, 2), (2, 1))"],
        "audit_event 1: what was sealed of it expected seal 1 ",
        "found seal 1 ",
    ),
    "a closed hold is open again": (
        ["UPDATE hold SET status = 'open', closed_by = NULL WHERE id = 2"],
        "hold 2: what was sealed of it expected seal ",
        "found no such row",
    ),
    "a used hold was released": (
        ["UPDATE hold SET status = 'released' WHERE id = 2"],
        "hold 2: what was sealed of it expected seal ",
        "found seal ",
    ),
    "a benefit's code is another's": (
        ["UPDATE benefit SET code = 'other' WHERE id = (SELECT benefit_id FROM certificate WHERE id = 1)"],
        "certificate 1: what was sealed of it expected seal ",
        "found seal ",
    ),
    "a company has another's business number": (
        [f"UPDATE organization SET business_number = '{business_number(77)}' WHERE id = 1"],
        "certificate 1: what was sealed of it expected seal ",
        "found seal ",
    ),
    "two seals change their roots": (
        ["UPDATE seal s SET root = o.root FROM seal o WHERE (s.id, o.id) IN ((1, 2), (2, 1))"],
        "seal 1: root expected ",
        " leaves, ",
    ),
    "two seals change their numbers": (
        ["UPDATE seal SET id = 9999 WHERE id = 1", "UPDATE seal SET id = 1 WHERE id = 2",
         "UPDATE seal SET id = 2 WHERE id = 9999", "UPDATE seal_leaf SET seal_id = 3 - seal_id WHERE seal_id < 3"],
        "seal 1: number and head before expected 1 0000",
        "found 1 ",
    ),
    "a seal is removed": (
        ["DELETE FROM seal WHERE id = 2"],
        "seal 2: root expected nothing, found ",
        " leaves, ",
    ),
    "a seal and what it sealed are removed from the middle": (
        ["DELETE FROM seal_leaf WHERE seal_id = 2", "DELETE FROM seal WHERE id = 2"],
        "seal 3: number and head before expected 2 ",
        "found 3 ",
    ),
    "a seal says another time": (
        ["UPDATE seal SET sealed_at = sealed_at - interval '1 day' WHERE id = 2"],
        "seal 2: head expected ",
        "found ",
    ),
    "a leaf is removed with its row": (
        ["DELETE FROM audit_event WHERE id = 2", "DELETE FROM seal_leaf WHERE of = 'audit_event' AND row_id = 2"],
        "seal 1: root expected ",
        " leaves, ",
    ),
    "a leaf is fitted to an altered row": (
        ["UPDATE audit_event SET action = 'nothing' WHERE id = 2",
         "UPDATE seal_leaf SET digest = (SELECT seal_digest_1(s.salt, c.content, c.shown) FROM seal s,"
         " seal_content_1() c WHERE c.of = 'audit_event' AND c.row_id = 2 AND s.id = seal_id)"
         " WHERE of = 'audit_event' AND row_id = 2"],
        "seal 1: root expected ",
        " leaves, ",
    ),
    "what waits is gone": (
        ["INSERT INTO seal_waiting (source, row_id) VALUES ('account', 100000)"],
        "seal_waiting ",
        "expected account 100000, not sealed, found account 100000, gone",
    ),
    "what is sealed waits again": (
        ["INSERT INTO seal_waiting (source, row_id) VALUES ('account', 1)"],
        "seal_waiting ",
        "expected account 1, not sealed, found account 1, sealed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
async def test_a_trick_behind_a_seal_is_found_and_named(sealed: House, trick: str) -> None:
    statements, named, found = TRICKS[trick]
    lies = await lies_after(sealed, *statements)
    assert any(lie.startswith(named) and found in lie for lie in lies), lies


async def test_what_waits_and_is_not_there_does_not_stop_what_is(busy: House) -> None:
    async with as_owner(busy) as connection:
        await connection.execute(
            "SET session_replication_role = replica;"
            "DELETE FROM audit_event WHERE id = 1; INSERT INTO seal_waiting (source, row_id) VALUES ('account', 1)"
        )
    await seal_waiting(busy, most=7)
    assert await _value(busy, "SELECT string_agg(source || ' ' || row_id, ', ') FROM seal_waiting") == (
        "audit_event 1, account 1"
    )


async def test_a_chain_made_anew_agrees_with_itself_but_not_with_a_head_kept_elsewhere(sealed: House) -> None:
    async with sealed.database.reading() as tx:
        kept = await latest_seal(tx)
    assert kept is not None
    anew = (
        "UPDATE audit_event SET action = 'nothing' WHERE id = 2",
        "INSERT INTO seal_waiting (source, row_id) SELECT of, row_id FROM seal_leaf"
        " WHERE of IN ('audit_event', 'account', 'certificate', 'ledger_transaction')",
        "DELETE FROM seal_leaf",
        "DELETE FROM seal",
        "SELECT seal_next(100000)",
    )
    async with tampering(sealed, *anew) as connection:
        tx = Transaction(connection)
        assert [lie for each in await verify_seals(tx) for lie in each.lies] == []
        (lie,) = (await verify_heads(tx, [kept])).lies
    assert lie == f"seal {kept.number}: head expected {kept.digest}, found nothing"
    async with sealed.database.transaction() as tx:
        assert (await verify_heads(tx, [kept])).lies == ()
        assert (await verify_heads(tx, [kept, kept])).compared == 2
