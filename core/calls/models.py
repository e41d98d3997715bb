"""Calls, and interests in them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class Call(SQLModel, table=True):
    """활용사업 공고: one round of a supporting program takes applications between two moments.

    Once published its program and agency are fixed, once over its period; triggers keep that.
    """

    __tablename__ = "benefit_call"
    __table_args__ = (
        sa.CheckConstraint("char_length(btrim(title)) BETWEEN 1 AND 200", name="benefit_call_title"),
        sa.CheckConstraint("char_length(btrim(body)) BETWEEN 1 AND 20000", name="benefit_call_body"),
        sa.CheckConstraint("closes_at > opens_at", name="benefit_call_period_in_order"),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancel_reason IS NULL)", name="benefit_call_cancelled_for_a_reason"
        ),
        sa.Index("benefit_call_benefit", "benefit_id"),
        sa.Index("benefit_call_organization", "organization_id"),
        sa.Index("benefit_call_closes", "program", "closes_at"),
    )
    id: int = columns.identity()
    program: str = columns.text()
    benefit_id: int = columns.reference("benefit", index=False)
    organization_id: int = columns.reference("organization", index=False)
    title: str = columns.text()
    body: str = columns.text()
    opens_at: datetime = columns.moment()
    closes_at: datetime = columns.moment()  # the first moment at which it is over
    drafted_by: int | None = columns.reference("member", nullable=True, index=False)
    drafted_at: datetime = columns.moment(now=True)
    edited_at: datetime | None = columns.moment(nullable=True)
    published_at: datetime | None = columns.moment(nullable=True)
    cancelled_at: datetime | None = columns.moment(nullable=True)
    cancel_reason: str | None = columns.text(nullable=True)


class Interest(SQLModel, table=True):
    """관심사업: an organization wants to be told of a call, once when it opens and once before it closes."""

    __tablename__ = "call_interest"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "call_id"),
        sa.Index("call_interest_call", "call_id"),
    )
    id: int = columns.identity()
    organization_id: int = columns.reference("organization", index=False)
    call_id: int = columns.reference("benefit_call", index=False)
    marked_by: int | None = columns.reference("member", nullable=True, index=False)
    marked_at: datetime = columns.moment()
    told_open_at: datetime | None = columns.moment(nullable=True)
    told_closing_at: datetime | None = columns.moment(nullable=True)
