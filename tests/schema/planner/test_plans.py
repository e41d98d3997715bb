"""Plans: kept and reused, never with another's values; what is refused is refused before any statement."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.database import Transaction
from schema.connections import signature
from schema.execution import Answer, Executor
from schema.parsing import documents
from schema.planner import plan as planning
from schema.planner import splicing
from tests.schema.planner.varied import NO_LIMITS, Scene, instead, statements_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

LISTED = """query Listed($first: Int, $where: OrganizationWhere, $withName: Boolean = true) {
  organizations(first: $first, where: $where) {
    totalCount nodes { id name @include(if: $withName) lots(first: 2) { totalCount nodes { amount } } }
  }
}"""


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is compiled while the test runs."""
    seen: list[Any] = []
    write = planning.write

    def noted(*given: Any) -> Any:
        seen.append(given)
        return write(*given)

    monkeypatch.setattr(planning, "write", noted)
    return seen


async def both(scene: Scene, executor: Executor, role: str, query: str, **variables: Any) -> Answer:
    """The answer, which is the same either way."""
    planned = await executor.execute(query, variables, None, scene.context(role))
    plain = await executor.execute(query, variables, None, scene.context(role), plan=False)
    assert (planned.status, planned.body) == (plain.status, plain.body)
    return planned


# ------------------------------------------------------------------------------------------------------- reuse


async def test_a_document_is_compiled_once_for_a_shape_of_actor(scene: Scene, compiled: list[Any]) -> None:
    executor = scene.executor()
    for role, variables, known in (
        ("main", {"first": 3}, 1),
        ("main", {"first": 3}, 1),
        ("other_main", {"first": 3}, 1),  # another company, the same shape
        ("sub", {"first": 3}, 2),
        ("clerk", {"first": 3}, 2),  # permissions are parameters
        ("main", {"first": 4}, 3),
        ("main", {"first": 3, "where": {"name": {"contains": "Q"}}}, 4),
        ("other_main", {"first": 3, "where": {"name": {"contains": "null"}}}, 4),
        ("main", {"first": 3, "where": {"name": {"startsWith": "Q"}}}, 5),
        ("main", {"first": 3, "where": {"corporateNumber": {"isNull": True}}}, 6),
        ("main", {"first": 3, "where": {"corporateNumber": {"isNull": False}}}, 7),
        ("main", {"first": 3, "withName": False}, 8),
        ("main", {"first": 3}, 8),
    ):
        answer = await executor.execute(LISTED, variables, None, scene.context(role))
        assert answer.status == 200
        assert len(compiled) == known, (role, variables)


async def test_reviewers_of_other_programs_share_a_statement_but_not_its_rows(
    scene: Scene, compiled: list[Any]
) -> None:
    executor = scene.executor()
    query = "{ lots(first: 100) { nodes { program } } }"
    shown = {}
    for role in ("reviewer", "reviewer_elsewhere"):
        answer = json.loads((await executor.execute(query, None, None, scene.context(role))).body)
        shown[role] = {each["program"] for each in answer["data"]["lots"]["nodes"]}
    assert shown == {"reviewer": {"mileage_innovation"}, "reviewer_elsewhere": {"deeds"}}
    assert len(compiled) == 1


async def test_no_request_sees_the_values_of_another(scene: Scene) -> None:
    """The same documents, at once, with other variables and by others: each answers as if it were alone."""
    executor = scene.executor()
    numbers = scene.pool.values["Organization", "business_number"]
    lookup = "query ($number: String!) { organization(businessNumber: $number) { businessNumber name } }"
    paged = """query ($after: String, $first: Int) {
      entries(first: $first, after: $after, orderBy: {field: ID}) { edges { cursor node { id amount } } }
    }"""
    cursors = [None, *scene.pool.cursors[signature("Entry", ["id+"])][:4]]
    asked: list[tuple[str, str, dict[str, Any]]] = []
    for role in ("public", "main", "other_main", "sub", "stranger", "reviewer", "operator", "auditor"):
        asked += [(role, lookup, {"number": number}) for number in numbers[:5]]
        asked += [(role, paged, {"after": cursor, "first": size}) for cursor in cursors for size in (1, 3)]
        asked += [
            (role, LISTED, {"where": {"businessNumber": {"in": [number]}}, "withName": place % 2 == 0})
            for place, number in enumerate(numbers[:5])
        ]
    alone = [
        await scene.executor().execute(query, given, None, scene.context(role), plan=False)
        for role, query, given in asked
    ]
    for _ in range(2):
        answers = await asyncio.gather(
            *(executor.execute(query, given, None, scene.context(role)) for role, query, given in asked)
        )
        assert [each.body for each in answers] == [each.body for each in alone]
    assert len({each.body for each in alone}) > 20


