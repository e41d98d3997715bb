"""Participating institutions as the API shows them: to everybody, and never a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
import strawberry

from core.database import table_of
from core.identity.models import Organization as OrganizationRow
from core.identity.models import OrganizationKind
from core.participants.models import Participant as ParticipantRow
from core.participants.models import ParticipantRole
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, connection, shows
from schema.nodes.ledger import SEOUL_TODAY
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, Table

described(
    ParticipantRole,
    "ParticipantRole",
    "참여 구분 · What an institution does in a program.",
    {
        "EARNING": "적립기관 · Files what earns.",
        "USING": "활용기관 · Gives something for it, and publishes calls.",
        "OPERATING": "운영기관 · Runs the program.",
    },
)


def visible_participant(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Everybody, as long as it takes part; staff of the program and auditors also what ended."""
    listed = sa.or_(table.c.until.is_(None), table.c.until > SEOUL_TODAY)
    if viewer.reads_all:
        return EVERYBODY
    return sa.or_(listed, viewer.in_charge_of(table.c.program)) if viewer.staff else listed


def of_organization(name: str) -> Any:
    """A column of the institution that is public."""

    def expression(table: Table) -> sa.ColumnElement[Any]:
        organization = table_of(OrganizationRow).alias("institution")
        return sa.select(organization.c[name]).where(organization.c.id == table.c.organization_id).scalar_subquery()

    return expression


@shows(table_of(ParticipantRow), visible=visible_participant, order=("name",))
@strawberry.type(description="참여기관 · An institution that takes part in a program; public.")
class Participant(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    role: ParticipantRole = column("참여 구분 · As what.", filterable=True)
    name: str = column("기관명 · The official name.", sql=of_organization("name"), filterable=True, sortable=True)
    kind: OrganizationKind = column("기관 구분 · What it is.", sql=of_organization("kind"), filterable=True)
    address: str | None = column("주소 · Where it is.", sql=of_organization("address"))
    homepage: str | None = column("홈페이지 · Its address on the web.")
    since: date = column("참여일 · From which day.", filterable=True, sortable=True)
    until: date | None = column("종료일 · From which day no longer; staff see those that ended.", filterable=True)


@strawberry.type
class ParticipantQuery:
    """What joins the root."""

    participants: Connection[Participant] = connection("참여기관 목록 · Who takes part, by name; public.")
