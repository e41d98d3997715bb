"""A large roster taken in apart from the request: watched while it runs, credited once, refused as a whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.benefits import write_declared_benefits
from core.house import House
from core.jobs import Worker
from plugins.mileage_innovation.jobs import IMPORT
from plugins.mileage_innovation.service import register_provider
from plugins.mileage_innovation.tables import IN_FORCE
from schema.http.app import application
from tests.support.api import Account, asks, company, member
from tests.support.jobs import jobs_on_record, run_due
from tests.support.rosters import line, workbook
from tests.support.world import rows, true_ledger

SEND = """mutation ($input: ImportCompletionsInput!) {
  queueCompletionsImport(input: $input) { job { id state } errors { code path } }
}"""
WATCH = "query ($id: ID!) { job(id: $id) { state done total result problems } }"


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.work() as work:
        await write_declared_benefits(work)
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as client:
        yield client


@pytest.fixture
async def centre(house: House) -> Account:
    made = await company(house, "centre", name="교육원")
    async with house.work() as work:
        await register_provider(work, made.organization_id, since=IN_FORCE)
    return made


async def send(http: httpx.AsyncClient, who: Account, data: bytes, of: Account | None = None) -> Any:
    given = {"file": None, "providerBusinessNumber": (of or who).business_number}
    form = {
        "operations": json.dumps({"query": SEND, "variables": {"input": given}}),
        "map": json.dumps({"f": ["variables.input.file"]}),
    }
    answer = await http.post(
        "/graphql",
        data=form,
        files={"f": ("roster.xlsx", data)},
        headers={"authorization": f"Bearer {who.token}", "accept-language": "ko"},
    )
    return answer.json()


async def queued(http: httpx.AsyncClient, who: Account, data: bytes) -> str:
    answered = (await send(http, who, data))["data"]["queueCompletionsImport"]
    assert answered["errors"] == []
    assert answered["job"]["state"] == "QUEUED"
    return str(answered["job"]["id"])


async def watch(http: httpx.AsyncClient, who: Account, job: str) -> Any:
    return (await asks(http, who).ask(WATCH, id=job))["job"]


async def test_five_thousand_rows_are_credited_while_the_sender_watches(
    house: House, http: httpx.AsyncClient, centre: Account
) -> None:
    roster = workbook(line(number, session=f"2026-{number % 50}") for number in range(1, 5_001))
    job = await queued(http, centre, roster)
    worker = Worker(house, [IMPORT])
    async with house.database.transaction() as held:
        await held.connection.execute("LOCK TABLE filing IN SHARE MODE")  # what is read cannot be filed meanwhile
        working = asyncio.create_task(worker.run())
        async with asyncio.timeout(60):
            while (seen := await watch(http, centre, job))["done"] < 5_000:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert seen["state"] == "RUNNING" and seen["total"] == 15_000
    async with asyncio.timeout(120):
        while (seen := await watch(http, centre, job))["state"] == "RUNNING":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    worker.stop()
    await working
    assert (seen["state"], seen["done"], seen["total"]) == ("DONE", 15_000, 15_000)
    result = seen["result"]
    assert (result["rows"], result["companies"], result["points"]) == (5_000, 5_000, 360 * 5_000)
    filing = await asks(http, centre).ask(
        "query ($id: ID!) { node(id: $id) { ... on Filing { number status } } }", id=result["filing"]
    )
    assert filing["node"] == {"number": result["number"], "status": "APPROVED"}
    (record,) = await jobs_on_record(house)
    assert record["content"] is None
    await true_ledger(house)


async def test_a_roster_with_bad_cells_is_refused_and_says_which(
    house: House, http: httpx.AsyncClient, centre: Account
) -> None:
    job = await queued(http, centre, workbook([line(1), line(2, hours="열여섯")]))
    await run_due(house, IMPORT)
    seen = await watch(http, centre, job)
    assert seen["state"] == "REFUSED"
    assert seen["result"]["cellCount"] == 1
    (cell,) = seen["result"]["cells"]
    assert (cell["row"], cell["column"], cell["value"]) == (3, "E", "열여섯")
    assert seen["problems"][0]["path"][0] == "file"
    assert await rows(house, "SELECT id FROM filing") == []


async def test_the_same_roster_twice_is_credited_once(house: House, http: httpx.AsyncClient, centre: Account) -> None:
    roster = workbook([line(1)])
    first, second = await queued(http, centre, roster), await queued(http, centre, roster)
    await run_due(house, IMPORT)
    told = [(await watch(http, centre, each))["result"] for each in (first, second)]
    assert [each["already"] for each in told] == [False, True]
    assert told[0]["filing"] == told[1]["filing"]


async def test_who_may_not_send_a_roster_has_none_queued(
    house: House, http: httpx.AsyncClient, centre: Account
) -> None:
    other = await company(house, "other")
    answer = await send(http, other, workbook([line(1)]), of=centre)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]
    assert await jobs_on_record(house) == []


async def test_who_lost_the_right_before_the_job_ran_is_refused(
    house: House, http: httpx.AsyncClient, centre: Account
) -> None:
    clerk = await member(house, centre.organization_id, "centre_01", permissions=["mileage_innovation.training.file"])
    answered = await send(http, clerk, workbook([line(1)]), of=centre)
    job = answered["data"]["queueCompletionsImport"]["job"]["id"]
    async with house.database.transaction() as tx:
        await tx.connection.execute("UPDATE member SET permissions = '{}' WHERE id = $1", clerk.member_id)
    await run_due(house, IMPORT)
    seen = await watch(http, clerk, job)
    assert (seen["state"], seen["problems"][0]["code"]) == ("REFUSED", "NOT_ALLOWED")
    assert await rows(house, "SELECT id FROM filing") == []
