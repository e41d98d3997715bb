"""A certificate to make others from: `a_page(company=...)` changes what a test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.documents import CertificatePage, LotUse
from core.language import Text
from core.program import Effect, Source, SourceDocument

GUIDE = SourceDocument("guide", Text("경영혁신 마일리지 제도 안내", "Guide to the mileage"))


def some_lots(count: int) -> tuple[LotUse, ...]:
    earned = [date(2021, 3, 2) + timedelta(days=day) for day in range(count)]
    return tuple(LotUse(earned_on=day, expires_on=day.replace(year=day.year + 5), points=500) for day in earned)


def a_page(**changes: Any) -> CertificatePage:
    page = CertificatePage(
        program=Text("경영혁신 마일리지", "Management Innovation Mileage"),
        number="MI-2024-7K3Q-000123",
        company="주식회사 한빛조명산업",
        business_number="1048203590",
        category=Text("R&D", "R&D"),
        benefit=Text("중소기업 기술개발지원사업", "SME Technology Development"),
        round="2024년 제2차",
        effect=Effect.bonus_points(1, row_max=3),
        effect_amount=Decimal(3),
        points=1_500,
        existing_points=3,
        lots=some_lots(3),
        issued_on=date(2024, 5, 7),
        valid_until=date(2025, 5, 6),
        issuer=Text("경영혁신 마일리지 운영기관", "Mileage Office"),
        return_source=Source(GUIDE, "마일리지의 반환"),
        verify_url="https://mileage.example.kr/verify/MI-2024-7K3Q-000123",
    )
    return replace(page, **changes)
