"""The document this program is taken from."""

from datetime import date

from core.language import Text
from core.program import Source, SourceDocument

NOTICE = SourceDocument(
    code="mileage_innovation_notice",
    names=Text("경영혁신 마일리지 제도 안내", "Notice of the business-innovation mileage scheme"),
    issued=date(2018, 1, 1),
)

SCHEME = Source(NOTICE, "경영혁신 마일리지 제도")
ELIGIBLE_COURSES = Source(NOTICE, "경영혁신 마일리지 제도 · 적용대상 교육과정(2018.1.1 적용)")
ELIGIBLE_HOLDERS = Source(NOTICE, "경영혁신 마일리지 제도 · 중소기업기본법 제2조의 규정에 의한 중소기업")
ACCRUAL = Source(NOTICE, "적립마일리지 · 교육 1시간 당 5 마일리지")
VALIDITY = Source(NOTICE, "유효기간 · 5년간 누적하여 적립 및 활용하고, 순차적으로 차감")
CONVERSION = Source(NOTICE, "가점전환 · 500 마일리지당 1점")
CAP = Source(NOTICE, "최대한도 · 사업별 최대 가점 외에 추가 1점까지")
RETURN = Source(NOTICE, "마일리지의 반환")


def supported(name: str) -> Source:
    """The row of one supported program in the table of the notice."""
    return Source(NOTICE, f"경영혁신 마일리지 적용사업 · {name}")
