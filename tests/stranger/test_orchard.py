"""A plugin's own table is shown like core's: relations, filters, order, node ids, and only to who may see it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypdf import PdfReader

from core.database import Database
from core.house import House
from core.migrations import pending_migrations
from core.migrations.write import difference
from core.plugins import Plugins
from core.settings import Settings
from tests.core.identity.scene import enter, join, staff
from tests.stranger import orchard
from tests.support import databases
from tests.support.client import Client, asking
from tests.support.clock import SetClock

REGISTER = """mutation ($name: String!, $hectares: Decimal!) {
  registerOrchard(input: {name: $name, hectares: $hectares, plantedOn: "2020-04-05"}) {
    orchard { id name hectares large organization { name } } errors { code }
  }
}"""
OF_ORGANIZATIONS = """{ organizations { nodes { name orchards(orderBy: [{field: HECTARES, direction: DESC}]) {
  totalCount nodes { name organization { name } }
} } } }"""


@pytest.fixture(scope="module")
def with_orchards() -> Plugins:
    return Plugins.installed({"orchard": orchard})


@pytest.fixture(scope="module")
def orchard_template(server_url: str, with_orchards: Plugins) -> str:
    return asyncio.run(databases.template(server_url, with_orchards))


@pytest.fixture
async def orchards(
    server_url: str, orchard_template: str, with_orchards: Plugins, clock: SetClock, tmp_path: Path
) -> AsyncIterator[House]:
    name = await databases.clone(server_url, orchard_template)
    url = databases.application_url(databases.database_url(server_url, name))
    database = await Database.connect(url, size=6)
    settings = Settings(data_dir=tmp_path, database_url=url)
    yield House(settings=settings, database=database, plugins=with_orchards, clock=clock)
    await database.close()
    await databases.drop(server_url, name)


@dataclass
class Valley:
    """Two growers with an account each, and an operator."""

    public: Client
    one: Client
    two: Client
    operator: Client


@pytest.fixture
async def valley(orchards: House) -> AsyncIterator[Valley]:
    await join(orchards, 1, "grower-one")
    await join(orchards, 2, "grower-two")
    await staff(orchards, login_id="agency-one")
    async with asking(orchards) as public:
        tokens = [(await enter(orchards, login)).token for login in ("grower-one", "grower-two", "agency-one")]
        yield Valley(public, *(public.signed_in(token) for token in tokens))


async def test_its_branch_makes_the_table_its_models_describe(orchards: House) -> None:
    url = orchards.settings.database_url
    assert url is not None
    async with orchards.database.reading() as tx:
        assert await pending_migrations(tx, orchards.plugins.tables) == []
    assert await difference(url, {"orchard"}) == []


async def test_the_application_may_use_its_table(orchards: House) -> None:
    async with orchards.database.reading() as tx:
        verbs = "SELECT bool_and(has_table_privilege('orchard', verb)) FROM unnest($1::text[]) AS v(verb)"
        assert await tx.connection.fetchval(verbs, ["SELECT", "INSERT", "UPDATE", "DELETE"])


async def test_its_mutation_writes_the_row_and_the_audit(valley: Valley, orchards: House) -> None:
    made = (await valley.one.change(REGISTER, name="배밭", hectares="12.5"))["orchard"]
    assert made | {"id": None} == {
        "id": None, "name": "배밭", "hectares": "12.5", "large": True, "organization": {"name": "한빛조명 1"},
    }  # fmt: skip
    async with orchards.database.reading() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM audit_event WHERE action = 'orchard.registered'") == 1


async def test_its_node_is_fetched_again_by_its_global_id_by_its_owner_only(valley: Valley) -> None:
    made = (await valley.one.change(REGISTER, name="배밭", hectares="2"))["orchard"]
    again = "query ($id: ID!) { node(id: $id) { ... on Orchard { name } } }"
    assert await valley.one.ask(again, id=made["id"]) == {"node": {"name": "배밭"}}
    assert await valley.two.ask(again, id=made["id"]) == {"node": None}


async def test_its_list_is_filtered_ordered_and_paged_like_cores(valley: Valley) -> None:
    for name, hectares in (("배밭", "3"), ("감나무밭", "8"), ("사과밭", "1.5")):
        await valley.one.change(REGISTER, name=name, hectares=hectares)
    page = await valley.one.ask(
        """query ($after: String) { orchards(
             first: 1, after: $after, where: {hectares: {gte: "2"}}, orderBy: [{field: NAME}]
           ) { totalCount nodes { name } pageInfo { endCursor hasNextPage } } }"""
    )
    assert page["orchards"]["nodes"] == [{"name": "감나무밭"}]
    assert page["orchards"]["totalCount"] == 2
    assert page["orchards"]["pageInfo"]["hasNextPage"]


async def test_the_field_it_adds_to_organization_shows_each_its_own(valley: Valley) -> None:
    await valley.one.change(REGISTER, name="배밭", hectares="3")
    await valley.one.change(REGISTER, name="감나무밭", hectares="8")
    await valley.two.change(REGISTER, name="사과밭", hectares="5")
    own = (await valley.two.ask(OF_ORGANIZATIONS))["organizations"]["nodes"]
    assert [(each["name"], [row["name"] for row in each["orchards"]["nodes"]]) for each in own] == [
        ("한빛조명 2", ["사과밭"])
    ]
    every = (await valley.operator.ask(OF_ORGANIZATIONS))["organizations"]["nodes"]
    seen = {each["name"]: [row["name"] for row in each["orchards"]["nodes"]] for each in every}
    assert seen == {"한빛조명 1": ["감나무밭", "배밭"], "한빛조명 2": ["사과밭"], "전담기관": []}


async def test_the_public_sees_none_of_it(valley: Valley) -> None:
    await valley.one.change(REGISTER, name="배밭", hectares="3")
    assert await valley.public.ask("{ orchards { totalCount nodes { name } } }") == {
        "orchards": {"totalCount": 0, "nodes": []}
    }


async def test_its_form_is_set_for_its_owner_only_and_that_is_in_the_audit(valley: Valley, orchards: House) -> None:
    await valley.one.change(REGISTER, name="배밭 #panic()", hectares="12.5")
    async with orchards.database.reading() as tx:
        key = await tx.connection.fetchval("SELECT id FROM orchard")
    path = f"/documents/forms/orchard/registration/{key}.pdf"
    paper = await valley.one.get(path)
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    page = PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    assert "배밭 #panic()" in page and "5,000그루" in page and "2026년 3월 2일" in page

    assert [(await who.get(path)).status_code for who in (valley.two, valley.public)] == [404, 401]
    assert (await valley.one.get(path.replace("registration", "other"))).status_code == 404
    async with orchards.database.reading() as tx:
        events = await tx.connection.fetch("SELECT subject_id, after FROM audit_event WHERE action = 'form.set'")
    assert [dict(event) for event in events] == [{"subject_id": "orchard.registration", "after": {"key": str(key)}}]
