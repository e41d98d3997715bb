"""The tables of documents: what is stored, what is on its way in, and what is attached to what."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class StoredFile(SQLModel, table=True):
    """저장 파일: bytes in the store, once however often they came. Deleted only when nothing refers to them."""

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="stored_file_digest"),
        sa.CheckConstraint("size > 0", name="stored_file_not_empty"),
    )
    id: int = columns.identity()
    sha256: str = columns.text(unique=True)
    size: int = columns.number()  # bytes
    file_type: str = columns.text()
    store_key: str = columns.text(unique=True)  # of its own for each time the bytes are written
    stored_at: datetime = columns.moment(now=True)


class Upload(SQLModel, table=True):
    """올리기: an address a file can be sent to for a while, and what came."""

    __tablename__ = "upload"
    __table_args__ = (
        sa.CheckConstraint("(file_id IS NULL) = (received_at IS NULL)", name="upload_received"),
        sa.CheckConstraint("size > 0", name="upload_not_empty"),
        sa.Index("upload_member", "member_id", "requested_at"),
        sa.Index("upload_requested_at", "requested_at"),
    )
    id: int = columns.identity()
    token_hash: str = columns.text(unique=True)
    member_id: int = columns.reference("member", index=False)
    organization_id: int = columns.reference("organization", index=False)
    file_name: str = columns.text()
    file_type: str = columns.text()
    size: int = columns.number()  # bytes, as stated beforehand
    sha256: str | None = columns.text(nullable=True)  # as stated beforehand, if it was
    requested_at: datetime = columns.moment()
    expires_at: datetime = columns.moment()
    claim: str | None = columns.text(nullable=True)  # of the one request that is sending
    claimed_at: datetime | None = columns.moment(nullable=True)  # renewed while bytes come
    file_id: int | None = columns.reference("stored_file", nullable=True)
    received_at: datetime | None = columns.moment(nullable=True)
    attached: bool = columns.flag(False)


class Attachment(SQLModel, table=True):
    """첨부: a stored file as evidence of a filing, of one row of it, or of what a plugin names by `subject_type`."""

    __tablename__ = "attachment"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(filing_id, subject_id) = 1", name="attachment_of_one_thing"),
        sa.CheckConstraint("(subject_id IS NULL) = (subject_type IS NULL)", name="attachment_subject_whole"),
        sa.CheckConstraint("line > 0", name="attachment_line_counted_from_one"),
        sa.CheckConstraint("withdrawn_at IS NULL OR submitted_on IS NOT NULL", name="attachment_withdrawn_once_filed"),
        sa.Index("attachment_filing", "filing_id", "id"),
        sa.Index("attachment_subject", "subject_type", "subject_id"),
        sa.Index("attachment_organization", "organization_id", "id"),
        sa.Index("attachment_retained_until", "retained_until"),
    )
    id: int = columns.identity()
    file_id: int = columns.reference("stored_file")
    organization_id: int = columns.reference("organization", index=False)
    program: str = columns.text()
    permission: str = columns.text()  # what a sub-user must hold to see it
    filing_id: int | None = columns.reference("filing", nullable=True, index=False)
    line: int | None = columns.number(nullable=True)  # of the filing's rows; None: about the whole
    subject_type: str | None = columns.text(nullable=True)
    subject_id: int | None = columns.number(nullable=True)
    requirement: str | None = columns.text(nullable=True)
    file_name: str = columns.text()
    attached_by: int | None = columns.reference("member", nullable=True, index=False)
    attached_at: datetime = columns.moment(now=True)
    submitted_on: date | None = columns.day(nullable=True)  # frozen from then on
    withdrawn_at: datetime | None = columns.moment(nullable=True)  # no longer counts, and is kept all the same
    retained_until: date | None = columns.day(nullable=True)  # the last day it must be there; None: for good
