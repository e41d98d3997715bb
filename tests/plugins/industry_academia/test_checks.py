"""What is refused, each with its code, its place and its clause."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.checking import ActivityContext
from plugins.industry_academia.facts import CourseKind, DonationKind, FacilityKind, StudentActivity
from plugins.industry_academia.problems import PROBLEMS
from plugins.industry_academia.program import CODE, PROGRAM
from plugins.industry_academia.tables import FILE_BYTES, MOST_WON
from tests.plugins.industry_academia.acts import (
    MAKERS,
    context,
    course,
    donation,
    equipment,
    hire,
    paid,
    research,
    training,
    transfer,
)
from tests.support.numbers import business_number


def objections(activity: str, facts: Any, seen: ActivityContext | None = None) -> list[tuple[str, str]]:
    """Code (without the program's name in front) and place of everything objected to."""
    kind = PROGRAM.activity_type(activity)
    assert kind is not None
    found = [violation for check in kind.checks for violation in check(facts, seen or context())]
    assert all(violation.source for violation in found), "every objection names its clause"
    return [(violation.code.removeprefix(f"{CODE.upper()}_"), str(violation.path[0])) for violation in found]


ALL = {
    "field_training": training(),
    "course": course(),
    "hire": hire(),
    "research": research(),
    "technology_transfer": transfer(),
    "equipment": equipment(),
    "donation": donation(),
}


@pytest.mark.parametrize("activity", ALL)
def test_what_is_in_order_is_not_objected_to(activity: str) -> None:
    assert objections(activity, ALL[activity]) == []


@pytest.mark.parametrize("activity", ALL)
@pytest.mark.parametrize("kind", ["company", "provider", "agency", "ministry"])
def test_only_a_university_files(activity: str, kind: str) -> None:
    assert objections(activity, ALL[activity], context(filer=kind)) == [("NOT_A_UNIVERSITY", "organizationId")]


@pytest.mark.parametrize("activity", ALL)
@pytest.mark.parametrize("kind", ["university", "ministry"])
def test_the_other_side_is_a_company(activity: str, kind: str) -> None:
    assert objections(activity, ALL[activity], context(subject=kind)) == [("NOT_A_COMPANY", "businessNumber")]


@pytest.mark.parametrize("activity", MAKERS)
@pytest.mark.parametrize(
    ("won", "fits"), [(0, False), (-1, False), (1, True), (MOST_WON, True), (MOST_WON + 1, False), (10**15, False)]
)
def test_an_amount_is_money_that_somebody_may_have_paid(activity: str, won: int, fits: bool) -> None:
    found = [code for code, _ in objections(activity, paid(activity, won))]
    assert found == ([] if fits else ["AMOUNT_OUT_OF_RANGE"])


@pytest.mark.parametrize(
    ("vat", "found"),
    [(0, []), (1_000, []), (1_001, [("VAT_OUT_OF_RANGE", "vatWon")]), (-1, [("VAT_OUT_OF_RANGE", "vatWon")])],
)
def test_the_tax_is_no_more_than_what_it_is_on(vat: int, found: list[tuple[str, str]]) -> None:
    assert objections("technology_transfer", transfer(supply_won=1_000, vat_won=vat)) == found


def test_amount_and_tax_together_are_no_more_than_the_most() -> None:
    assert objections("research", research(supply_won=MOST_WON, vat_won=1)) == [("AMOUNT_OUT_OF_RANGE", "supplyWon")]


@pytest.mark.parametrize("kind", CourseKind)
def test_three_kinds_of_course_earn_and_ipp_does_not(kind: CourseKind) -> None:
    """계약학과, 주문식교육과정, 캡스톤디자인 3개 사업에 한하여 (UI-39)."""
    fits = kind.value in {"contract_department", "customized_course", "capstone_design"}
    assert objections("course", course(kind=kind)) == ([] if fits else [("COURSE_NOT_ELIGIBLE", "kind")])


@pytest.mark.parametrize("activity", StudentActivity)
def test_a_hire_counts_after_four_kinds_of_activity(activity: StudentActivity) -> None:
    fits = activity.value in {"field_training", "contract_department", "customized_course", "capstone_design"}
    assert objections("hire", hire(activity=activity)) == ([] if fits else [("ACTIVITY_NOT_ELIGIBLE", "activity")])


def test_a_hire_counts_at_the_company_of_the_activity_only() -> None:
    """동일 기업에 취업할 경우 인정 (UI-40)."""
    elsewhere = hire(activity_company=business_number(3))
    assert objections("hire", elsewhere) == [("OTHER_COMPANY", "activityCompany")]
    number = business_number(1)
    assert objections("hire", hire(activity_company=f"{number[:3]}-{number[3:5]}-{number[5:]}")) == []


def test_research_is_filed_once_it_is_paid() -> None:
    """대금 지급 완료 후 마일리지 적립 신청 (UI-41)."""
    assert objections("research", research(payment_finished=False)) == [("NOT_PAID", "paymentFinished")]


def test_equipment_earns_and_a_public_facility_does_not() -> None:
    """공용장비사용에 한해 (UI-43)."""
    facility = equipment(facility=FacilityKind.PUBLIC_FACILITY)
    assert objections("equipment", facility) == [("NOT_EQUIPMENT", "facility")]


@pytest.mark.parametrize("kind", DonationKind)
def test_donations_earn_and_fees_of_family_companies_do_not(kind: DonationKind) -> None:
    """가입비 또는 회비는 적립 불가 (UI-44)."""
    fee = kind is DonationKind.MEMBERSHIP_FEE
    assert objections("donation", donation(kind=kind)) == ([("MEMBERSHIP_FEE", "kind")] if fee else [])


def test_what_ends_does_not_end_before_it_begins() -> None:
    after = date(2026, 2, 3)
    assert objections("field_training", training(starts_on=after)) == [("DATES_REVERSED", "startsOn")]
    assert objections("course", course(starts_on=after)) == [("DATES_REVERSED", "startsOn")]
    assert objections("hire", hire(completed_on=after)) == [("DATES_REVERSED", "completedOn")]


@pytest.mark.parametrize(("hours", "fits"), [(0, False), (1, True), (48, True), (49, False)])
def test_hours_of_training_fit_into_its_days(hours: int, fits: bool) -> None:
    found = objections("field_training", training(starts_on=date(2026, 2, 1), hours=hours))
    assert found == ([] if fits else [("HOURS_IMPOSSIBLE", "hours")])


@pytest.mark.parametrize(("year", "fits"), [(1949, False), (1950, True), (2025, True), (2026, False)])
def test_a_student_was_admitted_before_the_activity(year: int, fits: bool) -> None:
    wrong = [] if fits else [("ADMISSION_YEAR", "admissionYear")]
    assert objections("hire", hire(admission_year=year)) == wrong
    assert objections("field_training", training(admission_year=year)) == wrong


def test_every_problem_of_the_program_has_its_clause() -> None:
    assert [problem.code for problem in PROBLEMS if problem.source is None] == []


def test_each_activity_needs_the_official_letter_and_the_documents_of_its_row() -> None:
    """증빙제출내역(안), 공문등록, 용량10MB 이내 (UI-23, UI-24, UI-31 to UI-37)."""
    needed = {kind.code: [each.code for each in kind.requirements] for kind in PROGRAM.activity_types}
    assert needed == {
        "field_training": ["official_letter", "training_agreement"],
        "course": ["official_letter", "course_agreement", "cost_proof"],
        "hire": ["official_letter", "activity_proof", "insurance_proof"],
        "research": ["official_letter", "research_agreement", "deposit_proof"],
        "technology_transfer": ["official_letter", "transfer_contract", "deposit_proof"],
        "equipment": ["official_letter", "use_contract", "deposit_proof"],
        "donation": ["official_letter", "donation_receipt", "deposit_proof"],
    }
    every = [each for kind in PROGRAM.activity_types for each in kind.requirements]
    assert {(each.least, each.max_bytes) for each in every} == {(1, FILE_BYTES)}
    assert all(each.source for each in every)
