"""Hostile workbooks at a real server: it lives, others are answered, the sender is told, and a job is dead at once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from core.actor import Role
from core.house import House
from core.identity import OrganizationKind
from tests.core.documents.workbooks import SHEET, repacked, with_rows, workbook
from tests.support.api import Account, member, organization, staff
from tests.support.processes import is_gone, readers_of, resident, wait_until
from tests.support.servers import running
from tests.support.world import rows

DRAFT = """mutation ($input: DraftFilingFromSheetInput!) {
  draftFilingFromSheet(input: $input) { filing { id } errors { code message } }
}"""
QUEUE = """mutation ($input: DraftFilingFromSheetInput!) {
  queueFilingFromSheet(input: $input) { job { id } errors { code } }
}"""
IMPORT = (
    """mutation ($input: ImportCompletionsInput!) { importCompletions(input: $input) { errors { code message } } }"""
)
QUEUE_IMPORT = """mutation ($input: ImportCompletionsInput!) {
  queueCompletionsImport(input: $input) { job { id } errors { code } }
}"""
HEADER = ("사업자번호", "기업명", "협약 번호", "입금일", "공급가액(원)", "부가세(원)", "과제 구분", "대금 지급 완료")
MEMORY = with_rows(b" " * 140_000_000)  # more than the reader of these tests may take
GOOD = workbook([HEADER])
COUNT = repacked(
    GOOD, {"xl/sharedStrings.xml": lambda content: content.replace(b'uniqueCount="', b'uniqueCount="400000000')}
)
ADDRESS = repacked(GOOD, {SHEET: lambda content: content.replace(b'r="A1"', b'r="A4000000000"')})
ZEROS = repacked(GOOD, {SHEET: lambda content: content.replace(b'r="A1"', b'r="A00000000000001"')})
LIMITS = {"DURE_READER_MEGABYTES": "128"}


async def sent(address: str, who: Account, document: str, file: bytes, **given: Any) -> dict[str, Any]:
    """The payload of the mutation."""
    asked = given | {"file": None}
    form = {
        "operations": json.dumps({"query": document, "variables": {"input": asked}}),
        "map": json.dumps({"f": ["variables.input.file"]}),
    }
    headers = {"authorization": f"Bearer {who.token}", "accept-language": "en"}
    async with httpx.AsyncClient(base_url=address, timeout=120) as http:
        answer = await http.post("/graphql", data=form, files={"f": ("sheet.xlsx", file)}, headers=headers)
    (payload,) = answer.json()["data"].values()
    return dict(payload)


async def settled(house: House) -> list[dict[str, Any]]:
    """The jobs of members, once none of them is open."""
    asked = "SELECT id, state, attempts, error_ko, error_en, problems FROM job WHERE asked_by IS NOT NULL ORDER BY id"
    async with asyncio.timeout(120):
        while any(each["state"] in ("queued", "running") for each in await rows(house, asked)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return await rows(house, asked)


async def test_hostile_workbooks_end_nothing_but_themselves(house: House, database_url: str, tmp_path: Path) -> None:
    async with house.work() as work:
        university, number = await organization(work, OrganizationKind.UNIVERSITY, "보기대학교")
    filer = replace(await member(house, university, "bogi", main=True), business_number=number)
    operator = await staff(house, Role.OPERATOR, "operator")
    filing = {"program": "industry_academia", "activityType": "research"}
    roster = {"providerBusinessNumber": number}
    with running(database_url, tmp_path, **LIMITS) as (address, _, process):
        small = await sent(address, filer, DRAFT, GOOD, **filing)
        assert [each["code"] for each in small["errors"]] == ["ACTIVITY_SHEET_REFUSED", "SPREADSHEET_NO_ROWS"]
        before = resident(process.pid)

        async def others() -> int:
            """Somebody else's requests, answered all the while."""
            count = 0
            async with httpx.AsyncClient(base_url=address, timeout=60) as http:
                while not done.is_set():
                    assert (await http.get("/healthz")).status_code == 200
                    asked = await http.post("/graphql", json={"query": "{ programs { code } }"})
                    assert asked.status_code == 200
                    count += 1
            return count

        done = asyncio.Event()
        meanwhile = asyncio.create_task(others())
        for file in (COUNT, ADDRESS, ZEROS):
            refused = await sent(address, filer, DRAFT, file, **filing)
            assert refused["filing"] is None
            assert refused["errors"] and all(each["message"] for each in refused["errors"])
            assert (await sent(address, operator, IMPORT, file, **roster))["errors"]
        too_much = await sent(address, filer, DRAFT, MEMORY, **filing)
        assert [each["code"] for each in too_much["errors"]] in (["READER_MEMORY"], ["READER_ENDED"])
        also = await sent(address, operator, IMPORT, MEMORY, **roster)
        assert [each["code"] for each in also["errors"]] in (["READER_MEMORY"], ["READER_ENDED"])
        for file in (COUNT, ADDRESS, ZEROS, MEMORY):
            assert (await sent(address, filer, QUEUE, file, **filing))["errors"] == []
        assert (await sent(address, operator, QUEUE_IMPORT, MEMORY, **roster))["errors"] == []
        jobs = await settled(house)
        assert [each["state"] for each in jobs] == ["refused", "refused", "refused", "dead", "dead"]
        assert [each["attempts"] for each in jobs] == [1] * 5
        assert all(each["problems"] for each in jobs[:3])
        assert all("파일" in each["error_ko"] and "file" in each["error_en"] for each in jobs[3:])
        done.set()
        assert await meanwhile > 0
        assert process.poll() is None
        assert resident(process.pid) - before < 60_000, "kilobytes"

    with running(database_url, tmp_path, **LIMITS) as (address, _, process):  # the jobs that ended a reader rest
        assert [each["state"] for each in await settled(house)] == ["refused", "refused", "refused", "dead", "dead"]
        assert (await sent(address, filer, DRAFT, GOOD, **filing))["errors"]
        (reader,) = readers_of(process.pid)
        os.kill(reader, signal.SIGKILL)
        again = await sent(address, filer, DRAFT, GOOD, **filing)
        assert [each["code"] for each in again["errors"]] == ["ACTIVITY_SHEET_REFUSED", "SPREADSHEET_NO_ROWS"]
        (reader,) = readers_of(process.pid)
        process.kill()
        process.wait(30)
        await asyncio.to_thread(wait_until, lambda: is_gone(reader))
