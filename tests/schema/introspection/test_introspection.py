"""Introspection: counted before anything is written, refused when it asks too much, kept when tools ask again."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import ExecutionResult, get_introspection_query
from graphql.execution import execute_sync
from graphql.language import parse

from core.concurrency import Turns
from core.house import House
from schema.build import DureSchema
from schema.context import Context
from schema.execution import Executor
from schema.introspection import introspected, key_of
from schema.introspection.answers import KEPT
from schema.introspection.counting import FULL
from schema.introspection.writing import Writer
from schema.limits import Limits

FRAGMENTS = FULL[FULL.index("fragment FullType") :]
OPTIONS = (
    "descriptions",
    "specified_by_url",
    "directive_is_repeatable",
    "schema_description",
    "experimental_directive_deprecation",
    "one_of",
)
# What GraphiQL and codegen send (inputValueDeprecation, isOneOf), and Apollo's and Relay's older, shallower forms.
INPUTS = (
    FULL.replace("inputFields {", "inputFields(includeDeprecated: true) {")
    .replace("args {", "args(includeDeprecated: true) {")
    .replace("defaultValue", "defaultValue isDeprecated deprecationReason")
)
OLDER = get_introspection_query(descriptions=False, type_depth=7)
TOOLS = [
    *(
        get_introspection_query(**dict(zip(OPTIONS, chosen, strict=True)))
        for chosen in itertools.product((True, False), repeat=len(OPTIONS))
        if sum(chosen) in (0, 1, len(OPTIONS))
    ),
    INPUTS,
    OLDER,
]
BELOW = "name inputFields { name type { name } } " + " ".join(
    f"b{n}: fields {{ name args {{ name type {{ name }} }} }}" for n in range(9)
)
HOSTILE = {
    "aliases of the whole": "{" + " ".join(f"a{n}: __schema {{ types {{ ...FullType }} }}" for n in range(49)) + "}"
    + FRAGMENTS,
    "three of the whole": "{ a: __schema { types { ...FullType } } b: __schema { types { ...FullType } }"
    " c: __schema { types { ...FullType } } }" + FRAGMENTS,
    "nested lists": "{ __schema { types { fields { type { " + BELOW + " } } } } }",
    "nested aliases": '{ __type(name: "Query") { '
    + " ".join(f"a{n}: fields {{ type {{ {BELOW} }} }}" for n in range(15))
    + " } }",
    "by a variable": "query ($deep: Boolean = true) { __schema { types { "
    + " ".join(f"a{n}: fields(includeDeprecated: $deep) {{ args {{ type {{ {BELOW} }} }} }}" for n in range(12))
    + " } } }",
    "fragments in fragments": "{ __schema { types { x: fields { ...b } y: fields { ...b } z: fields { ...b } } } }"
    " fragment b on __Field { x: type { ...c } y: type { ...c } z: type { ...c } }"
    " fragment c on __Type { fields { name description args { name } } }",
    "beside a list": "{ organizations { nodes { name } } "
    + " ".join(f"a{n}: __schema {{ types {{ ...FullType }} }}" for n in range(9)) + "}" + FRAGMENTS,
    "over a switch": "query ($on: Boolean!) { "
    + " ".join(f"a{n}: __schema @include(if: $on) {{ types {{ ...FullType }} }}" for n in range(9)) + "}" + FRAGMENTS,
}  # fmt: skip


def values(found: Any) -> int:
    """Each field one, each item of a list one."""
    if isinstance(found, dict):
        return sum(1 + values(each) for each in found.values())
    if isinstance(found, list):
        return sum(1 + values(each) if isinstance(each, dict) else 1 for each in found)
    return 0


def executed(schema: DureSchema, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    result = execute_sync(schema._schema, parse(query), variable_values=variables)
    assert isinstance(result, ExecutionResult) and not result.errors
    assert result.data is not None
    return result.data


async def cost(executor: Executor, query: str, variables: dict[str, Any] | None = None) -> int:
    prepared: Any = await executor._prepared(
        query, await executor.documents.read(query), variables, None, queries_only=False
    )
    asked = introspected(executor.schema._schema, prepared.document, prepared.operation, prepared.made)
    assert asked is not None
    return await executor.introspection.cost(*asked, prepared.coerced)


@pytest.fixture
def executor(house: House, schema: DureSchema) -> Executor:
    return Executor(schema, limits=replace(Limits.of(house.settings), aliases=1_000))


async def ask(executor: Executor, house: House, query: str, *, plan: bool = True, **variables: Any) -> dict[str, Any]:
    answer = await executor.execute(query, variables, None, Context(house=house, request_id="r"), plan=plan)
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def test_what_tools_send_is_answered_as_graphql_core_does(house: House, executor: Executor) -> None:
    context = Context(house=house, request_id="r")
    for query in TOOLS:
        ours = await executor.execute(query, None, None, context)
        theirs = await executor.execute(query, None, None, context, plan=False)
        assert ours.body == theirs.body, query
        assert "errors" not in json.loads(ours.body)


async def test_what_tools_send_again_is_answered_from_memory(house: House, executor: Executor) -> None:
    for query in (FULL, INPUTS, OLDER):
        first = await ask(executor, house, query)
        for _ in range(3):
            assert await ask(executor, house, query) == first
    assert executor.introspection.written == 3


async def test_the_memory_for_answers_is_bounded(house: House, executor: Executor) -> None:
    for place in range(12):
        await ask(executor, house, FULL.replace("IntrospectionQuery", f"Introspection{place}"))
        assert executor.introspection.bytes_kept <= KEPT
    assert executor.introspection.written == 12
    await ask(executor, house, FULL.replace("IntrospectionQuery", "Introspection11"))
    assert executor.introspection.written == 12


async def test_what_asks_too_much_is_refused_before_anything_is_executed(
    house: House, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def executes(*_: Any, **__: Any) -> Any:
        raise AssertionError("something was executed")

    monkeypatch.setattr(Writer, "root", executes)
    monkeypatch.setattr("schema.execution.executor.execute", executes)
    monkeypatch.setattr(type(executor.planner), "run", executes)
    most = await executor.introspection.most()
    for case, plan in itertools.product(HOSTILE, (True, False)):
        given = {"on": True} if "$on" in HOSTILE[case] else {}
        answer = await ask(executor, house, HOSTILE[case], plan=plan, **given)
        assert "data" not in answer, case
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "LIMIT_INTROSPECTION"
        assert f"{most:,}" in error["message"]


async def test_counting_ends_at_the_limit(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusing costs no more than answering: how much is looked at depends on the limit alone."""
    most = await executor.introspection.most()
    for query in HOSTILE.values():
        assert most < await cost(executor, query, {"on": True} if "$on" in query else None) < 3 * most


