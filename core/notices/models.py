"""Notices that were given, so that each is given once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class Notice(SQLModel, table=True):
    """안내 기록: that an organization was told of something, this many days before it happens."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.PrimaryKeyConstraint("kind", "organization_id", "subject", "days"),
        sa.CheckConstraint("kind IN ('points_expiring','certificate_lapsing')", name="notice_kind_known"),
        sa.CheckConstraint("days > 0", name="notice_days"),
    )
    kind: str = columns.text()
    organization_id: int = columns.reference("organization", index=False)
    subject: str = columns.text()
    days: int = columns.number()
    told_at: datetime = columns.moment()
