"""Audit events as the API shows them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import strawberry

from core.audit.models import AuditEvent as AuditEventRow
from core.database import table_of
from schema.mapping import Node, column, shows, to_one
from schema.nodes.organization import Member, Organization
from schema.scalars import Json
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table


def visible_event(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Auditors and operators; a main user what was done to its own organization."""
    if viewer.reads_all or viewer.operator:
        return EVERYBODY
    if viewer.main:
        return table.c.organization_id == viewer.organization_id
    return NOBODY


@shows(table_of(AuditEventRow), visible=visible_event, descending=True)
@strawberry.type(description="감사 기록 · One change: who did what to what, and how it was before and after.")
class AuditEvent(Node):
    at: datetime = column("시각 · When.", filterable=True, sortable=True)
    action: str = column("행위 · What was done, e.g. `certificate.issued`.", filterable=True)
    subject_type: str = column("대상 종류 · What it was done to.", filterable=True)
    subject_id: str = column("대상 · Which one.", filterable=True)
    before: Json | None = column("이전 · What was before.")
    after: Json | None = column("이후 · What was after.")
    request_id: str = column("요청 번호 · The request it came with.", filterable=True)
    actor: Member | None = to_one("행위자 · Who; null: the system.", local="actor_id")
    organization: Organization | None = to_one("기관 · Whose matter it was.", local="organization_id")
