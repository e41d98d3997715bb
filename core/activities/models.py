"""Filings and the activities in them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class FilingStatus(StrEnum):
    """Where a filing stands (접수상태)."""

    DRAFT = "draft"  # 작성중
    SUBMITTED = "submitted"  # 접수중
    SUPPLEMENT_REQUESTED = "supplement_requested"  # 보완요청
    APPROVED = "approved"  # 승인
    PARTIALLY_APPROVED = "partially_approved"  # 일부승인
    REJECTED = "rejected"  # 반려
    CANCELLED = "cancelled"  # 취소
    REVOKED = "revoked"  # 환수: approved once, and of no row any more


class ActivityStatus(StrEnum):
    """Where one row of a filing stands (처리상태)."""

    DRAFT = "draft"  # 작성중
    SUBMITTED = "submitted"  # 접수중
    APPROVED = "approved"  # 승인
    REJECTED = "rejected"  # 반려
    CANCELLED = "cancelled"  # 취소
    REVOKED = "revoked"  # 환수: approved once, its points taken back


class Filing(SQLModel, table=True):
    """적립신청: what one organization files at once, of one activity type, row by row."""

    __tablename__ = "filing"
    __table_args__ = (
        sa.UniqueConstraint("program", "number"),
        sa.CheckConstraint(
            "status IN ('draft','submitted','supplement_requested','approved','partially_approved','rejected',"
            "'cancelled','revoked')",
            name="filing_status_known",
        ),
        sa.CheckConstraint(
            "status IN ('draft','cancelled') OR number IS NOT NULL", name="filing_numbered_when_submitted"
        ),
        sa.Index(
            "filing_same_content",
            "program",
            "activity_type",
            "organization_id",
            "content_hash",
            unique=True,
            postgresql_where=sa.text("content_hash IS NOT NULL AND status NOT IN ('cancelled','rejected','revoked')"),
        ),
        sa.Index("filing_open", "program", "status", "id"),
    )
    id: int = columns.identity()
    program: str = columns.text()
    activity_type: str = columns.text()
    organization_id: int = columns.reference("organization")
    number: str | None = columns.text(nullable=True)
    status: str = columns.text(default="draft")
    title: str = columns.text(default="")
    content_hash: str | None = columns.text(nullable=True)
    created_by: int | None = columns.reference("member", nullable=True, index=False)
    created_at: datetime = columns.moment(now=True)
    submitted_on: date | None = columns.day(nullable=True)
    supplement_reason: str | None = columns.text(nullable=True)
    decided_by: int | None = columns.reference("member", nullable=True, index=False)
    decided_at: datetime | None = columns.moment(nullable=True)


class FilingCounter(SQLModel, table=True):
    """접수번호 순번: the last number given in a program and year; the row lock keeps numbers without gaps."""

    __tablename__ = "filing_counter"
    program: str = columns.text()
    year: int = columns.number()
    last: int = columns.number(default=0)
    __table_args__ = (sa.PrimaryKeyConstraint("program", "year"),)


class Activity(SQLModel, table=True):
    """활동: one row of a filing: the typed facts, whom it is about, and what became of it."""

    __tablename__ = "activity"
    __table_args__ = (
        sa.CheckConstraint(
            "status IN ('draft','submitted','approved','rejected','cancelled','revoked')", name="activity_status_known"
        ),
        sa.CheckConstraint("points_filer >= 0 AND points_subject >= 0", name="activity_points_not_negative"),
        sa.CheckConstraint("requested_filer >= 0 AND requested_subject >= 0", name="activity_request_not_negative"),
        sa.CheckConstraint(
            "organization_id IS NOT NULL OR status IN ('draft','cancelled')", name="activity_subject_known"
        ),
        sa.CheckConstraint("num_nonnulls(organization_id, subject_number) > 0", name="activity_subject_stated"),
        sa.CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL)", name="activity_revoked_at_a_moment"),
        sa.Index(
            "activity_once",
            "program",
            "activity_type",
            "organization_id",
            "identity_key",
            unique=True,
            postgresql_where=sa.text("status IN ('submitted','approved')"),
        ),
        sa.Index("activity_series", "program", "activity_type", "series_key"),
        sa.Index("activity_filing", "filing_id", "line"),
        sa.Index("activity_organization", "organization_id", "id"),
    )
    id: int = columns.identity()
    filing_id: int = columns.reference("filing", index=False)
    line: int = columns.number()
    program: str = columns.text()
    activity_type: str = columns.text()
    filer_id: int = columns.reference("organization")
    organization_id: int | None = columns.reference("organization", index=False, nullable=True)
    subject_number: str | None = columns.text(nullable=True)  # until the organization is known: when it is submitted
    stated_name: str | None = columns.text(nullable=True)
    base_date: date = columns.day()
    facts: dict[str, Any] = columns.document()
    identity_key: str = columns.text()
    series_key: str | None = columns.text(nullable=True)
    status: str = columns.text(default="draft")
    edition: date | None = columns.day(nullable=True)
    requested_filer: int | None = columns.number(nullable=True)  # 신청마일리지; null: the rules could not say
    requested_subject: int | None = columns.number(nullable=True)
    points_filer: int = columns.number(default=0)
    points_subject: int = columns.number(default=0)
    decision_reason: str | None = columns.text(nullable=True)
    transaction_id: int | None = columns.reference("ledger_transaction", nullable=True)
    revoked_at: datetime | None = columns.moment(nullable=True)
