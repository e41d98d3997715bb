"""What observers of activities are told."""

from __future__ import annotations

from dataclasses import dataclass

from core.program import Award


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDecided:
    """심사 완료: which activity, whether it was approved, what it earned (None when rejected), and why."""

    activity_id: int
    program: str
    activity_type: str
    facts: object
    approved: bool
    award: Award | None
    reason: str
