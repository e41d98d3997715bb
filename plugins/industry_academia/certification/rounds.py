"""A round before it is scored: prepared, rescheduled, called, its committee appointed, its evaluation begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import pairwise

import sqlalchemy as sa

from core.actor import Role
from core.calendar import SEOUL
from core.errors import Refused, Violation, refuse_any
from core.identity import member_by_id
from core.work import Work
from plugins.industry_academia.certification import problems
from plugins.industry_academia.certification.models import Assessor, Criterion, MeanRule, Round, RoundStatus
from plugins.industry_academia.certification.queries import (
    assessor,
    locked_round,
    require_day,
    require_operator,
    require_status,
    rounds,
    take_step,
    told,
)
from plugins.industry_academia.certification.tables import (
    MOST_ASSESSORS,
    MOST_CRITERIA,
    MOST_PLACES,
    scoring_on,
)
from plugins.industry_academia.certification.telling import tell_of_stage

MOST_LETTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """추진일정: all of a round's moments and days. `closes_at` is the first moment that is too late."""

    opens_at: datetime
    closes_at: datetime
    evaluation_from: date
    evaluation_until: date
    council_on: date
    approval_on: date

    def check(self) -> Iterator[Violation]:
        if self.closes_at <= self.opens_at:
            yield _reversed("closesAt", told(self.opens_at), told(self.closes_at))
        days = {
            "closesAt": self.closes_at.astimezone(SEOUL).date(),
            "evaluationFrom": self.evaluation_from,
            "evaluationUntil": self.evaluation_until,
            "councilOn": self.council_on,
            "approvalOn": self.approval_on,
        }
        named = list(days.items())
        for (_, before), (path, after) in pairwise(named):
            if after < before:
                yield _reversed(path, before, after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """평가 항목 입력: what the committee is to score."""

    code: str
    name_ko: str
    name_en: str
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """공고 내용: what a round says beside its dates."""

    title: str
    title_en: str
    earned_from: date
    earned_until: date
    places: int
    valid_years: int
    quantitative_max: int
    mean: MeanRule = MeanRule.PLAIN
    notice: str = ""

    def check(self) -> Iterator[Violation]:
        for path, text in (("title", self.title), ("titleEn", self.title_en)):
            if not 1 <= len(text.strip()) <= MOST_LETTERS:
                yield problems.TEXT_NEEDED.at(path, most=MOST_LETTERS)
        if self.earned_until < self.earned_from:
            yield _reversed("earnedUntil", self.earned_from, self.earned_until)
        for path, given, least, most in (
            ("places", self.places, 1, MOST_PLACES),
            ("validYears", self.valid_years, 1, 50),
            ("quantitativeMax", self.quantitative_max, 0, 1_000),
        ):
            if not least <= given <= most:
                yield problems.NUMBER_OUT_OF_RANGE.at(path, least=least, most=most, given=given)


async def prepare_round(work: Work, terms: Terms, dates: Dates, criteria: Sequence[Asked]) -> Round:
    """회차 준비: everything of the call, seen by staff alone until it is called."""
    require_operator(work)
    refuse_any([*terms.check(), *dates.check(), *_check_criteria(criteria)])
    values = asdict(terms) | {"mean": terms.mean.value, "scoring": scoring_on(work.today).code}
    made = await work.tx.insert(Round, **values, **asdict(dates))
    await take_step(work, made.id, RoundStatus.PREPARED)
    names = ("round_id", "place", "code", "name_ko", "name_en", "maximum")
    rows = [
        (made.id, place, each.code, each.name_ko, each.name_en, each.maximum) for place, each in enumerate(criteria, 1)
    ]
    await work.tx.insert_many(Criterion, names, rows)
    work.record(
        "certification.terms_set", "certification_round", made.id,
        after={**values, **asdict(dates), "criteria": [asdict(each) for each in criteria]},
    )  # fmt: skip
    return made


async def reschedule_round(work: Work, round_id: int, dates: Dates) -> Round:
    """일정 변경: other dates, until it is approved; those of the application only until evaluation began."""
    require_operator(work)
    found, status = await locked_round(work, round_id)
    require_status(status, *(each for each in RoundStatus if each is not RoundStatus.APPROVED))
    refuse_any(dates.check())
    before = {name: getattr(found, name) for name in asdict(dates)}
    moved = (dates.opens_at, dates.closes_at) != (found.opens_at, found.closes_at)
    if moved:
        require_status(status, RoundStatus.PREPARED, RoundStatus.CALLED)
    if moved and status is RoundStatus.CALLED:
        outside = await work.tx.connection.fetchval(
            "SELECT max(greatest(applied_at, withdrawn_at)) FROM ia_certification_application"
            " WHERE round_id = $1 AND (applied_at < $2 OR greatest(applied_at, withdrawn_at) >= $3)",
            round_id, dates.opens_at, dates.closes_at,
        )  # fmt: skip
        if outside is not None:
            raise Refused(_reversed("closesAt", told(outside), told(dates.closes_at)))
    changed = await work.tx.one(
        Round, sa.update(rounds).where(rounds.c.id == round_id).values(**asdict(dates)).returning(rounds)
    )
    assert changed is not None
    work.record("certification.rescheduled", "certification_round", round_id, before=before, after=asdict(dates))
    return changed


async def call_round(work: Work, round_id: int) -> None:
    """사업공고: from now on everybody sees it, and its terms stay."""
    require_operator(work)
    found, status = await locked_round(work, round_id)
    require_status(status, RoundStatus.PREPARED)
    if work.now >= found.closes_at:
        raise problems.TOO_LATE.refuse("roundId", until=told(found.closes_at), now=told(work.now))
    await take_step(work, round_id, RoundStatus.CALLED)


async def appoint_assessor(work: Work, round_id: int, member_id: int) -> Assessor:
    """평가위원 위촉: a reviewer, or a member of some organization; not who runs rounds, nor who only reads."""
    require_operator(work)
    _, status = await locked_round(work, round_id)
    require_status(status, RoundStatus.PREPARED, RoundStatus.CALLED, RoundStatus.EVALUATING)
    named = await member_by_id(work.tx, member_id)
    if named is None or named.deactivated_at is not None or named.role not in (Role.REVIEWER, Role.MEMBER):
        raise problems.ASSESSOR_UNKNOWN.refuse("memberId")
    there = await work.tx.rows(sa.select(assessor.c.member_id).where(assessor.c.round_id == round_id))
    if any(row["member_id"] == member_id for row in there):
        raise problems.APPOINTED_ALREADY.refuse("memberId")
    if len(there) >= MOST_ASSESSORS:
        raise problems.NUMBER_OUT_OF_RANGE.refuse("memberId", least=1, most=MOST_ASSESSORS, given=len(there) + 1)
    made = await work.tx.insert(
        Assessor,
        round_id=round_id,
        number=len(there) + 1,
        member_id=member_id,
        organization_id=named.organization_id,
        appointed_at=work.now,
    )
    work.record(
        "certification.assessor_appointed", "certification_round", round_id,
        after={"assessor": made.id, "number": made.number, "member": member_id},
    )  # fmt: skip
    return made


async def begin_evaluation(work: Work, round_id: int) -> None:
    """평가 개시: applications are closed, and the committee may score."""
    require_operator(work)
    found, status = await locked_round(work, round_id)
    require_status(status, RoundStatus.CALLED)
    if work.now < found.closes_at:
        raise problems.TOO_EARLY.refuse("roundId", since=told(found.closes_at), now=told(work.now))
    require_day(work, found.evaluation_from)
    await take_step(work, round_id, RoundStatus.EVALUATING)
    await tell_of_stage(work, found, RoundStatus.EVALUATING)


def _check_criteria(criteria: Sequence[Asked]) -> Iterator[Violation]:
    if not 1 <= len(criteria) <= MOST_CRITERIA:
        yield problems.NUMBER_OUT_OF_RANGE.at("criteria", least=1, most=MOST_CRITERIA, given=len(criteria))
    seen: set[str] = set()
    for place, each in enumerate(criteria):
        if each.code in seen:
            yield problems.CRITERION_TWICE.at("criteria", place, "code", code=each.code)
        seen.add(each.code)
        for path, text in (("code", each.code), ("nameKo", each.name_ko), ("nameEn", each.name_en)):
            if not 1 <= len(text.strip()) <= MOST_LETTERS:
                yield problems.TEXT_NEEDED.at("criteria", place, path, most=MOST_LETTERS)
        if not 1 <= each.maximum <= 1_000:
            yield problems.NUMBER_OUT_OF_RANGE.at("criteria", place, "maximum", least=1, most=1_000, given=each.maximum)


def _reversed(path: str, first: object, last: object) -> Violation:
    return problems.DATES_REVERSED.at(path, first=first, last=last)
