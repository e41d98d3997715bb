"""A masked column is null for whom it is not shown, on both ways, and cannot be found by what it holds."""

from base64 import urlsafe_b64decode
from typing import Any

import orjson
import pytest
import strawberry

from core.actor import Actor, Role
from core.database import table_of
from core.hookspecs import hookimpl
from core.house import House
from core.identity import Organization, register_organization
from core.parts import GraphQLParts
from core.plugins import Plugins
from schema import Connection, Node, column, connection, everybody, own_organization, searchable, shows, words
from schema.build import build_schema
from schema.context import Context
from schema.execution import Executor
from tests.support.numbers import business_number


@shows(table_of(Organization), visible=everybody)
@strawberry.type(description="이웃 · An organization as everybody may see it.")
class Neighbour(Node):
    name: str = column("이름 · Its name.")
    address: str | None = column(
        "주소 · Where it is, for its own people.", shown=own_organization("id"), filterable=True, sortable=True
    )


@strawberry.type
class Query:
    neighbours: Connection[Neighbour] = connection("이웃 목록 · Everybody.")


class Plugin:
    @hookimpl
    def register_graphql(self) -> GraphQLParts:
        return GraphQLParts(query=(Query,))


async def seen(house: House, actor: Actor) -> dict[str, Any]:
    executor = Executor(build_schema(Plugins({"neighbours": Plugin()})))
    query = "{ neighbours { nodes { name address } } }"
    both = [
        (await executor.execute(query, {}, None, Context(house=house, request_id="r", actor=actor), plan=plan)).body
        for plan in (True, False)
    ]
    assert both[0] == both[1]
    return {each["name"]: each["address"] for each in orjson.loads(both[0])["data"]["neighbours"]["nodes"]}


async def test_only_its_own_people_see_what_is_masked(house: House) -> None:
    async with house.work() as work:
        ours = await register_organization(work, business_number=business_number(1), name="우리", address="서울")
        await register_organization(work, business_number=business_number(2), name="이웃", address="부산")
    mine = Actor(member_id=1, organization_id=ours.id, role=Role.MEMBER, main=True)
    assert await seen(house, mine) == {"우리": "서울", "이웃": None}
    assert await seen(house, Actor()) == {"우리": None, "이웃": None}
    assert await seen(house, Actor(member_id=2, organization_id=99, role=Role.AUDITOR)) == {
        "우리": "서울",
        "이웃": "부산",
    }


CONDITIONS = (
    ('eq: "부산"', []), ('eq: "서울"', ["우리"]), ('ne: "서울"', []), ('contains: "산"', []), ('startsWith: "부"', []),
    ('in: ["부산", "서울"]', ["우리"]), ("isNull: true", ["이웃"]), ("isNull: false", ["우리"]),
)  # fmt: skip


async def test_a_condition_on_a_masked_column_finds_what_is_shown_and_nothing_else(house: House) -> None:
    async with house.work() as work:
        ours = await register_organization(work, business_number=business_number(1), name="우리", address="서울")
        await register_organization(work, business_number=business_number(2), name="이웃", address="부산")
    executor = Executor(build_schema(Plugins({"neighbours": Plugin()})))
    mine = Actor(member_id=1, organization_id=ours.id, role=Role.MEMBER, main=True)
    for condition, expected in CONDITIONS:
        query = f"{{ neighbours(where: {{address: {{{condition}}}}}) {{ totalCount nodes {{ name }} }} }}"
        for plan in (True, False):
            context = Context(house=house, request_id="r", actor=mine)
            found = orjson.loads((await executor.execute(query, {}, None, context, plan=plan)).body)["data"]
            assert [each["name"] for each in found["neighbours"]["nodes"]] == expected, condition
            assert found["neighbours"]["totalCount"] == len(expected)


async def test_an_order_by_a_masked_column_tells_nothing_of_it(house: House) -> None:
    """What is masked comes as if it held the least there is, in the order of the ids, and so do cursors."""
    async with house.work() as work:
        ours = await register_organization(work, business_number=business_number(1), name="우리", address="마")
        for serial, address in ((2, "하"), (3, "가"), (4, "나")):
            await register_organization(
                work, business_number=business_number(serial), name=f"이웃 {serial}", address=address
            )
    executor = Executor(build_schema(Plugins({"neighbours": Plugin()})))
    mine = Actor(member_id=1, organization_id=ours.id, role=Role.MEMBER, main=True)
    query = "query ($after: String) { neighbours(first: 1, after: $after, orderBy: [{field: ADDRESS}])"
    query += " { edges { cursor node { name } } } }"
    for plan in (True, False):
        names, after = [], None
        while True:
            context = Context(house=house, request_id="r", actor=mine)
            answer = await executor.execute(query, {"after": after}, None, context, plan=plan)
            edges = orjson.loads(answer.body)["data"]["neighbours"]["edges"]
            if not edges:
                break
            names.append(edges[0]["node"]["name"])
            after = edges[0]["cursor"]
            if names[-1] != "우리":
                told = urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
                assert not any(each in told for each in "하가나"), told
        assert names == ["이웃 2", "이웃 3", "이웃 4", "우리"]


def test_words_are_not_looked_for_in_what_is_masked() -> None:
    with pytest.raises(TypeError, match="which is masked for some who see a row"):
        searchable(words("text", "검색어 · In its address.", "address"))(Neighbour)


def test_a_masked_column_must_be_able_to_be_null() -> None:
    @strawberry.type(description="이웃 · A neighbour.")
    class Never(Node):
        address: str = column("주소 · Where it is.", shown=own_organization("id"))

    with pytest.raises(TypeError, match="must allow null"):
        shows(table_of(Organization), visible=everybody)(Never)
