"""Numbers only: how mileage becomes a quantitative score, and what an application carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.language import Text
from core.program import Source
from core.requirement import Requirement
from plugins.industry_academia import sources

HUNDREDTHS = 100  # scores are kept to two decimals, halves rounded up
TRIMMED_FROM = 5  # committee members, from which the highest and the lowest total are left out
MOST_PLACES = 10_000
MOST_CRITERIA = 30
MOST_ASSESSORS = 100
FOUNDATION = "university_foundation"  # 대학 산학협력단: the standing that operators record
FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """정량평가 산식, from a day on; a round keeps the one it was prepared with. Without a source: Dure's default."""

    code: str
    effective: date
    words: Text
    source: Source | None


SCORINGS = (  # the briefing prints no formula
    Scoring(
        code="share_of_most",
        effective=date(2022, 3, 1),
        words=Text(
            "배점 × 적립 마일리지 ÷ 신청기관 중 최다 적립 마일리지 (소수 둘째 자리까지, 반올림)",
            "the weight, times the mileage earned, over the most that any applicant earned; two decimals, halves up",
        ),
        source=None,
    ),
)

FORM = Requirement(
    code="application",
    names=Text("인증 신청서", "application form"),
    least=1,
    most=5,
    max_bytes=FILE_BYTES,
    source=sources.SCHEDULE,
)
EVIDENCE = Requirement(
    code="evidence",
    names=Text("정성평가 증빙", "evidence for the committee"),
    least=0,
    most=20,
    max_bytes=FILE_BYTES,
    source=sources.SCHEDULE,
)
REQUIREMENTS = (FORM, EVIDENCE)


def scoring_on(day: date) -> Scoring:
    """The formula in force on a day; the first one before there was any."""
    return max(
        (each for each in SCORINGS if each.effective <= day), key=lambda each: each.effective, default=SCORINGS[0]
    )