async def test_what_is_kept_is_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENTS", 10)
    monkeypatch.setattr(planning, "LIMIT", 12)
    executor = scene.executor()
    for place in range(40):
        query = f"query ($on: Boolean!) {{ viewer {{ k{place}: signedIn @include(if: $on) }} }}"
        for on in (True, False):
            answer = await executor.execute(query, {"on": on}, None, scene.context("main"))
            assert json.loads(answer.body)["data"]["viewer"] == ({f"k{place}": True} if on else {})
    assert executor.documents.kept <= 10
    assert len(executor.planner._plans) <= 12
    assert len(executor.planner._switches) <= 12
    for first in range(1, 41):
        await executor.execute(LISTED, {"first": first}, None, scene.context("main"))
    assert all(len(each.statements) <= 12 for each in executor.planner._plans.values())


# --------------------------------------------------------------------------------------------------- selecting


@pytest.mark.parametrize(
    "query",
    [
        "{ organizations { pageInfo { __typename } } }",
        "{ organizations { pageInfo { hasPreviousPage } } }",
        "{ organizations(last: 2) { pageInfo { hasNextPage } } }",
        "{ organizations(first: 1) { nodes { __typename } edges { __typename } } }",
        "{ organizations(first: 1) { nodes { id @skip(if: true) } edges { cursor @skip(if: true) } } }",
        "{ organizations { __typename } }",
        "{ organizations { totalCount n: totalCount } lots(where: {program: {in: []}}) { nodes { id } totalCount } }",
        '{ organizations(where: {name: {eq: "nobody\'s"}}) { nodes { id } edges { cursor } pageInfo { endCursor } } }',
        "{ organizations(last: 2) { nodes { name lots(last: 2) { edges { cursor node { amount } } } } } }",
        '{ node(id: "x") { id } viewer { signedIn } __typename programs { code } organizations { totalCount } }',
        "{ benefits { nodes { terms { nodes { declaredLimits { code } } } } } organizations { totalCount } }",
        "{ activities(first: 100) { nodes { facts { __typename ... on Planting { place trees depth by leaf } } } } }",
    ],
)
async def test_odd_selections_are_answered_alike(scene: Scene, query: str) -> None:
    for role in ("public", "main", "auditor"):
        answer = json.loads((await both(scene, scene.executor(), role, query)).body)
        assert answer["data"], answer


async def test_facts_that_are_no_longer_as_declared_are_told_as_far_as_they_are(scene: Scene) -> None:
    document = """query ($types: [String!], $place: Boolean!) {
      activities(first: 100, where: {activityType: {in: $types}}) {
        nodes { id facts { ... on Planting { plantedOn rows place @include(if: $place) } } }
      }
    }"""
    types = ["planting", "re_planting"]
    executor = scene.executor()
    whole = json.loads((await both(scene, executor, "auditor", document, types=types, place=False)).body)
    assert "errors" not in whole
    answer = json.loads((await both(scene, executor, "auditor", document, types=types, place=True)).body)
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"ACTIVITY_FACT_INVALID"}
    assert {each["path"][-1] for each in answer["errors"]} == {"place"}
    missing = [each for each in answer["data"]["activities"]["nodes"] if each["facts"] is None]
    assert len(missing) == len(answer["errors"]) < len(answer["data"]["activities"]["nodes"])


async def test_hundreds_of_fields_are_one_statement(scene: Scene) -> None:
    fields = " ".join(f"k{place}: name l{place}: lots(first: 1) {{ totalCount }}" for place in range(100))
    query = f"{{ organizations(first: 2) {{ nodes {{ {fields} {' '.join(f'n{n}: name' for n in range(400))} }} }} }}"
    with statements_of(scene) as statements:
        answer = await scene.executor().execute(query, None, None, scene.context("main"))
    assert len(statements) == 1, answer.body[:500]
    plain = await scene.executor().execute(query, None, None, scene.context("main"), plan=False)
    assert answer.body == plain.body


@pytest.mark.parametrize("on", [True, False])
async def test_switches_choose_what_is_planned(scene: Scene, on: bool) -> None:
    query = """query ($on: Boolean!, $off: Boolean = false) {
      organizations(first: 2) { ...Named @include(if: $on) ... @skip(if: $on) { totalCount } nodes { id } }
      programs @include(if: $off) { code }
    }
    fragment Named on OrganizationConnection { nodes { name @skip(if: $off) } }"""
    executor = scene.executor()
    with statements_of(scene) as statements:
        await executor.execute(query, {"on": on}, None, scene.context("main"))
    assert len(statements) == 1
    answer = json.loads((await both(scene, executor, "main", query, on=on)).body)["data"]
    assert set(answer) == {"organizations"}
    assert ("totalCount" in answer["organizations"]) is not on
    assert ("name" in answer["organizations"]["nodes"][0]) is on
    assert set(json.loads((await both(scene, executor, "main", query, on=on, off=True)).body)["data"]) == {
        "organizations",
        "programs",
    }


