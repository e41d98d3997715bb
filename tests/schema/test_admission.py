"""Who may call a mutation is asked first, and nobody learns by one what there is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
import strawberry
from graphql import get_named_type

from core.actor import PUBLIC, Actor
from core.benefits import write_declared_benefits
from core.errors import Misdeclared
from core.house import House
from core.plugins import Plugins
from core.seals import seal_waiting
from schema.admission import Matter
from schema.build import build_schema
from schema.execution import Executor
from schema.global_ids import to_global_id
from schema.mapping import mapping_of
from schema.mutations import mutating_of
from schema.reading import _rows
from tests.support.clock import SetClock
from tests.support.mutation_inputs import NO_ROW, Given, context_of, every_mutation, find_types
from tests.support.plugins import bringing, declaring, program
from tests.support.two_companies import TwoCompanies, two_companies

ACCOUNT = {
    "signUp", "signIn", "signOut", "signOutEverywhere", "changePassword", "requestPasswordReset", "resetPassword",
    "updatePerson",
}  # fmt: skip
READING = {"queueExport"}
SAMPLES = 12  # hidden rows of a type that are tried
TRUE = sa.true()
QUESTIONS = {  # queries that take ids otherwise than by a `where`
    "balance": ("Organization", """query ($id: ID!) { balance(input: {program: "mileage_innovation",
        asset: "innovation_mileage", organizationId: $id}) { posted } }"""),
    "quote": ("Organization", """query ($id: ID!) { quote(input: {benefitId: "QmVuZWZpdDox", organizationId: $id,
        points: 500, existingPoints: 0}) { available } }"""),
    "exchangeQuote": ("ExchangeSlot", """query ($id: ID!) { exchangeQuote(input: {slotIds: [$id], points: 0}) {
        feeWon } }"""),
    "job": ("Job", "query ($id: ID!) { job(id: $id) { id } }"),
    "nodes": ("Filing", "query ($id: ID!) { nodes(ids: [$id]) { id } }"),
}  # fmt: skip


class Town:
    """The two companies, and whoever asks of them."""

    def __init__(self, house: House, people: TwoCompanies, plugins: Plugins) -> None:
        self.house, self.people = house, people
        self.schema = build_schema(plugins)
        self.executor = Executor(self.schema)

    async def ask(self, actor: Actor, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.executor.execute(document, variables, None, context_of(self.house, actor))
        found: dict[str, Any] = json.loads(answer.body)
        return found

    async def mutations(self) -> list[Given]:
        """Every mutation, the type of each id in its input known."""
        found = every_mutation(self.schema)
        for each in found:
            await find_types(each, lambda *given: self.ask(self.people.operator.actor, *given))
            assert all(each.ids.values()), f"{each.name}: ids of unknown types {each.ids}"
        return found

    async def hidden(self, actor: Actor) -> dict[str, list[int]]:
        """Rows of every type that this actor may not see."""
        found = {}
        for name, cls in self.schema.nodes_by_name.items():
            table = mapping_of(cls).table
            everything = await _rows(context_of(self.house, self.people.auditor.actor), cls, ("all",), lambda _t: TRUE)
            seen = await _rows(context_of(self.house, actor), cls, ("all",), lambda _t: TRUE)
            assert table is not None
            keys = sorted({row["id"] for row in everything} - {row["id"] for row in seen})
            found[name] = keys[:: max(1, len(keys) // SAMPLES)]
        return found


@pytest.fixture
async def town(house: House, clock: SetClock) -> AsyncIterator[Town]:
    plugins = Plugins.installed({"deeds": declaring(program())})
    served = House(settings=house.settings, database=house.database, plugins=plugins, clock=clock)
    async with served.work() as work:
        await write_declared_benefits(work)
    people = await two_companies(served)
    await seal_waiting(served)
    yield Town(served, people, plugins)


def codes(answer: Mapping[str, Any]) -> list[str]:
    return [each["extensions"]["code"] for each in answer.get("errors", ())]


async def test_an_auditor_is_refused_by_every_mutation_that_is_no_account_matter(town: Town) -> None:
    auditor = town.people.auditor.actor
    declared: dict[Matter, set[str]] = {each: set() for each in Matter}
    for given in await town.mutations():
        known = mutating_of(town.schema.fields_of("Mutation")[given.name])
        assert known is not None
        declared[known.matter].add(given.name)
        if known.matter is Matter.CHANGE:
            for ids in ({}, {path: to_global_id(kind, 1) for path, kind in given.ids.items()}):
                answer = await town.ask(auditor, given.document, given.filled(ids))
                assert codes(answer) == ["FORBIDDEN"], f"{given.name}: {answer}"
                assert answer["errors"][0]["message"] == "An auditor reads everything and changes nothing."
    assert declared[Matter.ACCOUNT] == ACCOUNT
    assert declared[Matter.READING] == READING


async def test_the_public_is_told_to_sign_in_whatever_it_names(town: Town) -> None:
    for given in await town.mutations():
        if given.name in ACCOUNT:
            continue
        for key in (1, NO_ROW):
            ids = {path: to_global_id(kind, key) for path, kind in given.ids.items()}
            answer = await town.ask(PUBLIC, given.document, given.filled(ids))
            assert codes(answer) == ["UNAUTHENTICATED"], f"{given.name}: {answer}"


@pytest.mark.parametrize("role", ["c", "b_sub", "b", "a_sub", "a_clerk", "reviewer_elsewhere", "operator_here"])
async def test_a_hidden_row_is_answered_as_one_that_is_not_there(town: Town, role: str) -> None:
    actor = getattr(town.people, role).actor
    hidden = await town.hidden(actor)
    tried, wrong = 0, []
    for given in await town.mutations():
        if not any(hidden[kind] for kind in given.ids.values()):
            continue
        known = {path: to_global_id(kind, 1) for path, kind in given.ids.items()}
        missing = {path: to_global_id(kind, NO_ROW) for path, kind in given.ids.items() if hidden[kind]}
        expected = await town.ask(actor, given.document, given.filled(known | missing))
        for place in range(SAMPLES):
            there = {path: to_global_id(given.ids[path], _at(hidden[given.ids[path]], place)) for path in missing}
            found = await town.ask(actor, given.document, given.filled(known | there))
            tried += 1
            if found != expected:
                wrong.append(f"{given.name} {given.ids} {there}: {found} is not {expected}")
    assert tried > 100
    assert not wrong, "\n".join(wrong)


def _at(keys: list[int], place: int) -> int:
    return keys[place % len(keys)]


async def test_a_hidden_node_is_answered_as_one_that_is_not_there(town: Town) -> None:
    document = "query ($id: ID!) { node(id: $id) { __typename } }"
    for actor in (PUBLIC, town.people.c.actor, town.people.b_sub.actor, town.people.reviewer.actor):
        for kind, keys in (await town.hidden(actor)).items():
            missing = await town.ask(actor, document, {"id": to_global_id(kind, NO_ROW)})
            for key in keys:
                assert await town.ask(actor, document, {"id": to_global_id(kind, key)}) == missing


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_about_a_hidden_row_is_answered_as_about_one_that_is_not_there(
    town: Town, question: str
) -> None:
    kind, document = QUESTIONS[question]
    tried = 0
    for role in ("c", "b_sub", "a_clerk", "a", "reviewer"):
        actor = getattr(town.people, role).actor
        missing = await town.ask(actor, document, {"id": to_global_id(kind, NO_ROW)})
        for key in (await town.hidden(actor))[kind]:
            tried += 1
            assert await town.ask(actor, document, {"id": to_global_id(kind, key)}) == missing, (role, key)
    assert tried > 5


async def test_every_question_that_takes_an_id_is_tried(town: Town) -> None:
    """Connections have ids in their conditions, which see what the answer shows."""
    found = set()
    for name, field in town.schema.graphql_type("Query").fields.items():
        if "ID" in " ".join(str(each) for each in walked(field.args)) and name != "node":
            found.add(name)
    assert found == set(QUESTIONS)


def walked(arguments: Mapping[str, Any]) -> list[str]:
    """The names of every type in these arguments but for conditions."""
    waiting, found = [each.type for name, each in arguments.items() if name != "where"], []
    while waiting:
        kind: Any = get_named_type(waiting.pop())
        if kind.name not in found:
            found.append(kind.name)
            waiting += [each.type for each in getattr(kind, "fields", {}).values()]
    return [name for name in found if name == "ID"]


def test_a_mutation_that_nothing_guards_stops_the_start() -> None:
    @strawberry.type
    class Mutation:
        @strawberry.mutation
        def plant(self) -> int:
            return 1

    with pytest.raises(Misdeclared, match=r"plugin 'oak': Mutation\.plant is not made by schema\.mutation"):
        build_schema(Plugins.installed({"oak": bringing(mutation=(Mutation,))}))
