"""What is written about a filing: that it was decided, what is missing, or that its points were taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.activities.models import Filing, FilingStatus
from core.language import Text
from core.messages import main_users, person_to_tell, queue_messages, tell_organization
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


async def tell_of_revocation(work: Work, about: Filing, reason: str, sums: Mapping[int, tuple[int, int]]) -> None:
    """환수 안내, to every side: what was taken back and what of it is owed, by organization. Whoever filed is told of
    the filer's side, otherwise the main users are."""
    people = await main_users(work.tx, sorted(sums))
    if about.organization_id in sums:
        filer = await person_to_tell(work.tx, about.organization_id, about.created_by)
        people |= {} if filer is None else {about.organization_id: filer}
    program = work.plugins.programs[about.program].names
    said = {
        "number": about.number or "", "program": {"ko": program.ko, "en": program.en}, "reason": reason.strip()
    }  # fmt: skip
    await queue_messages(
        work,
        "points_taken_back",
        [
            (people[organization_id], said | {"amount": taken + owed, "taken": taken, "owed": owed})
            for organization_id, (taken, owed) in sorted(sums.items())
            if organization_id in people
        ],
    )


async def _tell(work: Work, about: Filing, template: str, **values: Any) -> None:
    program = work.plugins.programs[about.program].names
    values |= {"number": about.number or "", "program": {"ko": program.ko, "en": program.en}}
    await tell_organization(work, about.organization_id, template, values, member_id=about.created_by)
