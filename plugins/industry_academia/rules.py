"""Facts to awards, pure. Both sides earn alike; every award is in whole points already."""

from __future__ import annotations

from typing import TypeVar

from core.program import Award, Past
from plugins.industry_academia.curve import Basis, PowerCurve, Vat
from plugins.industry_academia.facts import (
    CooperationCourse,
    Deposit,
    Donation,
    EquipmentDeposit,
    FieldTraining,
    ResearchDeposit,
    StudentHire,
    TransferDeposit,
    paid_won,
)
from plugins.industry_academia.tables import DONATION, EQUIPMENT, HIRE_POINTS, RESEARCH, TRANSFER, WON_PER_POINT

Paid = TypeVar("Paid", bound=Deposit | Donation)


def award_field_training(facts: FieldTraining, _past: Past[FieldTraining]) -> Award:
    """실습지원비 1만원당 1마일리지, of each student's whole support."""
    return Award.to_both(facts.support_won // WON_PER_POINT)


def award_course(facts: CooperationCourse, _past: Past[CooperationCourse]) -> Award:
    """기업부담 경비 1만원당 1마일리지."""
    return Award.to_both(facts.cost_won // WON_PER_POINT)


def award_hire(_facts: StudentHire, _past: Past[StudentHire]) -> Award:
    """1명당 300마일리지."""
    return Award.to_both(HIRE_POINTS)


def award_research(facts: ResearchDeposit, past: Past[ResearchDeposit]) -> Award:
    return by_curve(RESEARCH, facts, past)


def award_transfer(facts: TransferDeposit, past: Past[TransferDeposit]) -> Award:
    return by_curve(TRANSFER, facts, past)


def award_equipment(facts: EquipmentDeposit, past: Past[EquipmentDeposit]) -> Award:
    return by_curve(EQUIPMENT, facts, past)


def award_donation(facts: Donation, past: Past[Donation]) -> Award:
    return by_curve(DONATION, facts, past)


def by_curve(curve: PowerCurve, facts: Paid, past: Past[Paid]) -> Award:
    """The curve of all the agreement's deposits so far, less what they have earned; so splitting one gains nothing.

    After a revocation the rest may have earned a point more than the curve gives for it; then this earns nothing.
    """
    won = counted_won(curve, facts)
    if curve.basis is Basis.DEPOSIT:
        return Award.to_both(curve.points_for(won))
    so_far = sum(counted_won(curve, each) for each in past.facts)
    return Award.to_both(max(0, curve.points_for(so_far + won) - past.granted))


def counted_won(curve: PowerCurve, facts: Deposit | Donation) -> int:
    """What of a deposit the curve counts, in won."""
    if curve.vat is Vat.EXCLUDED and isinstance(facts, Deposit):
        return facts.supply_won
    return paid_won(facts)
