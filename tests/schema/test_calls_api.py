"""Calls of supporting programs, from a draft to the end, and organizations that want to be told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from core.actor import Role
from core.calendar import SEOUL
from core.calls import TELL_OF_CALLS, mark_interest, tell_of_calls
from core.house import House
from core.identity import OrganizationKind
from tests.support.api import Account, asks, codes, member, organization, staff, top_codes
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.two_companies import HERE
from tests.support.world import at_once, rows

DRAFT = """mutation ($input: DraftCallInput!) { draftCall(input: $input) {
  call { id title status agencyName } errors { code path message } } }"""
EDIT = """mutation ($input: EditCallInput!) { editCall(input: $input) {
  call { status opensAt closesAt } errors { code path message } } }"""
PUBLISH = """mutation ($id: ID!) { publishCall(input: {id: $id}) { call { status } errors { code path message } } }"""
CANCEL = """mutation ($id: ID!, $reason: String!) { cancelCall(input: {id: $id, reason: $reason}) {
  call { status cancelReason } errors { code path } } }"""
ATTACH = """mutation ($input: AttachToCallInput!) { attachToCall(input: $input) {
  attachment { downloadPath } errors { code path } } }"""
MARK = """mutation ($id: ID!) { markInterest(input: {callId: $id}) {
  interest { id call { title } } errors { code path message } } }"""
UNMARK = """mutation ($id: ID!) { unmarkInterest(input: {callId: $id}) {
  interest { id } call { title } errors { code path } } }"""
INTERESTS = "{ interests { totalCount nodes { organization { name } call { title status } } } }"
REGISTER = """mutation ($input: RegisterParticipantInput!) { registerParticipant(input: $input) {
  participant { id } errors { code path } } }"""


@dataclass
class Fair:
    """A program with a catalogue; an agency that uses its mileage, a company and a university that read calls."""

    house: House
    http: httpx.AsyncClient
    clock: SetClock
    operator: Account
    reviewer: Account
    elsewhere: Account
    agency: Account
    clerk: Account  # of the agency, without permission
    publisher: Account  # of the agency, with it
    company: Account
    university: Account
    benefit: str = ""
    opened: datetime = field(default_factory=lambda: datetime.now(SEOUL))

    def asks(self, who: Account | None) -> Client:
        return asks(self.http, who)

    def at(self, **delta: float) -> str:
        return (self.opened + timedelta(**delta)).isoformat()

    def call(self, title: str = "2026년 공고", begins: float = -1, ends: float = 10, **more: Any) -> dict[str, Any]:
        """Days from now, when it opens and closes."""
        return {
            "title": title, "body": "신청 방법", "opensAt": self.at(days=begins), "closesAt": self.at(days=ends),
        } | more  # fmt: skip

    async def drafted(self, who: Account | None = None, **more: Any) -> str:
        given = self.call(**more) | {"benefitId": self.benefit, "organizationId": self.agency.organization}
        answer = await self.asks(who or self.operator).change(DRAFT, input=given)
        return str(answer["call"]["id"])

    async def published(self, **more: Any) -> str:
        made = await self.drafted(**more)
        await self.asks(self.operator).change(PUBLISH, id=made)
        return made

    async def titles(self, who: Account | None, **where: Any) -> list[str]:
        document = "query ($where: CallWhere) { calls(where: $where) { nodes { title } } }"
        answer = await self.asks(who).ask(document, where=where)
        return [each["title"] for each in answer["calls"]["nodes"]]

    async def told(self) -> tuple[int, int]:
        async with self.house.work() as work:
            return await tell_of_calls(work)


@pytest.fixture
async def fair(house: House, client: httpx.AsyncClient, clock: SetClock) -> Fair:
    clock.moment = datetime.now(SEOUL)  # what is open is by the database's clock
    async with house.work() as work:
        agency, _ = await organization(work, OrganizationKind.AGENCY, "활용진흥원")
        company, _ = await organization(work, name="한빛조명")
        university, _ = await organization(work, OrganizationKind.UNIVERSITY, "보기대학교")
    made = Fair(
        house=house,
        http=client,
        clock=clock,
        operator=await staff(house, Role.OPERATOR, "operator", [HERE]),
        reviewer=await staff(house, Role.REVIEWER, "reviewer", [HERE]),
        elsewhere=await staff(house, Role.OPERATOR, "elsewhere", ["industry_academia"]),
        agency=await member(house, agency, "agency", main=True),
        clerk=await member(house, agency, "agency_01"),
        publisher=await member(house, agency, "agency_02", permissions=[f"{HERE}.call"]),
        company=await member(house, company, "company", main=True),
        university=await member(house, university, "university", main=True),
    )
    answer = await asks(client).ask("{ benefits(first: 1) { nodes { id } } }")
    made.benefit = answer["benefits"]["nodes"][0]["id"]
    return made


# ---------------------------------------------------------------------------------------------------- the walk


async def test_a_call_is_seen_by_its_agency_and_staff_until_it_is_published(fair: Fair) -> None:
    made = await fair.drafted(title="초안")
    everybody = (None, fair.company, fair.clerk, fair.elsewhere, fair.agency, fair.publisher, fair.reviewer)
    assert [await fair.titles(who) for who in everybody] == [[], [], [], [], ["초안"], ["초안"], ["초안"]]
    published = await fair.asks(fair.operator).change(PUBLISH, id=made)
    assert published["call"]["status"] == "OPEN"
    assert [await fair.titles(who) for who in everybody] == [["초안"]] * 7
    listed = await fair.asks(None).ask("{ participants(where: {role: {eq: USING}}) { nodes { name kind } } }")
    assert listed["participants"]["nodes"] == [{"name": "활용진흥원", "kind": "AGENCY"}]
    assert codes(await fair.asks(fair.operator).objections(PUBLISH, id=made)) == ["CALL_PUBLISHED"]


async def test_a_registered_agency_publishes_by_itself_and_nobody_else_for_it(fair: Fair) -> None:
    given = fair.call() | {"benefitId": fair.benefit}
    assert codes(await fair.asks(fair.agency).objections(DRAFT, input=given)) == ["CALL_NOT_AN_AGENCY"]
    await fair.asks(fair.operator).change(
        REGISTER, input={"program": HERE, "organizationId": fair.agency.organization, "role": "USING"}
    )
    for who in (fair.agency, fair.publisher):
        made = await fair.asks(who).change(DRAFT, input=given)
        assert made["call"]["agencyName"] == "활용진흥원"
        assert (await fair.asks(who).change(PUBLISH, id=made["call"]["id"]))["call"]["status"] == "OPEN"
    for who in (None, fair.clerk, fair.company, fair.elsewhere):
        refused = ["UNAUTHENTICATED" if who is None else "FORBIDDEN"]
        mine = given | {"organizationId": fair.agency.organization}
        assert top_codes(await fair.asks(who).send(DRAFT, input=mine)) == refused
        edit = fair.call() | {"id": made["call"]["id"]}
        assert top_codes(await fair.asks(who).send(EDIT, input=edit)) == refused
        assert top_codes(await fair.asks(who).send(CANCEL, id=made["call"]["id"], reason="취소")) == refused


async def test_the_list_is_searched_by_status_program_day_and_text(fair: Fair) -> None:
    await fair.published(title="열림", body="수출 지원")
    await fair.published(title="곧 마감", ends=2)
    await fair.published(title="예정", begins=1)
    assert set(await fair.titles(None, status={"in": ["OPEN"]})) == {"열림", "곧 마감"}
    assert await fair.titles(None, status={"eq": "UPCOMING"}) == ["예정"]
    assert await fair.titles(None, status={"eq": "OPEN"}, closesAt={"lt": fair.at(days=3)}) == ["곧 마감"]
    assert await fair.titles(None, searchText={"contains": "수출"}) == ["열림"]
    assert len(await fair.titles(None, benefit={"eq": fair.benefit})) == 3
    assert await fair.titles(None, agencyName={"contains": "없는"}) == []


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"title": ""}, "TEXT_TITLE", ["title"]),
        ({"body": " "}, "TEXT_BODY", ["body"]),
        ({"begins": 2, "ends": 2}, "TEXT_PERIOD_REVERSED", ["closesAt"]),
        ({"begins": 2, "ends": 1}, "TEXT_PERIOD_REVERSED", ["closesAt"]),
        ({"begins": -9, "ends": -1}, "CALL_CLOSES_IN_THE_PAST", ["closesAt"]),
    ],
)
async def test_a_call_that_cannot_be_is_refused(
    fair: Fair, changed: dict[str, Any], code: str, path: list[str]
) -> None:
    given = fair.call(**changed) | {"benefitId": fair.benefit, "organizationId": fair.agency.organization}
    objections = await fair.asks(fair.operator).objections(DRAFT, input=given)
    assert [(each["code"], each["path"]) for each in objections] == [(code, path)]
    assert await rows(fair.house, "SELECT id FROM benefit_call") == []


async def test_who_or_what_a_call_is_for_must_be_there(fair: Fair) -> None:
    given = fair.call() | {"benefitId": fair.benefit, "organizationId": fair.company.organization}
    assert codes(await fair.asks(fair.operator).objections(DRAFT, input=given)) == ["CALL_COMPANY"]
    unknown = given | {"organizationId": fair.agency.organization, "benefitId": fair.company.organization}
    assert codes(await fair.asks(fair.operator).objections(DRAFT, input=unknown)) == ["ID_INVALID"]
    async with fair.house.work() as work:
        await work.tx.connection.execute("UPDATE benefit SET closed_on = opened_on + 1")
    closed = given | {"organizationId": fair.agency.organization}
    assert codes(await fair.asks(fair.operator).objections(DRAFT, input=closed)) == ["CALL_BENEFIT_CLOSED"]


async def test_what_a_call_says_of_its_period_holds_once_that_has_come(fair: Fair) -> None:
    made = await fair.published(begins=1, ends=5)
    edit = fair.call(begins=2, ends=6) | {"id": made}
    assert (await fair.asks(fair.operator).change(EDIT, input=edit))["call"]["status"] == "UPCOMING"
    fair.clock.forward(days=3)
    later = fair.call(begins=2.5, ends=6) | {"id": made}
    assert codes(await fair.asks(fair.operator).objections(EDIT, input=later)) == ["CALL_OPEN"]
    await fair.asks(fair.operator).change(EDIT, input=fair.call(begins=2, ends=8) | {"id": made})
    fair.clock.forward(days=6)
    (over,) = await fair.asks(fair.operator).objections(EDIT, input=fair.call(begins=2, ends=20) | {"id": made})
    assert (over["code"], over["path"]) == ("CALL_OVER", ["id"])
    assert codes(await fair.asks(fair.operator).objections(CANCEL, id=made, reason="늦음")) == ["CALL_OVER"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE benefit_call SET closes_at = closes_at + interval '1 year' WHERE title = '지난'",
        "UPDATE benefit_call SET opens_at = opens_at - interval '1 day' WHERE title = '지난'",
        "UPDATE benefit_call SET published_at = NULL WHERE title = '열림'",
        "UPDATE benefit_call SET benefit_id = benefit_id + 1 WHERE title = '열림'",
        "DELETE FROM benefit_call WHERE title = '열림'",
        "UPDATE benefit_call SET title = '다른 제목' WHERE title = '취소'",
    ],
)
async def test_the_database_itself_keeps_what_was_published(fair: Fair, statement: str) -> None:
    await fair.published(title="열림")
    await fair.asks(fair.operator).change(CANCEL, id=await fair.published(title="취소"), reason="예산")
    async with fair.house.work() as work:
        await work.tx.connection.execute(
            "INSERT INTO benefit_call (program, benefit_id, organization_id, title, body, opens_at, closes_at,"
            " published_at) SELECT program, benefit_id, organization_id, '지난', body, now() - interval '9 days',"
            " now() - interval '1 day', now() FROM benefit_call WHERE title = '열림'"
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        async with fair.house.work() as work:
            await work.tx.connection.execute(statement)


async def test_a_cancelled_call_stays_to_be_seen_with_its_reason(fair: Fair) -> None:
    made = await fair.published(title="취소될 공고")
    for reason in ("", " ", "가" * 201):
        assert codes(await fair.asks(fair.operator).objections(CANCEL, id=made, reason=reason)) == ["CALL_REASON"]
    gone = await fair.asks(fair.operator).change(CANCEL, id=made, reason="예산 소진")
    assert gone["call"] == {"status": "CANCELLED", "cancelReason": "예산 소진"}
    assert await fair.titles(None, status={"eq": "CANCELLED"}) == ["취소될 공고"]
    edit = fair.call() | {"id": made}
    assert codes(await fair.asks(fair.operator).objections(EDIT, input=edit)) == ["CALL_CANCELLED"]
    assert codes(await fair.asks(fair.company).objections(MARK, id=made)) == ["CALL_CANCELLED"]


async def test_documents_of_a_call_are_read_by_whoever_sees_it(fair: Fair) -> None:
    made = await fair.drafted()
    token = await sent(fair.house, fair.operator.actor, pdf("공고문"), "공고문.pdf")
    attached = await fair.asks(fair.operator).change(ATTACH, input={"callId": made, "token": token})
    path = attached["attachment"]["downloadPath"]
    readers = (None, fair.company, fair.agency)
    assert [(await fair.asks(who).get(path)).status_code for who in readers] == [401, 404, 200]
    await fair.asks(fair.operator).change(PUBLISH, id=made)
    assert [(await fair.asks(who).get(path)).status_code for who in (None, fair.company)] == [200, 200]


# --------------------------------------------------------------------------------------------------- interests


async def test_an_organization_marks_what_interests_it_and_nobody_else_learns_of_it(fair: Fair) -> None:
    first, second = await fair.published(title="하나"), await fair.published(title="둘", begins=1)
    marked = await fair.asks(fair.company).change(MARK, id=first)
    assert (await fair.asks(fair.company).change(MARK, id=first))["interest"] == marked["interest"]
    await fair.asks(fair.university).change(MARK, id=second)
    assert top_codes(await fair.asks(None).send(MARK, id=first)) == ["UNAUTHENTICATED"]
    mine = (await fair.asks(fair.company).ask(INTERESTS))["interests"]
    assert mine["nodes"] == [{"organization": {"name": "한빛조명"}, "call": {"title": "하나", "status": "OPEN"}}]
    assert (await fair.asks(None).ask(INTERESTS))["interests"]["totalCount"] == 0
    assert (await fair.asks(fair.agency).ask(INTERESTS))["interests"]["totalCount"] == 0
    assert (await fair.asks(fair.reviewer).ask(INTERESTS))["interests"]["totalCount"] == 2
    gone = await fair.asks(fair.company).change(UNMARK, id=first)
    assert gone == {"interest": None, "call": {"title": "하나"}, "errors": []}
    assert (await fair.asks(fair.company).ask(INTERESTS))["interests"]["totalCount"] == 0
    assert (await fair.asks(fair.university).ask(INTERESTS))["interests"]["totalCount"] == 1


async def test_a_draft_interests_nobody_and_neither_does_what_is_over(fair: Fair) -> None:
    assert codes(await fair.asks(fair.company).objections(MARK, id=await fair.drafted())) == ["CALL_NOT_FOUND"]
    made = await fair.published(ends=1)
    fair.clock.forward(days=1, hours=1)
    assert codes(await fair.asks(fair.company).objections(MARK, id=made)) == ["CALL_OVER"]


async def test_colleagues_who_mark_at_once_make_one_interest(fair: Fair) -> None:
    made = await fair.published()
    key = (await rows(fair.house, "SELECT id FROM benefit_call"))[0]["id"]
    colleagues = [await member(fair.house, fair.company.organization_id, f"company_{n}") for n in range(6)]

    async def mark(who: Account) -> int:
        async with fair.house.work(who.actor) as work:
            return (await mark_interest(work, key)).id

    answers, refusals = await at_once(mark(who) for who in colleagues)
    assert len(set(answers)) == 1 and not refusals
    assert len(await rows(fair.house, "SELECT id FROM call_interest")) == 1
    assert made


async def test_each_is_told_once_that_a_call_opened_and_once_that_it_is_about_to_close(fair: Fair) -> None:
    soon, now = await fair.published(title="예정", begins=1, ends=10), await fair.published(title="열림", ends=8)
    for who in (fair.company, fair.university):
        await fair.asks(who).change(MARK, id=soon)
    await fair.asks(fair.company).change(MARK, id=now)
    assert await fair.told() == (0, 0)  # one is not open yet, the other was open when it was marked
    fair.clock.forward(days=1, hours=1)
    assert await fair.told() == (2, 0)
    assert await fair.told() == (0, 0)
    fair.clock.forward(days=5)
    assert await fair.told() == (0, 1)  # 열림 closes within three days
    await fair.asks(fair.operator).change(EDIT, input=fair.call(title="열림", begins=-1, ends=12) | {"id": now})
    fair.clock.forward(days=2)
    assert await fair.told() == (0, 2)  # 예정, to both
    fair.clock.forward(days=2)
    assert await fair.told() == (0, 1)  # 열림 again, by its new end
    letters = await rows(fair.house, 'SELECT template, "values" FROM message ORDER BY id')
    assert [each["template"] for each in letters] == ["calls_opened"] * 2 + ["calls_closing"] * 4
    assert letters[0]["values"]["lines"]["ko"].startswith("· 예정 (")


async def test_nobody_is_told_of_what_was_cancelled_or_is_no_longer_of_interest(fair: Fair) -> None:
    cancelled, dropped = await fair.published(title="취소", begins=1), await fair.published(title="해제", begins=1)
    for made in (cancelled, dropped):
        await fair.asks(fair.company).change(MARK, id=made)
    await fair.asks(fair.operator).change(CANCEL, id=cancelled, reason="예산")
    await fair.asks(fair.company).change(UNMARK, id=dropped)
    fair.clock.forward(days=2)
    assert await fair.told() == (0, 0)


def test_the_telling_runs_every_hour() -> None:
    assert TELL_OF_CALLS.schedule is not None
    moment = datetime(2026, 3, 2, 9, 0, tzinfo=SEOUL)
    assert TELL_OF_CALLS.schedule.next_due(moment) - moment < timedelta(hours=1)
