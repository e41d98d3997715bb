"""Organizations and their members, and what lets a member in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.database import columns


class OrganizationKind(StrEnum):
    """What an organization is (기관 구분)."""

    COMPANY = "company"  # 기업
    UNIVERSITY = "university"  # 대학
    PROVIDER = "provider"  # 교육기관
    AGENCY = "agency"  # 운영·전담기관
    MINISTRY = "ministry"  # 부처


class Organization(SQLModel, table=True):
    """기관: keyed by its 사업자등록번호. It can exist, and earn, before anyone of it has signed up."""

    __tablename__ = "organization"
    __table_args__ = (
        sa.UniqueConstraint("business_number"),
        sa.CheckConstraint("is_business_number(business_number)", name="organization_business_number_valid"),
        sa.CheckConstraint("corporate_number ~ '^[0-9]{13}$'", name="organization_corporate_number_valid"),
        sa.CheckConstraint(
            "kind IN ('company','university','provider','agency','ministry')", name="organization_kind_known"
        ),
    )
    id: int = columns.identity()
    business_number: str = columns.text()
    corporate_number: str | None = columns.text(nullable=True)
    name: str = columns.text()
    kind: str = columns.text()
    address: str | None = columns.text(nullable=True)
    claimed_at: datetime | None = columns.moment(nullable=True)
    created_at: datetime = columns.moment(now=True)


class Standing(SQLModel, table=True):
    """기업 자격: whether an organization is (or is not) something, e.g. an SME, between two dates, both counted in."""

    __tablename__ = "standing"
    __table_args__ = (
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="standing_dates_in_order"),
        sa.Index("standing_lookup", "organization_id", "kind", "valid_from"),
    )
    id: int = columns.identity()
    organization_id: int = columns.reference("organization", index=False)
    kind: str = columns.text()
    holds: bool = columns.flag(True)
    valid_from: date = columns.day()
    valid_until: date | None = columns.day(nullable=True)
    evidence: str | None = columns.text(nullable=True)
    recorded_at: datetime = columns.moment(now=True)


class Person(SQLModel, table=True):
    """담당자: personal data, stored once, referenced from elsewhere, erasable without touching what refers to it."""

    __tablename__ = "person"
    id: int = columns.identity()
    name: str | None = columns.text(nullable=True)
    email: str | None = columns.text(nullable=True)
    phone: str | None = columns.text(nullable=True)
    department: str | None = columns.text(nullable=True)
    erased_at: datetime | None = columns.moment(nullable=True)


class Member(SQLModel, table=True):
    """사용자: somebody who signs in for an organization; one main user, any number of sub-users (하위계정)."""

    __tablename__ = "member"
    __table_args__ = (
        sa.UniqueConstraint("login_id"),
        sa.CheckConstraint("role IN ('member','reviewer','operator','auditor')", name="member_role_known"),
        sa.CheckConstraint("login_id = lower(login_id)", name="member_login_id_lower"),
        sa.Index(
            "member_one_main",
            "organization_id",
            unique=True,
            postgresql_where=sa.text("main AND deactivated_at IS NULL"),
        ),
    )
    id: int = columns.identity()
    organization_id: int = columns.reference("organization")
    person_id: int = columns.reference("person", index=False)
    login_id: str = columns.text()
    role: str = columns.text(default="member")
    main: bool = columns.flag(False)
    permissions: list[str] = columns.texts()
    programs: list[str] = columns.texts()
    password_hash: str | None = columns.text(nullable=True)
    must_change_password: bool = columns.flag(True)
    deactivated_at: datetime | None = columns.moment(nullable=True)
    created_at: datetime = columns.moment(now=True)


class AccessToken(SQLModel, table=True):
    """로그인 토큰: opaque, kept only as a hash, revocable."""

    __tablename__ = "access_token"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: int = columns.identity()
    member_id: int = columns.reference("member")
    token_hash: str = columns.text()
    csrf_hash: str | None = columns.text(nullable=True)
    created_at: datetime = columns.moment(now=True)
    expires_at: datetime = columns.moment()
    revoked_at: datetime | None = columns.moment(nullable=True)


class OneTimeCode(SQLModel, table=True):
    """일회용 인증번호: lets a member set a new password, or an organization's first member claim it.

    80 random bits, kept as a hash; no number of wrong guesses ends one.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (sa.CheckConstraint("num_nonnulls(member_id, organization_id) = 1", name="one_time_code_for_one"),)
    id: int = columns.identity()
    member_id: int | None = columns.reference("member", nullable=True)
    organization_id: int | None = columns.reference("organization", nullable=True)
    person_id: int | None = columns.reference("person", nullable=True, index=False)  # to whom it was sent
    code_hash: str = columns.text()
    created_at: datetime = columns.moment(now=True)
    expires_at: datetime = columns.moment()
    used_at: datetime | None = columns.moment(nullable=True)


class Attempt(SQLModel, table=True):
    """시도 기록: what limits count: failed guesses, look-ups, sign-ups and requests, by address and by subject.

    The subject is a keyed digest of what the attempt was about, whether or not there is any such thing.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('guess','sign_up','reset','look_up')", name="attempt_kind_known"),
        sa.Index("attempt_by_origin", "kind", "origin", "at"),
        sa.Index("attempt_by_subject", "kind", "subject", "at"),
    )
    id: int = columns.identity()
    kind: str = columns.text()
    origin: str = columns.text()
    subject: str = columns.text()
    at: datetime = columns.moment(now=True)


class MemberOrigin(SQLModel, table=True):
    """접속 주소: an address from which a member was let in. Guesses from elsewhere never hold it up."""

    __tablename__ = "member_origin"
    member_id: int = columns.reference("member", primary_key=True, index=False, cascade=True)
    origin: str = Field(sa_column=sa.Column("origin", sa.Text, primary_key=True))
    seen_at: datetime = columns.moment()
