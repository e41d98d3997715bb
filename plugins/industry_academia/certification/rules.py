"""Scores from numbers, pure; PostgreSQL computes the same of a whole round at once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from plugins.industry_academia.certification.models import MeanRule
from plugins.industry_academia.certification.tables import HUNDREDTHS, TRIMMED_FROM


def quantitative(points: int, most: int, weight: int) -> Decimal:
    """정량점수: the weight by the share of the most that any applicant earned; nothing when nobody earned anything."""
    return rounded(weight * points, most) if most > 0 else Decimal("0.00")


def qualitative(totals: Sequence[int], mean: MeanRule) -> tuple[Decimal, Sequence[int]]:
    """정성점수: the mean of the committee members' totals, and those that count."""
    kept = sorted(totals)
    if mean is MeanRule.TRIMMED and len(kept) >= TRIMMED_FROM:
        kept = kept[1:-1]
    return rounded(sum(kept), len(kept)), kept


def rounded(numerator: int, denominator: int) -> Decimal:
    """The quotient to two decimals, halves up, decided in whole numbers."""
    return Decimal((2 * HUNDREDTHS * numerator + denominator) // (2 * denominator)).scaleb(-2)
