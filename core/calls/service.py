"""What using agencies and staff do with calls: draft, edit, publish, cancel, and attach documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.benefits import BenefitRow
from core.benefits.queries import benefit_by_id
from core.calendar import SEOUL
from core.calls.models import Call
from core.calls.problems import (
    BENEFIT_CLOSED,
    CALL_CANCELLED,
    CALL_NOT_FOUND,
    CALL_OPEN,
    CALL_OVER,
    CALL_PUBLISHED,
    CLOSES_IN_THE_PAST,
    COMPANY_AS_AGENCY,
    NOT_AN_AGENCY,
    REASON_NEEDED,
)
from core.calls.queries import call, interest
from core.errors import Violation, refuse_any
from core.files import Attachment, Place, attach, attachment_by_id, detach
from core.files.attachments import any_document
from core.files.problems import ATTACHMENT_UNKNOWN
from core.identity import OrganizationKind, organization_by_id
from core.identity.problems import ORGANIZATION_UNKNOWN
from core.language import Text
from core.participants import ParticipantRole, takes_part
from core.prose import PERIOD_REVERSED, as_kept, objections_to_prose
from core.work import Work

SUBJECT = "call"
DOCUMENTS = any_document(Text("첨부파일", "attachment"), most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallText:
    """공고 내용: what a call says, and when it takes applications: from `opens_at`, before `closes_at`."""

    title: str
    body: str
    opens_at: datetime
    closes_at: datetime

    def objections(self, now: datetime) -> Iterator[Violation]:
        yield from objections_to_prose(self.title, as_kept(self.body))
        if self.closes_at <= self.opens_at:
            yield PERIOD_REVERSED.at("closesAt", since=told(self.opens_at), until=told(self.closes_at))
        elif self.closes_at <= now:
            yield CLOSES_IN_THE_PAST.at("closesAt", until=told(self.closes_at))


async def draft_call(work: Work, benefit_id: int, organization_id: int, text: CallText) -> Call:
    """공고 작성: by a using agency for itself or by staff for one. Nobody else sees it yet."""
    work.actor.require_ready()
    row = await benefit_by_id(work.tx, benefit_id)
    await require_may_publish(work, row.program, organization_id)
    refuse_any([*text.objections(work.now), *_objections_to_benefit(row, text)])
    made = await work.tx.insert(
        Call,
        program=row.program,
        benefit_id=benefit_id,
        organization_id=organization_id,
        **_values(text),
        drafted_by=work.actor.member_id,
        drafted_at=work.now,
    )
    work.record("call.drafted", SUBJECT, made.id, organization_id=organization_id, after=_recorded(made))
    return made


async def edit_call(work: Work, call_id: int, text: CallText) -> Call:
    """공고 수정: what it says, and its period as far as that lies ahead. Of a new end the interested are told again."""
    found = await _locked(work, call_id)
    _refuse_over(work, found)
    row = await benefit_by_id(work.tx, found.benefit_id)
    opened = found.published_at is not None and found.opens_at <= work.now
    objections = [*text.objections(work.now), *_objections_to_benefit(row, text)]
    if opened and text.opens_at != found.opens_at:
        objections.append(CALL_OPEN.at("opensAt", since=told(found.opens_at)))
    refuse_any(objections)
    edited = await _update(work, call_id, **_values(text), edited_at=work.now)
    if edited.closes_at != found.closes_at:
        again = sa.update(interest).where(interest.c.call_id == call_id)
        await work.tx.execute(again.values(told_closing_at=None))
    work.record(
        "call.edited", SUBJECT, call_id, organization_id=found.organization_id,
        before=_recorded(found), after=_recorded(edited),
    )  # fmt: skip
    return edited


async def publish_call(work: Work, call_id: int) -> Call:
    """공고 게시: everybody sees it from now on."""
    found = await _locked(work, call_id)
    if found.published_at is not None:
        raise CALL_PUBLISHED.refuse("id")
    _refuse_over(work, found)
    if found.closes_at <= work.now:
        raise CLOSES_IN_THE_PAST.refuse("id", until=told(found.closes_at))
    published = await _update(work, call_id, published_at=work.now)
    work.record("call.published", SUBJECT, call_id, organization_id=found.organization_id, after=_recorded(published))
    return published


async def cancel_call(work: Work, call_id: int, reason: str) -> Call:
    """공고 취소: it stays to be seen, cancelled and why; a draft is seen by nobody else, as before."""
    found = await _locked(work, call_id)
    _refuse_over(work, found)
    if not 1 <= len(reason.strip()) <= 200:
        raise REASON_NEEDED.refuse("reason")
    cancelled = await _update(work, call_id, cancelled_at=work.now, cancel_reason=reason.strip())
    work.record("call.cancelled", SUBJECT, call_id, organization_id=found.organization_id, after={"reason": reason})
    return cancelled


async def attach_to_call(work: Work, call_id: int, token: str) -> Attachment:
    """첨부: the file that was sent by this token; whoever sees the call may download it."""
    found = await _locked(work, call_id)
    _refuse_over(work, found)
    return await attach(work, _place(found), token, requirement=DOCUMENTS, other=True)


async def detach_from_call(work: Work, attachment_id: int) -> int:
    """첨부 삭제: the call it was attached to."""
    found = await attachment_by_id(work.tx, attachment_id)
    if found.subject_type != SUBJECT or found.subject_id is None:
        work.actor.require_ready()
        raise ATTACHMENT_UNKNOWN.refuse("id")
    _refuse_over(work, await _locked(work, found.subject_id))
    await detach(work, found)
    return found.subject_id


async def require_may_publish(work: Work, program: str, organization_id: int) -> None:
    """Staff of the program for any institution; members with the permission for their own, if it is a using agency."""
    owner = work.plugins.programs.get(program)
    if not work.actor.is_staff(program):
        work.actor.require_permission(organization_id, "" if owner is None else owner.calling_permission)
        if not await takes_part(work.tx, program, organization_id, ParticipantRole.USING, work.today):
            raise NOT_AN_AGENCY.refuse("organizationId")
        return
    work.actor.require_ready()
    agency = await organization_by_id(work.tx, organization_id)
    if agency is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    if agency.kind == OrganizationKind.COMPANY:
        raise COMPANY_AS_AGENCY.refuse("organizationId", name=agency.name)


def told(moment: datetime) -> str:
    """A moment as people read it, in Seoul."""
    return moment.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M")


async def _locked(work: Work, call_id: int) -> Call:
    """The call, for who may change it; `Refused` when there is none."""
    found = await work.tx.one(Call, sa.select(call).where(call.c.id == call_id).with_for_update())
    if found is None:
        work.actor.require_ready()
        raise CALL_NOT_FOUND.refuse("id")
    await require_may_publish(work, found.program, found.organization_id)
    return found


def _refuse_over(work: Work, found: Call) -> None:
    if found.cancelled_at is not None:
        raise CALL_CANCELLED.refuse("id")
    if found.published_at is not None and found.closes_at <= work.now:
        raise CALL_OVER.refuse("id", until=told(found.closes_at))


def _objections_to_benefit(row: BenefitRow, text: CallText) -> Iterator[Violation]:
    if row.closed_on is not None and row.closed_on <= text.opens_at.astimezone(SEOUL).date():
        yield BENEFIT_CLOSED.at("benefitId", name=Text(row.name_ko, row.name_en), day=row.closed_on)


async def _update(work: Work, call_id: int, **values: object) -> Call:
    written = await work.tx.one(Call, sa.update(call).where(call.c.id == call_id).values(**values).returning(call))
    assert written is not None
    return written


def _values(text: CallText) -> dict[str, object]:
    return {
        "title": as_kept(text.title), "body": as_kept(text.body),
        "opens_at": text.opens_at, "closes_at": text.closes_at,
    }  # fmt: skip


def _place(found: Call) -> Place:
    return Place(
        organization_id=found.organization_id,
        program=found.program,
        permission="",  # seen by whoever sees the call
        subject_type=SUBJECT,
        subject_id=found.id,
    )


def _recorded(found: Call) -> dict[str, object]:
    return {
        "benefit": found.benefit_id, "title": found.title, "body": found.body,
        "opens": found.opens_at, "closes": found.closes_at,
    }  # fmt: skip
