"""Numbers only, each with its clause: the four curves, the rates, the days and the limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

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
