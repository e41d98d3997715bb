"""Boards: staff post, the audience sees it while its time lasts, documents come with it; and who takes part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from core.actor import Role
from core.calendar import SEOUL
from core.house import House
from core.identity import OrganizationKind
from tests.support.api import Account, asks, codes, member, organization, staff, statements_of, top_codes
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.two_companies import HERE
from tests.support.world import rows

PUBLISH = """mutation ($input: PublishPostInput!) { publishPost(input: $input) {
  post { id title body status audience audienceKinds pinned publishedFrom } errors { code path message } } }"""
EDIT = """mutation ($input: EditPostInput!) { editPost(input: $input) {
  post { id title pinned status editedAt } errors { code path message } } }"""
WITHDRAW = """mutation ($id: ID!) { withdrawPost(input: {id: $id}) { post { status } errors { code path } } }"""
ATTACH = """mutation ($input: AttachToPostInput!) { attachToPost(input: $input) {
  attachment { id fileName downloadPath } post { attachments { totalCount } } errors { code path message } } }"""
DETACH = """mutation ($id: ID!) { detachFromPost(input: {id: $id}) {
  post { attachments { totalCount } } errors { code path } } }"""
LIST = """query ($where: PostWhere) { posts(first: 50, where: $where) {
  totalCount nodes { title attachments { nodes { fileName downloadPath } } } } }"""
REGISTER = """mutation ($input: RegisterParticipantInput!) { registerParticipant(input: $input) {
  participant { id name role homepage until } errors { code path message } } }"""
END = """mutation ($id: ID!, $until: Date!) { endParticipation(input: {id: $id, until: $until}) {
  participant { until } errors { code path } } }"""


def later(**delta: float) -> str:
    """A moment from now, by the clock of the database."""
    return (datetime.now(SEOUL) + timedelta(**delta)).isoformat()


@dataclass
class Hall:
    """The staff of a program, and who reads what they post."""

    house: House
    http: httpx.AsyncClient
    reviewer: Account
    elsewhere: Account
    operator: Account
    company: Account
    university: Account

    def asks(self, who: Account | None) -> Client:
        return asks(self.http, who)

    def post(self, title: str = "점검 안내", **more: Any) -> dict[str, Any]:
        return {"program": HERE, "board": "NOTICE", "title": title, "body": "본문입니다."} | more

    async def published(self, title: str = "점검 안내", **more: Any) -> dict[str, Any]:
        answer = await self.asks(self.reviewer).change(PUBLISH, input=self.post(title, **more))
        found: dict[str, Any] = answer["post"]
        return found

    async def titles(self, who: Account | None, **where: Any) -> list[str]:
        answer = await self.asks(who).ask(LIST, where=where)
        assert answer["posts"]["totalCount"] == len(answer["posts"]["nodes"])
        return [each["title"] for each in answer["posts"]["nodes"]]


@pytest.fixture
async def hall(house: House, client: httpx.AsyncClient, clock: SetClock) -> Hall:
    clock.moment = datetime.now(SEOUL)  # what is seen is by the database's clock
    async with house.work() as work:
        company, _ = await organization(work)
        university, _ = await organization(work, OrganizationKind.UNIVERSITY, "보기대학교")
    return Hall(
        house=house,
        http=client,
        reviewer=await staff(house, Role.REVIEWER, "reviewer", [HERE]),
        elsewhere=await staff(house, Role.OPERATOR, "elsewhere", ["industry_academia"]),
        operator=await staff(house, Role.OPERATOR, "operator", [HERE]),
        company=await member(house, company, "company", main=True),
        university=await member(house, university, "university", main=True),
    )


async def test_a_post_is_seen_by_its_audience_while_its_time_lasts(hall: Hall) -> None:
    everybody = (None, hall.company, hall.university, hall.reviewer)
    await hall.published("모두")
    await hall.published("기관", audience="MEMBERS")
    await hall.published("대학", audience="MEMBERS", kinds=["UNIVERSITY"])
    await hall.published("나중", publishedFrom=later(hours=1))
    await hall.published("지난", publishedFrom=later(days=-2), publishedUntil=later(hours=-1))
    seen = {who.login_id if who else "public": set(await hall.titles(who)) for who in everybody}
    assert seen == {
        "public": {"모두"},
        "company": {"모두", "기관"},
        "university": {"모두", "기관", "대학"},
        "reviewer": {"모두", "기관", "대학", "나중", "지난"},
    }
    assert set(await hall.titles(hall.elsewhere)) == {"모두", "기관"}
    by_clock = await hall.asks(hall.reviewer).ask("{ posts { nodes { title status } } }")
    status = {each["title"]: each["status"] for each in by_clock["posts"]["nodes"]}
    assert status == {
        "모두": "PUBLISHED", "기관": "PUBLISHED", "대학": "PUBLISHED", "나중": "SCHEDULED", "지난": "ENDED",
    }  # fmt: skip


async def test_pinned_posts_come_first_and_a_search_finds_title_and_body(hall: Hall) -> None:
    await hall.published("첫째", pinned=True)
    await hall.published("둘째", body="마일리지 100% 안내\n\n- 항목")
    await hall.published("셋째", board="LIBRARY")
    assert await hall.titles(None) == ["첫째", "셋째", "둘째"]
    assert await hall.titles(None, board={"eq": "LIBRARY"}) == ["셋째"]
    assert await hall.titles(None, searchText={"contains": "100%"}) == ["둘째"]
    assert await hall.titles(None, searchText={"contains": "셋"}) == ["셋째"]


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"title": "  "}, "TEXT_TITLE", ["title"]),
        ({"title": "가" * 201}, "TEXT_TITLE", ["title"]),
        ({"title": "줄\n바꿈"}, "TEXT_CONTROL_SIGNS", ["title"]),
        ({"body": "\n \n"}, "TEXT_BODY", ["body"]),
        ({"body": "가" * 20_001}, "TEXT_BODY", ["body"]),
        ({"body": "종\u0007"}, "TEXT_CONTROL_SIGNS", ["body"]),
        ({"body": "널\u0000"}, "TEXT_CONTROL_SIGNS", ["body"]),
        ({"kinds": ["UNIVERSITY"]}, "POST_KINDS", ["kinds"]),
        ({"program": "nothing"}, "POST_PROGRAM", ["program"]),
        (
            {"publishedFrom": "2026-05-01T00:00:00Z", "publishedUntil": "2026-05-01T00:00:00Z"},
            "TEXT_PERIOD_REVERSED",
            ["publishedUntil"],
        ),
    ],
)
async def test_a_post_that_cannot_be_is_refused_and_says_where(
    hall: Hall, changed: dict[str, Any], code: str, path: list[str]
) -> None:
    objections = await hall.asks(hall.reviewer).objections(PUBLISH, input=hall.post() | changed)
    assert [(each["code"], each["path"]) for each in objections] == [(code, path)]
    assert await rows(hall.house, "SELECT id FROM post") == []


async def test_markup_is_kept_as_text(hall: Hall) -> None:
    body = "# 제목\n\n<script>alert(1)</script>\n[끈](javascript:alert(1))"
    made = await hall.published(body=body.replace("\n", "\r\n"))
    assert made["body"] == body


async def test_only_staff_of_the_program_post_edit_and_withdraw(hall: Hall) -> None:
    made = await hall.published()
    edit = {
        "id": made["id"], "title": "바뀜", "body": "본문", "pinned": True, "audience": "PUBLIC",
        "publishedFrom": made["publishedFrom"],
    }  # fmt: skip
    for who in (None, hall.company, hall.university, hall.elsewhere):
        refused = ["UNAUTHENTICATED" if who is None else "FORBIDDEN"]
        assert top_codes(await hall.asks(who).send(PUBLISH, input=hall.post())) == refused
        assert top_codes(await hall.asks(who).send(EDIT, input=edit)) == refused
        assert top_codes(await hall.asks(who).send(WITHDRAW, id=made["id"])) == refused
    edited = await hall.asks(hall.operator).change(EDIT, input=edit)
    assert (edited["post"]["title"], edited["post"]["pinned"]) == ("바뀜", True)
    assert edited["post"]["editedAt"] is not None
    assert (await hall.asks(hall.reviewer).change(WITHDRAW, id=made["id"]))["post"]["status"] == "WITHDRAWN"
    assert await hall.titles(None) == []
    assert codes(await hall.asks(hall.reviewer).objections(EDIT, input=edit)) == ["POST_WITHDRAWN"]
    events = await rows(hall.house, "SELECT action FROM audit_event WHERE subject_type = 'post' ORDER BY id")
    assert [each["action"] for each in events] == ["post.published", "post.edited", "post.withdrawn"]


async def test_documents_of_a_post_are_for_whoever_sees_the_post(hall: Hall) -> None:
    public = await hall.published("공개")
    closed = await hall.published("대학", audience="MEMBERS", kinds=["UNIVERSITY"])
    paths = {}
    for name, made in (("public", public), ("closed", closed)):
        token = await sent(hall.house, hall.reviewer.actor, pdf(name), f"{name}.pdf")
        given = {"postId": made["id"], "token": token}
        if name == "public":
            assert top_codes(await hall.asks(hall.company).send(ATTACH, input=given)) == ["FORBIDDEN"]
        else:  # what it does not see is not there
            assert codes(await hall.asks(hall.company).objections(ATTACH, input=given)) == ["POST_NOT_FOUND"]
        attached = await hall.asks(hall.reviewer).change(ATTACH, input=given)
        assert attached["post"]["attachments"]["totalCount"] == 1
        paths[name] = attached["attachment"]
    for who, statuses in (
        (None, (200, 401)), (hall.company, (200, 404)), (hall.university, (200, 200)), (hall.elsewhere, (200, 404)),
    ):  # fmt: skip
        answers = [await hall.asks(who).get(paths[name]["downloadPath"]) for name in ("public", "closed")]
        assert tuple(each.status_code for each in answers) == statuses
        assert answers[0].content == pdf("public")
    listed = await hall.asks(None).ask("{ attachments { nodes { fileName attachedBy { id } organization { id } } } }")
    assert listed["attachments"]["nodes"] == [{"fileName": "public.pdf", "attachedBy": None, "organization": None}]
    await hall.asks(hall.reviewer).change(WITHDRAW, id=public["id"])
    assert (await hall.asks(None).get(paths["public"]["downloadPath"])).status_code == 401
    assert codes(await hall.asks(hall.reviewer).objections(DETACH, id=paths["public"]["id"])) == ["POST_WITHDRAWN"]
    gone = await hall.asks(hall.reviewer).change(DETACH, id=paths["closed"]["id"])
    assert gone["post"]["attachments"]["totalCount"] == 0
    assert (await hall.asks(hall.university).get(paths["closed"]["downloadPath"])).status_code == 404


# ------------------------------------------------------------------------------------------------ who takes part


async def test_operators_list_institutions_and_everybody_reads_no_person_among_them(hall: Hall) -> None:
    given = {"program": HERE, "organizationId": hall.university.organization, "role": "USING"}
    for who in (None, hall.university, hall.reviewer, hall.elsewhere):
        refused = ["UNAUTHENTICATED" if who is None else "FORBIDDEN"]
        assert top_codes(await hall.asks(who).send(REGISTER, input=given)) == refused
    listed = await hall.asks(hall.operator).change(REGISTER, input=given | {"homepage": "https://univ.example.org/"})
    made = listed["participant"]
    assert made == {
        "id": made["id"], "name": "보기대학교", "role": "USING", "homepage": "https://univ.example.org/", "until": None,
    }  # fmt: skip
    document = "{ participants { nodes { name kind address homepage role since } } }"
    (seen,) = (await hall.asks(None).ask(document))["participants"]["nodes"]
    assert (seen["name"], seen["kind"], seen["role"]) == ("보기대학교", "UNIVERSITY", "USING")
    today = str(datetime.now(SEOUL).date())
    assert (await hall.asks(hall.operator).change(END, id=made["id"], until=today))["participant"]["until"] == today
    assert (await hall.asks(None).ask(document))["participants"]["nodes"] == []
    assert len((await hall.asks(hall.operator).ask(document))["participants"]["nodes"]) == 1
    again = await hall.asks(hall.operator).change(REGISTER, input=given)
    assert (again["participant"]["id"], again["participant"]["until"]) == (made["id"], None)


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"homepage": "univ.example.org"}, "PARTICIPANT_HOMEPAGE", ["homepage"]),
        ({"homepage": "javascript:alert(1)"}, "PARTICIPANT_HOMEPAGE", ["homepage"]),
        ({"homepage": "https://univ.example.org/a b"}, "PARTICIPANT_HOMEPAGE", ["homepage"]),
        ({"homepage": "https://" + "a" * 200}, "PARTICIPANT_HOMEPAGE", ["homepage"]),
        ({"organizationId": "company"}, "PARTICIPANT_COMPANY", ["organizationId"]),
    ],
)
async def test_an_institution_that_cannot_be_listed_is_refused(
    hall: Hall, changed: dict[str, Any], code: str, path: list[str]
) -> None:
    given = {"program": HERE, "organizationId": hall.university.organization, "role": "USING"} | changed
    if given["organizationId"] == "company":
        given["organizationId"] = hall.company.organization
    objections = await hall.asks(hall.operator).objections(REGISTER, input=given)
    assert [(each["code"], each["path"]) for each in objections] == [(code, path)]


async def test_an_end_before_the_beginning_is_refused(hall: Hall) -> None:
    given = {"program": HERE, "organizationId": hall.university.organization, "role": "OPERATING"}
    made = (await hall.asks(hall.operator).change(REGISTER, input=given))["participant"]
    assert codes(await hall.asks(hall.operator).objections(END, id=made["id"], until="2020-01-01")) == [
        "PARTICIPANT_END"
    ]


async def test_a_page_of_posts_is_one_statement_kinds_and_documents_included(hall: Hall) -> None:
    await hall.published("대학", audience="MEMBERS", kinds=["UNIVERSITY", "AGENCY"])
    await hall.published("모두")
    document = "{ posts { totalCount nodes { title audienceKinds status attachments { totalCount } } } }"
    with statements_of(hall.house) as seen:
        answer = await hall.asks(hall.university).ask(document)
    assert len(seen) == 1
    assert {each["title"]: each["audienceKinds"] for each in answer["posts"]["nodes"]} == {
        "대학": ["AGENCY", "UNIVERSITY"],
        "모두": [],
    }
