"""Using the mileage (마일리지 활용): the briefing prints no rate, so operators add programs; certificates on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pypdf
import pytest

from core.actor import Role
from core.benefits import lapse_certificates
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.program import CODE
from tests.support.api import Account, asks, codes, member, organization, staff, top_codes
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.world import give, has, true_ledger

ADD = """mutation ($input: AddBenefitInput!) {
  addBenefit(input: $input) { benefit { id code terms { nodes { unit effect } } } errors { code path message } }
}"""
AMEND = """mutation ($input: AmendTermsInput!) {
  amendBenefitTerms(input: $input) { benefit { id terms { nodes { effective unit } } } errors { code path message } }
}"""
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) {
  units points effectAmount totalPoints mostPoints available errors { code path message } } }"""
ISSUE = """mutation ($input: IssueCertificateInput!) { issueCertificate(input: $input) {
  certificate { id number status pdfPath verifyPath hold { amount status } organization { name } }
  errors { code path message } } }"""
SETTLE = """mutation ($id: ID!, $key: String!) {
  %s(input: {id: $id, reason: "선정", idempotencyKey: $key}) { certificate { status } errors { code message } } }"""
USE, RETURN = SETTLE % "useCertificate", SETTLE % "returnCertificate"

TERMS = {
    "effective": "2026-03-02", "unit": 300, "effect": "BONUS_POINTS", "perUnit": "1", "rowMaxPoints": 2,
    "validDays": 30, "sourceDocument": "2026년 대학 재정지원 사업 공고", "sourceClause": "4쪽 가점",
}  # fmt: skip


def supported(code: str = "regional_innovation", **terms: Any) -> dict[str, Any]:
    """A supporting program (활용사업) as an operator adds it."""
    return {
        "program": CODE, "code": code, "asset": "cooperation_mileage", "nameKo": "지역혁신 지원사업",
        "nameEn": "Regional innovation", "categoryKo": "재정지원", "categoryEn": "Grants",
        "descriptionKo": "선정평가 가점", "descriptionEn": "Bonus points when applicants are evaluated",
        "openedOn": "2026-03-02", "terms": TERMS | terms,
    }  # fmt: skip


@dataclass
class Scheme:
    """A university and a company with mileage, and the staff of the program."""

    house: House
    http: httpx.AsyncClient
    university: Account
    clerk: Account  # of the university, may redeem
    filer: Account  # of the university, may not
    company: Account
    operator: Account
    reviewer: Account

    def asks(self, who: Account | None = None) -> Client:
        return asks(self.http, who)

    async def added(self, code: str = "regional_innovation", **terms: Any) -> str:
        answer = await self.asks(self.operator).change(ADD, input=supported(code, **terms))
        return str(answer["benefit"]["id"])

    def application(self, benefit: str, points: int = 600, key: str = "form", **more: Any) -> dict[str, Any]:
        return {"benefitId": benefit, "round": "2026-1", "points": points, "idempotencyKey": key} | more

    async def issued(self, who: Account, benefit: str, points: int = 600, **more: Any) -> dict[str, Any]:
        answer = await self.asks(who).change(ISSUE, input=self.application(benefit, points, **more))
        found: dict[str, Any] = answer["certificate"]
        return found

    async def available(self, who: Account) -> int:
        return (await has(self.house, CODE, who.organization_id)).available


@pytest.fixture
async def scheme(house: House, http: httpx.AsyncClient) -> Scheme:
    async with house.work() as work:
        university, _ = await organization(work, OrganizationKind.UNIVERSITY, "보기대학교")
        company, _ = await organization(work, name="협력테크(주)")
    for each in (university, company):
        await give(house, CODE, each, 1_000)
    return Scheme(
        house=house,
        http=http,
        university=await member(house, university, "bogi", main=True),
        clerk=await member(house, university, "bogi_01", permissions=[f"{CODE}.redeem"]),
        filer=await member(house, university, "bogi_02", permissions=[f"{CODE}.research.file"]),
        company=await member(house, company, "hyeopryeok", main=True),
        operator=await staff(house, Role.OPERATOR, "operator", [CODE]),
        reviewer=await staff(house, Role.REVIEWER, "reviewer", [CODE]),
    )


