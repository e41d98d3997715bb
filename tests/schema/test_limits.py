"""What one request may ask for: each no says the limit, and reaches no database."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from core.actor import Role
from core.concurrency import ComputingThread, Turns
from core.house import House
from schema import variables
from schema.build import build_schema
from schema.context import Context
from schema.errors import LETTERS as LONGEST
from schema.execution import Executor
from schema.global_ids import to_global_id
from schema.limits import Limits
from schema.parsing import documents
from schema.planner.splicing import LETTERS, MARK, _split, spliced
from schema.planner.text import CLOSE, MIDDLE, OPEN
from tests.support.api import company, organization, staff, statements_of
from tests.support.ledger import as_owner

FRIENDS = " ".join(f"a{n}: organizations {{ totalCount }}" for n in range(200))
BOMB = " ".join(f"fragment f{n} on Organization {{ ...f{n + 1} ...f{n + 1} }}" for n in range(30))
SMALL = Limits(tokens=400, depth=6, aliases=5, cost=500)


async def ask(house: House, query: str, limits: Limits = SMALL, **variables: Any) -> tuple[dict[str, Any], list[str]]:
    executor = Executor(build_schema(house.plugins), limits=limits)
    answers = []
    with statements_of(house) as statements:
        for plan in (True, False):
            answer = await executor.execute(query, variables, None, Context(house=house, request_id="r"), plan=plan)
            answers.append(answer.body)
    assert answers[0] == answers[1]
    found: dict[str, Any] = json.loads(answers[0])
    return found, statements


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        (
            "{ organizations { nodes { accounts { nodes { organization { accounts { totalCount } } } } } } }",
            "LIMIT_DEPTH",
            ("7", "6"),
        ),
        (
            "{ " + " ".join(f"a{n}: organizations {{ totalCount }}" for n in range(6)) + " }",
            "LIMIT_ALIASES",
            ("6", "5"),
        ),
        ("{ organizations(first: 100) { nodes { accounts(first: 100) { nodes { id } } } } }", "LIMIT_COST", ("500",)),
        ("{ organizations { nodes { " + "name " * 500 + "} } }", "LIMIT_TOKENS", ("400",)),
    ],
)
async def test_what_is_over_a_limit_is_refused_with_the_limit(
    house: House, query: str, code: str, says: tuple[str, ...]
) -> None:
    answer, statements = await ask(house, query)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == code
    assert all(number in error["message"] for number in says)
    assert "data" not in answer
    assert statements == []


async def test_a_page_size_in_a_variable_counts_as_it_is_given(house: House) -> None:
    query = "query($n: Int) { organizations(first: $n) { nodes { accounts(first: 20) { nodes { id } } } } }"
    costly, _ = await ask(house, query, n=100)
    assert costly["errors"][0]["extensions"]["code"] == "LIMIT_COST"
    cheap, _ = await ask(house, query, n=2)
    assert "errors" not in cheap


async def test_nodes_by_ids_count_as_often_as_there_are_ids(house: House) -> None:
    below = "{ ... on Organization { accounts(first: 20) { nodes { id } } } }"
    ids = [to_global_id("Organization", n) for n in range(40)]
    for query, given in (
        (f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {below} }}", {"ids": ids}),
        (f"{{ nodes(ids: {json.dumps(ids)}) {below} }}", {}),
    ):
        costly, statements = await ask(house, query, replace(SMALL, tokens=2_000), **given)
        assert costly["errors"][0]["extensions"]["code"] == "LIMIT_COST"
        assert statements == []
    cheap, _ = await ask(house, f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {below} }}", ids=ids[:2])
    assert "errors" not in cheap


async def test_twelve_levels_and_two_hundred_aliases_are_beyond_the_usual_limits(house: House) -> None:
    usual = Limits.of(house.settings)
    deep = "{ organizations { nodes { accounts { nodes { entries { nodes { transaction { entries { nodes { account {"
    deep += " organization { name } } } } } } } } } } } }"
    answer, statements = await ask(house, deep, usual)
    assert answer["errors"][0]["extensions"]["code"] == "LIMIT_DEPTH"
    aliased, more = await ask(house, "{ " + FRIENDS + " }", usual)
    assert aliased["errors"][0]["extensions"]["code"] == "LIMIT_ALIASES"
    assert statements == more == []


async def test_fragments_spread_over_and_over_are_measured_once(house: House) -> None:
    query = f"{{ organizations {{ nodes {{ ...f0 }} }} }} {BOMB} fragment f30 on Organization {{ name }}"
    answer, _ = await ask(house, query, Limits.of(house.settings))
    assert answer == {"data": {"organizations": {"nodes": []}}}


async def test_a_cycle_of_fragments_is_refused_by_validation(house: House) -> None:
    query = (
        "{ organizations { nodes { ...a } } } fragment a on Organization { ...b } fragment b on Organization { ...a }"
    )
    answer, statements = await ask(house, query)
    assert "itself" in answer["errors"][0]["message"]
    assert statements == []


async def test_introspection_is_as_deep_as_it_needs_to_be(house: House) -> None:
    deep = "ofType { " * 9 + "name" + " }" * 9
    answer, _ = await ask(
        house, "{ __schema { types { fields { type { " + deep + " } } } } }", Limits.of(house.settings)
    )
    assert "errors" not in answer


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { " + "signedIn " * 21 + "} }",
        "{ " + "...a " * 101 + "} " + "fragment a on Query { viewer { signedIn } }",
    ],
)
async def test_one_field_or_fragment_again_and_again_is_refused(house: House, query: str) -> None:
    answer, statements = await ask(house, query, Limits.of(house.settings))
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["LIMIT_FIELDS"]
    assert statements == []


@pytest.mark.parametrize("value", ["1E+300000000", "1E-30", "1" * 19, "NaN", "1_0"])
async def test_a_decimal_has_no_more_digits_than_anything_here(house: House, value: str) -> None:
    query = 'query($d: Decimal!) { quote(input: {benefitId: "x", declared: [{code: "a", amount: $d}]}) { units } }'
    answer, _ = await ask(house, query, Limits.of(house.settings), d=value)
    assert "$d" in answer["errors"][0]["message"]
    assert len(str(answer)) < 1_000


@pytest.mark.parametrize("more", ["", "programs { code }"])
async def test_a_query_that_takes_too_long_is_stopped_on_both_ways(house: House, more: str) -> None:
    schema = build_schema(house.plugins)
    query = f"{{ {more} organizations {{ totalCount }} }}"

    async def both(seconds: float) -> set[tuple[int, bytes]]:
        executor = Executor(schema, limits=replace(SMALL, seconds=seconds))
        return {
            (answer.status, answer.body)
            for plan in (True, False)
            for answer in [await executor.execute(query, None, None, Context(house=house, request_id="r"), plan=plan)]
        }

    async with as_owner(house) as owner, owner.transaction():
        await owner.execute("LOCK TABLE organization IN ACCESS EXCLUSIVE MODE")
        ((status, body),) = await both(seconds=0.2)
    assert status == 503 and json.loads(body)["errors"][0]["extensions"]["code"] == "LIMIT_TIME"
    ((status, body),) = await both(seconds=30)
    assert status == 200 and "errors" not in json.loads(body)
    assert house.database.connections.in_use == 0


LONG = "{ organizations(first: 50) { nodes { name businessNumber } } }"
LISTED = f"{LONG[:-2]} programs {{ code }} }}"  # `programs` is left to Python


async def test_an_answer_has_a_size_whichever_way_it_is_made(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = build_schema(house.plugins)
    async with house.work() as work:
        for n in range(30):
            await organization(work, name=f"{n} " + "길" * 60)
    actor = (await staff(house, Role.OPERATOR, "sejong")).actor

    def context() -> Context:
        return Context(house=house, request_id="r", actor=actor)

    async def both(query: str, size: int, measured: int) -> set[tuple[int, bytes]]:
        monkeypatch.setattr("schema.execution.executor.MEASURED", measured)
        executor = Executor(schema, limits=replace(Limits.of(house.settings), answer=size))
        return {
            (answer.status, answer.body)
            for plan in (True, False)
            for answer in [await executor.execute(query, None, None, context(), plan=plan)]
        }

    for query in (LONG, LISTED):
        for measured in (0, 1_000_000):
            ((status, body),) = await both(query, 2_000, measured)
            (error,) = json.loads(body)["errors"]
            assert (status, error["extensions"]["code"]) == (400, "LIMIT_ANSWER")
            assert "2,000" in error["message"] and len(body) < 1_000
            ((status, whole),) = await both(query, 1_000_000, measured)
            assert status == 200 and len(whole) > 6_000
            ((status, body),) = await both(query, len(whole), measured)
            assert (status, body) == (200, whole)
            ((status, body),) = await both(query, len(whole) - 1, measured)
            assert status == 400


async def test_a_change_that_is_done_says_so_when_its_answer_is_too_large(house: House) -> None:
    executor = Executor(build_schema(house.plugins), limits=replace(Limits.of(house.settings), answer=10))
    made = await company(house, "hanbit")
    context = Context(house=house, request_id="r", actor=made.actor)
    answer = await executor.execute("mutation { signOut { errors { code } } }", None, None, context)
    found = json.loads(answer.body)
    assert answer.status == 200 and found["data"] is None
    assert found["errors"][0]["extensions"]["code"] == "LIMIT_ANSWER"


async def test_a_long_answer_of_python_lets_others_have_their_turn_and_is_broken_off_in_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step is due, so that each list of the answer waits for turns; the time is over at the third of them."""
    schema = build_schema(house.plugins)
    executor = Executor(schema, limits=replace(Limits.of(house.settings), seconds=3600))
    query = "{ __schema { types { name fields { name } } } }"
    monkeypatch.setattr(Turns, "due", lambda _self: True)
    turn, taken = Turns.turn, []

    async def counted(self: Turns) -> None:
        taken.append(1)
        await turn(self)

    monkeypatch.setattr(Turns, "turn", counted)
    whole = await executor.execute(query, None, None, Context(house=house, request_id="r"), plan=False)
    assert whole.status == 200 and len(taken) > 100
    hurry: Any = executor.hurry

    async def late(self: Turns) -> None:
        taken.append(1)
        if len(taken) == 3:
            hurry.ring(asyncio.get_running_loop().time() + 7200)
        await turn(self)

    for plan in (True, False):
        executor.introspection = type(executor.introspection)(schema._schema)
        taken.clear()
        monkeypatch.setattr(Turns, "turn", late)
        answer = await executor.execute(query, None, None, Context(house=house, request_id="r"), plan=plan)
        assert answer.status == 503 and json.loads(answer.body)["errors"][0]["extensions"]["code"] == "LIMIT_TIME"
        assert len(taken) < 50


