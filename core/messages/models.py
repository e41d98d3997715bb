"""The outbox: what is to be told to somebody, written in the transaction of what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class Message(SQLModel, table=True):
    """알림: delivered after commit by whatever answers `deliver`. The values are dropped once it is delivered."""

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("message_waiting", "id", postgresql_where=sa.text("delivered_at IS NULL")),
        sa.CheckConstraint("language IN ('ko','en')", name="message_language_known"),
    )
    id: int = columns.identity()
    person_id: int = columns.reference("person")
    template: str = columns.text()
    values: dict[str, Any] = columns.document()
    created_at: datetime = columns.moment(now=True)
    delivered_at: datetime | None = columns.moment(nullable=True)
    language: str | None = columns.text(nullable=True)  # of whom it is for; none on record: both in one
    good_until: datetime | None = columns.moment(nullable=True)  # past it there is no sense in sending it
    job_id: int | None = columns.number(nullable=True)  # that delivers it; jobs are forgotten earlier than messages
