"""Posts as the API shows them: to their audience, between two moments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import strawberry
from sqlalchemy.dialects.postgresql import ARRAY

from core.boards.models import Audience, Board
from core.boards.models import Post as PostRow
from core.database import table_of
from core.identity.models import Organization as OrganizationRow
from core.identity.models import OrganizationKind
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, connection, shows, to_many
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, Table

if TYPE_CHECKING:
    from schema.nodes.document import Attachment

described(
    Board,
    "Board",
    "게시판 · Which board.",
    {
        "NOTICE": "공지사항 · Notices.",
        "LIBRARY": "자료실 · Documents to download.",
        "PUBLICITY": "홍보자료 · Press releases and publicity.",
    },
)
described(
    Audience,
    "Audience",
    "공개 대상 · Whom a post is for.",
    {"PUBLIC": "전체 공개 · Everybody.", "MEMBERS": "로그인한 기관 · Who is signed in, of its kinds of organizations."},
)


class PostStatus(StrEnum):
    """Where a post stands by the clock (게시 상태)."""

    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


described(
    PostStatus,
    "PostStatus",
    "게시 상태 · Where a post stands by the clock.",
    {
        "SCHEDULED": "게시 예정 · Seen later; staff see it now.",
        "PUBLISHED": "게시 중 · Its audience sees it.",
        "ENDED": "게시 종료 · Its time is over; staff see it.",
        "WITHDRAWN": "내림 · Taken down; staff see it.",
    },
)


def word(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{text}'", sa.Text)


def status_of_post(table: Table) -> sa.ColumnElement[str]:
    return sa.case(
        (table.c.withdrawn_at.is_not(None), word("withdrawn")),
        (table.c.published_from > sa.func.now(), word("scheduled")),
        (table.c.published_until <= sa.func.now(), word("ended")),
        else_=word("published"),
    )


def visible_post(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Everybody what is public; members also what is for their kind of organization; staff all of their program."""
    if viewer.reads_all:
        return EVERYBODY
    published = sa.and_(
        table.c.withdrawn_at.is_(None),
        table.c.published_from <= sa.func.now(),
        sa.or_(table.c.published_until.is_(None), table.c.published_until > sa.func.now()),
    )
    if viewer.public:
        return sa.and_(published, table.c.audience == word("public"))
    own = table_of(OrganizationRow).alias("own_organization")
    of_kind = sa.exists().where(
        own.c.id == viewer.organization_id, own.c.kind == sa.any_(sa.cast(table.c.audience_kinds, ARRAY(sa.Text)))
    )
    seen = sa.and_(
        published,
        sa.or_(table.c.audience == word("public"), sa.func.cardinality(table.c.audience_kinds) == 0, of_kind),
    )
    return sa.or_(seen, viewer.in_charge_of(table.c.program)) if viewer.staff else seen


def of_subject(subject: str) -> Any:
    """Attachments of what a word names."""
    return lambda table: table.c.subject_type == word(subject)


@shows(table_of(PostRow), visible=visible_post, order=("pinned", "published_from"), descending=True)
@strawberry.type(description="게시물 · Something posted on a program's board, in plain text or Markdown.")
class Post(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    board: Board = column("게시판 · Which board.", filterable=True)
    title: str = column("제목 · Its title.", filterable=True)
    body: str = column("본문 · Its text as typed: show it as text, or Markdown without HTML.", filterable=True)
    search_text: str = column(
        "검색 대상 · Title and body in one, to search by `contains`.",
        sql=lambda t: t.c.title + sa.literal_column("E'\\n'", sa.Text) + t.c.body,
        filterable=True,
    )
    pinned: bool = column("상단 고정 · Whether it is kept on top.", filterable=True, sortable=True)
    status: PostStatus = column("게시 상태 · Where it stands by the clock.", sql=status_of_post, filterable=True)
    audience: Audience = column("공개 대상 · Whom it is for.", filterable=True)
    audience_kinds: list[OrganizationKind] = column("대상 기관 구분 · Of which kinds of organizations; empty: all.")
    published_from: datetime = column("게시 시작 · From when it is seen.", filterable=True, sortable=True)
    published_until: datetime | None = column("게시 종료 · Until when; null: open-ended.", filterable=True)
    edited_at: datetime | None = column("수정 시각 · When it was last changed.")
    attachments: Connection[Annotated[Attachment, strawberry.lazy("schema.nodes.document")]] = to_many(
        "첨부 · Its documents, for whoever sees it.", remote="subject_id", where=of_subject("post")
    )


@strawberry.type
class BoardQuery:
    """What joins the root."""

    posts: Connection[Post] = connection("게시물 목록 · The posts you may see: pinned ones first, then the newest.")
