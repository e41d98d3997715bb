"""Facts to violations, pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from core.calendar import years_before
from core.checking import ActivityContext
from core.errors import Violation
from core.identity import OrganizationKind, normalized
from plugins.industry_academia import problems
from plugins.industry_academia.facts import (
    CooperationCourse,
    CourseKind,
    Deposit,
    Donation,
    DonationKind,
    EquipmentDeposit,
    FacilityKind,
    FieldTraining,
    ResearchDeposit,
    StudentActivity,
    StudentHire,
    paid_won,
)
from plugins.industry_academia.tables import (
    EARLIEST_ADMISSION,
    FILED_WITHIN_YEARS,
    HOURS_IN_A_DAY,
    MOST_WON,
    REFORM,
)

COURSES = frozenset({CourseKind.CONTRACT_DEPARTMENT, CourseKind.CUSTOMIZED_COURSE, CourseKind.CAPSTONE_DESIGN})
ACTIVITIES = frozenset({StudentActivity.FIELD_TRAINING, *(StudentActivity(kind.value) for kind in COURSES)})
NO_COMPANIES = frozenset({OrganizationKind.UNIVERSITY.value, OrganizationKind.MINISTRY.value})

Check = Callable[[Any, ActivityContext], Iterator[Violation]]


def check_parties(_facts: object, context: ActivityContext) -> Iterator[Violation]:
    """A university files, for a company that is another organization than itself."""
    if context.filer.kind != OrganizationKind.UNIVERSITY:
        yield problems.NOT_A_UNIVERSITY.at("organizationId", name=context.filer.name)
    if context.subject.kind in NO_COMPANIES or context.subject.id == context.filer.id:
        yield problems.NOT_A_COMPANY.at("businessNumber", name=context.subject.name)


def in_time(path: str, day_of: Callable[[Any], date]) -> Check:
    """On or after the reform, and within the calendar year that ends with the day of filing, both days counted in."""

    def check_day(facts: Any, context: ActivityContext) -> Iterator[Violation]:
        day, filed = day_of(facts), context.filed_on
        since = max(REFORM, years_before(filed, FILED_WITHIN_YEARS))
        if day < REFORM:
            yield problems.BEFORE_REFORM.at(path, day=day, since=REFORM)
        elif day < since:
            yield problems.TOO_LATE.at(path, day=day, filed=filed, since=since)
        elif day > filed:
            yield problems.AFTER_FILING.at(path, day=day, filed=filed)

    return check_day


def check_training(facts: FieldTraining, _context: ActivityContext) -> Iterator[Violation]:
    yield from amount("supportWon", facts.support_won)
    yield from in_order("startsOn", facts.starts_on, facts.ends_on)
    yield from admitted(facts.admission_year, facts.starts_on)
    days = (facts.ends_on - facts.starts_on).days + 1
    if days >= 1 and not 1 <= facts.hours <= days * HOURS_IN_A_DAY:
        yield problems.HOURS_IMPOSSIBLE.at("hours", given=facts.hours, days=days)


def check_course(facts: CooperationCourse, _context: ActivityContext) -> Iterator[Violation]:
    """계약학과, 주문식교육과정, 캡스톤디자인 3개 사업에 한하여."""
    if facts.kind not in COURSES:
        yield problems.COURSE_NOT_ELIGIBLE.at("kind", kind=facts.kind.names)
    yield from amount("costWon", facts.cost_won)
    yield from in_order("startsOn", facts.starts_on, facts.ends_on)


def check_hire(facts: StudentHire, context: ActivityContext) -> Iterator[Violation]:
    """동일 기업에 취업할 경우 인정."""
    if facts.activity not in ACTIVITIES:
        yield problems.ACTIVITY_NOT_ELIGIBLE.at("activity", kind=facts.activity.names)
    if normalized(facts.activity_company) != context.subject.business_number:
        yield problems.OTHER_COMPANY.at(
            "activityCompany", where=facts.activity_company, hired=context.subject.business_number
        )
    yield from in_order("completedOn", facts.completed_on, facts.hired_on)
    yield from admitted(facts.admission_year, facts.completed_on)


def check_deposit(facts: Deposit | Donation, _context: ActivityContext) -> Iterator[Violation]:
    if isinstance(facts, Donation):
        yield from amount("donatedWon", facts.donated_won)
        return
    yield from amount("supplyWon", facts.supply_won, paid_won(facts))
    if not 0 <= facts.vat_won <= max(0, facts.supply_won):
        yield problems.VAT_OUT_OF_RANGE.at("vatWon", given=facts.vat_won)


def check_payment(facts: ResearchDeposit, _context: ActivityContext) -> Iterator[Violation]:
    """대금 지급 완료 후 마일리지 적립 신청."""
    if not facts.payment_finished:
        yield problems.NOT_PAID.at("paymentFinished")


def check_facility(facts: EquipmentDeposit, _context: ActivityContext) -> Iterator[Violation]:
    """현재 공용장비사용에 한해."""
    if facts.facility is not FacilityKind.SHARED_EQUIPMENT:
        yield problems.NOT_EQUIPMENT.at("facility", kind=facts.facility.names)


def check_donation(facts: Donation, _context: ActivityContext) -> Iterator[Violation]:
    """ "가족회사" 등의 가입비 또는 회비는 적립 불가."""
    if facts.kind is DonationKind.MEMBERSHIP_FEE:
        yield problems.MEMBERSHIP_FEE.at("kind")


def amount(path: str, *won: int) -> Iterator[Violation]:
    """Each of these sums is money that somebody may have paid."""
    if not all(1 <= each <= MOST_WON for each in won):
        yield problems.AMOUNT_OUT_OF_RANGE.at(path, given=won[-1], most=f"{MOST_WON:,}")


def in_order(path: str, first: date, last: date) -> Iterator[Violation]:
    if first > last:
        yield problems.DATES_REVERSED.at(path, first=first, last=last)


def admitted(year: int, day: date) -> Iterator[Violation]:
    if not EARLIEST_ADMISSION <= year <= day.year:
        yield problems.ADMISSION_YEAR.at("admissionYear", given=year, first=EARLIEST_ADMISSION, last=day.year)