async def test_the_permission_to_redeem_is_there_to_be_granted_though_no_benefit_is_declared(scheme: Scheme) -> None:
    answer = await scheme.asks().ask('{ program(code: "industry_academia") { permissions { code } } }')
    assert f"{CODE}.redeem" in [each["code"] for each in answer["program"]["permissions"]]
    granted = await scheme.asks(scheme.university).change(
        """mutation ($id: ID!) { setPermissions(input: {memberId: $id,
          permissions: ["industry_academia.redeem", "industry_academia.research.file"]}) {
          member { permissions } errors { code message } } }""",
        id=scheme.filer.member,
    )
    assert f"{CODE}.redeem" in granted["member"]["permissions"]
    benefit = await scheme.added()
    assert (await scheme.issued(scheme.filer, benefit))["status"] == "ISSUED"


async def test_the_catalogue_begins_empty_and_is_the_operators(scheme: Scheme) -> None:
    catalogue = '{ benefits(where: {program: {eq: "industry_academia"}}) { totalCount nodes { code } } }'
    assert (await scheme.asks().ask(catalogue))["benefits"]["totalCount"] == 0
    for who in (scheme.university, scheme.company, scheme.reviewer, None):
        answer = await scheme.asks(who).send(ADD, input=supported())
        assert top_codes(answer) == ["UNAUTHENTICATED" if who is None else "FORBIDDEN"]
    await scheme.added()
    assert (await scheme.asks().ask(catalogue))["benefits"]["nodes"] == [{"code": "regional_innovation"}]


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"asset": "innovation_mileage"}, "BENEFIT_UNKNOWN_PROGRAM", ["program"]),
        ({"code": "Regional"}, "BENEFIT_TERMS_INVALID", ["code"]),
        ({"nameKo": " "}, "BENEFIT_TERMS_INVALID", ["nameKo"]),
        ({"terms": TERMS | {"unit": 0}}, "BENEFIT_TERMS_INVALID", ["terms", "unit"]),
        ({"terms": TERMS | {"effective": "2026-03-01"}}, "BENEFIT_TERMS_INVALID", ["terms", "effective"]),
        ({"terms": TERMS | {"sourceClause": ""}}, "BENEFIT_TERMS_INVALID", ["terms", "sourceClause"]),
    ],
)
async def test_a_supported_program_that_does_not_hold_together_is_refused(
    scheme: Scheme, changed: dict[str, Any], code: str, path: list[str]
) -> None:
    (objection,) = await scheme.asks(scheme.operator).objections(ADD, input=supported() | changed)
    assert (objection["code"], objection["path"]) == (code, path)
    assert (await scheme.asks().ask("{ benefits { totalCount } }"))["benefits"]["totalCount"] == 0


async def test_a_university_and_a_company_apply_alike_and_what_is_used_is_gone(scheme: Scheme) -> None:
    benefit = await scheme.added()
    for who, name in ((scheme.clerk, "보기대학교"), (scheme.company, "협력테크(주)")):
        quoted = (await scheme.asks(who).ask(QUOTE, input={"benefitId": benefit, "existingPoints": 1}))["quote"]
        assert quoted == {
            "units": 2, "points": 600, "effectAmount": "2", "totalPoints": 3, "mostPoints": 600, "available": 1_000,
            "errors": [],
        }  # fmt: skip
        issued = await scheme.issued(who, benefit)
        assert (issued["status"], issued["organization"]["name"]) == ("ISSUED", name)
        assert issued["hold"] == {"amount": 600, "status": "open"}
        assert await scheme.available(who) == 400
        page = await scheme.asks().get(issued["verifyPath"])
        assert page.status_code == 200 and name in page.text and "지역혁신 지원사업" in page.text
        used = await scheme.asks(scheme.reviewer).change(USE, id=issued["id"], key=f"used-{name}")
        assert used["certificate"]["status"] == "USED"
        assert await scheme.available(who) == 400
        assert codes(await scheme.asks(who).objections(RETURN, id=issued["id"], key="back")) == ["CERTIFICATE_NOT_OPEN"]
    await true_ledger(scheme.house)


