"""Lists: pages that add up whichever way they are read, conditions, counts, cursors that are none, and ids."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any

import httpx
import pytest

from core.actor import Role
from core.house import House
from schema.global_ids import to_global_id
from tests.support.api import Account, asks, codes, company, staff, statements_of, top_codes
from tests.support.client import Client
from tests.support.ledger import Points
from tests.support.numbers import business_number

PROGRAM, ASSET = "mileage_innovation", "innovation_mileage"
ORGANIZATIONS = """query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: [OrganizationOrder!],
                          $where: OrganizationWhere) {
  organizations(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, where: $where) {
    edges { cursor node { id name businessNumber createdAt } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
LOTS = """query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: [LotOrder!]) {
  lots(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    edges { cursor node { id earnedOn expiresOn remaining } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
NAMES = ("가나", "가나", "다라", "ABC", "abc", "a_c", "100%", "가나다")


@pytest.fixture
async def auditor(house: House, client: httpx.AsyncClient) -> Client:
    return asks(client, await staff(house, Role.AUDITOR, "auditor_one"))


@pytest.fixture
async def crowd(house: House) -> list[str]:
    """The ids of 23 organizations: names that repeat, moments that repeat, numbers that do not."""
    async with house.work() as work:
        rows = await work.tx.connection.fetch(
            """INSERT INTO organization (business_number, name, kind, created_at, corporate_number)
            SELECT number, name, kind, '2026-01-01 09:00+09'::timestamptz + (place / 4) * interval '1 microsecond',
                CASE WHEN place % 3 = 0 THEN '1101110000001' END
            FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS given(number, name, kind, place)
            RETURNING id""",
            [business_number((each * 7) % 23) for each in range(23)],
            [NAMES[each % len(NAMES)] for each in range(23)],
            ["company" if each % 5 else "university" for each in range(23)],
        )
    return [to_global_id("Organization", row["id"]) for row in rows]


async def all_pages(asker: Client, document: str, size: int, *, backwards: bool, **more: Any) -> list[str]:
    """Every id, page after page; backwards, the pages are put before one another."""
    (root,) = (await asker.ask(document, first=1, **more)).keys()
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        page = (await asker.ask(document, **asked, **more))[root]
        edges, info = page["edges"], page["pageInfo"]
        ids = [edge["node"]["id"] for edge in edges]
        assert ids == [node["id"] for node in page["nodes"]]
        assert info["startCursor"] == (edges[0]["cursor"] if edges else None)
        assert info["endCursor"] == (edges[-1]["cursor"] if edges else None)
        assert info["hasPreviousPage" if not backwards else "hasNextPage"] is (cursor is not None)
        seen = [*ids, *seen] if backwards else [*seen, *ids]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return seen
        assert len(ids) == size
        cursor = info["startCursor" if backwards else "endCursor"]


def order(*steps: str) -> list[dict[str, str]]:
    """`NAME` ascending, `-NAME` descending."""
    return [{"field": step.lstrip("-"), "direction": "DESC" if step.startswith("-") else "ASC"} for step in steps]


ORDERS = [
    (),
    ("ID",),
    ("-ID",),
    ("NAME",),
    ("-NAME",),
    ("BUSINESS_NUMBER",),
    ("-CREATED_AT",),
    ("NAME", "CREATED_AT"),
    ("NAME", "-CREATED_AT"),
    ("-NAME", "CREATED_AT", "-ID"),
    ("CREATED_AT", "-NAME", "BUSINESS_NUMBER"),
    ("NAME", "-ID"),
    ("NAME", "-NAME"),
]


@pytest.mark.parametrize("steps", ORDERS, ids=lambda steps: ",".join(steps) or "default")
async def test_pages_of_any_size_and_direction_add_up_to_the_list(
    auditor: Client, crowd: list[str], steps: tuple[str, ...]
) -> None:
    given: dict[str, Any] = {"orderBy": order(*steps)} if steps else {}
    whole = (await auditor.ask(ORGANIZATIONS, first=100, **given))["organizations"]
    plain = [edge["node"]["id"] for edge in whole["edges"]]
    assert len(plain) == len(set(plain)) == len(crowd) + 1
    for size in (1, 4, 24, 100):
        assert await all_pages(auditor, ORGANIZATIONS, size, backwards=False, **given) == plain
        assert await all_pages(auditor, ORGANIZATIONS, size, backwards=True, **given) == plain


@pytest.mark.parametrize("steps", [("NAME", "-CREATED_AT"), ("-NAME", "BUSINESS_NUMBER")])
async def test_a_list_is_in_the_order_that_was_asked_for(
    auditor: Client, house: House, crowd: list[str], steps: tuple[str, ...]
) -> None:
    whole = (await auditor.ask(ORGANIZATIONS, first=100, orderBy=order(*steps)))["organizations"]
    last = "DESC" if steps[-1].startswith("-") else "ASC"
    terms = ", ".join(f"{step.lstrip('-').lower()} {'DESC' if step.startswith('-') else 'ASC'}" for step in steps)
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch(f"SELECT id FROM organization ORDER BY {terms}, id {last}")
    assert [node["id"] for node in whole["nodes"]] == [to_global_id("Organization", row["id"]) for row in rows]


async def test_lots_run_to_the_last_that_never_expires(house: House, client: httpx.AsyncClient) -> None:
    hanbit = await company(house, "hanbit")
    points = Points(house, program=PROGRAM, asset=ASSET)
    ends = [date(2031, 1, 1), None, date(2030, 1, 1), None, date(2031, 1, 1), date(2029, 1, 1)]
    for place, until in enumerate(ends):
        await points.earn(hanbit.organization_id, 10 + place, on=date(2026, 2, 1 + place), until=until)
    who = asks(client, hanbit)
    whole = (await who.ask(LOTS, first=100))["lots"]["edges"]
    found = [(each["node"]["expiresOn"] or "9999-12-30", each["node"]["earnedOn"]) for each in whole]
    assert found == sorted(found)
    assert [end for end, _ in found].count("9999-12-30") == 2
    for steps in ((), ("EXPIRES_ON_OR_NEVER", "-REMAINING"), ("-EXPIRES_ON_OR_NEVER", "EARNED_ON")):
        given: dict[str, Any] = {"orderBy": order(*steps)} if steps else {}
        plain = [each["id"] for each in (await who.ask(LOTS, first=100, **given))["lots"]["nodes"]]
        for size in (1, 2):
            assert await all_pages(who, LOTS, size, backwards=False, **given) == plain
            assert await all_pages(who, LOTS, size, backwards=True, **given) == plain


async def test_what_comes_meanwhile_shifts_no_page(auditor: Client, house: House, crowd: list[str]) -> None:
    by_name = {"orderBy": order("NAME")}
    first = (await auditor.ask(ORGANIZATIONS, first=10, **by_name))["organizations"]
    await company(house, "between", name="0 before all others")
    rest = (await auditor.ask(ORGANIZATIONS, first=100, after=first["pageInfo"]["endCursor"], **by_name))[
        "organizations"
    ]
    seen = [node["id"] for node in first["nodes"] + rest["nodes"]]
    assert len(seen) == len(set(seen)) == 24


# --------------------------------------------------------------------------------------- pages that are none


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"first": 0}, ["first"]),
        ({"first": -1}, ["first"]),
        ({"first": 101}, ["first"]),
        ({"first": 1000}, ["first"]),
        ({"last": 0}, ["last"]),
        ({"last": 101}, ["last"]),
        ({"first": 1, "last": 1}, ["last"]),
        ({"last": 1, "after": "x"}, ["after"]),
        ({"first": 1, "before": "x"}, ["before"]),
        ({"before": "x"}, ["before"]),
    ],
)
async def test_a_page_that_cannot_be_is_refused(auditor: Client, asked: dict[str, Any], path: list[str]) -> None:
    answer = await auditor.send(ORGANIZATIONS, **asked)
    assert [each["extensions"] for each in answer["errors"]] == [{"code": "PAGE_INVALID", "input": path}]


async def test_without_a_size_a_page_has_twenty(auditor: Client, crowd: list[str]) -> None:
    page = (await auditor.ask(ORGANIZATIONS))["organizations"]
    assert len(page["nodes"]) == 20
    assert page["pageInfo"]["hasNextPage"] is True


def forged(cursor: str, *values: Any) -> str:
    """The cursor with other values, its mark kept."""
    mark = json.loads(urlsafe_b64decode(cursor + "=="))[0]
    return urlsafe_b64encode(json.dumps([mark, *values]).encode()).decode().rstrip("=")


async def test_a_cursor_belongs_to_its_list_and_order(auditor: Client, house: House, crowd: list[str]) -> None:
    page = (await auditor.ask(ORGANIZATIONS, first=1, orderBy=order("NAME")))["organizations"]
    cursor = page["pageInfo"]["endCursor"]
    members = "query ($after: String) { members(first: 1, after: $after) { nodes { id } } }"
    assert top_codes(await auditor.send(members, after=cursor)) == ["CURSOR_INVALID"]
    for steps in ((), ("-NAME",), ("NAME", "-ID"), ("NAME", "CREATED_AT"), ("CREATED_AT",)):
        given: dict[str, Any] = {"orderBy": order(*steps)} if steps else {}
        assert top_codes(await auditor.send(ORGANIZATIONS, after=cursor, **given)) == ["CURSOR_INVALID"], steps
    await auditor.ask(ORGANIZATIONS, after=cursor, orderBy=order("NAME", "ID"))


async def test_a_forged_cursor_is_refused_and_never_our_failure(auditor: Client, crowd: list[str]) -> None:
    page = (await auditor.ask(ORGANIZATIONS, first=1, orderBy=order("CREATED_AT", "NAME")))["organizations"]
    cursor = page["pageInfo"]["endCursor"]
    moment, name, key = json.loads(urlsafe_b64decode(cursor + "=="))[1:]
    forgeries = [
        "",
        "x",
        "💥",
        "=====",
        urlsafe_b64encode(b"null").decode(),
        urlsafe_b64encode(b"[]").decode(),
        urlsafe_b64encode(b"{}").decode(),
        forged(cursor),
        forged(cursor, moment, name),
        forged(cursor, moment, name, key, 1),
        forged(cursor, moment, name, "1"),
        forged(cursor, moment, name, True),
        forged(cursor, moment, name, 1.5),
        forged(cursor, moment, name, None),
        forged(cursor, moment, name, 2**63),
        forged(cursor, moment, 1, key),
        forged(cursor, moment, [name], key),
        forged(cursor, moment, "a\0b", key),
        forged(cursor, 1, name, key),
        forged(cursor, "yesterday", name, key),
        forged(cursor, "2026-01-01", name, key),
        forged(cursor, "2026-01-01T00:00:00", name, key),
        forged(cursor, "0001-01-01T00:00:00+23:00", name, key),
        forged(cursor, "9999-12-31T23:59:59-23:00", name, key),
    ]
    for each in forgeries:
        answer = await auditor.send(ORGANIZATIONS, first=1, after=each, orderBy=order("CREATED_AT", "NAME"))
        assert top_codes(answer) == ["CURSOR_INVALID"], each


async def test_a_forged_cursor_opens_nothing_that_may_not_be_seen(
    client: httpx.AsyncClient, house: House, crowd: list[str]
) -> None:
    hanbit = await company(house, "hanbit")
    who = asks(client, hanbit)
    page = (await who.ask(ORGANIZATIONS, first=1))["organizations"]
    for last in (0, 2**62):
        for asked in ({"first": 100, "after": forged(page["pageInfo"]["endCursor"], last)},
                      {"last": 100, "before": forged(page["pageInfo"]["endCursor"], last)}):  # fmt: skip
            nodes = (await who.ask(ORGANIZATIONS, **asked))["organizations"]["nodes"]
            assert {node["id"] for node in nodes} <= {hanbit.organization}


# --------------------------------------------------------------------------------------------------- conditions

NUMBERS = sorted(business_number(each) for each in range(23))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"name": {"eq": "가나"}}, 6),
        ({"name": {"ne": "가나"}}, 17),
        ({"name": {"in": ["가나", "ABC", "없음"]}}, 9),
        ({"name": {"in": []}}, 0),
        ({"name": {"contains": "가"}}, 8),
        ({"name": {"contains": "AbC"}}, 6),
        ({"name": {"contains": "_"}}, 3),
        ({"name": {"contains": "%"}}, 3),
        ({"name": {"contains": "\\"}}, 0),
        ({"name": {"startsWith": "가나"}}, 8),
        ({"name": {"startsWith": "나"}}, 0),
        ({"name": {"startsWith": "a_"}}, 3),
        ({"name": {"startsWith": "a", "ne": "abc"}}, 3),
        ({"kind": {"eq": "UNIVERSITY"}}, 5),
        ({"kind": {"in": ["UNIVERSITY", "COMPANY"]}}, 23),
        ({"kind": {"ne": "UNIVERSITY"}}, 18),
        ({"corporateNumber": {"isNull": True}}, 16),
        ({"corporateNumber": {"isNull": False}}, 7),
        ({"corporateNumber": {"eq": "1101110000001"}, "kind": {"eq": "COMPANY"}}, 5),
        ({"createdAt": {"lt": "2026-01-01T09:00:00.000002+09:00"}}, 7),
        ({"createdAt": {"lte": "2026-01-01T00:00:00.000002Z"}}, 11),
        ({"createdAt": {"gt": "2026-01-01T09:00:00.000002+09:00"}}, 12),
        ({"createdAt": {"gte": "2026-01-01T09:00:00.000002"}}, 16),
        ({"createdAt": {"eq": "2026-01-01T09:00:00+09:00"}}, 3),
        ({"businessNumber": {"eq": NUMBERS[3]}}, 1),
        ({"name": None}, 23),
        ({"name": {"eq": None}}, 23),
        ({}, 23),
    ],
)
async def test_every_operator_finds_what_it_says(
    auditor: Client, crowd: list[str], where: dict[str, Any], found: int
) -> None:
    narrowed = where | {"businessNumber": {"in": NUMBERS} | where.get("businessNumber", {})}
    document = (
        "query ($where: OrganizationWhere) { organizations(first: 100, where: $where) { totalCount nodes { id } } }"
    )
    page = (await auditor.ask(document, where=narrowed))["organizations"]
    assert page["totalCount"] == len(page["nodes"]) == found


async def test_numbers_dates_flags_and_references_are_conditions_too(house: House, client: httpx.AsyncClient) -> None:
    hanbit, daesung = await company(house, "hanbit"), await company(house, "daesung")
    points = Points(house, program=PROGRAM, asset=ASSET)
    for place, who in enumerate((hanbit, hanbit, daesung)):
        await points.earn(who.organization_id, 2**40 + place, on=date(2026, 2, 1 + place), until=date(2031, 1, 1))
    auditor = asks(client, await staff(house, Role.AUDITOR, "auditor_one"))
    lots = "query ($where: LotWhere) { lots(where: $where) { totalCount } }"
    for where, found in (
        ({"amount": {"gt": 2**40}}, 2),
        ({"amount": {"lte": str(2**40)}}, 1),
        ({"amount": {"in": [2**40, 2**40 + 2]}}, 2),
        ({"earnedOn": {"gte": "2026-02-02"}}, 2),
        ({"earnedOn": {"eq": "2026-02-01"}}, 1),
        ({"expiresOn": {"lt": "9999-12-31"}}, 3),
        ({"organization": {"eq": hanbit.organization}}, 2),
        ({"organization": {"in": [hanbit.organization, daesung.organization]}}, 3),
        ({"organization": {"ne": hanbit.organization}}, 1),
        ({"parent": {"isNull": True}}, 3),
    ):
        assert (await auditor.ask(lots, where=where))["lots"]["totalCount"] == found, where
    members = "query ($where: MemberWhere) { members(where: $where) { totalCount } }"
    assert (await auditor.ask(members, where={"main": {"eq": True}}))["members"]["totalCount"] == 2


@pytest.mark.parametrize(
    ("where", "code", "path"),
    [
        ({"name": {"in": ["x"] * 201}}, "WHERE_TOO_MANY_VALUES", ["where", "name", "in"]),
        ({"name": {"in": ["x"] * 5_000}}, "WHERE_TOO_MANY_VALUES", ["where", "name", "in"]),
    ],
)
async def test_too_many_values_are_refused(auditor: Client, where: dict[str, Any], code: str, path: list[str]) -> None:
    answer = await auditor.send(ORGANIZATIONS, where=where)
    assert [each["extensions"] for each in answer["errors"]] == [{"code": code, "input": path}]
    await auditor.ask(ORGANIZATIONS, where={"name": {"in": ["x"] * 200}})


async def test_a_reference_must_be_an_id_of_its_type(auditor: Client) -> None:
    lots = "query ($where: LotWhere) { lots(where: $where) { nodes { id } } }"
    for operator in ({"eq": to_global_id("Member", 1)}, {"in": ["x"]}, {"ne": "💥"}):
        answer = await auditor.send(lots, where={"organization": operator})
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["ID_INVALID"]


@pytest.mark.parametrize(
    "where",
    [
        '{createdAt: {gt: "0001-01-01T00:00:00"}}',
        '{createdAt: {gt: "9999-12-31T23:59:59-23:59"}}',
        '{createdAt: {gt: "yesterday"}}',
        "{createdAt: {gt: 5}}",
        '{name: {eq: "\\u0000"}}',
        '{name: {contains: "\\u0000"}}',
        "{kind: {eq: NOTHING}}",
        "{name: {like: 1}}",
    ],
)
async def test_a_value_that_is_none_is_the_clients_mistake(auditor: Client, where: str) -> None:
    answer = await auditor.send(f"{{ organizations(where: {where}) {{ nodes {{ id }} }} }}")
    assert top_codes(answer) == ["BAD_REQUEST"]


# ---------------------------------------------------------------------------------------- counts and statements


async def test_all_are_counted_only_when_the_number_is_asked_for(
    auditor: Client, house: House, crowd: list[str]
) -> None:
    with statements_of(house) as sent:
        await auditor.ask("{ organizations(first: 2) { nodes { id } } }")
        without = len([each for each in sent if "count(" in each.lower()])
        page = await auditor.ask('{ organizations(first: 2, where: {name: {eq: "가나"}}) { totalCount nodes { id } } }')
        with_it = len([each for each in sent if "count(" in each.lower()])
    assert (without, with_it) == (0, 1)
    assert page["organizations"]["totalCount"] == 6


NESTED = """query ($first: Int) { organizations(first: $first, orderBy: {field: ID}) { nodes {
  name
  members(first: 2) { totalCount nodes { loginId person { name } organization { name } } }
  accounts { nodes {
    posted entries(first: 3) { totalCount nodes { amount transaction { kind entries { nodes { amount } } } } }
    lots(where: {remaining: {gt: 0}}) { nodes { remaining moves { nodes { amount lot { id } } } } }
  } }
} } }"""


async def test_statements_do_not_grow_with_the_rows(house: House, client: httpx.AsyncClient) -> None:
    points = Points(house, program=PROGRAM, asset=ASSET)
    for each in range(12):
        made = await company(house, f"company{each:02d}")
        for _ in range(3):
            await points.earn(made.organization_id, 10)
        await points.spend(made.organization_id, 15)
    auditor = asks(client, await staff(house, Role.AUDITOR, "auditor_one"))
    sent_for = {}
    for first in (1, 3, 12):
        with statements_of(house) as sent:
            answer = await auditor.ask(NESTED, first=first)
        assert len(answer["organizations"]["nodes"]) == first
        sent_for[first] = len(sent)
    assert sent_for[1] == sent_for[3] == sent_for[12]
    assert sent_for[1] <= 14


async def test_each_parent_has_its_own_page(house: House, client: httpx.AsyncClient) -> None:
    points = Points(house, program=PROGRAM, asset=ASSET)
    for each in range(4):
        made = await company(house, f"company{each}")
        for place in range(each):
            await points.earn(made.organization_id, each * 100 + place)
    auditor = asks(client, await staff(house, Role.AUDITOR, "auditor_one"))
    document = """{ organizations(where: {kind: {eq: COMPANY}}) { nodes { accounts { nodes {
      entries(first: 2, orderBy: {field: ID}) { totalCount nodes { amount } pageInfo { hasNextPage } }
      last: entries(last: 1, orderBy: {field: ID}) { nodes { amount } pageInfo { hasPreviousPage } }
    } } } } }"""
    nodes = (await auditor.ask(document))["organizations"]["nodes"]
    found = [account for node in nodes for account in node["accounts"]["nodes"]]
    assert [
        (each["entries"]["totalCount"], [entry["amount"] for entry in each["entries"]["nodes"]],
         each["entries"]["pageInfo"]["hasNextPage"], each["last"]["nodes"][0]["amount"])
        for each in found
    ] == [(1, [100], False, 100), (2, [200, 201], False, 201), (3, [300, 301], True, 302)]  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- ids


@pytest.fixture
async def hanbit(house: House) -> Account:
    return await company(house, "hanbit")


async def test_a_node_is_found_by_the_id_it_shows(client: httpx.AsyncClient, hanbit: Account) -> None:
    who = asks(client, hanbit)
    document = "query ($id: ID!) { node(id: $id) { __typename id ... on Member { loginId } } }"
    node = (await who.ask(document, id=hanbit.member))["node"]
    assert node == {"__typename": "Member", "id": hanbit.member, "loginId": "hanbit"}


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "id",
    [
        "",
        "x",
        "💥",
        "====",
        "1",
        encoded("Member"),
        encoded("Member:"),
        encoded("Member:0"),
        encoded("Member:-1"),
        encoded("Member:1.5"),
        encoded("Member:9223372036854775808"),
        encoded(f"Member:{'9' * 5_000}"),
        encoded(":1"),
        encoded("Nothing:1"),
        encoded("Query:1"),
        encoded("member:1"),
        encoded("Member:999999"),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
async def test_what_is_no_id_of_anything_finds_nothing(client: httpx.AsyncClient, hanbit: Account, id: str) -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"
    assert await asks(client, hanbit).ask(document, id=id) == {"node": None}


async def test_an_id_of_another_type_is_refused_where_one_type_is_meant(
    client: httpx.AsyncClient, hanbit: Account
) -> None:
    document = "mutation ($id: ID!) { deactivateMember(input: {memberId: $id}) { errors { code path message } } }"
    for given in (hanbit.organization, "x", "💥"):
        errors = await asks(client, hanbit).objections(document, id=given)
        assert codes(errors) == ["ID_INVALID"]
        assert errors[0]["path"] == ["memberId"]


async def test_nodes_come_in_the_order_asked_for_with_null_for_what_is_not_there(
    client: httpx.AsyncClient, house: House, hanbit: Account
) -> None:
    other = await company(house, "daesung")
    who = asks(client, hanbit)
    ids = [hanbit.organization, "x", hanbit.member, other.member, other.organization, hanbit.organization]
    answer = await who.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [each and each["id"] for each in answer["nodes"]] == [ids[0], None, ids[2], None, None, ids[0]]
    with statements_of(house) as sent:
        many = await who.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[hanbit.member] * 100)
    assert len(many["nodes"]) == 100
    assert len(sent) <= 2
    answer = await who.send("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)
    assert top_codes(answer) == ["PAGE_INVALID"]
