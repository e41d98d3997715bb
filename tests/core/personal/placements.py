"""현장실습 (placements): a program whose activities say who a student is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from core import ActivityType, Award, Edition, Past, PersonalKind, Retention, Source, Text, fact
from core.plugins import Plugins
from tests.support.plugins import IN_FORCE, NOTICE, SOURCE, declaring, plugged, program

KEEPING = Source(NOTICE, "제9조 (보존)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """현장실습: a student's weeks at a company."""

    student: str = fact("학생 성명", "student", personal=PersonalKind.NAME)
    student_number: str = fact("학번", "student number", personal=PersonalKind.NUMBER)
    phone: str | None = fact("연락처", "phone", default=None, personal=PersonalKind.PHONE)
    began_on: date = fact("시작일", "first day")
    weeks: int = fact("주", "weeks")


def award_placement(facts: Placement, past: Past[Placement]) -> Award:
    SEEN_BY_RULES.append((facts.student, *(each.student for each in past.facts)))
    return Award.to_both(facts.weeks * 10)


SEEN_BY_RULES: list[tuple[str, ...]] = []


def placement_type(**changes: Any) -> ActivityType[Placement]:
    declared: dict[str, Any] = {
        "code": "placement",
        "names": Text("현장실습", "placement"),
        "asset": "thanks",
        "facts": Placement,
        "base_date": lambda facts: facts.began_on,
        "identity": lambda facts: (facts.student_number, facts.began_on),
        "series": lambda facts: (facts.student_number,),
        "editions": (Edition(effective=IN_FORCE, award=award_placement, source=SOURCE),),
    }
    return ActivityType(**declared | changes)


def placements(**changes: Any) -> Plugins:
    return plugged(deeds=declaring(program(activity_types=(placement_type(),), **changes)))


def kept_five_years() -> dict[str, Any]:
    return {"retention": Retention(years=5, source=KEEPING, ends=lambda facts: facts.began_on)}
