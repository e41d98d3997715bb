"""The curve by which money earns (적립 곡선): exact, in whole numbers where it decides."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache

from core.program import Source

DIGITS = 40  # of the first estimate; what is granted does not depend on it


class Basis(StrEnum):
    """What the curve is taken of (산정 단위). It is concave, so parts taken alone earn more than the whole."""

    AGREEMENT = "agreement"  # 협약 누계: all deposits of one agreement so far
    DEPOSIT = "deposit"  # 입금 건별: each deposit alone


class Vat(StrEnum):
    """Whether value-added tax counts as money paid (부가세)."""

    INCLUDED = "included"  # 포함
    EXCLUDED = "excluded"  # 제외


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCurve:
    """(입금액 / `base_won`) ^ `exponent` × `points`, floored to a whole point. Money is in won."""

    base_won: int
    exponent: Decimal  # above 0, at most 1
    points: int
    basis: Basis
    vat: Vat
    source: Source

    def points_for(self, won: int) -> int:
        """The whole points that so much money earns in all; 0 for nothing.

        A decimal power is rounded, and a result that should be whole may come out just below. So it is an estimate,
        and k points are earned if and only if kᵠ · baseᵖ ≤ pointsᵠ · wonᵖ, with p/q the exponent: whole numbers all.
        """
        return _points(self.base_won, self.exponent, self.points, won) if won > 0 else 0


@lru_cache(16_384)  # the same sums are asked about when they are drafted, submitted and decided
def _points(base_won: int, exponent: Decimal, full: int, won: int) -> int:
    p, q = exponent.as_integer_ratio()
    earned = full**q * won**p

    def reached(points: int) -> bool:
        return bool(points**q * base_won**p <= earned)

    with localcontext(prec=DIGITS):
        points = int(full * (Decimal(won) / base_won) ** exponent)
    while not reached(points):
        points -= 1
    while reached(points + 1):
        points += 1
    return points
