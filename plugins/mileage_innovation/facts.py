"""What is known of an activity that earns mileage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.language import Text
from core.program import fact
from core.sameness import sameness, session_sameness
from core.texts import TextKind

HOURS = Text("시간", "hours")
PEOPLE = Text("명", "people")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCompletion:
    """교육 수료: one company's completers of one session of an eligible course."""

    provider: str = fact("교육기관 사업자등록번호", "business number of the training centre")
    course: str = fact("과정명", "course")
    session: str = fact("회차", "session")
    starts_on: date = fact("교육시작일", "first day")
    completed_on: date = fact("수료일", "day of completion")
    hours: Decimal = fact("교육시간", "hours of training", unit=HOURS)
    completers: int = fact("수료인원", "people who completed", unit=PEOPLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InnovationActivity:
    """경영혁신 활동: of a kind that an operator defined, granted the points that staff propose and approve."""

    kind: str = fact("활동 유형 코드", "code of the kind of activity")
    description: str = fact("활동 내용", "what was done", text=TextKind.PROSE)
    performed_on: date = fact("활동일", "day it was done")
    points: int = fact("마일리지", "mileage to grant", unit=Text("마일리지", "mileage"))


def completion_identity(facts: TrainingCompletion) -> tuple[object, ...]:
    """What makes two completions the same one (of one company), however course and session are spelled."""
    return (facts.provider, sameness(facts.course), session_sameness(facts.session), facts.completed_on)