def any_introspection(chance: random.Random) -> str:
    """A selection of any shape: aliases, fragments, arguments, lists in lists."""
    fields = {
        "__Schema": ["description", "types:__Type", "queryType:__Type",
                     "mutationType:__Type", "directives:__Directive"],
        "__Type": ["kind", "name", "description", "fields:__Field", "fields(includeDeprecated: true):__Field",
                   "interfaces:__Type", "possibleTypes:__Type", "enumValues:__EnumValue", "inputFields:__InputValue",
                   "ofType:__Type", "isOneOf", "__typename"],
        "__Field": ["name", "args:__InputValue", "type:__Type", "isDeprecated", "__typename"],
        "__InputValue": ["name", "type:__Type", "defaultValue"],
        "__EnumValue": ["name", "deprecationReason"],
        "__Directive": ["name", "locations", "args:__InputValue", "isRepeatable"],
    }  # fmt: skip

    def counts(field: str) -> bool:
        return field.startswith(("fields", "interfaces", "possibleTypes", "inputFields"))

    def selection(kind: str, depth: int, lists: int = 2) -> str:
        """`lists`: how often fields and the like may stand in each other, as validation has it."""
        parts = []
        for place in range(chance.randint(1, 3)):
            choices = [each for each in fields[kind] if (depth or ":__" not in each) and (lists or not counts(each))]
            chosen = chance.choice(choices)
            name, _, below = chosen.partition(":__")
            left = lists - counts(chosen)
            alias = f"k{place}_{chance.randint(0, 9)}: "
            part = f"{alias}{name}" + (f" {selection('__' + below, depth - 1, left)}" if below else "")
            parts.append(f"... on {kind} {{ {part} }}" if chance.random() < 0.2 else part)
        return "{ " + " ".join(parts) + " }"

    name = chance.choice(("Query", "Organization", "ErrorCode", "Node", "SignUpInput", "Nothing"))
    return f'{{ s: __schema {selection("__Schema", 4)} t: __type(name: "{name}") {selection("__Type", 4)} }}'


