"""What is attached to what: a file that came becomes evidence, counts, is frozen once filed, and can be withdrawn.

A `Place` is anything that carries documents. Core's own is a filing (`core.activities`); a plugin names its own by a
`subject_type` that begins with its name, asks its own permissions, and calls the same verbs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.database import Transaction, any_of, table_of
from core.file_types import FileType
from core.files.models import Attachment, StoredFile
from core.files.problems import ATTACHMENT_UNKNOWN, TOO_LARGE, TOO_MANY, TYPE
from core.files.uploads import received, upload
from core.language import Text
from core.requirement import Requirement
from core.work import Work

attachment = table_of(Attachment)
stored_file = table_of(StoredFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What documents are attached to, whose it is, and the permission a sub-user must hold to see them."""

    organization_id: int
    program: str
    permission: str
    filing_id: int | None = None
    subject_type: str | None = None
    subject_id: int | None = None

    def where(self) -> sa.ColumnElement[bool]:
        if self.filing_id is not None:
            return attachment.c.filing_id == self.filing_id
        return sa.and_(attachment.c.subject_type == self.subject_type, attachment.c.subject_id == self.subject_id)


async def attach(
    work: Work, place: Place, token: str, *, requirement: Requirement, line: int | None = None, other: bool = False
) -> Attachment:
    """첨부: make the file that came by this token evidence of a place. The caller has asked who may, and locked it.

    `other` says that nobody declared the requirement: the document is attached under none.
    """
    sent, file = await received(work, token)
    if file.file_type not in requirement.types:
        raise TYPE.refuse("token", source=requirement.source, types=", ".join(requirement.types))
    if requirement.max_bytes is not None and file.size > requirement.max_bytes:
        raise TOO_LARGE.refuse("token", source=requirement.source, most=requirement.max_bytes)
    code = None if other else requirement.code
    there = await work.tx.value(
        sa.select(sa.func.count())
        .select_from(attachment)
        .where(
            place.where(),
            attachment.c.withdrawn_at.is_(None),
            attachment.c.requirement.is_not_distinct_from(code),
            attachment.c.line.is_not_distinct_from(line),
        )
    )
    if there >= requirement.most:
        raise TOO_MANY.refuse("requirement", source=requirement.source, name=requirement.names, most=requirement.most)
    made = await work.tx.insert(
        Attachment,
        file_id=file.id,
        organization_id=place.organization_id,
        program=place.program,
        permission=place.permission,
        filing_id=place.filing_id,
        line=line,
        subject_type=place.subject_type,
        subject_id=place.subject_id,
        requirement=code,
        file_name=sent.file_name,
        attached_by=work.actor.member_id,
    )
    await work.tx.execute(sa.update(upload).where(upload.c.id == sent.id).values(attached=True))
    more = {"sha256": file.sha256, "size": file.size, "upload": sent.id}
    record_document(work, "document.attached", made, after=described(made) | more)
    return made


async def detach(work: Work, found: Attachment) -> None:
    """첨부 삭제: what was never filed goes; what was filed once is withdrawn, which the audit and the store outlive.

    The caller has asked who may, and locked the place.
    """
    if found.submitted_on is None:
        await work.tx.execute(sa.delete(attachment).where(attachment.c.id == found.id))
        action = "document.detached"
    else:
        await work.tx.execute(sa.update(attachment).where(attachment.c.id == found.id).values(withdrawn_at=work.now))
        action = "document.withdrawn"
    record_document(work, action, found, before=described(found))


async def freeze(work: Work, place: Place, retained_until: date | None, among: Sequence[str | None]) -> int:
    """접수: what is attached under these requirements stays from now on, at least through `retained_until`.

    None keeps it for good. What is frozen already keeps the later of two days. How many documents it was.
    """
    named = any_of(attachment.c.requirement, [code for code in among if code is not None])
    under = sa.or_(named, attachment.c.requirement.is_(None)) if None in among else named
    frozen = await work.tx.execute(
        sa.update(attachment)
        .where(place.where(), attachment.c.submitted_on.is_(None), under)
        .values(submitted_on=work.today, retained_until=retained_until)
    )
    if retained_until is not None:
        await work.tx.execute(
            sa.update(attachment)
            .where(place.where(), attachment.c.retained_until < retained_until, under)
            .values(retained_until=retained_until)
        )
    return frozen


async def keep_until(work: Work, place: Place, day: date) -> int:
    """보존기한 지정: once the end of a project is known, keep its documents through this day; never a shorter time."""
    kept = await work.tx.execute(
        sa.update(attachment)
        .where(
            place.where(),
            attachment.c.submitted_on.is_not(None),
            sa.or_(attachment.c.retained_until.is_(None), attachment.c.retained_until < day),
        )
        .values(retained_until=day)
    )
    work.record(
        "documents.kept_until", place.subject_type or "filing", place.subject_id or place.filing_id,
        organization_id=place.organization_id, after={"day": day, "documents": kept},
    )  # fmt: skip
    return kept


async def attachments_of(tx: Transaction, place: Place) -> list[Attachment]:
    """What is attached to a place and counts, in the order in which it came."""
    statement = sa.select(attachment).where(place.where(), attachment.c.withdrawn_at.is_(None))
    return await tx.all(Attachment, statement.order_by(attachment.c.id))


async def count_attached(tx: Transaction, place: Place) -> int:
    """How many documents count there."""
    counting = sa.select(sa.func.count()).select_from(attachment)
    return int(await tx.value(counting.where(place.where(), attachment.c.withdrawn_at.is_(None))))


async def attachment_by_id(tx: Transaction, attachment_id: int) -> Attachment:
    """The attachment, still counting; `Refused` when there is none."""
    found = await tx.one(
        Attachment,
        sa.select(attachment).where(attachment.c.id == attachment_id, attachment.c.withdrawn_at.is_(None)),
    )
    if found is None:
        raise ATTACHMENT_UNKNOWN.refuse("id")
    return found


def any_document(names: Text, *, most: int, max_bytes: int | None = None) -> Requirement:
    """What is attached though nothing asks for it: any type, none needed."""
    return Requirement(code="other", names=names, types=tuple(FileType), least=0, most=most, max_bytes=max_bytes)


def described(found: Attachment) -> dict[str, object]:
    """What an event says of it: never the file's name, which may be a person's."""
    return {"attachment": found.id, "requirement": found.requirement, "line": found.line}


def record_document(
    work: Work,
    action: str,
    found: Attachment,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """An event about a document is an event of the place that carries it."""
    subject = ("filing", found.filing_id) if found.subject_type is None else (found.subject_type, found.subject_id)
    work.record(action, *subject, organization_id=found.organization_id, before=before, after=after)
