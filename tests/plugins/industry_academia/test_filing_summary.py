"""신청내역: what a filing asks for, by company, while it waits and after; what a submission would object to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.activities import cancel_filing, submit_filing
from core.activities.sheets import NewFiling, take_sheet
from core.actor import Actor
from core.house import House
from core.identity.tokens import mint_token
from plugins.industry_academia.program import CODE
from schema.global_ids import to_global_id
from schema.http.app import application
from tests.plugins.industry_academia.acts import COMPANY, Campus, donation, hire, research, training
from tests.support.api import asks, statements_of
from tests.support.client import Client
from tests.support.files import pdf, sent
from tests.support.numbers import business_number
from tests.support.world import at_once, connected, member, refused, rows, true_ledger

OTHER = business_number(7)
SHOWN = """query ($id: ID!) { node(id: $id) { ... on Filing {
  status companyCount requestedPoints points
  organization { name address } createdBy { loginId person { name phone } }
  companies(first: 10) { totalCount nodes {
    businessNumber name statedNames rowCount requestedPoints pointsSubject organization { name }
  } }
  rows(first: 100) { nodes { statedName organizationName requestedFiler requestedSubject pointsSubject } }
} } }"""
LISTED = """query ($where: FilingWhere) { filings(first: 50, where: $where) { totalCount nodes { number } } }"""
CHECK = """mutation ($id: ID!) { checkFiling(input: {id: $id}) {
  rows requestedPoints filing { status } errors { code path source { clause } }
} }"""

COUNTED = "SELECT (SELECT count(*) FROM organization) AS o, (SELECT count(*) FROM audit_event) AS e"


@dataclass
class Office:
    """A campus with the API beside it."""

    campus: Campus
    http: httpx.AsyncClient

    async def asker(self, actor: Actor) -> Client:
        assert actor.member_id is not None
        async with self.campus.house.work() as work:
            own = "UPDATE member SET must_change_password = false WHERE id = $1"
            await work.tx.connection.execute(own, actor.member_id)
            token = await mint_token(work, actor.member_id, timedelta(days=1), cookie=False)
        return asks(self.http, token.token)

    async def shown(self, filing_id: int, actor: Actor | None = None) -> dict[str, Any]:
        client = await self.asker(actor or self.campus.filer)
        found: dict[str, Any] = (await client.ask(SHOWN, id=to_global_id("Filing", filing_id)))["node"]
        return found

    async def taken(self, text: str, activity: str = "research", actor: Actor | None = None) -> int:
        who = actor or self.campus.filer
        into = NewFiling(program=CODE, activity_type=activity, organization_id=self.campus.university)
        return (await take_sheet(self.campus.house, who, text, into)).filing_id


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    campus = await Campus.of(house)
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield Office(campus, http)


def deposit(agreement: str, won: int, day: str = "20260202", name: str = "", number: str = COMPANY) -> str:
    return f"{number}\t{name}\t{agreement}\t{day}\t{won}\t0\t산학공동연구\t예\n"


async def test_a_filing_says_by_company_what_it_asks_for_while_it_waits_and_after(office: Office) -> None:
    campus = office.campus
    text = deposit("협약-1", 100_000_000, name="1") + deposit("협약-2", 100_000_000, name="둘")
    drafted = await office.taken(text + deposit("협약-3", 100_000_000, name="새 기업", number=OTHER))
    shown = await office.shown(drafted)
    assert (shown["status"], shown["companyCount"], shown["requestedPoints"], shown["points"]) == ("DRAFT", 2, 3_000, 0)
    known, unknown = shown["companies"]["nodes"]
    assert known == {
        "businessNumber": COMPANY, "name": "기관 1", "statedNames": ["1", "둘"], "rowCount": 2,
        "requestedPoints": 2_000, "pointsSubject": 0, "organization": None,
    }  # fmt: skip
    assert (unknown["businessNumber"], unknown["name"], unknown["rowCount"]) == (OTHER, "새 기업", 1)
    assert shown["rows"]["nodes"][0]["organizationName"] == "기관 1"
    filing = await campus.filed("research", research(agreement="협약-4"), research(agreement="협약-5"))
    assert (await office.shown(filing.id))["requestedPoints"] == 2_000
    await campus.decided(filing)
    after = await office.shown(filing.id)
    assert (after["status"], after["requestedPoints"], after["points"]) == ("APPROVED", 2_000, 4_000)
    assert after["companies"]["nodes"][0]["pointsSubject"] == 2_000


async def test_the_header_is_the_filers_own_data_and_shows_no_person_to_others(office: Office) -> None:
    campus = office.campus
    filing = await campus.filed("research", research())
    mine = await office.shown(filing.id)
    assert mine["organization"]["name"] == "기관 2"
    assert mine["createdBy"] == {"loginId": "bogi", "person": {"name": "bogi", "phone": None}}
    assert (await office.shown(filing.id, campus.reviewer))["createdBy"] is None
    company = await member(campus.house, campus.company, "hyeop", main=True)
    assert await office.shown(filing.id, company) is None


async def test_all_of_it_is_read_in_one_statement(office: Office) -> None:
    filing = await office.campus.filed("research", research(), research(agreement="협약-2"))
    listed = SHOWN.replace("node(id: $id) { ... on Filing {", "filings(first: 5) { nodes {").replace("($id: ID!)", "")
    client = await office.asker(office.campus.filer)
    await client.ask(listed)
    with statements_of(office.campus.house) as seen:
        (found,) = (await client.ask(listed))["filings"]["nodes"]
    assert len(seen) == 1
    assert found == await office.shown(filing.id)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"companyName": {"contains": "기관"}}, ["26-1", "26-2"]),
        ({"companyName": {"contains": "새 기"}}, ["26-3"]),
        ({"companyName": {"eq": "기관 1"}, "activityType": {"eq": "donation"}}, ["26-2"]),
        ({"businessNumber": {"eq": OTHER}}, ["26-3"]),
        ({"businessNumber": {"in": [OTHER, COMPANY]}, "status": {"eq": "APPROVED"}}, ["26-2"]),
        ({"businessNumber": {"eq": "0000000000"}}, []),
        ({"submittedOn": {"gte": "2026-03-02", "lte": "2026-03-02"}}, ["26-1", "26-2", "26-3"]),
        ({"submittedOn": {"gt": "2026-03-02"}}, []),
    ],
)
async def test_filings_are_found_by_day_type_company_and_status(
    office: Office, where: dict[str, Any], found: list[str]
) -> None:
    campus = office.campus
    await campus.filed("research", research(), research(agreement="협약-2"))
    await campus.approved("donation", donation())
    house = campus.house
    drafted = await campus.drafted("research", research(agreement="협약-3"), company=OTHER)
    async with house.work() as work:
        await work.tx.connection.execute("UPDATE activity SET stated_name = '새 기업' WHERE filing_id = $1", drafted.id)
    await campus.submitted(drafted)
    answered = (await (await office.asker(campus.filer)).ask(LISTED, where=where))["filings"]
    assert sorted(each["number"] for each in answered["nodes"]) == found
    assert answered["totalCount"] == len(found)
    stranger = await member(house, campus.company, "hyeop", main=True)
    assert (await (await office.asker(stranger)).ask(LISTED, where=where))["filings"]["totalCount"] == 0


async def test_a_check_says_all_that_a_submission_would_and_changes_nothing(office: Office) -> None:
    campus = office.campus
    filed = await campus.filed("research", research(agreement="협약-1"))
    await campus.decided(filed)
    text = deposit("협약-1", 100_000_000) + deposit("협약-2", 100_000_000, day="20240101", number=OTHER)
    drafted = await office.taken(text + deposit("협약-1", 100_000_000, day="20260203"))
    before = await rows(campus.house, COUNTED)
    client = await office.asker(campus.filer)
    found = (await client.ask(CHECK, id=to_global_id("Filing", drafted)))["checkFiling"]
    assert {(each["code"], *each["path"]) for each in found["errors"]} == {
        ("ACTIVITY_ALREADY_FILED", "rows", "0"),
        ("INDUSTRY_ACADEMIA_TOO_LATE", "rows", "1", "facts", "depositedOn"),
        ("DOCUMENT_MISSING", "documents", "official_letter"),
        ("DOCUMENT_MISSING", "documents", "research_agreement"),
        ("DOCUMENT_MISSING", "documents", "deposit_proof"),
    }
    assert next(each for each in found["errors"] if each["path"][:2] == ["rows", "1"])["source"] is not None
    assert (found["rows"], found["filing"]["status"]) == (3, "DRAFT")
    # what the agreement brought before counts, and so does each row for the next
    assert found["requestedPoints"] == (1515 - 1000) + 1000 + (1933 - 1515)
    after = await rows(campus.house, COUNTED)
    assert after == before
    good = await campus.drafted("research", research(agreement="협약-9"))
    fine = (await client.ask(CHECK, id=to_global_id("Filing", good.id)))["checkFiling"]
    assert (fine["errors"], fine["requestedPoints"]) == ([], 1_000)
    await campus.submitted(good)
    gone = (await client.ask(CHECK, id=to_global_id("Filing", good.id)))["checkFiling"]
    assert [each["code"] for each in gone["errors"]] == ["ACTIVITY_WRONG_STATUS"]


async def test_deposits_of_one_agreement_earn_alike_in_one_file_and_in_two(office: Office) -> None:
    campus = office.campus
    first, second = research(supply_won=30_000_000), research(supply_won=70_000_000)
    await campus.approved("research", first, second)
    together = await campus.balances()
    split = [
        await campus.filed("research", research(agreement="협약-2", supply_won=30_000_000)),
        await campus.filed("research", research(agreement="협약-2", supply_won=70_000_000)),
    ]
    asked = [(await office.shown(each.id))["requestedPoints"] for each in split]
    assert asked == [485, 807]  # each alone, as nothing of the agreement was approved when they were filed
    for each in split:
        await campus.decided(each)
    assert await campus.balances() == (2 * together[0], 2 * together[1]) == (2_000, 2_000)
    await true_ledger(campus.house)


async def test_of_two_who_file_one_deposit_at_once_one_is_told_that_it_is_filed(office: Office) -> None:
    campus, house = office.campus, office.campus.house
    who = [
        await member(house, campus.university, f"bogi_{place}", permissions=[f"{CODE}.research.file"])
        for place in range(2)
    ]
    proofs = [await sent(house, each, pdf()) for each in who]
    for turn in range(5):
        drafts = [
            await campus.drafted("research", research(agreement=f"협약-{turn}"), who=each, proof=proof)
            for each, proof in zip(who, proofs, strict=True)
        ]
        await connected(house)

        async def submit(actor: Actor, filing_id: int) -> Any:
            async with house.work(actor) as work:
                return await submit_filing(work, filing_id)

        done, refusals = await at_once(submit(actor, each.id) for actor, each in zip(who, drafts, strict=True))
        assert len(done) == 1 and refusals == {"ACTIVITY_ALREADY_FILED": 1}
    numbers = await rows(house, "SELECT number FROM filing WHERE number IS NOT NULL ORDER BY id")
    assert sorted(int(each["number"].split("-")[1]) for each in numbers) == [1, 2, 3, 4, 5]


async def test_a_sheet_sent_twice_at_once_is_one_draft(office: Office) -> None:
    await connected(office.campus.house)
    done, refusals = await at_once(office.taken(deposit("협약-1", 5_000_000)) for _ in range(4))
    assert not refusals and len(set(done)) == 1
    assert len(await rows(office.campus.house, "SELECT id FROM filing")) == 1


async def test_a_filing_is_cancelled_until_it_is_decided_and_not_after(office: Office) -> None:
    campus = office.campus
    waiting = await campus.filed("research", research())
    async with campus.house.work(campus.filer) as work:
        assert (await cancel_filing(work, waiting.id)).status == "cancelled"
    decided = await campus.approved("research", research())
    with refused("ACTIVITY_WRONG_STATUS"):
        async with campus.house.work(campus.filer) as work:
            await cancel_filing(work, decided.id)


async def test_rules_that_cannot_say_leave_the_request_open(office: Office) -> None:
    campus = office.campus
    drafted = await office.taken(deposit("협약-1", 100_000_000, day="20190101"))
    (row,) = (await office.shown(drafted))["rows"]["nodes"]
    assert (row["requestedFiler"], row["requestedSubject"]) == (None, None)
    assert (await office.shown(drafted))["requestedPoints"] == 0
    filing = await campus.filed("hire", hire())
    assert (await office.shown(filing.id))["requestedPoints"] == 300
    filing = await campus.filed("field_training", training(support_won=4_509_999))
    assert (await office.shown(filing.id))["requestedPoints"] == 450