async def test_what_is_returned_or_lapses_can_be_spent_again(scheme: Scheme, clock: SetClock) -> None:
    benefit = await scheme.added()
    first = await scheme.issued(scheme.university, benefit)
    (objection,) = await scheme.asks(scheme.university).objections(
        ISSUE, input=scheme.application(benefit, 300, "second", round="2026 - 01 회")
    )
    assert objection["code"] == "CERTIFICATE_ALREADY_OPEN"
    await scheme.asks(scheme.university).change(RETURN, id=first["id"], key="back")
    assert await scheme.available(scheme.university) == 1_000
    again = await scheme.issued(scheme.university, benefit, 300, key="again")
    clock.forward(days=30)
    async with scheme.house.work() as work:
        assert [each.id for each in await lapse_certificates(work)]
    seen = await scheme.asks(scheme.university).ask(
        "query ($id: ID!) { node(id: $id) { ... on Certificate { status } } }", id=again["id"]
    )
    assert seen["node"]["status"] == "LAPSED"
    assert await scheme.available(scheme.university) == 1_000
    await true_ledger(scheme.house)


async def test_who_may_not_redeem_is_refused_and_sees_no_certificate(scheme: Scheme) -> None:
    benefit = await scheme.added()
    issued = await scheme.issued(scheme.university, benefit)
    for who, code in ((scheme.filer, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
        answer = await scheme.asks(who).send(ISSUE, input=scheme.application(benefit, key="other"))
        assert top_codes(answer)[0] == code
        seen = await scheme.asks(who).ask("{ certificates { totalCount } }")
        assert seen["certificates"]["totalCount"] == 0
    other = await scheme.asks(scheme.company).get(issued["pdfPath"])
    assert other.status_code == 404
    answer = await scheme.asks(scheme.university).send(USE, id=issued["id"], key="used")
    assert top_codes(answer) == ["FORBIDDEN"]


async def test_the_certificate_is_a_page_that_names_the_institution(scheme: Scheme) -> None:
    issued = await scheme.issued(scheme.university, await scheme.added())
    answer = await scheme.asks(scheme.university).get(issued["pdfPath"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    path = scheme.house.settings.data_dir / "certificate.pdf"
    path.write_bytes(answer.content)
    (page,) = pypdf.PdfReader(path).pages
    text = page.extract_text()
    for said in (
        issued["number"], "산학협력 마일리지", "기관명", "보기대학교", "지역혁신 지원사업", "600마일리지", "가점 2점",
        "2026년 3월 31일까지", "없음", "대한상공회의소", "차감한 마일리지는 반환됩니다",
    ):  # fmt: skip
        assert said in text, said
    assert "기업명" not in text and "근거" not in text


async def test_new_terms_hold_from_their_day_and_nothing_issued_before_changes(scheme: Scheme, clock: SetClock) -> None:
    benefit = await scheme.added()
    issued = await scheme.issued(scheme.university, benefit, 300)
    await scheme.asks(scheme.operator).change(
        AMEND, input={"benefitId": benefit, "terms": TERMS | {"effective": "2026-03-10", "unit": 500}}
    )
    quoted = (await scheme.asks(scheme.company).ask(QUOTE, input={"benefitId": benefit}))["quote"]
    assert quoted["points"] == 600
    clock.forward(days=8)
    quoted = (await scheme.asks(scheme.company).ask(QUOTE, input={"benefitId": benefit}))["quote"]
    assert quoted["points"] == 1_000
    seen = await scheme.asks(scheme.university).ask(
        "query ($id: ID!) { node(id: $id) { ... on Certificate { points terms { unit } } } }", id=issued["id"]
    )
    assert seen["node"] == {"points": 300, "terms": {"unit": 300}}
