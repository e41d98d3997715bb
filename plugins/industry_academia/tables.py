"""Numbers only, each with its clause: the four curves, the rates, the days and the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.language import Text
from core.program import Source
from plugins.industry_academia import sources
from plugins.industry_academia.curve import Basis, PowerCurve, Vat

REFORM = date(2022, 3, 1)  # 적립 분야 확대 및 방식 개선(22.03 시행)
FILED_WITHIN_YEARS = 1  # 적립기준(신청기준 1년 이내)
WON_PER_POINT = 10_000  # 1만원당 1마일리지
HIRE_POINTS = 300  # 학생 채용 · 1명당 300마일리지
FILE_BYTES = 10 * 1024 * 1024  # 용량 10MB 이내
MOST_WON = 1_000_000_000_000  # of one activity; more is a slip of the keyboard
HOURS_IN_A_DAY = 24
EARLIEST_ADMISSION = 1950

RESEARCH = PowerCurve(  # 산업체 과제수행: (산업체입금액 / 10,000만원)^0.6 × 1,000마일리지
    base_won=100_000_000,
    exponent=Decimal("0.6"),
    points=1_000,
    basis=Basis.AGREEMENT,
    vat=Vat.INCLUDED,
    source=sources.accrual("연구 개발 · 산업체 과제수행"),
)
TRANSFER = PowerCurve(  # 기술 이전: (산업체입금액 / 5,000만원)^0.7 × 1,000마일리지, 부가세 포함 입금액
    base_won=50_000_000,
    exponent=Decimal("0.7"),
    points=1_000,
    basis=Basis.AGREEMENT,
    vat=Vat.INCLUDED,
    source=sources.accrual("기술 이전 · 기술 이전"),
)
EQUIPMENT = PowerCurve(  # 공용장비 활용: (산업체입금액 / 5,000만원)^0.7 × 1,000마일리지
    base_won=50_000_000,
    exponent=Decimal("0.7"),
    points=1_000,
    basis=Basis.AGREEMENT,
    vat=Vat.INCLUDED,
    source=sources.accrual("인프라 등 · 공용장비 활용"),
)
DONATION = PowerCurve(  # 산학협력 장학금 등: (산업체입금액 / 1,000만원)^0.56 × 1,000마일리지
    base_won=10_000_000,
    exponent=Decimal("0.56"),
    points=1_000,
    basis=Basis.AGREEMENT,
    vat=Vat.INCLUDED,
    source=sources.accrual("인프라 등 · 산학협력 장학금 등"),
)

WON_FACTS = ("support_won", "cost_won", "supply_won", "vat_won", "donated_won")  # 기업 부담액: what companies paid


@dataclass(frozen=True, slots=True)
class Note:
    """유의사항: what a document says beside the figures, and where."""

    text: Text
    source: Source


SURVEY_NOTES = (  # 산학협력실태조사
    Note(
        Text(
            "2024년도 실태조사 결과는 당해 정보공시 실적으로 반영되지 않습니다. 향후 추가 여부는 검토 중이며,"
            " 기준은 변경될 수 있습니다.",
            "Results of the survey of 2024 are not part of that year's public disclosure; whether later ones will be is"
            " under review, and the rules may change.",
        ),
        sources.NOT_DISCLOSED,
    ),
)