async def test_a_switch_that_is_null_is_refused_on_both_ways(scene: Scene) -> None:
    query = "query ($on: Boolean = true) { organizations(first: 1) { totalCount @include(if: $on) } }"
    await both(scene, scene.executor(), "main", query, on=None)


# --------------------------------------------------------------------------------------------------- refusing

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a fragment that spreads itself": (
        "{ viewer { ...A } } fragment A on Viewer { signedIn ...A }", {}, "BAD_REQUEST",
    ),
    "a fragment that is none": ("{ viewer { ...A } }", {}, "BAD_REQUEST"),
    "a field that is none": ("{ viewer { nothing } }", {}, "BAD_REQUEST"),
    "no document": ("{ viewer {", {}, "BAD_REQUEST"),
    "a variable of the wrong type": (LISTED, {"first": "three"}, "BAD_REQUEST"),
    "a variable with a field that is none": (LISTED, {"where": {"nothing": {"eq": "x"}}}, "BAD_REQUEST"),
    "a variable that is missing": ("query ($n: Int!) { lots(first: $n) { totalCount } }", {}, "BAD_REQUEST"),
    "too large a page": ("{ lots(first: 10000) { totalCount } }", {}, "PAGE_INVALID"),
    "too large a page, by a variable": (LISTED, {"first": 10_000}, "PAGE_INVALID"),
    "no page": (LISTED, {"first": 0}, "PAGE_INVALID"),
    "both ways at once": ("{ lots(first: 1, last: 1) { totalCount } }", {}, "PAGE_INVALID"),
    "a cursor the wrong way": ('{ lots(first: 1, before: "x") { totalCount } }', {}, "PAGE_INVALID"),
    "a forged cursor": ('{ lots(after: "Zm9yZ2Vk") { totalCount } }', {}, "CURSOR_INVALID"),
    "too many values": (
        LISTED, {"where": {"name": {"in": [str(place) for place in range(1_000)]}}}, "WHERE_TOO_MANY_VALUES",
    ),
    "the id of something else": (
        '{ lots(where: {organization: {eq: "TG90OjE"}}) { totalCount } }', {}, "ID_INVALID",
    ),
    "a page too large far below": (
        "{ viewer { signedIn } organizations { nodes { lots { nodes { moves(first: 101) { totalCount } } } } } }", {},
        "PAGE_INVALID",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_what_will_not_do_is_refused_alike_and_no_statement_runs(scene: Scene, case: str) -> None:
    query, variables, code = CASES[case]
    executor = scene.executor()
    with statements_of(scene) as statements:
        for role in ("public", "main", "auditor"):
            answer = await both(scene, executor, role, query, **variables)
            told = json.loads(answer.body)
            assert answer.status == 400
            assert "data" not in told
            assert [each["extensions"]["code"] for each in told["errors"]] == [code]
            assert told["errors"][0]["message"]
    assert statements == []


async def test_the_cursor_of_another_list_is_refused(scene: Scene) -> None:
    cursor = {}
    for name, order in (("lots", ""), ("lots", "orderBy: {field: ID}"), ("entries", "")):
        query = f"{{ {name}(first: 1, {order}) {{ edges {{ cursor }} }} }}"
        answer = json.loads((await scene.executor().execute(query, None, None, scene.context("main"))).body)
        cursor[name, order] = answer["data"][name]["edges"][0]["cursor"]
    query = "query ($after: String) { lots(first: 1, after: $after) { nodes { id } } }"
    with statements_of(scene) as statements:
        for place, known in cursor.items():
            if place != ("lots", ""):
                answer = await both(scene, scene.executor(), "main", query, after=known)
                assert answer.status == 400
                assert json.loads(answer.body)["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
        assert statements == []
    assert (await both(scene, scene.executor(), "main", query, after=cursor["lots", ""])).status == 200


@pytest.mark.parametrize("text", ["\0", "a\0b"])
async def test_a_letter_that_is_no_text_is_refused_alike(scene: Scene, text: str) -> None:
    answer = await both(scene, scene.executor(), "main", LISTED, where={"name": {"contains": text}})
    assert json.loads(answer.body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


# ---------------------------------------------------------------------------------------------------- failing


FAILS = "SELECT secret FROM table_of_secrets"


@pytest.fixture
def broken(scene: Scene) -> Iterator[None]:
    """A database that fails in every statement, and says what nobody else is to hear."""
    row, reading = scene.house.database.row, scene.house.database.reading

    async def failing_row(*_given: Any) -> Any:
        return await row(FAILS)

    @asynccontextmanager
    async def failing() -> AsyncIterator[Transaction]:
        async with reading() as tx:
            await tx.connection.fetchrow(FAILS)
            yield tx

    with instead(scene.house.database, row=failing_row, reading=failing):
        yield


@pytest.mark.parametrize("query", [LISTED, "{ viewer { signedIn } lots { totalCount } programs { code } }"])
async def test_a_failure_of_the_database_is_masked(scene: Scene, broken: None, query: str) -> None:
    for plan in (True, False):
        answer = await scene.executor().execute(query, None, None, scene.context("main"), plan=plan)
        told = json.loads(answer.body)
        assert answer.status == 200
        assert told["data"] is None
        assert {each["extensions"]["code"] for each in told["errors"]} == {"INTERNAL"}
        assert {each["extensions"]["requestId"] for each in told["errors"]} == {"request-1"}
        assert all("request-1" in each["message"] for each in told["errors"])
        assert b"secret" not in answer.body


async def test_debug_tells_the_failure(scene: Scene, broken: None) -> None:
    answer = await scene.executor(debug=True).execute(LISTED, None, None, scene.context("main"))
    assert b"table_of_secrets" in answer.body


# -------------------------------------------------------------------------------------------------- explaining


async def test_debug_tells_which_way_each_root_field_took_and_why(scene: Scene) -> None:
    executor = Executor(scene.schema, limits=NO_LIMITS, debug=True)
    query = """{ viewer { signedIn } o: organizations { totalCount } programs { code }
      benefits { nodes { terms { nodes { declaredLimits { code } } } } } __typename }"""
    for plan in (True, False):
        answer = await executor.execute(query, None, None, scene.context("main"), plan=plan)
        way = "planned" if plan else "asked not to plan"
        assert json.loads(answer.body)["extensions"]["plan"] == {
            "viewer": way,
            "o": way,
            "programs": "Query.programs needs Python",
            "benefits": "BenefitTerms.declaredLimits needs Python",
            "__typename": "Query.__typename needs Python",
        }
    whole = await executor.execute("{ viewer { signedIn } }", None, None, scene.context("main"))
    assert json.loads(whole.body) == {
        "data": {"viewer": {"signedIn": True}},
        "extensions": {"plan": {"viewer": "planned"}},
    }
    silent = await scene.executor().execute(query, None, None, scene.context("main"))
    assert "extensions" not in json.loads(silent.body)


COMPUTED = """{ organizations(first: 20) { nodes { label
  accounts { nodes { entries(first: 20) { nodes { amount label doubled mostly } } } } } }
  activities(first: 50) { nodes { line colours } } }"""


async def test_what_python_works_out_is_asked_for_once_and_planned_around(scene: Scene) -> None:
    executor = scene.executor(debug=True)
    await executor.execute(COMPUTED, None, None, scene.context("auditor"))
    with statements_of(scene) as statements:
        answer = json.loads((await executor.execute(COMPUTED, None, None, scene.context("auditor"))).body)
    assert len(statements) == 1
    assert answer["extensions"]["plan"] == {"organizations": "planned", "activities": "planned"}
    entries = [
        entry
        for organization in answer["data"]["organizations"]["nodes"]
        for account in organization["accounts"]["nodes"]
        for entry in account["entries"]["nodes"]
    ]
    assert {entry["mostly"] for entry in entries} >= {None} and len({entry["label"] for entry in entries}) > 5
    assert all(f"amount={entry['amount']}" in entry["label"] for entry in entries)
    colours = {len(activity["colours"]) for activity in answer["data"]["activities"]["nodes"]}
    assert colours == {0, 1, 2}


@pytest.mark.parametrize("role", ["public", "main", "auditor"])
async def test_what_python_works_out_is_the_same_either_way(scene: Scene, role: str) -> None:
    await both(scene, scene.executor(), role, COMPUTED)
    await both(
        scene,
        scene.executor(),
        role,
        "{ organizations { nodes { accounts { nodes { entries { nodes { tooLarge } } } } } } }",
    )


async def test_what_python_works_out_is_the_same_some_rows_at_a_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await both(scene, scene.executor(), "auditor", COMPUTED)
    monkeypatch.setattr(sys.modules["schema.computed"], "MOST_ROWS", 3)
    monkeypatch.setattr(splicing, "STEPS", 2)
    monkeypatch.setattr(splicing, "LETTERS", 10)
    assert (await both(scene, scene.executor(), "auditor", COMPUTED)).body == whole.body
