"""What a filer is written about its filing: that it was decided, or what is missing."""

from __future__ import annotations

from typing import Any

from core.activities.models import Filing, FilingStatus
from core.language import Text
from core.messages import tell_organization
from core.work import Work

OUTCOMES = {
    FilingStatus.APPROVED: Text("승인", "approved"),
    FilingStatus.PARTIALLY_APPROVED: Text("일부 승인", "approved in part"),
    FilingStatus.REJECTED: Text("반려", "rejected"),
}


async def tell_of_decision(work: Work, decided: Filing, *, approved: int, rejected: int) -> None:
    """심사 결과 안내, to whoever drafted the filing for the organization, or to its main user."""
    outcome = OUTCOMES[FilingStatus(decided.status)]
    await _tell(
        work, decided, "filing_decided", outcome={"ko": outcome.ko, "en": outcome.en}, approved=approved,
        rejected=rejected,
    )  # fmt: skip


async def tell_of_supplement(work: Work, found: Filing, reason: str) -> None:
    """보완 요청 안내, with the reason that was given."""
    await _tell(work, found, "supplement_requested", reason=reason.strip())


async def _tell(work: Work, about: Filing, template: str, **values: Any) -> None:
    program = work.plugins.programs[about.program].names
    values |= {"number": about.number or "", "program": {"ko": program.ko, "en": program.en}}
    await tell_organization(work, about.organization_id, template, values, member_id=about.created_by)
