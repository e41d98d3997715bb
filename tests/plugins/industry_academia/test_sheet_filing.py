"""적립신청 정보등록: a university files by a workbook or a paste, over the API; whoever may not, cannot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from core.house import House
from core.identity import OrganizationKind
from core.jobs import JobState
from plugins.industry_academia.program import CODE
from schema.global_ids import from_global_id
from schema.http.app import application
from schema.queued_sheets import TAKE_SHEET
from tests.core.documents.workbooks import workbook
from tests.support.api import Account, asks, codes, member, organization, sub_user, top_codes
from tests.support.jobs import run_due
from tests.support.numbers import business_number
from tests.support.world import counts, rows

ANSWER = """already rows companies cellCount cells { code sheet row column header value reasonKo source { clause } }
  warnings { code reasonKo source { clause } } filing { id number status rowCount }
  errors { code path message source { clause } }"""
DRAFT = f"mutation ($input: DraftFilingFromSheetInput!) {{ draftFilingFromSheet(input: $input) {{ {ANSWER} }} }}"
AMEND = f"mutation ($input: AmendFilingFromSheetInput!) {{ amendFilingFromSheet(input: $input) {{ {ANSWER} }} }}"
QUEUE = """mutation ($input: DraftFilingFromSheetInput!) {
  queueFilingFromSheet(input: $input) { job { id } errors { code path } }
}"""
QUEUE_AMENDMENT = """mutation ($input: AmendFilingFromSheetInput!) {
  queueAmendmentFromSheet(input: $input) { job { id } errors { code path } }
}"""
WATCH = "query ($id: ID!) { job(id: $id) { state done total result problems } }"
COMPANY, OTHER = business_number(1), business_number(3)
HEADER = ("사업자번호", "기업명", "협약 번호", "입금일", "공급가액(원)", "부가세(원)", "과제 구분", "대금 지급 완료")


def deposit(agreement: str = "협약-1", won: str = "100000000", *, number: str = COMPANY, day: str = "20260202") -> str:
    return f"{number}\t한빛\t{agreement}\t{day}\t{won}\t0\t산학공동연구\t예\t\r\n"


@dataclass
class Desk:
    """A university's main user at the API, with one sub-user who may file research and one who may file donations."""

    house: House
    http: httpx.AsyncClient
    main: Account
    researcher: Account
    fundraiser: Account

    async def sent(self, document: str, who: Account | None = None, /, **given: Any) -> dict[str, Any]:
        """The payload; a `file` goes as a part of a form."""
        asked = {"program": CODE, "activityType": "research"} | given if "Draft" in document else given
        file = asked.pop("file", None)
        if file is None:
            (payload,) = (await asks(self.http, who or self.main).ask(document, input=asked)).values()
            return dict(payload)
        (payload,) = (await self._form(document, who or self.main, asked | {"file": None}, file))["data"].values()
        return dict(payload)

    async def agreements(self) -> list[str]:
        kept = await rows(self.house, "SELECT facts FROM activity ORDER BY line")
        return [each["facts"]["agreement"] for each in kept]

    async def _form(self, document: str, who: Account, asked: dict[str, Any], file: bytes) -> dict[str, Any]:
        form = {
            "operations": json.dumps({"query": document, "variables": {"input": asked}}),
            "map": json.dumps({"f": ["variables.input.file"]}),
        }
        headers = {"authorization": f"Bearer {who.token}", "accept-language": "en"}
        answer = await self.http.post("/graphql", data=form, files={"f": ("sheet.xlsx", file)}, headers=headers)
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    async with house.work() as work:
        university, number = await organization(work, OrganizationKind.UNIVERSITY, "보기대학교")
    main = replace(await member(house, university, "bogi", main=True), business_number=number)
    researcher = await sub_user(house, main, "01", [f"{CODE}.research.file"])
    fundraiser = await sub_user(house, main, "02", [f"{CODE}.donation.file"])
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield Desk(house, http, main, researcher, fundraiser)


async def test_a_paste_becomes_a_draft_and_nothing_is_submitted(desk: Desk) -> None:
    found = await desk.sent(DRAFT, text=deposit() + deposit("협약-2", number=OTHER))
    assert found["errors"] == [] and found["warnings"] == []
    assert (found["rows"], found["companies"], found["already"]) == (2, 2, False)
    filing = found["filing"]
    assert (filing["status"], filing["number"], filing["rowCount"]) == ("DRAFT", None, 2)
    kept = await rows(desk.house, "SELECT subject_number, stated_name, facts FROM activity ORDER BY line")
    assert kept[0] == {
        "subject_number": COMPANY, "stated_name": "한빛", "facts": {
            "agreement": "협약-1", "deposited_on": "2026-02-02", "supply_won": 100_000_000, "vat_won": 0,
            "kind": "joint", "payment_finished": True,
        },
    }  # fmt: skip
    assert await rows(desk.house, "SELECT status FROM filing") == [{"status": "draft"}]


