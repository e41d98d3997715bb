"""What the plugin brings to the API: a node type, a list of them at the root and on `Organization`, and a mutation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import strawberry

from core.database import table_of
from schema import (
    Connection,
    Info,
    Node,
    Payload,
    column,
    connection,
    mutation,
    own_organization,
    shows,
    to_many,
    to_one,
)
from schema.nodes import Organization
from tests.stranger.orchard.models import OrchardRow


@shows(table_of(OrchardRow), visible=own_organization())
@strawberry.type(description="과수원 · Where an organization grows fruit.")
class Orchard(Node):
    name: str = column("이름 · What it is called.", filterable=True, sortable=True)
    hectares: Decimal = column("면적 · In hectares.", filterable=True, sortable=True)
    planted_on: date = column("식재일 · When it was planted.", filterable=True)
    large: bool = column("대규모 · Whether it is of ten hectares or more.", sql=lambda t: t.c.hectares >= 10)
    organization: Organization | None = to_one("기관 · Whose it is.", local="organization_id")


@strawberry.type
class OrchardQuery:
    """The orchards at the root."""

    orchards: Connection[Orchard] = connection("과수원 목록 · The orchards you may see.")


@strawberry.type
class OrganizationOrchards:
    """What `Organization` gains."""

    orchards: Connection[Orchard] = to_many("과수원 · Its orchards.", remote="organization_id")


@strawberry.type(description="과수원 등록 결과 · The orchard as it stands now.")
class OrchardPayload(Payload):
    orchard_id: strawberry.Private[int | None] = None
    orchard: Orchard | None = to_one("과수원 · The orchard.", local="orchard_id")


@strawberry.input(description="과수원 등록 · One more orchard of one's own organization.")
class RegisterOrchardInput:
    name: str = strawberry.field(description="이름 · What it is called.")
    hectares: Decimal = strawberry.field(description="면적 · In hectares.")
    planted_on: date = strawberry.field(description="식재일 · When it was planted.")


@strawberry.type
class OrchardMutation:
    """What can be done with orchards."""

    @mutation("과수원 등록 · Register an orchard of one's own organization.")
    async def register_orchard(info: Info, input: RegisterOrchardInput) -> OrchardPayload:
        actor = info.context.actor
        actor.require_ready()
        async with info.context.work() as work:
            row = await work.tx.insert(
                OrchardRow, organization_id=actor.organization_id, name=input.name, hectares=input.hectares,
                planted_on=input.planted_on,
            )  # fmt: skip
            work.record("orchard.registered", "orchard", row.id, organization_id=actor.organization_id)
        return OrchardPayload(orchard_id=row.id)
