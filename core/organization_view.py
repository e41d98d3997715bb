"""An organization as rules and checks see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationView:
    """기관, as of one day. `standings` says what it is known to be or not to be; what is not recorded is not there."""

    id: int
    business_number: str
    name: str
    kind: str
    standings: Mapping[str, bool] = field(default_factory=dict)

    def standing(self, kind: str) -> bool | None:
        """True, False, or None when nothing is recorded for the day."""
        return self.standings.get(kind)