async def test_the_cost_is_what_is_answered_and_the_answer_graphql_cores(house: House, executor: Executor) -> None:
    most = await executor.introspection.most()
    answered = 0
    for seed in range(60):
        query = any_introspection(random.Random(seed))
        counted = await cost(executor, query)
        found = await ask(executor, house, query)
        if counted > most:
            assert found["errors"][0]["extensions"]["code"] == "LIMIT_INTROSPECTION"
        else:
            data = executed(executor.schema, query)
            assert counted == values(data), query
            assert found["data"] == data, query
            answered += 1
    assert answered > 30


async def test_it_stands_beside_lists_and_switches(house: House, executor: Executor) -> None:
    query = """query ($on: Boolean!, $name: String!) {
      __typename first: __type(name: $name) { name @skip(if: $on) kind } organizations { totalCount }
      __schema @include(if: $on) { queryType { name } } last: __type(name: "Nothing") { name } programs { code }
    }"""
    for on in (True, False):
        ours = await ask(executor, house, query, on=on, name="Organization")
        assert ours == await ask(executor, house, query, plan=False, on=on, name="Organization")
        assert ours["data"]["last"] is None and "errors" not in ours
        assert ("__schema" in ours["data"]) is on


async def test_what_is_wrong_with_arguments_is_told_as_graphql_core_tells_it(house: House, executor: Executor) -> None:
    query = "query ($all: Boolean = true) { __schema { types { fields(includeDeprecated: $all) { name } } } }"
    ours = await ask(executor, house, query, all=None)
    assert ours == await ask(executor, house, query, plan=False, all=None)
    assert "errors" in ours


async def test_writing_lets_others_have_their_turn(
    house: House, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the slice is used up, there is a turn: at every object, here."""
    monkeypatch.setattr(Turns, "due", lambda _self: True)
    before = await executor.introspection.most()
    found: Any = executor.introspection
    prepared: Any = await executor._prepared(
        OLDER, await executor.documents.read(OLDER), None, None, queries_only=False
    )
    asked = introspected(executor.schema._schema, prepared.document, prepared.operation, prepared.made)
    assert asked is not None and before
    taken = []
    turn = Turns.turn

    async def counted(self: Turns) -> None:
        taken.append(1)
        await turn(self)

    monkeypatch.setattr(Turns, "turn", counted)
    key = key_of(OLDER, prepared.operation, prepared.coerced)
    await found.answered(key, *asked, prepared.coerced, 2**24)
    assert len(taken) > 1_000


async def test_over_http_the_plain_one_passes_and_many_are_refused(client: httpx.AsyncClient) -> None:
    plain = await client.post("/graphql", json={"query": FULL})
    assert plain.status_code == 200 and "errors" not in plain.json()
    again = await client.get("/graphql", params={"query": FULL})
    assert again.content == plain.content
    hostile = await client.post("/graphql", json={"query": HOSTILE["aliases of the whole"]})
    assert hostile.json()["errors"][0]["extensions"]["code"] == "LIMIT_INTROSPECTION"
    assert len(hostile.content) < 1_000
