"""Notices: organizations are told in time what they are about to lose, each of it once a threshold."""

from core.notices.models import Notice
from core.notices.service import (
    DAYS_BEFORE_EXPIRY,
    DAYS_BEFORE_LAPSE,
    TELL,
    tell_of_expiring_points,
    tell_of_lapsing_certificates,
    tell_organizations,
)

__all__ = [
    "DAYS_BEFORE_EXPIRY",
    "DAYS_BEFORE_LAPSE",
    "TELL",
    "Notice",
    "tell_of_expiring_points",
    "tell_of_lapsing_certificates",
    "tell_organizations",
]