async def test_marks_in_a_long_text_are_replaced_in_turns_as_at_once(house: House) -> None:
    class Doubled:
        async def texts(self, _context: Any, given: list[str]) -> list[str]:
            return [f"<{each * 2}>" for each in given]

    short = "".join(f"around{n}{OPEN}0{MIDDLE}[{n}]{CLOSE}" for n in range(1_700)) + "end"
    context, long = Context(house=house, request_id="r"), "x" * LETTERS + short
    computed: Any = [Doubled()]
    expected = "".join(f"around{n}<[{n}][{n}]>" for n in range(1_700)) + "end"
    assert await spliced([short, long, ""], computed, context) == [expected, "x" * LETTERS + expected, ""]
    assert MARK.split(short) == await _split(short)


async def test_a_long_document_is_read_in_a_thread_and_its_errors_stay_short(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    class Noting(ComputingThread):
        async def run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            read.append(len(args[0]))
            return await super().run(function, *args, **kwargs)

    monkeypatch.setattr(documents, "READING", Noting("documents"))
    fields = " ".join(f"nam{n}: 1" for n in range(400))
    answer, statements = await ask(
        house, f"{{ organizations(where: {{{fields}}}) {{ totalCount }} }}", Limits.of(house.settings)
    )
    assert read and statements == []
    assert 1 < len(answer["errors"]) <= documents.ERRORS + 1
    assert all(len(error["message"]) <= LONGEST + 1 for error in answer["errors"])


async def test_documents_that_are_kept_have_a_size(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENT_TOKENS", 100)
    executor = Executor(build_schema(house.plugins))
    for n in range(30):
        for query in (
            f"{{ k{n}: viewer {{ signedIn }} }}",
            f"{{ viewer {{ signedIn }} }} #{'x' * 100 * n}",
            "{ nothing",
        ):
            await executor.execute(query, None, None, Context(house=house, request_id="r"))
            assert executor.documents.kept <= 20
            assert executor.planner.plans_kept <= 20


async def test_many_values_that_are_not_plain_are_read_in_a_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    class Noting(ComputingThread):
        async def run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            read.append(len(args[0]["ids"]))
            return await super().run(function, *args, **kwargs)

    monkeypatch.setattr(variables, "READING", Noting("variables"))
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    usual = Limits.of(house.settings)
    for count, beside in ((3, 0), (5_000, 1)):
        read.clear()
        answer, _ = await ask(house, query, usual, ids=[{}] * count)  # no id is an object
        assert "$ids" in answer["errors"][0]["message"] and len(answer["errors"]) <= 51
        assert len(read) == 2 * beside  # on both ways
    answer, statements = await ask(house, query, usual, ids=["a"] * 60_000)
    assert answer["errors"][0]["extensions"]["code"] == "LIMIT_VALUES" and statements == []
    assert not variables.many({"a": [1] * 500, "b": {"c": [[]] * 500}})
    assert variables.many({"a": {"b": [[[1] * 3_000]]}})
