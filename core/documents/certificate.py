"""마일리지 확인서: the page a company hands in with its application."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.documents.render import qr_svg, render_pdf
from core.language import Text
from core.program import Effect, EffectKind, Source

TEMPLATE = Path(__file__).parent / "templates" / "certificate.typ"
POINTS = Text("점", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class LotUse:
    """Points taken from one lot (사용한 적립분)."""

    earned_on: date
    expires_on: date | None  # None: they never would
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePage:
    """Everything that stands on a certificate (확인서), as it stood when it was issued."""

    program: Text
    number: str
    holder: Text = Text("기업명", "Company")  # what the one it is issued to is called
    company: str
    business_number: str  # 사업자등록번호, ten digits
    category: Text
    benefit: Text
    round: str  # 회차
    effect: Effect
    effect_amount: Decimal  # 가점 in points, a fee discount in percentage points
    points: int  # set aside for it
    existing_points: int | None = None  # 기존 가점 that the company already has in the benefit's program
    unit: Text = POINTS
    lots: tuple[LotUse, ...]
    issued_on: date
    valid_until: date  # the last day it holds
    issuer: Text  # 발급기관
    return_source: Source | None = None  # the clause by which unused points come back (반환)
    verify_url: str  # says in public whether the certificate holds


def certificate_pdf(page: CertificatePage) -> bytes:
    """The certificate as an A4 PDF, its typeface embedded. Raises FontsMissing."""
    return render_pdf(TEMPLATE, page_data(page))


async def certificate_pdf_async(page: CertificatePage) -> bytes:
    """`certificate_pdf` in a thread, so that other requests go on meanwhile."""
    return await asyncio.to_thread(certificate_pdf, page)


def effect_words(effect: Effect, amount: Decimal) -> Text:
    """What one gets (우대 내용), in words: `가점 3점`, `융자한도 5억원 → 10억원`, `보증료 0.1%p 우대`."""
    match effect.kind:
        case EffectKind.BONUS_POINTS:
            return Text(f"가점 {_plain(amount)}점", f"{_plain(amount)} bonus points")
        case EffectKind.FEE_DISCOUNT:
            return Text(
                f"보증료 {_plain(amount)}%p 우대", f"Guarantee fee lowered by {_plain(amount)} percentage points"
            )
        case EffectKind.LOAN_LIMIT:
            before, after = effect.loan_from_won or 0, effect.loan_to_won or 0
            return Text(
                f"융자한도 {won_words(before)} → {won_words(after)}",
                f"Loan limit raised from KRW {before:,} to KRW {after:,}",
            )
        case EffectKind.ENTITLEMENT:
            words = effect.words or Text("우대", "Preference")
            return words if amount <= 1 else Text(f"{words.ko} × {_plain(amount)}", f"{words.en} × {_plain(amount)}")


def business_number_words(digits: str) -> str:
    """A business number as it is printed, 000-00-00000."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def day_words(day: date) -> str:
    """A date as an official letter writes it, `2024년 3월 5일`."""
    return f"{day.year}년 {day.month}월 {day.day}일"


def won_words(won: int) -> str:
    """An amount of won as it is read out: 1,250,000,000 is `12억 5,000만원`."""
    hundred_millions, rest = divmod(won, 100_000_000)
    ten_thousands, ones = divmod(rest, 10_000)
    parts = ((hundred_millions, "억"), (ten_thousands, "만"), (ones, ""))
    return " ".join(f"{amount:,}{unit}" for amount, unit in parts if amount) + "원" if won else "0원"


def page_data(page: CertificatePage) -> Mapping[str, object]:
    """What the template is filled with: every value already in the words it is printed in."""
    return {
        "program": _pair(page.program),
        "number": page.number,
        "holder": _pair(page.holder),
        "company": page.company,
        "business_number": business_number_words(page.business_number),
        "category": _pair(page.category),
        "benefit": _pair(page.benefit),
        "round": page.round,
        "effect": _pair(effect_words(page.effect, page.effect_amount)),
        "points": _amount(page.points, page.unit),
        "bonus": _bonus(page),
        "lots": [
            {
                "earned_on": lot.earned_on.isoformat(),
                "expires_on": lot.expires_on.isoformat() if lot.expires_on else None,
                "points": f"{lot.points:,}",
            }
            for lot in page.lots
        ],
        "lots_total": f"{sum(lot.points for lot in page.lots):,}",
        "unit": _pair(page.unit),
        "issued_on": {
            "ko": day_words(page.issued_on),
            "en": page.issued_on.isoformat(),
            "year": page.issued_on.year,
            "month": page.issued_on.month,
            "day": page.issued_on.day,
        },
        "valid_until": {"ko": day_words(page.valid_until), "en": page.valid_until.isoformat()},
        "issuer": _pair(page.issuer),
        "return_clause": _clause(page.return_source),
        "verify_url": page.verify_url,
        "qr": qr_svg(page.verify_url),
    }


def _bonus(page: CertificatePage) -> Mapping[str, str] | None:
    """기존 가점, what the certificate adds and the total; nothing when no existing points were declared."""
    if page.effect.kind is not EffectKind.BONUS_POINTS or page.existing_points is None:
        return None
    return {
        "existing": f"{page.existing_points:,}점",
        "added": f"{_plain(page.effect_amount)}점",
        "total": f"{_plain(page.existing_points + page.effect_amount)}점",
    }


def _clause(source: Source | None) -> str | None:
    return f"{source.document.names.ko} 「{source.clause}」" if source else None


def _pair(text: Text) -> Mapping[str, str]:
    return {"ko": text.ko, "en": text.en}


def _amount(points: int, unit: Text) -> Mapping[str, str]:
    return {"ko": f"{points:,}{unit.ko}", "en": f"{points:,} {unit.en}"}


def _plain(amount: Decimal) -> str:
    """A decimal without trailing zeros or an exponent."""
    whole = amount == amount.to_integral_value()
    return f"{int(amount):,}" if whole else f"{amount.normalize():f}"
