"""What a list is searched by besides its columns is in its `where`, on both ways alike, and in what is exported."""

from __future__ import annotations

from datetime import datetime
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
from schema import Connection, Node, between, column, connection, everybody, searchable, shows, words
from schema.build import build_schema
from schema.context import Context
from schema.execution import Executor
from tests.support.clock import SetClock
from tests.support.numbers import business_number

NAMES = ("100%_빛", "가람", "나래")


@searchable(
    words("text", "검색어 · In its name or address.", "name", "address"),
    between("heard", "등록 기간 · First heard of then.", sql=lambda t, a, b: t.c.created_at.between(a, b)),
)
@shows(table_of(Organization), visible=everybody)
@strawberry.type(description="이웃 · An organization as everybody may see it.")
class Neighbour(Node):
    name: str = column("이름 · Its name.", filterable=True, sortable=True)


@strawberry.type
class Query:
    neighbours: Connection[Neighbour] = connection("이웃 목록 · Everybody.")


class Plugin:
    @hookimpl
    def register_graphql(self) -> GraphQLParts:
        return GraphQLParts(query=(Query,))


@pytest.fixture
async def town(house: House, clock: SetClock) -> House:
    async with house.work() as work:
        for serial, name in enumerate(NAMES):
            await register_organization(work, business_number=business_number(serial), name=name)
        update = work.tx.connection.execute
        await update("UPDATE organization SET address = '서울' WHERE name = '나래'")
        await update("UPDATE organization SET created_at = '2026-01-01T12:00+09' WHERE name = '가람'")
    return house


async def answered(house: House, where: dict[str, Any]) -> dict[str, Any]:
    """The answer, the same whether it is planned or not."""
    executor = Executor(build_schema(Plugins({"neighbours": Plugin()})))
    query = "query ($where: NeighbourWhere) { neighbours(where: $where) { totalCount nodes { name } } }"
    bodies = []
    for plan in (True, False):
        context = Context(house=house, request_id="r", actor=Actor(member_id=1, organization_id=1, role=Role.MEMBER))
        bodies.append((await executor.execute(query, {"where": where}, None, context, plan=plan)).body)
    assert bodies[0] == bodies[1]
    found: dict[str, Any] = orjson.loads(bodies[0])
    return found


async def names(house: House, **where: Any) -> list[str]:
    page = (await answered(house, where))["data"]["neighbours"]
    found = [each["name"] for each in page["nodes"]]
    assert page["totalCount"] == len(found)
    return found


async def test_words_are_looked_for_in_several_columns_and_mean_themselves(town: House) -> None:
    assert await names(town, text="람") == ["가람"]
    assert await names(town, text="서울") == ["나래"]
    assert await names(town, text="100%_") == ["100%_빛"]
    assert await names(town, text="%") == ["100%_빛"]
    assert await names(town, text="") == list(NAMES)
    assert await names(town, text="래", name={"eq": "가람"}) == []


async def test_two_moments_are_said_in_seoul_or_with_an_offset_and_in_order(town: House) -> None:
    assert await names(town, heard={"since": "2026-01-01T11:59", "until": "2026-01-01T12:01"}) == ["가람"]
    assert await names(town, heard={"since": "2026-01-01T02:59Z", "until": "2026-01-01T03:01Z"}) == ["가람"]
    assert await names(town, heard={"since": "2026-01-01T12:01", "until": "2026-01-01T12:02"}) == []
    reversed_ = await answered(town, {"heard": {"since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}})
    assert [each["extensions"]["code"] for each in reversed_["errors"]] == ["WHERE_MOMENTS_REVERSED"]
    long = await answered(town, {"text": "가" * 201})
    assert [each["extensions"]["code"] for each in long["errors"]] == ["WHERE_TOO_LONG"]


def test_nothing_is_ordered_by_what_may_be_null() -> None:
    @strawberry.type(description="이웃 · A neighbour.")
    class Sometimes(Node):
        claimed_at: datetime | None = column("가입 시각 · When it signed up.", sortable=True)

    with pytest.raises(TypeError, match="nothing can be ordered by it"):
        shows(table_of(Organization), visible=everybody)(Sometimes)
