"""Registering institutions that nothing else shows, and taking them off the list."""

from __future__ import annotations

import re
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.actor import Role
from core.identity import OrganizationKind, organization_by_id
from core.identity.problems import ORGANIZATION_UNKNOWN
from core.participants.models import Participant, ParticipantRole
from core.participants.problems import (
    END_TOO_EARLY,
    HOMEPAGE_FORM,
    NO_COMPANY,
    PARTICIPANT_NOT_FOUND,
    PROGRAM_UNKNOWN,
)
from core.participants.queries import participant
from core.work import Work

HOMEPAGE = re.compile(r"https?://[^\s\x00-\x1f\x7f]+")


async def register_participant(
    work: Work, program: str, organization_id: int, role: ParticipantRole, *, homepage: str | None = None
) -> Participant:
    """참여기관 등록: list it from today on, or again; what is known of it already is changed. Operators only."""
    work.actor.require_staff(program, Role.OPERATOR)
    if program not in work.plugins.programs:
        raise PROGRAM_UNKNOWN.refuse("program", program=program)
    organization = await organization_by_id(work.tx, organization_id)
    if organization is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    if organization.kind == OrganizationKind.COMPANY:
        raise NO_COMPANY.refuse("organizationId", name=organization.name)
    if homepage is not None and not (HOMEPAGE.fullmatch(homepage) and len(homepage) <= 200):
        raise HOMEPAGE_FORM.refuse("homepage")
    given = insert(participant).values(
        program=program,
        organization_id=organization_id,
        role=role.value,
        homepage=homepage,
        since=work.today,
        registered_by=work.actor.member_id,
    )
    written = await work.tx.one(
        Participant,
        given.on_conflict_do_update(
            index_elements=["program", "organization_id", "role"],
            set_={"homepage": given.excluded.homepage, "until": None, "registered_by": given.excluded.registered_by},
        ).returning(participant),
    )
    assert written is not None
    work.record(
        "participant.registered", "participant", written.id, organization_id=organization_id,
        after={"program": program, "role": role.value, "homepage": homepage},
    )  # fmt: skip
    return written


async def end_participation(work: Work, participant_id: int, until: date) -> Participant:
    """참여 종료: from this day on it is not listed. Operators of the program only."""
    found = await work.tx.one(
        Participant, sa.select(participant).where(participant.c.id == participant_id).with_for_update()
    )
    if found is None:
        work.actor.require_ready()
        raise PARTICIPANT_NOT_FOUND.refuse("id")
    work.actor.require_staff(found.program, Role.OPERATOR)
    if until < found.since:
        raise END_TOO_EARLY.refuse("until", since=found.since)
    ended = await work.tx.one(
        Participant,
        sa.update(participant).where(participant.c.id == participant_id).values(until=until).returning(participant),
    )
    assert ended is not None
    work.record(
        "participant.ended", "participant", participant_id, organization_id=found.organization_id,
        before={"until": found.until}, after={"until": until},
    )  # fmt: skip
    return ended
