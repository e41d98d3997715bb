"""What an order costs, pure: whole won and whole points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from plugins.industry_academia.exchange.tables import ExchangeTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """사용료 내역: what is due in all, how much of it mileage pays, and what is left to pay, in won."""

    fee_won: int
    points: int
    discount_won: int

    @property
    def cash_won(self) -> int:
        return self.fee_won - self.discount_won


def most_points(fee_won: int, terms: ExchangeTerms) -> int:
    """사용료의 최대 30%: the whole points worth no more than that share of the fee, its very end counted in."""
    return int(Decimal(fee_won) * terms.rate // terms.won_per_point)


def usable_points(fee_won: int, available: int, terms: ExchangeTerms) -> int:
    """What a company that has so many points free can use: as the fee allows, and no more than it has."""
    return max(0, min(available, most_points(fee_won, terms)))


def priced(fee_won: int, points: int, terms: ExchangeTerms) -> Price:
    return Price(fee_won=fee_won, points=points, discount_won=points * terms.won_per_point)
