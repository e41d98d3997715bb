"""작은 사업: a program made for these tests, with a type for every way an activity can be filed and decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from math import isqrt

from core.checking import ActivityContext
from core.errors import Problem, Violation
from core.hookspecs import hookimpl
from core.language import Text
from core.program import (
    ActivityType,
    Asset,
    Award,
    Edition,
    Past,
    Program,
    Source,
    SourceDocument,
    Term,
    fact,
)

CODE = "workshop"
RULES = SourceDocument("workshop_rules", Text("공방 운영규정", "Rules of the workshop"))
FIRST = date(2024, 1, 1)
SECOND = date(2026, 1, 1)

NOBODY = Problem(
    "WORKSHOP_NOBODY", Text("1명 이상이어야 합니다: {given}.", "At least one, not {given}."), Source(RULES, "제4조")
)
UNWELCOME = Problem("GUARD_UNWELCOME", Text("받지 않습니다.", "Not welcome."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """방문."""

    topic: str = fact("주제", "topic")
    held_on: date = fact("방문일", "day")
    people: int = fact("인원", "people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """입금: of an agreement, whose deposits add up."""

    agreement: str = fact("협약", "agreement")
    paid_on: date = fact("입금일", "day")
    amount: int = fact("금액", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """부여: by staff."""

    why: str = fact("사유", "why")
    on: date = fact("부여일", "day")
    points: int = fact("점수", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """출석: counted without a reviewer."""

    day: date = fact("출석일", "day")


def award_first(facts: Visit, _past: Past[Visit]) -> Award:
    return Award.to_subject(10 * facts.people)


def award_second(facts: Visit, _past: Past[Visit]) -> Award:
    return Award.to_subject(25 * facts.people)


def award_deposit(facts: Deposit, past: Past[Deposit]) -> Award:
    """The root of all deposits so far, less what was granted: splitting a deposit earns what the whole earns."""
    total = sum(each.amount for each in past.facts) + facts.amount
    return Award.to_both(isqrt(total) - past.granted)


def award_grant(facts: Grant, _past: Past[Grant]) -> Award:
    return Award.to_subject(facts.points)


def award_attendance(_facts: Attendance, _past: Past[Attendance]) -> Award:
    return Award.to_filer(1)


def check_people(facts: Visit, _context: ActivityContext) -> Iterator[Violation]:
    if facts.people < 0:
        yield NOBODY.at("people", given=facts.people)


POINTS = Asset(code="workshop_points", names=Text("공방 점수", "workshop points"), term=Term(2))


def _type(code: str, facts: type, day: str, *editions: Edition, **more: object) -> ActivityType:
    return ActivityType(
        code=code,
        names=Text(code, code),
        asset=POINTS.code,
        facts=facts,
        base_date=lambda given: getattr(given, day),
        editions=editions,
        **more,  # type: ignore[arg-type]
    )


VISIT = _type(
    "visit",
    Visit,
    "held_on",
    Edition(effective=SECOND, award=award_second, source=Source(RULES, "제3조 (2026년 개정)")),
    Edition(effective=FIRST, award=award_first, source=Source(RULES, "제3조")),
    identity=lambda facts: (facts.topic, facts.held_on),
    checks=(check_people,),
)
DEPOSIT = _type(
    "deposit",
    Deposit,
    "paid_on",
    Edition(effective=FIRST, award=award_deposit, source=Source(RULES, "제5조")),
    series=lambda facts: (facts.agreement,),
)
CONTRACT = _type(
    "contract",
    Deposit,
    "paid_on",
    Edition(effective=FIRST, award=award_deposit, source=Source(RULES, "제5조")),
    series=lambda facts: (facts.agreement,),
    per_filer=True,
)
GRANT = _type(
    "grant", Grant, "on", Edition(effective=FIRST, award=award_grant, source=Source(RULES, "제6조")), staff_only=True
)
ATTENDANCE = _type(
    "attendance",
    Attendance,
    "day",
    Edition(effective=FIRST, award=award_attendance, source=Source(RULES, "제7조")),
    automatic=True,
)

PROGRAM = Program(
    code=CODE,
    names=Text("공방", "Workshop"),
    description=Text("시험용 사업", "A program to test with"),
    documents=(RULES,),
    assets=(POINTS,),
    activity_types=(VISIT, DEPOSIT, CONTRACT, GRANT, ATTENDANCE),
    problems=(NOBODY,),
)


class Workshop:
    @hookimpl
    def register_program(self) -> Program:
        return PROGRAM


@dataclass
class Watcher:
    """Listens to everything, and objects to what concerns somebody unwelcome."""

    heard: list[object] = field(default_factory=list)
    unwelcome: str = ""
    forbidden: str = ""

    @hookimpl
    def activity_decided(self, decided: object) -> None:
        self.heard.append(decided)

    @hookimpl
    def posted(self, posted: object) -> None:
        self.heard.append(posted)

    @hookimpl
    def check_activity(self, facts: object, context: ActivityContext) -> Iterable[Violation]:
        if context.subject.business_number == self.unwelcome:
            yield UNWELCOME.at("who")

    @hookimpl
    def check_posting(self, posting: object) -> Iterable[Violation]:
        if self.forbidden == "posting":
            yield UNWELCOME.at()

    @hookimpl
    def check_access(self, access: object) -> Iterable[Violation]:
        if self.forbidden == "access":
            yield UNWELCOME.at()
