"""Account kinds are closed, and the kind decides whether an account has a floor and whose it can be."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection

from core import ledgers
from core.errors import Refused
from core.house import House
from core.ledgers import AccountKind
from core.migrations import migrate
from core.migrations.run import configuration, on_connection
from tests.support import databases
from tests.support.ledger import Points, as_owner, lies_of, refused, rows_of

SYSTEM = {"issuance", "redeemed", "expired"}
FLOORED = {"holder", "fund", "line", "spent"}


async def opened(house: House, kind: str, organization: int | None, label: str = "") -> int:
    async with house.work() as work:
        return await ledgers.open_account(
            work, program="grants", asset="KRW", kind=AccountKind(kind), organization_id=organization, label=label
        )


async def moved(house: House, key: str, amounts: dict[int, int], kind: str = "budget") -> None:
    async with house.work() as work:
        await ledgers.move(work, program="grants", asset="KRW", kind=kind, amounts=amounts, key=key, reason="test")


async def test_an_account_of_a_kind_unknown_is_made_by_no_path(house: House, company: int) -> None:
    with pytest.raises(ValueError, match="lines"):
        await opened(house, "lines", company)
    for unknown in ("lines", "Line", "line ", ""):
        async with house.database.reading() as tx:
            with pytest.raises(asyncpg.CheckViolationError, match="account_kind_decides"):
                await tx.connection.fetchval(
                    "SELECT ledger_open_account('grants', 'KRW', $1, $2, '')", unknown, company
                )
        async with as_owner(house) as connection:
            with pytest.raises(asyncpg.CheckViolationError, match="account_kind_decides"):
                await connection.execute(
                    "INSERT INTO account (program, asset, kind, organization_id, floored, lotted)"
                    " VALUES ('grants', 'KRW', $1, $2, false, false)",
                    unknown,
                    company,
                )
    assert await rows_of(house, "SELECT 1 FROM account") == []


async def test_only_the_systems_own_accounts_have_no_floor(house: House, company: int) -> None:
    """Every kind with every floor, with and without lots, of an organization and of none, past every function."""
    made = set()
    flags = (False, True)
    async with as_owner(house) as connection:
        for kind, floored, lotted, owner in itertools.product(AccountKind, flags, flags, (None, company)):
            try:
                await connection.execute(
                    "INSERT INTO account (program, asset, kind, organization_id, floored, lotted)"
                    " VALUES ('grants', 'KRW', $1, $2, $3, $4)",
                    kind.value,
                    owner,
                    floored,
                    lotted,
                )
            except asyncpg.CheckViolationError as error:
                assert error.constraint_name == "account_kind_decides"
            else:
                made.add((kind.value, floored, lotted, owner is not None))
    assert {kind for kind, floored, *_ in made if floored} == FLOORED
    assert {(kind, owned) for kind, floored, _, owned in made if not floored} == {
        *((kind, False) for kind in SYSTEM),
        ("debt", True),
    }
    assert {(kind, owned) for kind, _, lotted, owned in made if lotted} == {("holder", True)}


async def test_the_floor_of_an_account_on_record_cannot_be_taken_away(house: House, company: int) -> None:
    await opened(house, "line", company)
    async with as_owner(house) as connection:
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await connection.execute("UPDATE account SET floored = false")
        await connection.execute("ALTER TABLE account DISABLE TRIGGER fixed")
        with pytest.raises(asyncpg.CheckViolationError, match="account_kind_decides"):
            await connection.execute("UPDATE account SET floored = false")


@pytest.mark.parametrize("kind", sorted(FLOORED | {"debt"}))
async def test_nothing_is_spent_from_an_account_that_got_nothing(
    house: House, company: int, points: Points, kind: str
) -> None:
    fund = await opened(house, "fund", None)
    if kind == "debt":
        with pytest.raises(ValueError, match="claw-back"):
            await opened(house, kind, company)
        async with house.database.reading() as tx:
            with pytest.raises(asyncpg.CheckViolationError, match="claw-back"):
                await tx.connection.fetchval("SELECT ledger_open_account('grants', 'KRW', 'debt', $1, '')", company)
        async with as_owner(house) as connection:
            account = await connection.fetchval("SELECT ledger_account('grants', 'KRW', 'debt', $1)", company)
    else:
        account = await opened(house, kind, company)
    async with refused(house, "LEDGER_NOT_A_POSTING" if kind in ("debt", "holder") else "LEDGER_INSUFFICIENT"):
        await moved(house, "out of nothing", {account: -5, fund: 5})
    assert await rows_of(house, "SELECT 1 FROM entry") == []


@pytest.mark.parametrize("kind", sorted(SYSTEM))
async def test_a_systems_account_belongs_to_no_organization(house: House, company: int, kind: str) -> None:
    with pytest.raises(ValueError, match="no organization"):
        await opened(house, kind, company)
    async with house.database.reading() as tx:
        with pytest.raises(asyncpg.CheckViolationError, match="account_kind_decides"):
            await tx.connection.fetchval("SELECT ledger_open_account('grants', 'KRW', $1, $2, '')", kind, company)


async def test_money_that_was_spent_comes_back_up_to_what_was_spent(house: House, company: int) -> None:
    source, line, spent = [
        await opened(house, kind, owner) for kind, owner in (("issuance", None), ("line", company), ("spent", company))
    ]
    await moved(house, "granted", {source: -100, line: 100})
    await moved(house, "paid", {line: -80, spent: 80})
    async with refused(house, "LEDGER_INSUFFICIENT"):
        await moved(house, "too much back", {spent: -81, line: 81})
    await moved(house, "back", {spent: -80, line: 80})
    assert await lies_of(house) == []


async def test_a_refusal_about_money_says_won_and_names_the_account(house: House, company: int) -> None:
    source, line, spent = [
        await opened(house, kind, owner, label)
        for kind, owner, label in (("issuance", None, ""), ("line", company, "재료비"), ("spent", company, ""))
    ]
    (name,) = await rows_of(house, "SELECT name FROM organization WHERE id = $1", company)
    await moved(house, "granted", {source: -1_000_000, line: 1_000_000})
    with pytest.raises(Refused) as caught:
        await moved(house, "overspent", {line: -1_200_000, spent: 1_200_000})
    (objection,) = caught.value.violations
    assert objection.code == "LEDGER_INSUFFICIENT"
    assert objection.message.ko == (
        f"{name['name']} 예산 항목 ‘재료비’의 잔액이 부족합니다: 요청 1,200,000원, 사용 가능 1,000,000원."
    )
    assert objection.message.en == (
        f"The balance of the budget line ‘재료비’ of {name['name']} is too low:"
        " 1,200,000 won requested, 1,000,000 won available."
    )


async def test_a_reversal_of_money_moved_on_says_won_and_names_the_account(house: House, company: int) -> None:
    source, fund, line = [
        await opened(house, kind, owner) for kind, owner in (("issuance", None), ("fund", None), ("line", company))
    ]
    await moved(house, "funded", {source: -900, fund: 900})
    await moved(house, "granted", {fund: -600, line: 600})
    (first,) = await rows_of(house, "SELECT min(id) AS id FROM ledger_transaction")
    with pytest.raises(Refused) as caught:
        async with house.work() as work:
            await ledgers.reverse(work, program="grants", transaction_id=first["id"], key="undo", reason="test")
    (objection,) = caught.value.violations
    assert objection.code == "LEDGER_SPENT_MEANWHILE"
    assert objection.message.en == "The money in the fund has been moved on since: 900 won to take back, 300 won left."


@pytest.mark.parametrize("kind", ["earn", "spend", "hold", "use", "release", "transfer", "reverse", "claw_back",
                                  "expire", "debt_payment", ""])  # fmt: skip
async def test_a_move_is_not_recorded_under_the_name_of_another_verb(house: House, company: int, kind: str) -> None:
    source, fund = await opened(house, "issuance", None), await opened(house, "fund", company)
    async with refused(house, "LEDGER_NOT_A_POSTING"):
        await moved(house, "disguised", {source: -5, fund: 5}, kind=kind)


# --------------------------------------------------------------------------------------------------- on record before


@pytest.fixture
async def before(server_url: str) -> AsyncIterator[str]:
    """A database as it was before account kinds were closed, with accounts that would not be made today."""
    name = await databases.clone(server_url, "template1")
    url = databases.database_url(server_url, name)
    config = configuration(())

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011_requested")

    await on_connection(url, upgrade)
    yield url
    await databases.drop(server_url, name)


async def test_accounts_on_record_are_kept_and_fold_but_give_nothing_any_more(before: str) -> None:
    connection = await asyncpg.connect(before)
    try:
        company = await connection.fetchval(
            "INSERT INTO organization (business_number, name, kind) VALUES ('1234567891', 'A', 'company') RETURNING id"
        )
        opened: dict[str, Any] = {
            kind: await connection.fetchval("SELECT ledger_account('grants', 'KRW', $1, $2, $3)", kind, owner, label)
            for kind, owner, label in (("lines", company, ""), ("spent", company, "x"), ("fund", company, ""))
        }
        move = (
            "SELECT ledger_move('grants', 'KRW', 'budget', $1, 'h', '2026-03-02', NULL, '', '', $2::bigint[],"
            " $3::bigint[])"
        )
        await connection.execute(move, "from lines", [opened["lines"], opened["fund"]], [-50, 50])
        await connection.execute(move, "to spent", [opened["fund"], opened["spent"]], [-20, 20])
        was = await connection.fetch("SELECT id, kind, organization_id, floored FROM account ORDER BY id")
        await migrate(before)
        assert await connection.fetch("SELECT id, kind, organization_id, floored FROM account ORDER BY id") == was
        assert await connection.fetchval("SELECT ledger_fold(100)") == 2
        assert await connection.fetchval("SELECT posted FROM account WHERE kind = 'lines'") == -50
        for kind, state in (("lines", "DU005"), ("spent", "DU001")):
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.execute(move, f"again {kind}", [opened[kind], opened["fund"]], [-1, 1])
            assert caught.value.sqlstate == state
        await connection.execute(move, "on", [opened["fund"], opened["spent"]], [-5, 5])
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.fetchval("SELECT ledger_account('grants', 'KRW', 'lines', $1, 'second')", company)
    finally:
        await connection.close()
