"""Numbers of the exchange: its dated terms, each with its clause, and the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.program import Source
from plugins.industry_academia.exchange import sources


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTerms:
    """거래 조건, from a day on: the most of a fee that mileage may pay, and what one of it is worth in won."""

    effective: date
    rate: Decimal  # of the fee, 0 to 1
    won_per_point: int
    source: Source


# Append what changes, with its day; every order keeps those by which it was made.
EXCHANGE_TERMS = (
    ExchangeTerms(
        effective=date(2022, 3, 1),  # 주요 개편 사항: 마일리지 거래소 도입
        rate=Decimal("0.30"),  # 사용료의 최대 30% 할인
        won_per_point=1_000,  # 1 마일리지 당 1,000원 상당
        source=sources.DISCOUNT,
    ),
)

# Not in the source: what an exchange must have an end to
ANSWER_DAYS = 7  # a request that the university has not answered by then lapses, or when the use would begin
MOST_PRICE = 1_000_000_000  # won, for one unit; more is a slip of the keyboard
MOST_SLOTS = 100  # of one order
MOST_NEW_SLOTS = 500  # added at once
MOST_OPEN_SLOTS = 5_000  # to come, of one listing
MOST_UNITS = 10_000  # hours or days of one slot
YEARS_AHEAD = 3
MOST_CAPACITY = 100_000  # people
MOST_PHOTOS = 10
MOST_TITLE, MOST_PLACE, MOST_TEXT = 200, 300, 4_000  # letters


def terms_on(day: date) -> ExchangeTerms | None:
    """The terms in force on a day; None before the first."""
    in_force = [each for each in EXCHANGE_TERMS if each.effective <= day]
    return max(in_force, key=lambda each: each.effective, default=None)
