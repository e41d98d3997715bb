"""Which institution takes part in which program, as what."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class ParticipantRole(StrEnum):
    """What an institution does in a program (참여 구분)."""

    EARNING = "earning"  # 적립기관: files what earns
    USING = "using"  # 활용기관: gives something for it, and publishes calls
    OPERATING = "operating"  # 운영기관: runs it


class Participant(SQLModel, table=True):
    """참여기관: `registered_by` an operator, or put here by the database when it first filed or published a call."""

    __tablename__ = "participant"
    __table_args__ = (
        sa.UniqueConstraint("program", "organization_id", "role"),
        sa.CheckConstraint("role IN ('earning','using','operating')", name="participant_role_known"),
        sa.CheckConstraint(
            "homepage ~ '^https?://[^[:space:]]+$' AND char_length(homepage) <= 200", name="participant_homepage"
        ),
        sa.CheckConstraint("until IS NULL OR until >= since", name="participant_dates_in_order"),
        sa.Index("participant_organization", "organization_id"),
    )
    id: int = columns.identity()
    program: str = columns.text()
    organization_id: int = columns.reference("organization", index=False)
    role: str = columns.text()
    homepage: str | None = columns.text(nullable=True)
    since: date = columns.day()
    until: date | None = columns.day(nullable=True)  # from this day on no longer
    registered_by: int | None = columns.reference("member", nullable=True, index=False)
