"""The audit trail as its readers page through it: every filter, the order, and nobody else's events."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from core.actor import Role
from core.house import House
from tests.support.api import Account, asks, company, staff
from tests.support.client import Client

EVENTS = """query ($where: AuditEventWhere, $orderBy: [AuditEventOrder!], $first: Int, $after: String) {
  auditEvents(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { at action subjectType subjectId before after requestId actor { id } organization { id } }
  }
}"""
OURS = {"action": {"startsWith": "tried."}}


@pytest.fixture
async def hanbit(house: House) -> Account:
    return await company(house, "hanbit")


@pytest.fixture
async def auditor(house: House, client: httpx.AsyncClient) -> Client:
    return asks(client, await staff(house, Role.AUDITOR, "auditor_one"))


@pytest.fixture
async def told(house: House, hanbit: Account) -> House:
    """Six events of two kinds on three subjects, by a member and by the system, each with a request of its own."""
    for serial in range(6):
        mine = serial % 2 == 0
        async with house.work(*([hanbit.actor] if mine else []), request_id=f"request-{serial}") as work:
            work.record(
                f"tried.{'this' if serial < 3 else 'that'}", "thing", serial % 3,
                organization_id=hanbit.organization_id if mine else None,
                before={"turn": serial}, after={"turn": serial + 1, "낱말": "한글"},
            )  # fmt: skip
    return house


async def turns(asker: Client, where: dict[str, Any], **more: Any) -> list[int]:
    nodes = (await asker.ask(EVENTS, where=OURS | where, **more))["auditEvents"]["nodes"]
    return [node["before"]["turn"] for node in nodes]


async def test_an_event_shows_how_it_was_before_and_after(told: House, auditor: Client, hanbit: Account) -> None:
    (event,) = (await auditor.ask(EVENTS, where={"requestId": {"eq": "request-4"}}))["auditEvents"]["nodes"]
    assert event.pop("at")
    assert event == {
        "action": "tried.that", "subjectType": "thing", "subjectId": "1", "before": {"turn": 4},
        "after": {"turn": 5, "낱말": "한글"}, "requestId": "request-4", "actor": {"id": hanbit.member},
        "organization": {"id": hanbit.organization},
    }  # fmt: skip


async def test_filters_go_together(told: House, auditor: Client, hanbit: Account) -> None:
    assert await turns(auditor, {}) == [5, 4, 3, 2, 1, 0]
    assert await turns(auditor, {"action": {"eq": "tried.this"}}) == [2, 1, 0]
    assert await turns(auditor, {"subjectType": {"eq": "thing"}, "subjectId": {"eq": "1"}}) == [4, 1]
    assert await turns(auditor, {"actor": {"eq": hanbit.member}}) == [4, 2, 0]
    assert await turns(auditor, {"actor": {"isNull": True}, "action": {"eq": "tried.that"}}) == [5, 3]
    assert await turns(auditor, {"organization": {"eq": hanbit.organization}, "subjectId": {"ne": "0"}}) == [4, 2]
    assert await turns(auditor, {"requestId": {"in": ["request-1", "request-5"]}}) == [5, 1]


async def test_a_period_is_from_a_moment_to_before_another(told: House, auditor: Client) -> None:
    events = (await auditor.ask(EVENTS, where=OURS, orderBy=[{"field": "AT"}]))["auditEvents"]["nodes"]
    moments = [event["at"] for event in events]
    assert moments == sorted(moments)
    period = {"at": {"gte": moments[1], "lt": moments[4]}}
    assert await turns(auditor, period, orderBy=[{"field": "AT"}]) == [1, 2, 3]
    assert await turns(auditor, {"at": {"lt": moments[0]}}) == []


async def test_pages_by_cursor_miss_nothing_and_repeat_nothing(told: House, auditor: Client) -> None:
    seen: list[int] = []
    after = None
    while True:
        page = (await auditor.ask(EVENTS, where=OURS, first=4, after=after))["auditEvents"]
        seen += [node["before"]["turn"] for node in page["nodes"]]
        assert page["totalCount"] == 6
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [5, 4, 3, 2, 1, 0]


async def test_a_main_user_reads_what_concerns_its_organization_and_nobody_elses(
    told: House, client: httpx.AsyncClient, hanbit: Account
) -> None:
    other = await company(told, "other")
    assert await turns(asks(client, hanbit), {}) == [4, 2, 0]
    assert await turns(asks(client, other), {}) == []
    for nobody in (Client(client), asks(client, await staff(told, Role.REVIEWER, "reviewer_one"))):
        assert await turns(nobody, {}) == []


async def test_what_the_filters_show_comes_as_a_spreadsheet(
    told: House, auditor: Client, client: httpx.AsyncClient, hanbit: Account
) -> None:
    query = "query ($where: AuditEventWhere) { auditEvents(where: $where) { export { path } } }"
    where = OURS | {"actor": {"eq": hanbit.member}, "action": {"eq": "tried.this"}}
    path = (await auditor.ask(query, where=where))["auditEvents"]["export"]["path"]
    answer = await client.get(path)
    assert answer.status_code == 200
    heading, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    shown = [dict(zip(heading, row, strict=True)) for row in rows]
    assert [row["요청 번호"] for row in shown] == ["request-2", "request-0"]
    assert json.loads(str(shown[0]["이전"])) == {"turn": 2}
    assert json.loads(str(shown[0]["이후"])) == {"turn": 3, "낱말": "한글"}
