"""인증 신청: by who has earned mileage, with documents, once a round; withdrawn until the closing moment."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import sqlalchemy as sa

from core.errors import Path
from core.files import Attachment, Place, attach, freeze
from core.identity import OrganizationKind, organization_views
from core.organization_view import OrganizationView
from core.requirement import Requirement
from core.work import Work
from plugins.industry_academia.certification import problems
from plugins.industry_academia.certification.models import Application, Round, RoundStatus
from plugins.industry_academia.certification.permissions import APPLY
from plugins.industry_academia.certification.queries import (
    application,
    application_by_id,
    earned_in,
    require_status,
    shared_round,
    told,
)
from plugins.industry_academia.certification.tables import FORM, FOUNDATION, REQUIREMENTS
from plugins.industry_academia.certification.telling import tell_of_application
from plugins.industry_academia.program import CODE

SUBJECT = "industry_academia.certification_application"


async def apply(work: Work, round_id: int, documents: Sequence[tuple[str, str]]) -> Application:
    """신청: for one's own organization, with documents as (requirement, token of the upload)."""
    organization_id = _own(work)
    found, status = await shared_round(work, round_id)
    _require_open(work, found, status)
    view = (await organization_views(work.tx, [organization_id], work.today))[organization_id]
    points = (await earned_in(work.tx, [organization_id], found)).get(organization_id, 0)
    _require_eligible(view, found, points)
    asked = [_requirement(code, place) for place, (code, _) in enumerate(documents)]
    if FORM not in asked:
        raise problems.FORM_NEEDED.refuse("documents", name=FORM.names)
    try:
        async with work.tx.connection.transaction():
            made = await work.tx.insert(
                Application,
                round_id=round_id,
                opens_at=found.opens_at,
                closes_at=found.closes_at,
                organization_id=organization_id,
                applied_by=work.actor.member_id,
                applied_at=work.now,
                points_earned=points,
            )
    except asyncpg.UniqueViolationError as error:
        raise problems.APPLIED_ALREADY.refuse("roundId") from error
    for requirement, (_, token) in zip(asked, documents, strict=True):
        await _attach(work, made, token, requirement)
    work.record(
        "certification.applied", SUBJECT, made.id, organization_id=organization_id,
        after={"round": round_id, "points_earned": points, "documents": len(documents)},
    )  # fmt: skip
    await tell_of_application(work, found, made, view.name, "applied")
    return made


async def add_document(work: Work, application_id: int, code: str, token: str) -> Attachment:
    """서류 추가: one more document of an application, until the closing moment."""
    row, found = await _open_application(work, application_id)
    made = await _attach(work, row, token, _requirement(code))
    assert found.id == row.round_id
    return made


async def withdraw(work: Work, application_id: int) -> Application:
    """신청 취소, until the closing moment. Its documents are kept; the organization may apply again."""
    row, found = await _open_application(work, application_id)
    changed = await work.tx.one(
        Application,
        sa.update(application)
        .where(application.c.id == application_id)
        .values(withdrawn_at=work.now)
        .returning(application),
    )
    assert changed is not None
    view = (await organization_views(work.tx, [row.organization_id], work.today))[row.organization_id]
    work.record(
        "certification.withdrawn", SUBJECT, application_id, organization_id=row.organization_id,
        after={"round": row.round_id},
    )  # fmt: skip
    await tell_of_application(work, found, changed, view.name, "withdrawn")
    return changed


async def _open_application(work: Work, application_id: int) -> tuple[Application, Round]:
    """One's own application, locked, while it can still be changed."""
    organization_id = _own(work)
    row = await application_by_id(work.tx, application_id)
    if row.organization_id != organization_id:
        raise problems.APPLICATION_UNKNOWN.refuse("applicationId")
    found, status = await shared_round(work, row.round_id)
    _require_open(work, found, status)
    locked = await work.tx.one(
        Application, sa.select(application).where(application.c.id == application_id).with_for_update()
    )
    assert locked is not None
    if locked.withdrawn_at is not None:
        raise problems.WITHDRAWN_ALREADY.refuse("applicationId")
    return locked, found


def _own(work: Work) -> int:
    """Whom the actor may apply for."""
    organization_id = work.actor.organization_id or 0
    work.actor.require_permission(organization_id, APPLY.code)
    return organization_id


def _require_open(work: Work, found: Round, status: RoundStatus) -> None:
    if status is RoundStatus.CALLED and work.now < found.opens_at:
        raise problems.TOO_EARLY.refuse("roundId", since=told(found.opens_at), now=told(work.now))
    if work.now >= found.closes_at and status is not RoundStatus.PREPARED:
        raise problems.TOO_LATE.refuse("roundId", until=told(found.closes_at), now=told(work.now))
    require_status(status, RoundStatus.CALLED)


def _require_eligible(view: OrganizationView, found: Round, points: int) -> None:
    """대상: 적립 실적이 있는 기관(대학, 대학 산단은 제외)."""
    if view.kind == OrganizationKind.UNIVERSITY:
        raise problems.UNIVERSITY.refuse("organization", name=view.name)
    if view.standing(FOUNDATION):
        raise problems.FOUNDATION.refuse("organization", name=view.name)
    if points <= 0:
        raise problems.NOTHING_EARNED.refuse("organization", first=found.earned_from, last=found.earned_until)


def _requirement(code: str, *place: int) -> Requirement:
    path: Path = ("documents", *place, "requirement") if place else ("document", "requirement")
    known = {each.code: each for each in REQUIREMENTS}
    if code not in known:
        raise problems.DOCUMENT_UNKNOWN.refuse(*path, code=code[:60], known=", ".join(known))
    return known[code]


async def _attach(work: Work, row: Application, token: str, requirement: Requirement) -> Attachment:
    """What is handed in with an application is frozen at once, and kept for good."""
    place = Place(
        organization_id=row.organization_id,
        program=CODE,
        permission=APPLY.code,
        subject_type=SUBJECT,
        subject_id=row.id,
    )
    made = await attach(work, place, token, requirement=requirement)
    await freeze(work, place, None, [requirement.code])
    return made
