"""Calls and interests as the API shows them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import strawberry

from core.calls.models import Call as CallRow
from core.calls.models import Interest as InterestRow
from core.database import table_of
from core.identity.models import Organization as OrganizationRow
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, connection, shows, to_many, to_one
from schema.nodes.benefit import Benefit
from schema.nodes.board import of_subject, word
from schema.nodes.organization import Organization
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table

if TYPE_CHECKING:
    from schema.nodes.document import Attachment


class CallStatus(StrEnum):
    """Where a call stands by the clock (공고 상태)."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


described(
    CallStatus,
    "CallStatus",
    "공고 상태 · Where a call stands by the clock.",
    {
        "DRAFT": "작성중 · Not published yet.",
        "UPCOMING": "접수 예정 · Published, and opens later.",
        "OPEN": "접수중 · Takes applications.",
        "CLOSED": "마감 · No longer does.",
        "CANCELLED": "취소 · Was called off.",
    },
)


def status_of_call(table: Table) -> sa.ColumnElement[str]:
    return sa.case(
        (table.c.cancelled_at.is_not(None), word("cancelled")),
        (table.c.published_at.is_(None), word("draft")),
        (table.c.opens_at > sa.func.now(), word("upcoming")),
        (table.c.closes_at <= sa.func.now(), word("closed")),
        else_=word("open"),
    )


def visible_call(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Published: everybody. Before: members of its agency who may publish, staff of the program, auditors."""
    if viewer.reads_all:
        return EVERYBODY
    published = table.c.published_at.is_not(None)
    if viewer.public:
        return published
    if viewer.staff:
        return sa.or_(published, viewer.in_charge_of(table.c.program))
    own = table.c.organization_id == viewer.organization_id
    may = own if viewer.main else sa.and_(own, viewer.permitted(table.c.program + ".call"))
    return sa.or_(published, may)


def visible_interest(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """One's own organization's; staff of the program, auditors. No institution learns what another is interested in."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if not viewer.staff:
        return table.c.organization_id == viewer.organization_id
    row = table_of(CallRow).alias("interesting")
    return sa.exists().where(row.c.id == table.c.call_id, viewer.in_charge_of(row.c.program))


def agency_name(table: Table) -> sa.ColumnElement[Any]:
    agency = table_of(OrganizationRow).alias("agency")
    return sa.select(agency.c.name).where(agency.c.id == table.c.organization_id).scalar_subquery()


@shows(table_of(CallRow), visible=visible_call, order=("opens_at",), descending=True)
@strawberry.type(description="활용사업 공고 · A round of a supporting program, which takes applications for a while.")
class Call(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    title: str = column("제목 · Its title.", filterable=True)
    body: str = column("본문 · Its text as typed: show it as text, or Markdown without HTML.", filterable=True)
    search_text: str = column(
        "검색 대상 · Title and body in one, to search by `contains`.",
        sql=lambda t: t.c.title + sa.literal_column("E'\\n'", sa.Text) + t.c.body,
        filterable=True,
    )
    status: CallStatus = column("공고 상태 · Where it stands by the clock.", sql=status_of_call, filterable=True)
    opens_at: datetime = column("접수 시작 · From when applications are taken.", filterable=True, sortable=True)
    closes_at: datetime = column("접수 마감 · Before when they must be in.", filterable=True, sortable=True)
    published_at: datetime | None = column("게시 시각 · When it was published.", filterable=True)
    edited_at: datetime | None = column("수정 시각 · When it was last changed.")
    cancel_reason: str | None = column("취소 사유 · Why it was called off.")
    agency_name: str = column("활용기관명 · Whose call it is.", sql=agency_name, filterable=True)
    benefit: Benefit | None = to_one("활용사업 · The supporting program.", local="benefit_id")
    organization: Organization | None = to_one("활용기관 · The agency, if you may see it.", local="organization_id")
    attachments: Connection[Annotated[Attachment, strawberry.lazy("schema.nodes.document")]] = to_many(
        "첨부 · Its documents, for whoever sees it.", remote="subject_id", where=of_subject("call")
    )


@shows(table_of(InterestRow), visible=visible_interest, descending=True)
@strawberry.type(description="관심사업 · That an organization is interested in a call, and is told of it.")
class Interest(Node):
    marked_at: datetime = column("등록 시각 · Since when.", filterable=True, sortable=True)
    told_open_at: datetime | None = column("시작 안내 시각 · When it was told of the opening, or open already.")
    told_closing_at: datetime | None = column("마감 안내 시각 · When it was told of the end coming near.")
    call: Call | None = to_one("공고 · In which call.", local="call_id")
    organization: Organization | None = to_one("기관 · Whose interest.", local="organization_id")


@strawberry.type
class CallQuery:
    """What joins the root."""

    calls: Connection[Call] = connection("활용사업 공고 목록 · Calls, by when they open, the newest first; public.")
    interests: Connection[Interest] = connection("관심사업 목록 · What your organization is interested in.")


@strawberry.type
class BenefitCalls:
    """What joins the type `Benefit`."""

    calls: Connection[Annotated[Call, strawberry.lazy("schema.nodes.call")]] = to_many(
        "활용사업 공고 · Its calls.", remote="benefit_id"
    )
