"""A masked column is null for whom it is not shown, on both ways, and cannot be found by what it holds."""

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
from schema import Connection, Node, column, connection, everybody, own_organization, shows
from schema.build import build_schema
from schema.context import Context
from schema.execution import Executor
from tests.support.numbers import business_number


@shows(table_of(Organization), visible=everybody)
@strawberry.type(description="이웃 · An organization as everybody may see it.")
class Neighbour(Node):
    name: str = column("이름 · Its name.")
    address: str | None = column("주소 · Where it is, for its own people.", shown=own_organization("id"))


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


def test_a_masked_column_cannot_be_searched() -> None:
    with pytest.raises(ValueError, match="neither filterable nor sortable"):
        column("주소 · Where it is.", filterable=True, shown=own_organization("id"))


def test_a_masked_column_must_be_able_to_be_null() -> None:
    @strawberry.type(description="이웃 · A neighbour.")
    class Never(Node):
        address: str = column("주소 · Where it is.", shown=own_organization("id"))

    with pytest.raises(TypeError, match="must allow null"):
        shows(table_of(Organization), visible=everybody)(Never)
