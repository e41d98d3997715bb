"""Balances over the API, and what operators of a program do to its ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from core.actor import Role
from core.house import House
from schema.global_ids import to_global_id
from tests.support.api import Account, asks, codes, company, staff, sub_user, top_codes
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.ledger import Points

PROGRAM, ASSET = "mileage_innovation", "innovation_mileage"
OF = {"program": PROGRAM, "asset": ASSET}
UNKNOWN = to_global_id("Organization", 9_999)
BALANCE = """query ($input: BalanceInput!) {
  balance(input: $input) { posted held expired available effective recorded }
}"""
REVERSE = """mutation ($input: ReverseTransactionInput!) { reverseTransaction(input: $input) {
  transaction { id kind reason reverses { id } entries { nodes { amount } } } errors { code path message }
} }"""
TRANSFER = """mutation ($input: TransferPointsInput!) { transferPoints(input: $input) {
  transaction { id kind entries { nodes { amount } } } errors { code path }
} }"""
EXPIRE = """mutation ($input: ExpirePointsInput!) { expirePoints(input: $input) {
  accounts lots amount errors { code path message }
} }"""


@pytest.fixture
def points(house: House) -> Points:
    return Points(house, program=PROGRAM, asset=ASSET)


@pytest.fixture
async def hanbit(house: House) -> Account:
    return await company(house, "hanbit")


@pytest.fixture
async def operator(house: House, client: httpx.AsyncClient) -> Client:
    return asks(client, await staff(house, Role.OPERATOR, "operator_one", [PROGRAM]))


async def balance(asker: Client, **more: Any) -> dict[str, int]:
    found: dict[str, int] = (await asker.ask(BALANCE, input=OF | more))["balance"]
    return found


# ---------------------------------------------------------------------------------------------------- balances


async def test_a_balance_says_what_there_is_what_is_held_and_what_is_past_its_term(
    client: httpx.AsyncClient, points: Points, hanbit: Account
) -> None:
    await points.earn(hanbit.organization_id, 100, on=date(2024, 1, 1), until=date(2026, 3, 5))
    await points.earn(hanbit.organization_id, 500, until=date(2031, 3, 2))
    await points.hold(hanbit.organization_id, 30)
    who = asks(client, hanbit)
    today = {"posted": 600, "held": 30, "expired": 0, "available": 570, "effective": 600, "recorded": 600}
    assert await balance(who) == today
    later = await balance(who, asOf="2026-03-05")
    assert later == today | {"expired": 70, "available": 500}


async def test_a_balance_is_asked_for_as_effective_and_as_recorded(
    client: httpx.AsyncClient, points: Points, hanbit: Account, clock: SetClock
) -> None:
    who = asks(client, hanbit)
    before = await balance(who)
    await points.earn(hanbit.organization_id, 100)
    clock.set(date(2026, 3, 9))
    await points.spend(hanbit.organization_id, 40)
    assert (await balance(who, asOf="2026-03-08"))["effective"] == 100
    assert (await balance(who, asOf="2026-03-09"))["effective"] == 60
    assert (await balance(who, recordedAt="2001-01-01T00:00:00+09:00"))["recorded"] == 0
    assert (await balance(who, recordedAt="2001-01-01T00:00:00"))["recorded"] == 0
    assert (await balance(who, recordedAt="2999-01-01T00:00:00Z"))["recorded"] == 60
    assert before == dict.fromkeys(before, 0)


@pytest.mark.parametrize(
    ("role", "programs", "sees"),
    [
        (Role.REVIEWER, (PROGRAM,), True),
        (Role.REVIEWER, (), True),
        (Role.REVIEWER, ("elsewhere",), False),
        (Role.OPERATOR, (PROGRAM,), True),
        (Role.OPERATOR, ("elsewhere",), False),
        (Role.AUDITOR, (), True),
    ],
)
async def test_staff_of_the_program_and_auditors_see_any_balance(
    client: httpx.AsyncClient, house: House, hanbit: Account, role: Role, programs: tuple[str, ...], sees: bool
) -> None:
    who = asks(client, await staff(house, role, "somebody", programs))
    answer = await who.send(BALANCE, input=OF | {"organizationId": hanbit.organization})
    assert top_codes(answer) == ([] if sees else ["FORBIDDEN"])


async def test_companies_see_their_own_balance_only(client: httpx.AsyncClient, house: House, hanbit: Account) -> None:
    other, sub = await company(house, "daesung"), await sub_user(house, hanbit, "01")
    of_hanbit = OF | {"organizationId": hanbit.organization}
    await asks(client, hanbit).ask(BALANCE, input=of_hanbit)
    await asks(client, sub).ask(BALANCE, input=of_hanbit)
    assert top_codes(await asks(client, other).send(BALANCE, input=of_hanbit)) == ["FORBIDDEN"]
    assert top_codes(await asks(client).send(BALANCE, input=of_hanbit)) == ["UNAUTHENTICATED"]
    assert top_codes(await asks(client).send(BALANCE, input=OF)) == ["UNAUTHENTICATED"]


async def test_a_program_or_asset_that_is_not_there_is_said(client: httpx.AsyncClient, hanbit: Account) -> None:
    who = asks(client, hanbit)
    assert top_codes(await who.send(BALANCE, input=OF | {"program": "nothing"})) == ["IDENTITY_PROGRAM_UNKNOWN"]
    assert top_codes(await who.send(BALANCE, input=OF | {"asset": "nothing"})) == ["LEDGER_ASSET_UNKNOWN"]
    assert top_codes(await who.send(BALANCE, input=OF | {"organizationId": "x"})) == ["ID_INVALID"]


# ---------------------------------------------------------------------------------------------------- reversing


async def test_a_transaction_is_reversed_once(operator: Client, points: Points, hanbit: Account) -> None:
    await points.earn(hanbit.organization_id, 100)
    spent = await points.spend(hanbit.organization_id, 40)
    given = {"id": to_global_id("Transaction", spent.transaction_id), "reason": "잘못 차감", "idempotencyKey": "one"}
    undone = (await operator.change(REVERSE, input=given))["transaction"]
    assert (undone["kind"], undone["reason"], undone["reverses"]["id"]) == ("reverse", "잘못 차감", given["id"])
    assert (await points.balance(hanbit.organization_id)).available == 100
    assert (await operator.change(REVERSE, input=given))["transaction"]["id"] == undone["id"]
    again = await operator.objections(REVERSE, input=given | {"idempotencyKey": "two"})
    assert codes(again) == ["LEDGER_ALREADY_REVERSED"]
    assert (await points.balance(hanbit.organization_id)).available == 100
    async with points.house.database.reading() as tx:
        events = await tx.connection.fetchval("SELECT count(*) FROM audit_event WHERE action = 'transaction.reversed'")
    assert events == 1


async def test_what_cannot_be_reversed_is_said(operator: Client, points: Points, hanbit: Account) -> None:
    earned = await points.earn(hanbit.organization_id, 100)
    await points.spend(hanbit.organization_id, 40)
    given = {"id": to_global_id("Transaction", earned.transaction_id), "reason": "취소", "idempotencyKey": "one"}
    assert codes(await operator.objections(REVERSE, input=given)) == ["LEDGER_SPENT_MEANWHILE"]
    wrong = [
        ({"reason": " "}, "LEDGER_REASON_NEEDED", ["reason"]),
        ({"idempotencyKey": ""}, "IDEMPOTENCY_KEY_NEEDED", ["idempotencyKey"]),
        ({"id": to_global_id("Transaction", 9_999)}, "LEDGER_NOT_FOUND", ["id"]),
        ({"id": hanbit.organization}, "ID_INVALID", ["id"]),
    ]
    for change, code, path in wrong:
        errors = await operator.objections(REVERSE, input=given | change)
        assert [(each["code"], each["path"]) for each in errors] == [(code, path)]


async def test_what_an_approved_activity_earned_is_taken_back_with_the_activity(
    operator: Client, house: House, hanbit: Account
) -> None:
    from core.ledgers import Credit, Earning, earn

    async with house.work() as work:
        credit = Credit(
            organization_id=hanbit.organization_id, amount=9, earned_on=work.today, expires_on=date(2031, 1, 1)
        )
        earning = Earning(key="activity:1", reference="activity:1", credits=(credit,))
        (receipt,) = await earn(work, program=PROGRAM, asset=ASSET, earnings=[earning], reason="")
    given = {"id": to_global_id("Transaction", receipt.transaction_id), "reason": "취소", "idempotencyKey": "one"}
    errors = await operator.objections(REVERSE, input=given)
    assert codes(errors) == ["LEDGER_REVOKE_INSTEAD"]
    assert "revokeActivity" in errors[0]["message"]


async def test_what_a_certificate_moved_is_not_reversed_behind_it(
    operator: Client, house: House, hanbit: Account
) -> None:
    from core.ledgers import Credit, Earning, earn, hold, use

    async with house.work() as work:
        credit = Credit(
            organization_id=hanbit.organization_id, amount=9, earned_on=work.today, expires_on=date(2031, 1, 1)
        )
        earning = Earning(key="given", reference="given", credits=(credit,))
        await earn(work, program=PROGRAM, asset=ASSET, earnings=[earning], reason="")
        held = await hold(
            work, program=PROGRAM, asset=ASSET, organization_id=hanbit.organization_id, amount=9, key="h", reason=""
        )
        assert held.hold_id is not None
        used = await use(work, hold_id=held.hold_id, key="u", reason="", reference="certificate:1")
    given = {"id": to_global_id("Transaction", used.transaction_id), "reason": "취소", "idempotencyKey": "one"}
    errors = await operator.objections(REVERSE, input=given)
    assert codes(errors) == ["LEDGER_RETURN_INSTEAD"]
    assert "returnCertificate" in errors[0]["message"]


# -------------------------------------------------------------------------------------------------- transferring


async def test_points_are_transferred_once_under_a_key(
    client: httpx.AsyncClient, operator: Client, house: House, points: Points, hanbit: Account
) -> None:
    other = await company(house, "daesung")
    await points.earn(hanbit.organization_id, 100, until=date(2031, 3, 2))
    given = OF | {
        "fromOrganizationId": hanbit.organization,
        "toOrganizationId": other.organization,
        "amount": 30,
        "reason": "합의",
        "idempotencyKey": "one",
    }
    moved = (await operator.change(TRANSFER, input=given))["transaction"]
    assert sorted(each["amount"] for each in moved["entries"]["nodes"]) == [-30, 30]
    assert (await operator.change(TRANSFER, input=given))["transaction"]["id"] == moved["id"]
    assert codes(await operator.objections(TRANSFER, input=given | {"amount": 31})) == ["LEDGER_KEY_REUSED"]
    assert (await points.balance(hanbit.organization_id)).posted == 70
    assert (await points.balance(other.organization_id)).posted == 30
    events = '{ auditEvents(where: {action: {eq: "points.transferred"}}) { nodes { after } } }'
    for who, amount in ((hanbit, -30), (other, 30)):
        (event,) = (await asks(client, who).ask(events))["auditEvents"]["nodes"]
        assert event["after"] == {"amount": amount, "asset": ASSET, "reason": "합의"}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"amount": 101}, "LEDGER_INSUFFICIENT", ["amount"]),
        ({"amount": 0}, "LEDGER_NOT_A_POSTING", ["amount"]),
        ({"amount": -5}, "LEDGER_NOT_A_POSTING", ["amount"]),
        ({"reason": ""}, "LEDGER_REASON_NEEDED", ["reason"]),
        ({"program": "nothing"}, None, []),
        ({"asset": "nothing"}, "LEDGER_ASSET_UNKNOWN", ["asset"]),
        ({"toOrganizationId": UNKNOWN}, "IDENTITY_ORGANIZATION_UNKNOWN", ["toOrganizationId"]),
        ({"fromOrganizationId": "x"}, "ID_INVALID", ["fromOrganizationId"]),
    ],
)
async def test_a_transfer_that_cannot_be_is_refused_and_moves_nothing(
    operator: Client,
    house: House,
    points: Points,
    hanbit: Account,
    change: dict[str, Any],
    code: str | None,
    path: list[str],
) -> None:
    other = await company(house, "daesung")
    await points.earn(hanbit.organization_id, 100)
    given = OF | {
        "fromOrganizationId": hanbit.organization,
        "toOrganizationId": other.organization,
        "amount": 30,
        "reason": "합의",
        "idempotencyKey": "one",
    }
    if code is None:
        assert top_codes(await operator.send(TRANSFER, input=given | change)) == ["FORBIDDEN"]
    else:
        errors = await operator.objections(TRANSFER, input=given | change)
        assert [(each["code"], each["path"]) for each in errors] == [(code, path)]
    assert (await points.balance(hanbit.organization_id)).posted == 100


# ------------------------------------------------------------------------------------------------------ expiring


async def test_everything_past_its_term_is_written_off_slice_by_slice(
    operator: Client, points: Points, house: House, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core import ledgers

    expire = ledgers.expire
    monkeypatch.setattr(ledgers, "expire", lambda work, **given: expire(work, limit=2, **given))
    companies = [await company(house, f"company{each}") for each in range(5)]
    for each in companies:
        await points.earn(each.organization_id, 10, until=date(2026, 4, 1))
        await points.earn(each.organization_id, 7, until=date(2031, 4, 1))
    assert await operator.change(EXPIRE, input=OF) == {"accounts": 0, "lots": 0, "amount": 0, "errors": []}
    clock.set(date(2026, 4, 1))
    assert await operator.change(EXPIRE, input=OF) == {"accounts": 5, "lots": 5, "amount": 50, "errors": []}
    assert await operator.change(EXPIRE, input=OF) == {"accounts": 0, "lots": 0, "amount": 0, "errors": []}
    assert [(await points.balance(each.organization_id)).posted for each in companies] == [7] * 5


@pytest.mark.parametrize("role", ["main", "reviewer", "elsewhere", "auditor"])
async def test_only_operators_of_the_program_touch_its_ledger(
    client: httpx.AsyncClient, house: House, points: Points, hanbit: Account, role: str
) -> None:
    earned = await points.earn(hanbit.organization_id, 100)
    who = {
        "main": hanbit,
        "reviewer": await staff(house, Role.REVIEWER, "reviewer_one", [PROGRAM]),
        "elsewhere": await staff(house, Role.OPERATOR, "operator_two", ["elsewhere"]),
        "auditor": await staff(house, Role.AUDITOR, "auditor_one"),
    }[role]
    transfer = {"fromOrganizationId": hanbit.organization, "toOrganizationId": who.organization, "amount": 1}
    reason = {"reason": "r", "idempotencyKey": "k"}
    for document, given in (
        (REVERSE, {"id": to_global_id("Transaction", earned.transaction_id)} | reason),
        (TRANSFER, OF | transfer | reason),
        (EXPIRE, OF),
    ):
        if document is REVERSE and role == "elsewhere":  # which it does not see
            assert codes(await asks(client, who).objections(document, input=given)) == ["LEDGER_NOT_FOUND"]
        else:
            assert top_codes(await asks(client, who).send(document, input=given)) == ["FORBIDDEN"]
        assert top_codes(await asks(client).send(document, input=given)) == ["UNAUTHENTICATED"]
    assert (await points.balance(hanbit.organization_id)).posted == 100
