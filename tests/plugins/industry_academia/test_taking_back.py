"""Taking back over the API: both sides pay and read of it, spent or not; whatever happens, both were issued alike."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date
from typing import Any

import httpx
import pytest

from core.errors import Refused
from core.house import House
from core.ledgers import hold, release, spend, transfer
from plugins.industry_academia.program import CODE, MILEAGE
from schema.global_ids import to_global_id
from tests.plugins.industry_academia.acts import Campus, donation, hire, paid, research, training
from tests.plugins.industry_academia.test_statement import signed_in
from tests.support.api import Account, asks, codes, top_codes
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.world import member, rows, true_ledger

OF = {"program": CODE, "asset": MILEAGE.code}
REVOKE = """mutation ($input: RevokeInput!) { revokeActivity(input: $input) {
  activity { status decisionReason filing { status } } taken owed errors { code path message } } }"""
REVOKE_FILING = """mutation ($input: RevokeFilingInput!) { revokeFiling(input: $input) {
  filing { status } rows taken owed errors { code path message } } }"""
BALANCE = """query ($input: BalanceInput!) { balance(input: $input) { posted held available owed } }"""
ACCOUNTS = """query ($where: AccountWhere, $orderBy: [AccountOrder!]) { accounts(where: $where, orderBy: $orderBy) {
  nodes { kind posted available owed organization { id }
    entries { nodes { amount balanceAfter transaction { kind reason reverses { kind } } } } } } }"""
LINES = """query ($where: StatementLineWhere) { statement(where: $where) {
    nodes { itemKo earned withdrawn balanceAfter kind accountKind } }
  statementTotals(where: $where) { accountKind lines earned withdrawn } }"""
TRANSFER = """mutation ($input: TransferPointsInput!) { transferPoints(input: $input) {
  transaction { kind } errors { code path message } } }"""
REVERSE = """mutation ($input: ReverseTransactionInput!) { reverseTransaction(input: $input) {
  transaction { kind } errors { code path message } } }"""


class Court:
    """A campus whose company has spent what it earned by a false filing, and those who ask."""

    def __init__(self, campus: Campus, http: httpx.AsyncClient, people: dict[str, Account]) -> None:
        self.campus, self.http, self.people = campus, http, people

    def __getitem__(self, who: str) -> Client:
        return asks(self.http, self.people[who])

    async def spent(self, of: int, amount: int, key: str = "spent") -> None:
        async with self.campus.house.work() as work:
            await spend(work, **OF, organization_id=of, amount=amount, key=key, reason="활용")


@pytest.fixture
async def court(house: House, clock: SetClock, http: httpx.AsyncClient) -> Court:
    campus = await Campus.of(house)
    company = await member(house, campus.company, "0000000001", main=True)
    people = {"university": campus.filer, "company": company, "reviewer": campus.reviewer, "operator": campus.operator}
    return Court(campus, http, {name: await signed_in(house, actor) for name, actor in people.items()})


async def test_a_false_row_is_taken_back_and_what_is_spent_is_owed(court: Court) -> None:
    filing = await court.campus.approved("research", research())  # 1,000
    await court.spent(court.campus.company, 700)
    (row,) = await court.campus.activities(filing)
    given = {"id": to_global_id("Activity", row["id"]), "reason": "입금 사실 없음"}
    done = await court["operator"].change(REVOKE, input=given)
    assert done == {
        "activity": {"status": "REVOKED", "decisionReason": "입금 사실 없음", "filing": {"status": "REVOKED"}},
        "taken": 1300, "owed": 700, "errors": [],
    }  # fmt: skip
    for who, owed in (("company", 700), ("university", 0)):
        answer = await court[who].ask(BALANCE, input=OF)
        assert answer["balance"] == {"posted": 0, "held": 0, "available": 0, "owed": owed}
    assert codes(await court["operator"].objections(REVOKE, input=given)) == ["ACTIVITY_WRONG_STATUS"]


async def test_a_whole_filing_is_taken_back_and_the_debt_paid_by_the_next_one(court: Court) -> None:
    campus = court.campus
    filing = await campus.approved("field_training", training(), training(student="라마바"))  # 450 each
    await court.spent(campus.company, 900)
    done = await court["operator"].change(
        REVOKE_FILING, input={"id": to_global_id("Filing", filing.id), "reason": "협약서 위조"}
    )
    assert done == {"filing": {"status": "REVOKED"}, "rows": 2, "taken": 900, "owed": 900, "errors": []}
    await campus.approved("hire", hire())  # 300
    lines = (await court["company"].ask(LINES))["statement"]["nodes"]
    assert [tuple(line.values()) for line in lines[:5]] == [
        ("환수 미납액 상계", 300, 0, -600, "debt_payment", "DEBT"),
        ("환수 미납액 상계", 0, 300, 0, "debt_payment", "HOLDER"),
        ("학생 채용", 300, 0, 300, "earn", "HOLDER"),
        ("대학생 현장실습", 0, 450, -900, "claw_back", "DEBT"),
        ("대학생 현장실습", 0, 450, -450, "claw_back", "DEBT"),
    ]
    where = {"accountKind": {"eq": "DEBT"}}
    totals = (await court["company"].ask(LINES, where=where))["statementTotals"]
    assert totals == [{"accountKind": "DEBT", "lines": 3, "earned": 300, "withdrawn": 900}]
    await true_ledger(campus.house)


async def test_who_owes_is_found_by_operators_and_hidden_from_the_other_side(court: Court) -> None:
    campus = court.campus
    filing = await campus.approved("donation", donation())  # 1,000
    await court.spent(campus.company, 400)
    await campus.revoked((await campus.activities(filing))[0]["id"])
    wanted = {
        "where": {"kind": {"eq": "HOLDER"}, "owed": {"gt": 0}},
        "orderBy": [{"field": "OWED", "direction": "DESC"}],
    }
    (found,) = (await court["operator"].ask(ACCOUNTS, **wanted))["accounts"]["nodes"]
    assert (found["owed"], found["available"]) == (400, 0)
    assert found["organization"]["id"] == to_global_id("Organization", campus.company)
    (debt,) = (await court["company"].ask(ACCOUNTS, where={"kind": {"eq": "DEBT"}}))["accounts"]["nodes"]
    assert (debt["posted"], debt["owed"]) == (-400, 400)
    assert debt["entries"]["nodes"] == [
        {
            "amount": -400,
            "balanceAfter": -400,
            "transaction": {"kind": "claw_back", "reason": "허위 실적", "reverses": {"kind": "earn"}},
        }
    ]
    seen = (await court["university"].ask(ACCOUNTS))["accounts"]["nodes"]
    assert [(each["kind"], each["owed"]) for each in seen] == [("HOLDER", 0)]


async def test_whoever_owes_spends_nothing_and_nobody_undoes_it(court: Court) -> None:
    campus = court.campus
    filing = await campus.approved("donation", donation())
    await court.spent(campus.company, 400)
    await campus.revoked((await campus.activities(filing))[0]["id"])
    given = OF | {
        "fromOrganizationId": to_global_id("Organization", campus.company),
        "toOrganizationId": to_global_id("Organization", campus.university),
        "amount": 1, "reason": "이전", "idempotencyKey": "one",
    }  # fmt: skip
    (error,) = await court["operator"].objections(TRANSFER, input=given)
    assert (error["code"], error["path"]) == ("LEDGER_IN_DEBT", ["amount"])
    assert "400 of what was taken back on 2026-" in error["message"] and "허위 실적" in error["message"]
    taken = await rows(campus.house, "SELECT id FROM ledger_transaction WHERE kind = 'claw_back'")
    undo = {"id": to_global_id("Transaction", taken[0]["id"]), "reason": "취소", "idempotencyKey": "two"}
    assert codes(await court["operator"].objections(REVERSE, input=undo)) == ["LEDGER_NOT_REVERSIBLE"]


async def test_only_operators_take_back(court: Court) -> None:
    filing = await court.campus.approved("donation", donation())
    (row,) = await court.campus.activities(filing)
    for who in ("reviewer", "university", "company"):
        for document, node, key in ((REVOKE, "Activity", row["id"]), (REVOKE_FILING, "Filing", filing.id)):
            answer = await court[who].send(document, input={"id": to_global_id(node, key), "reason": "허위"})
            if (who, node) == ("company", "Filing"):  # it sees its activities, not the university's filings
                assert codes(answer["data"]["revokeFiling"]["errors"]) == ["ACTIVITY_FILING_NOT_FOUND"]
            else:
                assert top_codes(answer) == ["FORBIDDEN"]


async def test_deposits_of_an_agreement_after_one_was_taken_back_are_counted_without_it(court: Court) -> None:
    """1억, then 2억 of one agreement; the first is taken back; another 1억 counts from 2억 that is left."""
    campus = court.campus
    first = await campus.approved("research", research(supply_won=100_000_000))
    second = await campus.approved("research", research(supply_won=200_000_000, deposited_on=date(2026, 2, 20)))
    earned = [(await campus.activities(each))[0]["points_filer"] for each in (first, second)]
    await court.spent(campus.company, sum(earned))
    await campus.revoked((await campus.activities(first))[0]["id"])
    third = await campus.approved("research", research(supply_won=100_000_000, deposited_on=date(2026, 2, 24)))
    (again,) = await campus.activities(third)
    assert (earned, again["points_filer"]) == ([1000, 933], 1000)  # (3억/1억)^0.6 × 1,000 = 1,933
    assert (await campus.balances())[0] == 1933
    assert (await court["company"].ask(BALANCE, input=OF))["balance"] == {
        "posted": 0, "held": 0, "available": 0, "owed": 0,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_both_sides_were_issued_alike(campus: Campus, seed: int) -> None:
    """Filed, approved, spent, held, released, passed on, taken back, in any order; the company begins in debt."""
    rng = random.Random(seed)
    (false,) = await campus.activities(await campus.approved("donation", donation(agreement="약정-0")))
    async with campus.house.work() as work:
        await spend(work, organization_id=campus.company, amount=1_000, key="all", reason="활용", **OF)
    await campus.revoked(false["id"])
    approved: list[int] = []
    holds: list[int] = []
    kinds = ("field_training", "course", "research", "technology_transfer", "equipment", "donation")
    for step in range(40):
        party = rng.choice([campus.university, campus.company])
        amount = rng.choice([1, 50, 300, 2_000])
        said: dict[str, Any] = OF | {"key": f"step {step}", "reason": "시험"}
        with suppress(Refused):
            match rng.choice(["file", "file", "spend", "spend", "hold", "release", "pass on", "revoke"]):
                case "file":
                    kind = rng.choice(kinds)
                    filing = await campus.approved(kind, *_deposits(rng, kind, step))
                    approved += [row["id"] for row in await campus.activities(filing)]
                case "revoke" if approved:
                    await campus.revoked(approved.pop(rng.randrange(len(approved))))
                case "release" if holds:
                    async with campus.house.work() as work:
                        await release(work, hold_id=holds.pop(), key=said["key"], reason="시험")
                case "spend":
                    async with campus.house.work() as work:
                        await spend(work, organization_id=party, amount=amount, **said)
                case "hold":
                    async with campus.house.work() as work:
                        held = await hold(work, organization_id=party, amount=amount, **said)
                        holds.append(held.hold_id or 0)
                case "pass on":
                    other = campus.company if party == campus.university else campus.university
                    async with campus.house.work() as work:
                        await transfer(work, from_id=party, to_id=other, amount=amount, **said)
    issued = await rows(
        campus.house,
        "SELECT e.organization_id AS id, sum(e.amount)::bigint AS points FROM entry e"
        " JOIN ledger_transaction t ON t.id = e.transaction_id"
        " WHERE t.kind IN ('earn', 'claw_back') AND e.organization_id IS NOT NULL GROUP BY 1",
    )
    kinds = await rows(campus.house, "SELECT DISTINCT kind FROM ledger_transaction")
    assert {row["kind"] for row in kinds} >= {"earn", "claw_back", "debt_payment", "spend", "hold", "transfer"}
    by_party = {row["id"]: row["points"] for row in issued}
    assert by_party and by_party[campus.university] == by_party[campus.company] >= 0
    standing = await rows(
        campus.house, "SELECT sum(points_filer)::bigint AS points FROM activity WHERE status = 'approved'"
    )
    assert (standing[0]["points"] or 0) == by_party[campus.company]
    await true_ledger(campus.house)


def _deposits(rng: random.Random, kind: str, step: int) -> list[Any]:
    won = [rng.choice([1_000_000, 10_000_000, 50_000_000, 300_000_000]) for _ in range(rng.randint(1, 3))]
    if kind == "field_training":
        return [paid(kind, each, student=f"학생{step}-{place}") for place, each in enumerate(won)]
    if kind == "course":
        return [paid(kind, each, agreement=f"협약-{step}-{place}") for place, each in enumerate(won)]
    return [paid(kind, each, agreement=f"협약-{rng.randint(1, 3)}", deposited_on=date(2026, 1, 2 + step % 28))
            for each in won[:1]]  # fmt: skip


@pytest.fixture
async def campus(house: House) -> Campus:
    return await Campus.of(house)
