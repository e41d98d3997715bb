"""A mutation by the short way answers, and does, what the ordinary way answers and does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from core.actor import Role
from core.house import House
from core.language import Language
from schema.build import DureSchema
from schema.context import Context
from schema.execution import Answer, Executor
from schema.global_ids import to_global_id
from tests.support.api import Account, company, staff
from tests.support.ledger import Points, everything, lies_of

PROGRAM, ASSET = "mileage_innovation", "innovation_mileage"
HEAD = "mutation ($input: TransferPointsInput!) "
PAYLOADS = (
    "{ transferPoints(input: $input) { transaction { id } errors { code } } }",
    "{ done: transferPoints(input: $input) { a: errors { path message } t: transaction { __typename a: id b: id } } }",
    "{ transferPoints(input: $input) { __typename ...F transaction { ...G } } }"
    " fragment F on Payload { errors { code source { clause } } } fragment G on Node { id __typename }",
    "{ transferPoints(input: $input) { transaction { kind reason entries { nodes { amount balanceAfter } } } } }",
    "{ transferPoints(input: $input) @skip(if: true) { __typename } }",
    "{ transferPoints(input: $input) { transaction { id } } __typename }",
    "{ a: transferPoints(input: $input) { transaction { id } } b: transferPoints(input: $input) { __typename } }",
)
SHORT = PAYLOADS[:3]
GIVEN: tuple[Callable[[dict[str, Any]], Any], ...] = (
    lambda given: given,
    lambda given: given | {"amount": str(given["amount"])},
    lambda given: given | {"amount": 10_000},
    lambda given: given | {"amount": 0},
    lambda given: given | {"amount": 2**63},
    lambda given: given | {"amount": 1.5},
    lambda given: given | {"reason": " "},
    lambda given: given | {"reason": "a\0b"},
    lambda given: given | {"reason": None},
    lambda given: given | {"idempotencyKey": ""},
    lambda given: given | {"program": "nothing"},
    lambda given: given | {"asset": "nothing"},
    lambda given: given | {"toOrganizationId": given["fromOrganizationId"]},
    lambda given: given | {"toOrganizationId": "x"},
    lambda given: given | {"fromOrganizationId": to_global_id("Organization", 9_999)},
    lambda given: given | {"toOrganizationId": to_global_id("Organization", 9_999)},
    lambda given: given | {"more": 1},
    lambda given: {name: value for name, value in given.items() if name != "asset"},
    lambda _given: None,
    lambda _given: [],
)


class Ways:
    """Two executors of one schema: one goes the short way where there is one, the other never does."""

    def __init__(self, house: House, schema: DureSchema) -> None:
        self.house = house
        self.executor = Executor(schema)
        self.keys = itertools.count()

    async def go(self, who: Account | None, document: str, given: Any, *, short: bool) -> Answer:
        context = Context(house=self.house, request_id="request", language=Language.EN)
        if who is not None:
            context.actor = who.actor
        return await self.executor.execute(document, {"input": given}, None, context, plan=short)

    def goes_short(self, document: str) -> bool:
        parsed = parse(document)
        operation = next(each for each in parsed.definitions if isinstance(each, OperationDefinitionNode))
        return self.executor.changes.of(parsed, operation) is not None


@pytest.fixture
async def ways(house: House, schema: DureSchema) -> Ways:
    return Ways(house, schema)


@pytest.fixture
async def parties(house: House) -> tuple[Account, Account]:
    one, other = await company(house, "hanbit"), await company(house, "daesung")
    await Points(house, program=PROGRAM, asset=ASSET).earn(one.organization_id, 1_000)
    return one, other


def transfer(parties: tuple[Account, Account], key: str) -> dict[str, Any]:
    one, other = parties
    return {
        "program": PROGRAM, "asset": ASSET, "fromOrganizationId": one.organization,
        "toOrganizationId": other.organization, "amount": 3, "reason": "이전", "idempotencyKey": key,
    }  # fmt: skip


def test_which_operations_go_the_short_way(ways: Ways) -> None:
    assert [ways.goes_short(HEAD + each) for each in PAYLOADS] == [each in SHORT for each in PAYLOADS]


@pytest.mark.parametrize("first", [True, False], ids=["short first", "ordinary first"])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.MEMBER, None])
async def test_both_ways_answer_the_same_bytes(
    house: House, ways: Ways, parties: tuple[Account, Account], role: Role | None, first: bool
) -> None:
    who: Account | None = parties[0] if role is Role.MEMBER else None
    if role in (Role.OPERATOR, Role.AUDITOR):
        who = await staff(house, role, "somebody", [PROGRAM] if first else [])
    for document, change in itertools.product(PAYLOADS, GIVEN):
        given = change(transfer(parties, f"key:{next(ways.keys)}"))
        answers = [await ways.go(who, HEAD + document, given, short=short) for short in (first, not first)]
        assert answers[0] == answers[1], (document, given)
    posted = [row for row in (await everything(house))["ledger_transaction"] if row["kind"] == "transfer"]
    assert bool(posted) == (role is Role.OPERATOR)
    assert await lies_of(house) == []


async def test_what_is_done_is_done_once_whatever_is_told_of_it(
    house: House, ways: Ways, parties: tuple[Account, Account]
) -> None:
    """A payload that is not plain is told by the ordinary way, which does not do it again."""
    operator = await staff(house, Role.OPERATOR, "operator_one")
    plain = transfer(parties, "plain")
    before = await everything(house)
    refused = await ways.go(operator, HEAD + PAYLOADS[0], plain | {"amount": 5_000}, short=True)
    assert json.loads(refused.body)["data"]["transferPoints"]["errors"] == [{"code": "LEDGER_INSUFFICIENT"}]
    assert await everything(house) == before
    assert ways.goes_short(HEAD + PAYLOADS[0])
    answer = await ways.go(operator, HEAD + PAYLOADS[0], plain, short=True)
    after = await everything(house)
    assert len(after["ledger_transaction"]) == len(before["ledger_transaction"]) + 1
    made = after["ledger_transaction"][-1]["id"]
    assert json.loads(answer.body)["data"]["transferPoints"]["transaction"]["id"] == to_global_id("Transaction", made)
    assert [event["request_id"] for event in after["audit_event"][-2:]] == ["request", "request"]


async def test_literals_in_the_document_are_read_too(
    house: House, ways: Ways, parties: tuple[Account, Account]
) -> None:
    operator = await staff(house, Role.OPERATOR, "operator_one")
    words = ", ".join(f"{name}: {json.dumps(value)}" for name, value in transfer(parties, "literal").items())
    document = f"mutation {{ transferPoints(input: {{{words}}}) {{ transaction {{ id }} errors {{ code }} }} }}"
    assert ways.goes_short(document)
    answers = [await ways.go(operator, document, None, short=short) for short in (True, False)]
    assert answers[0] == answers[1] and b'"errors":[]' in answers[0].body
