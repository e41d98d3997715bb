"""The program's own tables: who trains, what counts, and the kinds of innovation activity operators define."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class TrainingProvider(SQLModel, table=True):
    """적용대상 교육기관: whose courses count, and since when."""

    __tablename__ = "mi_training_provider"
    __table_args__ = (
        sa.UniqueConstraint("organization_id"),
        sa.CheckConstraint("until IS NULL OR until > since", name="mi_training_provider_dates_in_order"),
    )
    id: int = columns.identity()
    organization_id: int = columns.reference("organization", index=False)
    since: date = columns.day()
    until: date | None = columns.day(nullable=True)
    all_courses: bool = columns.flag(True)


class EligibleCourse(SQLModel, table=True):
    """적용대상 교육과정: one course of a provider of which not all courses count."""

    __tablename__ = "mi_eligible_course"
    __table_args__ = (
        sa.UniqueConstraint("provider_id", "name"),
        sa.CheckConstraint("until IS NULL OR until > since", name="mi_eligible_course_dates_in_order"),
    )
    id: int = columns.identity()
    provider_id: int = columns.reference("mi_training_provider", index=False)
    name: str = columns.text()
    since: date = columns.day()
    until: date | None = columns.day(nullable=True)


class InnovationKind(SQLModel, table=True):
    """경영혁신 활동 유형: defined by an operator, with the most one activity of it may be granted."""

    __tablename__ = "mi_innovation_kind"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.CheckConstraint("max_points > 0", name="mi_innovation_kind_max_points"),
        sa.CheckConstraint("until IS NULL OR until > since", name="mi_innovation_kind_dates_in_order"),
    )
    id: int = columns.identity()
    code: str = columns.text()
    name_ko: str = columns.text()
    name_en: str = columns.text()
    max_points: int = columns.number()
    since: date = columns.day()
    until: date | None = columns.day(nullable=True)
