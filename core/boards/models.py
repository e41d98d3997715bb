"""Posts on a program's boards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class Board(StrEnum):
    """Which board (게시판)."""

    NOTICE = "notice"  # 공지사항
    LIBRARY = "library"  # 자료실
    PUBLICITY = "publicity"  # 홍보자료


class Audience(StrEnum):
    """Whom a post is for (공개 대상)."""

    PUBLIC = "public"  # 전체 공개
    MEMBERS = "members"  # 로그인한 기관


class Post(SQLModel, table=True):
    """게시물: seen from `published_from` until `published_until`, unless it was withdrawn."""

    __tablename__ = "post"
    __table_args__ = (
        sa.CheckConstraint("board IN ('notice','library','publicity')", name="post_board_known"),
        sa.CheckConstraint("char_length(btrim(title)) BETWEEN 1 AND 200", name="post_title"),
        sa.CheckConstraint("char_length(btrim(body)) BETWEEN 1 AND 20000", name="post_body"),
        sa.CheckConstraint("audience IN ('public','members')", name="post_audience_known"),
        sa.CheckConstraint("audience = 'members' OR audience_kinds = '{}'", name="post_kinds_are_of_members"),
        sa.CheckConstraint(
            "audience_kinds <@ ARRAY['company','university','provider','agency','ministry']", name="post_kinds_known"
        ),
        sa.CheckConstraint("published_until > published_from", name="post_period_in_order"),
        sa.Index("post_board", "program", "board", "id"),
    )
    id: int = columns.identity()
    program: str = columns.text()
    board: str = columns.text()
    title: str = columns.text()
    body: str = columns.text()
    pinned: bool = columns.flag(False)
    audience: str = columns.text(default="public")
    audience_kinds: list[str] = columns.texts()  # of organizations; none: all kinds
    published_from: datetime = columns.moment()
    published_until: datetime | None = columns.moment(nullable=True)
    organization_id: int | None = columns.reference("organization", nullable=True, index=False)
    posted_by: int | None = columns.reference("member", nullable=True, index=False)
    posted_at: datetime = columns.moment(now=True)
    edited_at: datetime | None = columns.moment(nullable=True)
    withdrawn_at: datetime | None = columns.moment(nullable=True)
