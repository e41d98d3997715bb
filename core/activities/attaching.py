"""Attaching: documents to a draft, or to a filing that is to be supplemented; what is filed is frozen."""

from __future__ import annotations

import sqlalchemy as sa

from core.activities.evidence import place_of, requirement_of
from core.activities.intake import EDITABLE, require_may_file, require_status
from core.activities.queries import activity, activity_type, locked_filing
from core.files.attachments import attach, attachment_by_id, count_attached, detach
from core.files.models import Attachment
from core.files.problems import (
    ATTACHMENT_UNKNOWN,
    FILING_FULL,
    LINE_NEEDED,
    LINE_UNASKED,
    LINE_UNKNOWN,
)
from core.files.uploads import UploadAddress, request_upload
from core.requirement import Per
from core.work import Work

MOST_ATTACHED = 1_000  # documents of one filing


async def attach_document(
    work: Work, filing_id: int, token: str, *, requirement: str | None = None, line: int | None = None
) -> Attachment:
    """증빙 첨부: the file that was sent by this token, under a requirement of the filing's type, or under none.

    A requirement of each row needs the `line` of one, counted from 1; a requirement of the filing takes none.
    """
    found = await locked_filing(work, filing_id)
    await require_may_file(work, found.program, found.activity_type, found.organization_id)
    require_status(found, *EDITABLE)
    asked = requirement_of(activity_type(work, found.program, found.activity_type), requirement)
    if requirement is not None and asked.per is Per.ACTIVITY and line is None:
        raise LINE_NEEDED.refuse("line", source=asked.source)
    if requirement is not None and asked.per is Per.FILING and line is not None:
        raise LINE_UNASKED.refuse("line", source=asked.source)
    if line is not None:
        last = await work.tx.value(sa.select(sa.func.count()).where(activity.c.filing_id == filing_id))
        if not 1 <= line <= last:
            raise LINE_UNKNOWN.refuse("line", line=line, last=last)
    place = place_of(work, found)
    if await count_attached(work.tx, place) >= MOST_ATTACHED:
        raise FILING_FULL.refuse("filingId", most=MOST_ATTACHED)
    return await attach(work, place, token, requirement=asked, line=line, other=requirement is None)


async def detach_document(work: Work, attachment_id: int) -> Attachment:
    """증빙 삭제: from a draft it goes; of a filing to be supplemented, what was filed before is withdrawn but kept."""
    attached = await attachment_by_id(work.tx, attachment_id)
    if attached.filing_id is None:
        raise ATTACHMENT_UNKNOWN.refuse("id")  # a plugin's, which has a verb of its own for it
    found = await locked_filing(work, attached.filing_id)
    await require_may_file(work, found.program, found.activity_type, found.organization_id)
    require_status(found, *EDITABLE)
    await detach(work, await attachment_by_id(work.tx, attachment_id))
    return attached


async def request_evidence_upload(
    work: Work,
    *,
    program: str,
    type_code: str,
    requirement: str | None,
    file_name: str,
    size: int,
    sha256: str | None,
    most_bytes: int,
) -> UploadAddress:
    """증빙 올리기 요청: announce a file for a requirement; its types hold, and its size, or `most_bytes`."""
    asked = requirement_of(activity_type(work, program, type_code), requirement)
    return await request_upload(
        work,
        file_name=file_name,
        size=size,
        sha256=sha256,
        most_bytes=asked.max_bytes or most_bytes,
        types=asked.types,
    )
