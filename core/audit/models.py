"""The table of what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class AuditEvent(SQLModel, table=True):
    """감사 기록: one change, written in its own transaction. Append-only: the database refuses all else."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("audit_event_subject", "subject_type", "subject_id"),
        sa.Index("audit_event_organization", "organization_id", "id"),
        sa.Index("audit_event_actor", "actor_id", "id"),
        sa.Index("audit_event_at", "at", postgresql_using="brin"),
    )
    id: int = columns.identity()
    at: datetime = columns.moment(now=True)
    actor_id: int | None = columns.reference("member", nullable=True, index=False)
    organization_id: int | None = columns.reference("organization", nullable=True, index=False)
    action: str = columns.text()
    subject_type: str = columns.text()
    subject_id: str = columns.text()
    before: dict[str, Any] | None = columns.document(nullable=True)
    after: dict[str, Any] | None = columns.document(nullable=True)
    request_id: str = columns.text()
