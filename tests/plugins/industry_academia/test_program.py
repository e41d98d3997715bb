"""The program in its database: filed by a university, reviewed, credited on both sides, taken back from both."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.activities import Row, draft_filing, request_supplement, submit_filing
from core.errors import NotAllowed
from core.house import House
from core.identity import OrganizationKind, organization_by_number, sign_in
from core.parts import Example
from plugins.industry_academia import demo
from plugins.industry_academia.examples import EXAMPLES
from plugins.industry_academia.program import CODE
from schema.build import build_schema
from schema.context import Context
from tests.plugins.industry_academia.acts import (
    Campus,
    course,
    donation,
    equipment,
    hire,
    paid,
    research,
    training,
    transfer,
)
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.numbers import business_number
from tests.support.world import (
    at_once,
    connected,
    counts,
    history,
    member,
    organization,
    refused,
    rows,
    true_ledger,
)


@pytest.fixture
async def campus(house: House) -> Campus:
    return await Campus.of(house)


# ---------------------------------------------------------------------------------------------------- the walk

EARNS: Mapping[str, tuple[Any, int]] = {
    "field_training": (training(), 450),
    "course": (course(), 1_000),
    "hire": (hire(), 300),
    "research": (research(), 1_000),
    "technology_transfer": (transfer(), 1_624),
    "equipment": (equipment(), 1_624),
    "donation": (donation(), 1_000),
}


@pytest.mark.parametrize("activity", EARNS)
async def test_what_a_university_files_is_credited_to_both_sides_in_one_transaction(
    campus: Campus, activity: str
) -> None:
    """대학과 기업 모두 같은 규모의 마일리지를 함께 적립 (UI-7)."""
    facts, points = EARNS[activity]
    filing = await campus.filed(activity, facts)
    assert (filing.number, filing.status) == ("26-1", "submitted")
    assert await campus.balances() == (0, 0)
    await campus.decided(filing)
    assert await campus.balances() == (points, points)
    lots = await rows(campus.house, "SELECT organization_id, amount, earned_on, expires_on FROM lot ORDER BY 1")
    assert lots == [
        {"organization_id": each, "amount": points, "earned_on": date(2026, 2, 2), "expires_on": None}
        for each in sorted((campus.university, campus.company))
    ]
    assert len(await rows(campus.house, "SELECT 1 FROM ledger_transaction")) == 1
    (row,) = await campus.activities(filing)
    assert (row["edition"], row["points_filer"], row["points_subject"]) == (date(2022, 3, 1), points, points)
    await true_ledger(campus.house)


async def test_taking_back_takes_from_both(campus: Campus) -> None:
    filing = await campus.approved("research", research(), research(agreement="협약-2"))
    assert await campus.balances() == (2_000, 2_000)
    await campus.revoked((await campus.activities(filing))[0]["id"])
    assert await campus.balances() == (1_000, 1_000)
    assert await history(campus.house, campus.university) == await history(campus.house, campus.company)
    await true_ledger(campus.house)


async def test_mileage_does_not_expire(campus: Campus, clock: SetClock) -> None:
    """No term is stated (UI-10)."""
    await campus.approved("hire", hire())
    clock.set(date(2099, 12, 31))
    assert await campus.balances() == (300, 300)


async def test_a_filing_without_its_documents_is_told_each_with_its_clause(campus: Campus) -> None:
    async with campus.house.work(campus.filer) as work:
        bare = await draft_filing(
            work,
            program=CODE,
            type_code="research",
            organization_id=campus.university,
            rows=[Row(facts=research(), business_number=business_number(1))],
        )
    with refused("DOCUMENT_MISSING", "DOCUMENT_MISSING", "DOCUMENT_MISSING") as refusal:
        async with campus.house.work(campus.filer) as work:
            await submit_filing(work, bare.id)
    assert [path[-1] for path in refusal.paths] == ["official_letter", "research_agreement", "deposit_proof"]
    assert all(refusal.clauses)


# ------------------------------------------------------------------------------------------------- agreements


async def test_two_deposits_of_an_agreement_earn_the_same_in_one_filing_and_in_two(campus: Campus) -> None:
    """f(total so far) − already granted (UI-48)."""
    half = research(supply_won=50_000_000)
    later = replace(half, deposited_on=date(2026, 2, 3))
    together = await campus.approved("research", half, later)
    assert [row["points_filer"] for row in await campus.activities(together)] == [659, 341]
    apart = [
        await campus.approved("research", replace(each, agreement="협약-2"), company=business_number(3))
        for each in (half, later)
    ]
    assert [row["points_filer"] for filing in apart for row in await campus.activities(filing)] == [659, 341]


async def test_an_agreement_is_one_between_two_organizations(campus: Campus) -> None:
    """The same number with another company, or of another university, is another agreement."""
    half = research(supply_won=50_000_000)
    other = await organization(campus.house, 4, kind=OrganizationKind.UNIVERSITY)
    rival = await member(campus.house, other, "rival", main=True)
    filings = [
        await campus.approved("research", half),
        await campus.approved("research", half, company=business_number(3)),
        await campus.approved("research", half, who=rival, proof=await sent(campus.house, rival, pdf())),
    ]
    assert [row["points_filer"] for filing in filings for row in await campus.activities(filing)] == [659] * 3


async def test_two_deposits_of_an_agreement_decided_at_once_earn_what_the_whole_earns(campus: Campus) -> None:
    await connected(campus.house)
    filings = [
        await campus.filed("research", research(supply_won=10_000_000, deposited_on=date(2026, 2, 1 + place)))
        for place in range(5)
    ]
    answers, refusals = await at_once(campus.decided(filing) for filing in filings)
    assert (len(answers), dict(refusals)) == (5, {})
    assert await campus.balances() == (659, 659)


async def test_the_same_deposit_filed_by_two_sub_users_at_once_is_filed_once(campus: Campus) -> None:
    await connected(campus.house)
    drafts = []
    for place in range(4):
        permission = f"{CODE}.research.file"
        sub_user = await member(campus.house, campus.university, f"bogi_{place}", permissions=[permission])
        proof = await sent(campus.house, sub_user, pdf())
        spelled = research(agreement=("협약-1", "협약 - 01", "협약—1", "협약-1 ")[place])
        drafts.append((await campus.drafted("research", spelled, who=sub_user, proof=proof), sub_user))
    answers, refusals = await at_once(campus.submitted(filing, who) for filing, who in drafts)
    assert (len(answers), dict(refusals)) == (1, {"ACTIVITY_ALREADY_FILED": 3})


async def test_a_sub_user_files_what_it_is_permitted_only(campus: Campus) -> None:
    """담당자별 적립분야 권한 부여 (UI-20)."""
    sub_user = await member(campus.house, campus.university, "bogi_abc", permissions=[f"{CODE}.donation.file"])
    proof = await sent(campus.house, sub_user, pdf())
    assert (await campus.filed("donation", donation(), who=sub_user, proof=proof)).number == "26-1"
    with pytest.raises(NotAllowed, match=rf"{CODE}\.research\.file"):
        await campus.drafted("research", research(), who=sub_user, proof=proof)


# --------------------------------------------------------------------------------------------------- students


async def test_a_student_is_hired_by_a_company_once_however_the_name_is_spelled(campus: Campus) -> None:
    """[D] one student × one company once (UI-40)."""
    await campus.approved("hire", hire())
    with refused("ACTIVITY_ALREADY_FILED"):
        await campus.filed("hire", hire(student="가 나다 ", hired_on=date(2026, 2, 20)))
    elsewhere = hire(activity_company=business_number(3))
    assert (await campus.filed("hire", elsewhere, company=business_number(3))).status == "submitted"
    assert (await campus.filed("hire", hire(student="라마바"))).status == "submitted"


async def test_a_students_name_lies_nowhere_in_plain(campus: Campus) -> None:
    await campus.approved("hire", hire())
    await campus.approved("field_training", training())
    for table in ("activity", "audit_event", "personal_fact", "ledger_transaction"):
        written = await rows(campus.house, f"SELECT t::text AS said FROM {table} t")
        assert written
        assert not [row for row in written if "가나다" in row["said"] or "경영학과" in row["said"]], table


# ------------------------------------------------------------------------------------------------- the year


async def test_a_filing_sent_back_keeps_the_day_it_was_first_filed(campus: Campus, clock: SetClock) -> None:
    """신청기준 1년 이내: filed in time, supplemented later."""
    filing = await campus.filed("hire", hire(hired_on=date(2025, 3, 2), completed_on=date(2025, 3, 1)))
    async with campus.house.work(campus.reviewer) as work:
        await request_supplement(work, filing.id, "4대 보험 확인서를 다시 내세요")
    clock.set(date(2026, 3, 20))
    again = await campus.submitted(filing)
    assert again.submitted_on == date(2026, 3, 2)
    assert (await campus.decided(again)).status == "approved"


async def test_the_day_before_the_reform_is_refused_with_the_clause(campus: Campus, clock: SetClock) -> None:
    clock.set(date(2022, 3, 10))
    early = hire(hired_on=date(2022, 2, 28), completed_on=date(2022, 2, 1), admission_year=2018)
    filing = await campus.drafted("hire", early)
    with refused("ACTIVITY_NO_EDITION", "INDUSTRY_ACADEMIA_BEFORE_REFORM") as refusal:
        await campus.submitted(filing)
    assert refusal.paths == [("rows", 0), ("rows", 0, "facts", "hiredOn")]
    assert refusal.clauses[1] == "주요 문의사항 · 소급 적립은 불가능, 2022.03 이후 발생한 산학협력 활동"


async def test_a_company_files_nothing_and_a_university_not_for_itself(campus: Campus) -> None:
    company = await member(campus.house, campus.company, "hanbit", main=True)
    proof = await sent(campus.house, company, pdf())
    with refused("INDUSTRY_ACADEMIA_NOT_A_UNIVERSITY"):
        await campus.filed("donation", donation(), who=company, company=business_number(3), proof=proof)
    with refused("INDUSTRY_ACADEMIA_NOT_A_COMPANY"):
        await campus.filed("donation", donation(), company=None)


# -------------------------------------------------------------------------------------------------- any run


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_run_of_filing_approving_and_revoking_both_sides_have_been_given_the_same(
    campus: Campus, seed: int
) -> None:
    rng = random.Random(seed)
    waiting: list[Any] = []
    approved: list[int] = []
    for step in range(24):
        do = rng.choice(["file", "file", "approve", "revoke"])
        if do == "file":
            activity = rng.choice(["research", "technology_transfer", "equipment", "donation", "course"])
            day = "ends_on" if activity == "course" else "deposited_on"
            won = rng.choice([1, 43, 44, 999, 5_000_000, rng.randrange(1, 10**12)])
            facts = paid(activity, won, **{"agreement": rng.choice("가나"), day: date(2026, 2, 1 + step)})
            waiting.append(await campus.filed(activity, facts, company=business_number(rng.choice([1, 3]))))
        elif do == "approve" and waiting:
            filing = await campus.decided(waiting.pop(rng.randrange(len(waiting))))
            approved += [row["id"] for row in await campus.activities(filing)]
        elif do == "revoke" and approved:
            await campus.revoked(approved.pop(rng.randrange(len(approved))))
    given = await rows(
        campus.house,
        "SELECT o.kind, coalesce(sum(e.amount), 0)::bigint AS points FROM organization o"
        " JOIN entry e ON e.organization_id = o.id WHERE o.kind IN ('university', 'company') GROUP BY o.kind",
    )
    assert len({row["points"] for row in given}) <= 1
    per_company = await rows(
        campus.house, "SELECT sum(points_filer) AS f, sum(points_subject) AS s FROM activity GROUP BY organization_id"
    )
    assert [row["f"] for row in per_company] == [row["s"] for row in per_company]
    await true_ledger(campus.house)


# ------------------------------------------------------------------------------------------- what it shows


async def test_the_demo_is_loaded_once_and_its_people_sign_in(house: House) -> None:
    await demo.load(house)
    before = await counts(house)
    await demo.load(house)
    assert await counts(house) == before
    for who in demo.SIGN_INS:
        assert (await sign_in(house, login_id=who.login_id, password=who.password)).member_id
    async with house.database.reading() as tx:
        university = await organization_by_number(tx, demo.UNIVERSITY)
    assert university is not None
    assert university.kind == OrganizationKind.UNIVERSITY


@pytest.mark.parametrize("example", [pytest.param(each, id=each.title) for each in EXAMPLES])
async def test_every_example_runs_without_an_error_for_a_university(campus: Campus, example: Example) -> None:
    await campus.approved("research", research())
    context = Context(house=campus.house, request_id="example", actor=campus.filer)
    answer = await build_schema(campus.house.plugins).execute(
        example.document, variable_values=dict(example.variables), context_value=context
    )
    assert answer.errors is None
    shown = str(answer.data)
    assert "공용장비사용 계약서" in shown or "'pointsSubject': 1000" in shown or "정보공시" in shown
