"""The catalogue of what points buy, and the certificates drawn on it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class CertificateStatus(StrEnum):
    """Where a certificate stands (확인서 상태)."""

    ISSUED = "issued"  # 발급: its points are held
    USED = "used"  # 사용: its points are gone for good
    RETURNED = "returned"  # 반환: its points are back in their lots
    LAPSED = "lapsed"  # 기간 만료: returned because its validity ended


class BenefitRow(SQLModel, table=True):
    """적용사업: something points buy. Declared ones come with their program; operators add others."""

    __tablename__ = "benefit"
    __table_args__ = (
        sa.UniqueConstraint("program", "code"),
        sa.CheckConstraint("closed_on IS NULL OR closed_on > opened_on", name="benefit_dates_in_order"),
    )
    id: int = columns.identity()
    program: str = columns.text()
    code: str = columns.text()
    asset: str = columns.text()
    name_ko: str = columns.text()
    name_en: str = columns.text()
    category_ko: str = columns.text()
    category_en: str = columns.text()
    description_ko: str = columns.text()
    description_en: str = columns.text()
    position: int = columns.number(default=0)
    opened_on: date = columns.day()
    closed_on: date | None = columns.day(nullable=True)


class TermsRow(SQLModel, table=True):
    """적용 기준: what a benefit costs and gives from a date on. Never edited: changed terms are a new row."""

    __tablename__ = "benefit_terms"
    __table_args__ = (
        sa.UniqueConstraint("benefit_id", "effective"),
        sa.CheckConstraint("unit > 0", name="benefit_terms_unit_positive"),
        sa.CheckConstraint("max_units > 0", name="benefit_terms_max_units_positive"),
        sa.CheckConstraint("per_unit >= 0", name="benefit_terms_per_unit"),
        sa.CheckConstraint(
            "effect IN ('bonus_points','loan_limit','fee_discount','entitlement')", name="benefit_terms_effect_known"
        ),
        sa.CheckConstraint(
            "effect = 'bonus_points' OR num_nonnulls(row_max_points, program_bonus_cap, over_cap_points) = 0",
            name="benefit_terms_caps_are_for_points",
        ),
        sa.CheckConstraint(
            "(effect = 'loan_limit') = (num_nonnulls(loan_from_won, loan_to_won) = 2)",
            name="benefit_terms_loan_limits",
        ),
        sa.CheckConstraint("valid_days > 0", name="benefit_terms_valid_days"),
    )
    id: int = columns.identity()
    benefit_id: int = columns.reference("benefit", index=False)
    effective: date = columns.day()
    unit: int = columns.number()
    effect: str = columns.text()
    per_unit: Decimal = columns.exact()
    max_units: int | None = columns.number(nullable=True)
    row_max_points: int | None = columns.number(nullable=True)
    program_bonus_cap: int | None = columns.number(nullable=True)
    over_cap_points: int | None = columns.number(nullable=True)
    loan_from_won: int | None = columns.number(nullable=True)
    loan_to_won: int | None = columns.number(nullable=True)
    words_ko: str | None = columns.text(nullable=True)
    words_en: str | None = columns.text(nullable=True)
    figures: list[dict[str, Any]] = columns.document()
    valid_days: int = columns.number(default=365)
    source_document: str = columns.text()
    source_clause: str = columns.text()


class Certificate(SQLModel, table=True):
    """확인서: one organization's points set aside for one benefit in one round (회차)."""

    __tablename__ = "certificate"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("hold_id"),
        sa.CheckConstraint("status IN ('issued','used','returned','lapsed')", name="certificate_status_known"),
        sa.CheckConstraint("points > 0 AND units > 0", name="certificate_amounts"),
        sa.CheckConstraint("(status = 'issued') = (settled_at IS NULL)", name="certificate_settled"),
        sa.CheckConstraint("valid_until >= issued_on", name="certificate_dates_in_order"),
        sa.Index(
            "certificate_one_open",
            "organization_id",
            "benefit_id",
            "round_key",
            unique=True,
            postgresql_where=sa.text("status IN ('issued','used')"),
        ),
        sa.Index("certificate_lapsing", "valid_until", postgresql_where=sa.text("status = 'issued'")),
    )
    id: int = columns.identity()
    number: str = columns.text()
    program: str = columns.text()
    benefit_id: int = columns.reference("benefit")
    terms_id: int = columns.reference("benefit_terms", index=False)
    organization_id: int = columns.reference("organization", index=False)
    round: str = columns.text()
    round_key: str = columns.text()  # the round, however it is spelled
    status: str = columns.text(default="issued")
    units: int = columns.number()
    points: int = columns.number()
    effect_amount: Decimal = columns.exact()
    existing_points: int | None = columns.number(nullable=True)
    declared: dict[str, Any] = columns.document()
    hold_id: int = columns.reference("hold", index=False)
    issued_on: date = columns.day()
    issued_by: int | None = columns.reference("member", nullable=True, index=False)
    valid_until: date = columns.day()
    settled_at: datetime | None = columns.moment(nullable=True)
    settled_by: int | None = columns.reference("member", nullable=True, index=False)
    settled_reason: str | None = columns.text(nullable=True)