async def test_a_workbook_becomes_a_draft(desk: Desk) -> None:
    sheet = workbook([HEADER, (COMPANY, "한빛", "협약-1", 20260202, 100_000_000, 0, "joint research", True)])
    found = await desk.sent(DRAFT, file=sheet)
    assert (found["errors"], found["rows"]) == ([], 1)


async def test_every_bad_cell_is_told_with_its_clause_and_nothing_is_stored(desk: Desk) -> None:
    before = await counts(desk.house)
    bad = (
        deposit(number="000-00-00011") + deposit(won="1,000,000") + deposit(day="２０２６０２０２") + deposit("협약-3")
    )
    found = await desk.sent(DRAFT, text=bad)
    assert [(each["row"], each["column"], each["code"]) for each in found["cells"]] == [
        (1, "A", "CELL_NOT_DIGITS"), (2, "E", "CELL_NOT_DIGITS"), (3, "D", "CELL_NOT_DIGITS"),
    ]  # fmt: skip
    assert found["cellCount"] == 3
    assert codes(found["errors"]) == ["ACTIVITY_SHEET_REFUSED"] + ["CELL_NOT_DIGITS"] * 3
    assert [each["path"] for each in found["errors"]] == [
        ["text"],
        ["text", "1", "A"],
        ["text", "2", "E"],
        ["text", "3", "D"],
    ]
    assert all("숫자만" in each["source"]["clause"] for each in [*found["errors"], *found["cells"]])
    assert found["filing"] is None
    assert await counts(desk.house) == before


async def test_a_row_that_the_draft_refuses_is_told_at_its_cell(desk: Desk) -> None:
    line = deposit().replace("한빛", "한빛\u202e조명")
    found = await desk.sent(DRAFT, text=deposit("협약-2") + line)
    assert [(each["row"], each["column"]) for each in found["cells"]] == [(2, "B")]
    assert await rows(desk.house, "SELECT id FROM filing") == []


async def test_the_same_content_again_is_answered_with_what_is_there(desk: Desk) -> None:
    first = await desk.sent(DRAFT, text=deposit() + deposit("협약-2"))
    sheet = workbook(
        [
            HEADER,
            *[(COMPANY, "한빛", each, 20260202, 100_000_000, 0, "산학공동연구", "예") for each in ("협약-2", "협약-1")],
        ]
    )
    again = await desk.sent(DRAFT, file=sheet)
    assert (again["already"], again["filing"]["id"]) == (True, first["filing"]["id"])
    assert len(await rows(desk.house, "SELECT id FROM filing")) == 1
    amended = await desk.sent(AMEND, id=first["filing"]["id"], text=deposit())
    assert (amended["errors"], amended["filing"]["rowCount"]) == ([], 1)
    other = await desk.sent(DRAFT, file=sheet)
    assert (other["already"], other["errors"]) == (False, [])
    assert codes((await desk.sent(AMEND, id=other["filing"]["id"], text=deposit()))["errors"]) == [
        "ACTIVITY_SAME_CONTENT"
    ]


async def test_an_amendment_replaces_all_rows_or_none(desk: Desk) -> None:
    filing = (await desk.sent(DRAFT, text=deposit() + deposit("협약-2")))["filing"]["id"]
    bad = await desk.sent(AMEND, id=filing, text=deposit("협약-9") + deposit("협약-8", won="-5"))
    assert bad["cellCount"] == 1
    assert [each["facts"]["agreement"] for each in await rows(desk.house, "SELECT facts FROM activity")] == [
        "협약-1",
        "협약-2",
    ]
    good = await desk.sent(
        AMEND, id=filing, file=workbook([HEADER, (COMPANY, "", "협약-9", 20260202, 1_000, 0, "joint", "o")])
    )
    assert (good["errors"], good["rows"]) == ([], 1)
    assert [each["facts"]["agreement"] for each in await rows(desk.house, "SELECT facts FROM activity")] == ["협약-9"]


async def test_over_a_thousand_rows_there_is_a_warning(desk: Desk) -> None:
    found = await desk.sent(DRAFT, text="".join(deposit(f"협약-{place}") for place in range(1_001)))
    assert (found["rows"], found["errors"]) == (1_001, [])
    (warning,) = found["warnings"]
    assert warning["code"] == "ACTIVITY_SHEET_LONG" and "1000건 이하" in warning["source"]["clause"]


