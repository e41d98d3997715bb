"""Facts to awards, pure."""

from __future__ import annotations

from core.program import Award, Past
from plugins.mileage_innovation.facts import InnovationActivity, TrainingCompletion
from plugins.mileage_innovation.tables import MILEAGE_PER_HOUR


def award_training(facts: TrainingCompletion, _past: Past[TrainingCompletion]) -> Award:
    """교육시간 × 수료인원 × 5, exact; only the product is floored, as the asset says."""
    return Award.to_subject(facts.hours * facts.completers * MILEAGE_PER_HOUR)


def award_innovation(facts: InnovationActivity, _past: Past[InnovationActivity]) -> Award:
    """What staff granted: the notice states no rate for innovation activities."""
    return Award.to_subject(facts.points)
