"""Facts to violations, pure."""

from __future__ import annotations

from collections.abc import Iterator

from core.checking import ActivityContext, Redemption
from core.errors import Violation
from plugins.mileage_innovation import problems
from plugins.mileage_innovation.facts import InnovationActivity, TrainingCompletion
from plugins.mileage_innovation.known import KnownKind, KnownProvider
from plugins.mileage_innovation.tables import HOUR_STEP, HOURS_IN_A_DAY, MOST_COMPLETERS

SME = "sme"


def check_holder(_facts: object, context: ActivityContext) -> Iterator[Violation]:
    """A company known not to be an SME earns nothing; one of which nothing is recorded yet does."""
    if context.subject.standing(SME) is False:
        yield problems.NOT_SME.at("company", name=context.subject.name)


def check_hours(facts: TrainingCompletion, _context: ActivityContext) -> Iterator[Violation]:
    days = (facts.completed_on - facts.starts_on).days + 1
    if days < 1:
        yield problems.DATES_REVERSED.at("startsOn")
    if facts.hours <= 0 or facts.hours % HOUR_STEP:
        yield problems.HOURS_INVALID.at("hours", given=facts.hours)
    elif days >= 1 and facts.hours > days * HOURS_IN_A_DAY:
        yield problems.HOURS_IMPOSSIBLE.at("hours", given=facts.hours, days=days)
    if not 1 <= facts.completers <= MOST_COMPLETERS:
        yield problems.NOBODY_COMPLETED.at("completers", given=facts.completers)


def check_provider(facts: TrainingCompletion, context: ActivityContext) -> Iterator[Violation]:
    """The filing organization is an eligible provider, and the course was eligible on the day of completion."""
    if facts.provider != context.filer.business_number:
        yield problems.PROVIDER_OTHER.at("provider", given=facts.provider, filer=context.filer.business_number)
    known = context.known
    if not isinstance(known, KnownProvider):
        yield problems.PROVIDER_UNKNOWN.at("provider", name=context.filer.name)
        return
    day = facts.completed_on
    if day < known.period.since:
        yield problems.BEFORE_EFFECTIVE.at("completedOn", day=day, since=known.period.since)
    elif not known.period.covers(day):
        yield problems.AFTER_END.at("completedOn", day=day, until=known.period.until)
    elif known.courses:
        course = known.courses.get(facts.course)
        if course is None or not course.covers(day):
            yield problems.COURSE_NOT_ELIGIBLE.at("course", course=facts.course, day=day)


def check_grant(facts: InnovationActivity, context: ActivityContext) -> Iterator[Violation]:
    known = context.known
    if not isinstance(known, KnownKind) or not known.period.covers(facts.performed_on):
        yield problems.KIND_UNKNOWN.at("kind", kind=facts.kind, day=facts.performed_on)
        return
    if not 1 <= facts.points <= known.max_points:
        yield problems.GRANT_OUT_OF_RANGE.at("points", most=known.max_points, given=facts.points)


def object_to_redemption(redemption: Redemption) -> Iterator[Violation]:
    """Only a confirmed SME redeems mileage."""
    if redemption.organization.standing(SME) is not True:
        yield problems.NOT_SME.at("organizationId", name=redemption.organization.name)