async def test_over_the_ceiling_everything_is_refused(desk: Desk) -> None:
    low = desk.house.settings.model_copy(update={"max_sheet_rows": 20})
    object.__setattr__(desk.house, "settings", low)
    assert (await desk.sent(DRAFT, text="".join(deposit(f"협약-{place}") for place in range(20))))["errors"] == []
    found = await desk.sent(DRAFT, text="".join(deposit(f"협약-{place}") for place in range(21)))
    assert codes(found["errors"]) == ["ACTIVITY_SHEET_REFUSED", "SPREADSHEET_TOO_MANY_ROWS"]
    assert len(await rows(desk.house, "SELECT id FROM filing")) == 1


@pytest.mark.parametrize("given", [{}, {"text": "a", "file": b"PK"}])
async def test_a_file_or_a_text_is_sent_and_never_both(desk: Desk, given: dict[str, Any]) -> None:
    assert codes((await desk.sent(DRAFT, **given))["errors"]) == ["ACTIVITY_SHEET_INPUT"]


async def test_who_may_not_file_a_type_can_send_no_sheet_of_it(desk: Desk) -> None:
    filing = (await desk.sent(DRAFT, desk.researcher, text=deposit()))["filing"]["id"]
    client = asks(desk.http, desk.fundraiser)
    asked = {"program": CODE, "activityType": "research", "text": deposit("협약-2")}
    assert top_codes(await client.send(DRAFT, input=asked)) == ["FORBIDDEN"]
    assert top_codes(await client.send(QUEUE, input=asked)) == ["FORBIDDEN"]
    hidden = await client.objections(AMEND, input={"id": filing, "text": deposit("협약-2")})
    assert codes(hidden) == ["ACTIVITY_FILING_NOT_FOUND"]
    bad = {"program": CODE, "activityType": "research", "text": "no sheet at all"}
    assert top_codes(await client.send(DRAFT, input=bad)) == ["FORBIDDEN"]
    assert (await client.ask("query ($id: ID!) { node(id: $id) { id } }", id=filing))["node"] is None
    assert top_codes(await asks(desk.http).send(DRAFT, input=asked)) == ["UNAUTHENTICATED"]


async def test_a_large_sheet_is_taken_by_a_job(desk: Desk) -> None:
    text = "".join(deposit(f"협약-{place}") for place in range(5_000))
    job = (await desk.sent(QUEUE, desk.researcher, program=CODE, activityType="research", text=text))["job"]["id"]
    client = asks(desk.http, desk.researcher)
    assert (await client.ask(WATCH, id=job))["job"]["state"] == "QUEUED"
    await run_due(desk.house, TAKE_SHEET)
    seen = (await client.ask(WATCH, id=job))["job"]
    assert (seen["state"], seen["done"], seen["total"]) == (JobState.DONE.name, 10_000, 10_000)
    result = seen["result"]
    assert (result["rows"], result["companies"], result["already"]) == (5_000, 1, False)
    assert [each["code"] for each in result["warnings"]] == ["ACTIVITY_SHEET_LONG"]
    (filing,) = await rows(desk.house, "SELECT id, status FROM filing")
    assert (from_global_id(result["filing"]), filing["status"]) == (("Filing", filing["id"]), "draft")
    again = (await desk.sent(QUEUE, desk.researcher, program=CODE, activityType="research", text=text))["job"]["id"]
    await run_due(desk.house, TAKE_SHEET)
    assert (await client.ask(WATCH, id=again))["job"]["result"]["already"] is True


async def test_an_amendment_can_be_queued_too(desk: Desk) -> None:
    filing = (await desk.sent(DRAFT, text=deposit()))["filing"]["id"]
    asked = {"id": filing, "text": deposit("협약-2") + deposit("협약-3")}
    client = asks(desk.http, desk.main)
    queued = (await client.ask(QUEUE_AMENDMENT, input=asked))["queueAmendmentFromSheet"]
    assert queued["errors"] == []
    hidden = await asks(desk.http, desk.fundraiser).objections(QUEUE_AMENDMENT, input=asked)
    assert codes(hidden) == ["ACTIVITY_FILING_NOT_FOUND"]
    await run_due(desk.house, TAKE_SHEET)
    seen = (await client.ask(WATCH, id=queued["job"]["id"]))["job"]
    assert (seen["state"], seen["result"]["filing"], seen["result"]["rows"]) == ("DONE", filing, 2)
    assert await desk.agreements() == ["협약-2", "협약-3"]


async def test_a_job_tells_the_bad_cells_and_stores_nothing(desk: Desk) -> None:
    text = deposit() + deposit("협약-2", won="1,000")
    asked = {"program": CODE, "activityType": "research", "text": text}
    job = (await desk.sent(QUEUE, **asked))["job"]["id"]
    await run_due(desk.house, TAKE_SHEET)
    seen = (await asks(desk.http, desk.main).ask(WATCH, id=job))["job"]
    assert seen["state"] == JobState.REFUSED.name
    assert [(each["row"], each["column"]) for each in seen["result"]["cells"]] == [(2, "E")]
    assert await rows(desk.house, "SELECT id FROM filing") == []
