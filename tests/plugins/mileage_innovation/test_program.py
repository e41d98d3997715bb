"""The program whole: what it gives besides points, the grants of its staff, its registry, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.activities import Filing, Row, decide_filing, draft_filing, submit_filing
from core.actor import Actor, Role
from core.benefits import Certificate, issue_certificate, write_declared_benefits
from core.errors import NotAllowed
from core.house import House
from core.identity import organization_by_number, sign_in
from core.parts import Example
from plugins.mileage_innovation import demo
from plugins.mileage_innovation.examples import EXAMPLES
from plugins.mileage_innovation.facts import InnovationActivity, TrainingCompletion
from plugins.mileage_innovation.program import CODE, INNOVATION, TRAINING
from plugins.mileage_innovation.service import add_course, define_kind, register_provider
from schema.build import build_schema
from schema.context import Context
from tests.support.numbers import business_number
from tests.support.rosters import CENTRE, centre, line, send
from tests.support.world import counts, give, has, history, member, organization, refused, rows, staff, true_ledger


@pytest.fixture
async def benefits(house: House) -> Mapping[str, int]:
    async with house.work() as work:
        await write_declared_benefits(work)
    return {row["code"]: row["id"] for row in await rows(house, "SELECT code, id FROM benefit")}


async def buyer(house: House, points: int) -> Actor:
    company = await organization(house, 1, sme=True)
    await give(house, CODE, company, points)
    return await member(house, company, "hanbit", main=True)


async def issue(house: House, actor: Actor, benefit_id: int, points: int, round: str = "2026-1") -> Certificate:
    async with house.work(actor) as work:
        return await issue_certificate(
            work,
            benefit_id=benefit_id,
            organization_id=actor.organization_id or 0,
            round=round,
            points=points,
            key=f"{benefit_id}:{round}:{points}",
        )


# ---------------------------------------------------------------------------------------------- other than points


async def test_five_hundred_mileage_raise_the_loan_limit_to_a_thousand_million_won_once(
    house: House, benefits: Mapping[str, int]
) -> None:
    """중소기업 정책자금 · 500마일리지 기준 (5억→10억) (MI-27)."""
    actor = await buyer(house, 2_000)
    with refused("BENEFIT_OVER_THE_CAP") as refusal:
        await issue(house, actor, benefits["policy_funds"], 1_000)
    assert "500" in refusal.english
    issued = await issue(house, actor, benefits["policy_funds"], 500)
    assert (issued.units, issued.effect_amount) == (1, Decimal(1_000_000_000))
    with refused("CERTIFICATE_ALREADY_OPEN"):
        async with house.work(actor) as work:
            await issue_certificate(
                work,
                benefit_id=benefits["policy_funds"],
                organization_id=actor.organization_id or 0,
                round="2026-1",
                points=500,
                key="again",
            )


@pytest.mark.parametrize("guarantee", ["credit_guarantee", "technology_guarantee"])
async def test_a_thousand_mileage_lower_the_guarantee_fee_by_a_tenth_of_a_point_once(
    house: House, benefits: Mapping[str, int], guarantee: str
) -> None:
    """보증 · 1,000 마일리지 기준 기업 보증료 0.1%p 우대 (MI-27)."""
    actor = await buyer(house, 2_500)
    with refused("BENEFIT_BELOW_UNIT"):
        await issue(house, actor, benefits[guarantee], 500)
    with refused("BENEFIT_OVER_THE_CAP"):
        await issue(house, actor, benefits[guarantee], 2_000)
    with refused("BENEFIT_NOT_A_MULTIPLE", "BENEFIT_OVER_THE_CAP"):
        await issue(house, actor, benefits[guarantee], 1_500)
    issued = await issue(house, actor, benefits[guarantee], 1_000)
    assert (issued.units, issued.effect_amount) == (1, Decimal("0.1"))
    assert (await has(house, CODE, actor.organization_id or 0)).available == 1_500


# ---------------------------------------------------------------------------------------------- innovation activities


async def kind(house: House, code: str = "award", most: int = 500, **more: Any) -> None:
    async with house.work(await staff(house, f"operator_{code}", Role.OPERATOR, programs=[CODE])) as work:
        period = {"since": date(2018, 1, 1)} | more
        await define_kind(
            work, code=code, name_ko="경진대회 수상", name_en="Prize in a contest", max_points=most, **period
        )


async def grant(house: House, actor: Actor, points: int, *, code: str = "award", company: int = 1) -> Filing:
    facts = InnovationActivity(kind=code, description="전국대회 금상", performed_on=date(2026, 2, 2), points=points)
    async with house.work(actor) as work:
        drafted = await draft_filing(
            work,
            program=CODE,
            type_code=INNOVATION.code,
            organization_id=actor.organization_id or 0,
            rows=[Row(facts=facts, business_number=business_number(company), stated_name="기업")],
        )
        return await submit_filing(work, drafted.id)


async def approve(house: House, actor: Actor, filing: Filing) -> Filing:
    async with house.work(actor) as work:
        return await decide_filing(work, filing.id, approve=True)


async def test_an_operator_defines_a_kind_one_of_staff_grants_and_another_approves(house: House) -> None:
    """경영혁신 활동을 추진한 중소기업 (MI-11)."""
    await kind(house)
    first, second = await staff(house, "reviewer_a", programs=[CODE]), await staff(house, "reviewer_b")
    filing = await grant(house, first, 500)
    with refused("ACTIVITY_FOUR_EYES"):
        await approve(house, first, filing)
    assert (await approve(house, second, filing)).status == "approved"
    (company,) = await rows(house, "SELECT id FROM organization WHERE business_number = $1", business_number(1))
    assert await history(house, company["id"]) == [("earn", 500)]
    (lot,) = await rows(house, "SELECT earned_on, expires_on FROM lot")
    assert lot == {"earned_on": date(2026, 2, 2), "expires_on": date(2031, 2, 2)}
    await true_ledger(house)


@pytest.mark.parametrize("points", [501, 0, -1])
async def test_no_more_than_the_kind_allows_is_granted_and_no_less_than_one(house: House, points: int) -> None:
    await kind(house)
    reviewer = await staff(house, "reviewer", programs=[CODE])
    before = await counts(house)
    with refused("MILEAGE_INNOVATION_GRANT_OUT_OF_RANGE") as refusal:
        await grant(house, reviewer, points)
    assert refusal.paths == [("rows", 0, "facts", "points")]
    assert "500" in refusal.english
    assert await counts(house) == before


async def test_a_kind_nobody_defined_or_that_is_not_in_force_grants_nothing(house: House) -> None:
    reviewer = await staff(house, "reviewer", programs=[CODE])
    await kind(house, "early", until=date(2026, 2, 2))
    await kind(house, "late", since=date(2026, 2, 3))
    for code in ("award", "early", "late"):
        with refused("MILEAGE_INNOVATION_KIND_UNKNOWN"):
            await grant(house, reviewer, 100, code=code)


async def test_the_same_grant_is_not_made_twice_and_not_to_what_is_no_sme(house: House) -> None:
    await kind(house)
    first, second = await staff(house, "reviewer_a"), await staff(house, "reviewer_b")
    await approve(house, second, await grant(house, first, 100))
    with refused("ACTIVITY_ALREADY_FILED"):
        await grant(house, second, 100)
    await organization(house, 2, sme=False)
    with refused("MILEAGE_INNOVATION_NOT_SME"):
        await grant(house, first, 100, company=2)


async def test_a_company_grants_itself_nothing(house: House) -> None:
    await kind(house)
    company = await member(house, await organization(house, 1, sme=True), "hanbit", main=True)
    with pytest.raises(NotAllowed):
        await grant(house, company, 100)


async def test_a_company_files_no_training_of_its_own(house: House) -> None:
    await centre(house)
    company = await member(house, await organization(house, 1, sme=True), "hanbit", main=True)
    facts = TrainingCompletion(
        provider=business_number(CENTRE),
        course="LED 설계",
        session="1",
        starts_on=date(2026, 2, 2),
        completed_on=date(2026, 2, 4),
        hours=Decimal(24),
        completers=1_000,
    )
    async with house.work(company) as work:
        drafted = await draft_filing(
            work,
            program=CODE,
            type_code=TRAINING.code,
            organization_id=company.organization_id or 0,
            rows=[Row(facts=facts)],
        )
    with refused("MILEAGE_INNOVATION_PROVIDER_OTHER", "MILEAGE_INNOVATION_PROVIDER_UNKNOWN"):
        async with house.work(company) as work:
            await submit_filing(work, drafted.id)


async def test_a_centre_files_by_rows_what_it_could_send_as_a_roster(house: House) -> None:
    main = await member(house, await centre(house), "center", main=True)
    facts = TrainingCompletion(
        provider=business_number(CENTRE),
        course="LED 설계",
        session="2026-1",
        starts_on=date(2026, 2, 2),
        completed_on=date(2026, 2, 4),
        hours=Decimal("1.5"),
        completers=0,
    )

    async def file(*completions: TrainingCompletion) -> Filing:
        async with house.work(main) as work:
            drafted = await draft_filing(
                work,
                program=CODE,
                type_code=TRAINING.code,
                organization_id=main.organization_id or 0,
                rows=[Row(facts=each, business_number=business_number(1)) for each in completions],
            )
            return await submit_filing(work, drafted.id)

    with refused(
        "MILEAGE_INNOVATION_NOBODY_COMPLETED",
        "MILEAGE_INNOVATION_HOURS_INVALID",
        "MILEAGE_INNOVATION_DATES_REVERSED",
        "MILEAGE_INNOVATION_HOURS_IMPOSSIBLE",
    ):
        await file(
            facts,
            replace(facts, session="2", hours=Decimal("1.25"), completers=1),
            replace(facts, session="3", starts_on=date(2026, 2, 5), completers=1),
            replace(facts, session="4", hours=Decimal("72.5"), completers=1),
        )
    assert (await file(replace(facts, completers=3))).status == "approved"
    assert await rows(house, "SELECT amount FROM lot") == [{"amount": 22}]


# ---------------------------------------------------------------------------------------------- the registry


async def test_the_registry_is_kept_by_operators_of_the_program(house: House) -> None:
    provider = await centre(house, courses=["LED 설계"])
    (kept,) = await rows(house, "SELECT id FROM mi_training_provider")
    others = (
        await staff(house, "reviewer", programs=[CODE]),
        await staff(house, "elsewhere", Role.OPERATOR, programs=["another"]),
        await member(house, provider, "center", main=True),
    )
    for actor in others:
        for verb in (
            lambda work: register_provider(work, provider, since=date(2018, 1, 1)),
            lambda work: add_course(work, kept["id"], "조명", since=date(2018, 1, 1)),
            lambda work: define_kind(
                work, code="award", name_ko="상", name_en="Prize", max_points=1, since=date(2018, 1, 1)
            ),
        ):
            with pytest.raises(NotAllowed):
                async with house.work(actor) as work:
                    await verb(work)


async def test_what_does_not_hold_together_is_not_registered(house: House) -> None:
    provider = await organization(house, 1)
    day = date(2018, 1, 1)
    await kind(house)
    before = await counts(house)
    wrong = {
        "MILEAGE_INNOVATION_PERIOD_REVERSED": lambda work: register_provider(work, provider, since=day, until=day),
        "MILEAGE_INNOVATION_PROVIDER_MISSING": lambda work: add_course(work, 999, "조명", since=day),
        "MILEAGE_INNOVATION_KIND_TAKEN": lambda work: define_kind(
            work, code="award", name_ko="상", name_en="Prize", max_points=1, since=day
        ),
        "MILEAGE_INNOVATION_KIND_WITHOUT_POINTS": lambda work: define_kind(
            work, code="medal", name_ko="상", name_en="Prize", max_points=0, since=day
        ),
    }
    for code, verb in wrong.items():
        with refused(code):
            async with house.work() as work:
                await verb(work)
    assert await counts(house) == before


async def test_registering_a_provider_again_changes_its_period_and_is_remembered(house: House) -> None:
    provider = await centre(house)
    async with house.work() as work:
        await register_provider(work, provider, since=date(2020, 1, 1))
    assert await rows(house, "SELECT since, all_courses FROM mi_training_provider") == [
        {"since": date(2020, 1, 1), "all_courses": True}
    ]
    told = await rows(
        house, "SELECT before, after FROM audit_event WHERE action = 'training_provider.registered' ORDER BY id"
    )
    assert [(row["before"] and row["before"]["since"], row["after"]["since"]) for row in told] == [
        (None, "2018-01-01"),
        ("2018-01-01", "2020-01-01"),
    ]


# ---------------------------------------------------------------------------------------------- what it shows


async def test_the_demo_is_loaded_once_and_its_people_sign_in(house: House) -> None:
    await demo.load(house)
    before = await counts(house)
    await demo.load(house)
    assert await counts(house) == before
    for who in demo.SIGN_INS:
        assert (await sign_in(house, login_id=who.login_id, password=who.password)).member_id
    async with house.database.reading() as tx:
        assert await organization_by_number(tx, demo.COMPANY) is not None


@pytest.mark.parametrize("example", [pytest.param(each, id=each.title) for each in EXAMPLES])
async def test_every_example_runs_without_an_error_for_a_company(
    house: House, benefits: Mapping[str, int], example: Example
) -> None:
    await centre(house)
    await organization(house, 1, sme=True)
    await send(house, line(1))
    (company,) = await rows(house, "SELECT id FROM organization WHERE business_number = $1", business_number(1))
    actor = await member(house, company["id"], "hanbit", main=True)
    context = Context(house=house, request_id="example", actor=actor)
    answer = await build_schema(house.plugins).execute(
        example.document, variable_values=dict(example.variables), context_value=context
    )
    assert answer.errors is None
    assert answer.data
    shown = str(answer.data)
    assert ("중소기업 정책자금" in shown and "'totalCount': 18" in shown) or "LED 설계" in shown
