"""What a sub-user can learn of amounts that it may not see: nothing, by whatever way it asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from core.actor import Role
from schema.addresses import Listed
from schema.exports import write_list
from schema.filters import Condition, condition_sql
from schema.mapping import mapping_of
from schema.nodes import Account, Filing, Lot, StatementLine
from schema.viewer import Shape, Viewer
from tests.schema.sight.conftest import Sight

pytestmark = pytest.mark.xdist_group("sight")

FILER, REDEEMER, BUYER, WHOLE = "sub_files_training", "sub_redeems", "sub_buys", "sub_all_ledgers"
EVERYTHING = """{ viewer { organization {
  accounts { nodes { program kind posted held available owed
    entries(first: 100) { totalCount nodes { amount balanceAfter transaction { reason reference } } }
    statement(first: 100) { totalCount nodes { number earned withdrawn balanceAfter reason kind } }
    lots(first: 100) { totalCount nodes { amount remaining held moves(first: 100) { nodes { amount held } } } } } }
  lots(first: 100) { nodes { amount remaining held transaction { reason } } } } }
  statementTotals { program lines earned withdrawn } }"""
BALANCE = """{ balance(input: {program: "mileage_innovation", asset: "innovation_mileage"}) {
  posted held expired available owed effective recorded } }"""
KEPT = ("posted", "held", "available", "owed")


async def accounts(sight: Sight, role: str) -> dict[str, dict[str, Any]]:
    for plan in (True, False):
        found = await sight.ask(role, EVERYTHING, plan=plan)
    return {each["program"]: each for each in found["viewer"]["organization"]["accounts"]["nodes"]}


async def test_a_sub_user_sees_what_it_handles_and_no_balance(sight: Sight) -> None:
    for role, program, references in (
        (FILER, "mileage_innovation", {"activity"}),
        (REDEEMER, "mileage_innovation", {"certificate"}),
        (BUYER, "industry_academia", {"exchange_order"}),
    ):
        found = await accounts(sight, role)
        assert {each: [account[name] for name in KEPT] for each, account in found.items()} == dict.fromkeys(
            found, [None] * 4
        )
        assert "DEBT" not in {account["kind"] for account in found.values()}
        for each, account in found.items():
            entries = account["entries"]["nodes"]
            seen = {entry["transaction"]["reference"].partition(":")[0] for entry in entries}
            assert seen == (references if each == program else set())
            assert account["entries"]["totalCount"] == len(entries) == account["statement"]["totalCount"]
            assert {entry["balanceAfter"] for entry in entries} <= {None}
            for line in account["statement"]["nodes"]:
                assert line["number"] is None and line["balanceAfter"] is None
            assert {(lot["remaining"], lot["held"]) for lot in account["lots"]["nodes"]} <= {(None, None)}
        totals = (await sight.ask(role, EVERYTHING))["statementTotals"]
        lines = found[program]["statement"]["nodes"]
        assert [(each["program"], each["lines"], each["earned"], each["withdrawn"]) for each in totals] == [
            (program, len(lines), sum(each["earned"] for each in lines), sum(each["withdrawn"] for each in lines))
        ]


async def test_who_holds_every_permission_sees_what_the_main_user_sees(sight: Sight) -> None:
    assert await accounts(sight, WHOLE) == await accounts(sight, "main")
    assert await sight.ask(WHOLE, BALANCE) == await sight.ask("main", BALANCE)


async def test_a_balance_is_null_and_not_wrong(sight: Sight) -> None:
    assert all(value is not None for value in (await sight.ask("main", BALANCE))["balance"].values())
    for role in (FILER, REDEEMER, BUYER, "sub_nothing"):
        assert set((await sight.ask(role, BALANCE))["balance"].values()) == {None}


async def test_no_lot_is_found_by_what_is_left_of_it(sight: Sight) -> None:
    query = "query ($where: LotWhere) { lots(where: $where, orderBy: [{field: REMAINING}]) { totalCount } }"
    whole = (await sight.ask(FILER, query))["lots"]["totalCount"]
    assert whole > 0
    for condition in ({"gte": 0}, {"lt": 10**9}, {"isNull": False}, {"ne": -1}):
        for name in ("remaining", "held"):
            assert (await sight.ask(FILER, query, {"where": {name: condition}}))["lots"]["totalCount"] == 0
    assert (await sight.ask(FILER, query, {"where": {"remaining": {"isNull": True}}}))["lots"]["totalCount"] == whole


async def test_a_spreadsheet_holds_no_more_than_the_screen(sight: Sight, tmp_path: Path) -> None:
    await sight.house.vault.unlock(sight.house.settings, sight.house.database)
    for name in ("statement", "lots", "accounts", "entries", "transactions"):
        sheets = {}
        for role in (FILER, "main"):
            listed = Listed(name=f"Query.{name}", key=None, wanted=(), order=(("id", False),))
            path = tmp_path / f"{name}-{role}.xlsx"
            await write_list(sight.house, sight.schema, sight.actor(role), listed, path, "seen")
            sheet = openpyxl.load_workbook(path).worksheets[0]
            sheets[role] = [[cell.value for cell in row] for row in sheet.iter_rows()]
        (head, *rows), all_rows = sheets[FILER], sheets["main"]
        total = (await sight.ask(FILER, f"{{ {name} {{ totalCount }} }}"))[name]["totalCount"]
        assert len(rows) == total < len(all_rows)
        for place, title in enumerate(head):
            if title in ("잔액", "예약액", "가용액", "환수 미납액", "남은 양", "예약된 양", "잔여", "거래 후 잔액"):
                assert {row[place] for row in rows} <= {None}, f"{name}: {title}"


def test_for_who_may_see_all_the_statement_asks_nothing_more() -> None:
    """A predicate that always holds is no part of a condition, an order or a column."""

    def bind(kind: Any) -> sa.ColumnElement[Any]:
        return sa.bindparam("value", type_=kind)

    for shape in (Shape(Role.AUDITOR), Shape(Role.OPERATOR, everywhere=True)):
        viewer = Viewer(shape)
        for cls, name, value in ((Filing, "decided_by", 1), (Lot, "remaining", 1), (Account, "posted", 1)):
            mapping = mapping_of(cls)
            table = mapping.table.alias("t")
            said = str(condition_sql(mapping, table, Condition(name, "eq", value), viewer, bind))
            assert "EXISTS" not in said and "CASE" not in said, said
        for cls, name in ((Lot, "remaining"), (Account, "available"), (StatementLine, "balance_after")):
            mapping = mapping_of(cls)
            assert "CASE" not in str(mapping.columns[name].expression_for(mapping.table.alias("t"), viewer))
