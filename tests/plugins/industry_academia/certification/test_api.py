"""A round over the API: who sees what when, every read planned, the certificate as paper and its public check."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import httpx
import pypdf
import pytest

from core.actor import Role
from core.house import House
from plugins.industry_academia.program import CODE
from schema.build import build_schema
from schema.global_ids import to_global_id
from schema.http.app import application
from tests.plugins.industry_academia.certification.stage import DATES, OPEN, Stage
from tests.support import api
from tests.support.api import Account, asks
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.world import give, rows

NAME = "INDUSTRY_ACADEMIA_CERTIFICATION_"
PREPARE = """mutation ($input: PrepareCertificationRoundInput!) {
  prepareCertificationRound(input: $input) { round { id status criteria { nodes { code } } } errors { code path } }
}"""
STEP = """mutation ($round: ID!) {{
  {verb}(input: {{roundId: $round}}) {{ round {{ status }} errors {{ code path }} }}
}}"""
APPLY = """mutation ($round: ID!, $documents: [CertificationDocumentInput!]!) {
  applyForCertification(input: {roundId: $round, documents: $documents}) {
    application { id pointsEarned documents { nodes { requirement submittedOn } } result { rank } }
    errors { code path message source { clause } }
  }
}"""
SCORE = """mutation ($application: ID!, $scores: [CertificationScoreInput!]!) {
  scoreCertificationApplication(input: {applicationId: $application, scores: $scores}) { errors { code path } }
}"""
DECIDE = """mutation ($application: ID!, $decision: CertificationDecision!, $reason: String!) {
  recordCertificationDecision(input: {applicationId: $application, decision: $decision, reason: $reason}) {
    errors { code }
  }
}"""
APPROVE = """mutation ($round: ID!) {
  approveCertificationRound(input: {roundId: $round, reference: "산학-17"}) { round { status } errors { code } }
}"""
SEEN = """{ certificationApplications { nodes {
  organization { name }
  scores { nodes { points assessorNumber assessor { member { loginId } } criterion { code } } }
  result { rank total outcome councilDecision councilReason excludedBecause explanation scores { totalCount } }
} } certificationScores { totalCount } }"""
PUBLIC = """{ certifiedInstitutions(where: {revokedAt: {isNull: true}}) { totalCount nodes {
  number organizationName place validFrom validUntil holds verifyPath pdfPath revokedReason organization { name }
  application { id } round { title status certified { totalCount } }
} } }"""


@dataclass
class Town:
    """The stage with people who ask over HTTP."""

    stage: Stage
    http: httpx.AsyncClient
    operator: Account
    auditor: Account
    scorers: list[Account]
    companies: list[Account]
    round_id: str = ""

    def ask(self, who: Account | None) -> Client:
        return asks(self.http, who)

    async def step(self, verb: str) -> None:
        await self.ask(self.operator).change(STEP.format(verb=verb), round=self.round_id)


@pytest.fixture
async def town(house: House, clock: SetClock) -> AsyncIterator[Town]:
    stage = await Stage.of(house, clock)
    companies = [await api.company(house, f"giup{place}", name=f"기업{place}") for place in range(3)]
    for place, each in enumerate(companies):
        await give(house, CODE, each.organization_id, 1_000 - 300 * place, date(2023, 6, 1))
    scorers = [await api.staff(house, Role.REVIEWER, "wiwon_a", [CODE]), await api.company(house, "wiwon_b")]
    operator = await api.staff(house, Role.OPERATOR, "jungang", [CODE])
    auditor = await api.staff(house, Role.AUDITOR, "gamsa")
    transport = httpx.ASGITransport(app=application(house, build_schema(house.plugins)))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield Town(stage, http, operator, auditor, scorers, companies)


async def test_a_round_from_its_call_to_the_public_list(town: Town) -> None:
    stage, operator, clock = town.stage, town.ask(town.operator), town.stage.clock
    made = await operator.change(PREPARE, input=prepared())
    assert made["round"]["status"] == "PREPARED"
    town.round_id = made["round"]["id"]
    assert [each["code"] for each in made["round"]["criteria"]["nodes"]] == ["plan", "effect"]
    rounds = "{ certificationRounds { nodes { status closesAt places formula } } }"
    assert (await town.ask(None).ask(rounds))["certificationRounds"]["nodes"] == []
    for each in town.scorers:
        await operator.change(
            "mutation ($round: ID!, $member: ID!) { appointCertificationAssessor(input: {roundId: $round,"
            " memberId: $member}) { assessor { number } errors { code } } }",
            round=town.round_id,
            member=each.member,
        )
    await town.step("callCertificationRound")
    (said,) = (await town.ask(None).ask(rounds))["certificationRounds"]["nodes"]
    assert said["closesAt"] == "2024-01-31T18:00:00.000000+09:00" and said["formula"].startswith("the weight")

    clock.moment = OPEN
    applications = []
    for each in town.companies:
        token = await sent(stage.house, each.actor, pdf(each.login_id))
        documents = [{"requirement": "application", "token": token}]
        answer = await town.ask(each).change(APPLY, round=town.round_id, documents=documents)
        applications.append(answer["application"])
    assert [each["pointsEarned"] for each in applications] == [1_000, 700, 400]
    assert applications[0]["documents"]["nodes"] == [{"requirement": "application", "submittedOn": "2024-01-15"}]
    (again,) = await town.ask(town.companies[0]).objections(
        APPLY, round=town.round_id, documents=[{"requirement": "application", "token": "x"}]
    )
    assert again["code"] == f"{NAME}APPLIED_ALREADY" and again["source"]["clause"]
    clock.moment = DATES.closes_at
    (late,) = await town.ask(town.companies[0]).objections(
        APPLY, round=town.round_id, documents=[{"requirement": "application", "token": "x"}]
    )
    assert late["code"] == f"{NAME}TOO_LATE" and "2024-01-31 18:00:00+09:00" in late["message"]

    clock.set(DATES.evaluation_from)
    await town.step("beginCertificationEvaluation")
    for place, scorer in enumerate(town.scorers):
        for each in applications:
            given = [{"criterion": "plan", "points": 20 + place}, {"criterion": "effect", "points": 10}]
            await town.ask(scorer).change(SCORE, application=each["id"], scores=given)
    await nobody_sees_others_scores_yet(town)

    await town.step("closeCertificationEvaluation")
    seen = await town.ask(town.scorers[1]).ask(SEEN)
    assert seen["certificationScores"]["totalCount"] == 3 * 2 * 2, "the committee sees them all now"
    for each in town.companies:
        assert (await mine(town, each))["result"] is None, "applicants are not told before the approval"
    decisions = [("CONFIRM", ""), ("EXCLUDE", "조사 중"), ("CONFIRM", "")]
    for each, (decision, reason) in zip(applications, decisions, strict=True):
        await operator.change(DECIDE, application=each["id"], decision=decision, reason=reason)
    (early,) = await operator.objections(APPROVE, round=town.round_id)
    assert early["code"] == f"{NAME}WRONG_STEP", "nothing is published before the council"
    kept_back = (await town.ask(town.scorers[1]).ask(SEEN))["certificationApplications"]["nodes"]
    assert {each["result"]["councilDecision"] for each in kept_back} == {None}, "the committee does not see the council"
    clock.set(DATES.council_on)
    await town.step("closeCertificationCouncil")
    clock.set(DATES.approval_on)
    await operator.change(APPROVE, round=town.round_id)

    told = [await mine(town, each) for each in town.companies]
    assert [each["result"]["outcome"] for each in told] == ["SELECTED", "EXCLUDED", "NO_PLACE"]
    assert [each["result"]["rank"] for each in told] == [1, 2, 3]
    assert told[1]["result"]["councilReason"] == told[1]["result"]["excludedBecause"] == "조사 중"
    assert told[0]["result"]["explanation"] == (
        "Quantitative 50.00 = the weight 50 × 1,000 earned ÷ 1,000, the most earned. Qualitative 30.50 = 61, the totals"
        " of 2 members, ÷ 2. Total 80.50, rank 1 for 1 places, parted by the total. It is selected."
    )
    assert told[1]["result"]["explanation"].endswith("The council excluded it: 조사 중")
    assert {each["assessorNumber"] for each in told[0]["scores"]["nodes"]} == {1, 2}
    assert {str(each["assessor"]) for each in told[0]["scores"]["nodes"]} == {"None"}, "by number, never by name"

    listed = (await town.ask(None).ask(PUBLIC))["certifiedInstitutions"]
    assert listed["totalCount"] == 1
    (certified,) = listed["nodes"]
    assert certified["organizationName"] == "기업0" and certified["holds"] is True
    assert (certified["validFrom"], certified["validUntil"]) == ("2024-03-29", "2026-03-28")
    assert certified["organization"] is certified["application"] is None, "the public sees no more of it"
    await the_certificate(town, certified)


async def nobody_sees_others_scores_yet(town: Town) -> None:
    for who, count in (
        (town.scorers[0], 6), (town.scorers[1], 6), (town.operator, 0), (town.auditor, 0), (town.companies[0], 0),
    ):  # fmt: skip
        seen = await town.ask(who).ask(SEEN)
        assert seen["certificationScores"]["totalCount"] == count, who.login_id
        assert all(each["result"] is None for each in seen["certificationApplications"]["nodes"])
    given = await rows(town.stage.house, "SELECT after FROM audit_event WHERE action = 'certification.scored'")
    assert {frozenset(each["after"]) for each in given} == {frozenset({"application", "assessor"})}


async def mine(town: Town, who: Account) -> dict[str, Any]:
    (own,) = (await town.ask(who).ask(SEEN))["certificationApplications"]["nodes"]
    found: dict[str, Any] = own
    return found


async def the_certificate(town: Town, certified: dict[str, Any]) -> None:
    paper = await town.ask(town.companies[0]).get(certified["pdfPath"])
    assert paper.status_code == 200, paper.text
    words = pypdf.PdfReader(BytesIO(paper.content)).pages[0].extract_text()
    assert all(said in words for said in ("기업0", certified["number"], "2024년 3월 29일", "대한상공회의소"))
    for who, status in ((town.operator, 200), (town.auditor, 200), (town.companies[1], 404), (None, 401)):
        assert (await town.ask(who).get(certified["pdfPath"])).status_code == status
    public = town.ask(None)
    page = await public.get(certified["verifyPath"])
    assert page.status_code == 200 and "유효" in page.text and "기업0" in page.text and "인증서 진위 확인" in page.text
    assert (await public.get(certified["verifyPath"].replace("-", "").lower())).status_code == 200
    clock = town.stage.clock
    clock.set(date(2026, 3, 28))
    assert (await public.ask(PUBLIC))["certifiedInstitutions"]["nodes"][0]["holds"] is True
    clock.set(date(2026, 3, 29))
    assert (await public.ask(PUBLIC))["certifiedInstitutions"]["nodes"][0]["holds"] is False
    assert "기간만료" in (await public.get(certified["verifyPath"])).text
    clock.set(date(2025, 1, 2))
    key = (await rows(town.stage.house, "SELECT id FROM ia_certification_certificate"))[0]["id"]
    await town.ask(town.operator).change(
        'mutation ($id: ID!) { revokeCertification(input: {id: $id, reason: "허위 실적"}) {'
        " certified { revokedReason holds } errors { code } } }",
        id=to_global_id("CertifiedInstitution", key),
    )
    assert "취소됨" in (await public.get(certified["verifyPath"])).text
    assert (await town.ask(town.companies[0]).get(certified["pdfPath"])).status_code == 404
    assert (await public.ask(PUBLIC))["certifiedInstitutions"]["totalCount"] == 0
    everything = "{ certifiedInstitutions { nodes { revokedReason holds } } }"
    for who, reason in ((None, None), (town.companies[1], None), (town.companies[0], "허위 실적")):
        (said,) = (await town.ask(who).ask(everything))["certifiedInstitutions"]["nodes"]
        assert said == {"revokedReason": reason, "holds": False}


@pytest.mark.parametrize("role", ["public", "company", "operator"])
async def test_every_read_is_one_statement(house: House, clock: SetClock, role: str) -> None:
    stage = await Stage.of(house, clock)
    made = await stage.walked()
    company = stage.applicants[20]
    account = await api.member(
        house, company.organization_id or 0, "giup_b", permissions=[f"{CODE}.certification.apply"]
    )
    operator = await api.staff(house, Role.OPERATOR, "jungang", [CODE])
    transport = httpx.ASGITransport(app=application(house, build_schema(house.plugins)))
    document = """{ certificationRounds { nodes { status formula approvedAt
      criteria { nodes { code maximum } } committee { nodes { number } }
      results { nodes {
        rank total outcome explanation councilDecision organization { name } scores { nodes { points } }
      } }
      applications { nodes { appliedAt documents { nodes { fileName } } result { rank } } }
      certified { nodes { number holds validUntil } }
    } } }"""
    who = {"public": None, "company": account, "operator": operator}[role]
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        await asks(http, who).ask(document)
        with api.statements_of(house) as seen:
            (found,) = (await asks(http, who).ask(document))["certificationRounds"]["nodes"]
    assert len(seen) == 1
    assert len(found["certified"]["nodes"]) == 2
    assert len(found["results"]["nodes"]) == {"public": 0, "company": 1, "operator": len(made)}[role]


def prepared() -> dict[str, Any]:
    return {
        "title": "2024년도 산학협력 우수기관 인증", "titleEn": "Certification, 2024", "earnedFrom": "2023-01-01",
        "earnedUntil": "2023-12-31", "places": 1, "validYears": 2, "quantitativeMax": 50,
        "criteria": [
            {"code": "plan", "nameKo": "계획", "nameEn": "plan", "maximum": 30},
            {"code": "effect", "nameKo": "효과", "nameEn": "effect", "maximum": 20},
        ],
        "dates": {
            "opensAt": "2024-01-08T09:00:00+09:00", "closesAt": "2024-01-31T18:00:00+09:00",
            "evaluationFrom": "2024-02-01", "evaluationUntil": "2024-02-14", "councilOn": "2024-02-28",
            "approvalOn": "2024-03-29",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"validYears": 0}, "NUMBER_OUT_OF_RANGE", ["validYears"]),
        ({"earnedUntil": "2022-01-01"}, "DATES_REVERSED", ["earnedUntil"]),
    ],
)
async def test_a_round_that_makes_no_sense_is_refused_with_the_place(
    town: Town, changes: dict[str, Any], code: str, path: list[str]
) -> None:
    (objection,) = await town.ask(town.operator).objections(PREPARE, input=prepared() | changes)
    assert (objection["code"], objection["path"]) == (NAME + code, path)
    answer = await town.ask(town.companies[0]).send(PREPARE, input=prepared())
    assert api.top_codes(answer) == ["FORBIDDEN"]


DOCUMENTS = """{ certificationApplications { nodes {
  documents { totalCount nodes { requirement fileName size sha256 submittedOn downloadPath } }
} } }"""


async def test_a_committee_member_from_outside_opens_the_documents_of_what_it_scores(town: Town) -> None:
    """Not those of its own organization, nor before the evaluation, nor anything else that lies in the house."""
    stage, outsider, (applicant, other, stranger) = town.stage, town.scorers[1], town.companies
    await stage.called()
    await stage.assessor("", outsider.actor)
    await stage.assessor("", other.actor)
    for each in (applicant, other):
        await stage.applied(each.actor)

    async def opened(who: Account | None) -> list[str]:
        """What is told of documents, each of them fetched."""
        found = (await town.ask(who).ask(DOCUMENTS))["certificationApplications"]["nodes"]
        told = [document for each in found for document in each["documents"]["nodes"]]
        for document in told:
            answer = await town.ask(who).get(document["downloadPath"])
            assert (answer.status_code, len(answer.content)) == (200, document["size"])
        return [document["downloadPath"] for document in told]

    both = await opened(town.operator)
    assert len(both) == 2
    assert await opened(outsider) == []
    await stage.evaluating()
    assert await opened(outsider) == both
    assert len(await opened(other)) == 2, "its own as an applicant, the other's as one of the committee"
    assert [await opened(applicant), await opened(stranger), await opened(None)] == [both[1:], [], []]
    for who, path, status in ((applicant, both[0], 404), (stranger, both[0], 404), (None, both[0], 401)):
        assert (await town.ask(who).get(path)).status_code == status
    attachments = "{ attachments { totalCount } }"
    assert await town.ask(outsider).ask(attachments) == {"attachments": {"totalCount": 0}}
