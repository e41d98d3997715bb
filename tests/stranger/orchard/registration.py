"""과수원 등록증: the paper of an orchard, for whoever it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from core import Form, Text
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What stands on the paper."""

    name: str
    owner: str
    hectares: Decimal
    planted_on: date
    trees: int
    set_on: date


SAMPLE = Registration(
    name="양평 1호", owner="푸른숲(주)", hectares=Decimal("12.50"), planted_on=date(2020, 4, 5), trees=12_345,
    set_on=date(2026, 3, 2),
)  # fmt: skip


async def registration(work: Work, key: str) -> Registration | None:
    """The orchard of this number, when it is the actor's own organization's."""
    work.actor.require_ready()
    row = await work.tx.connection.fetchrow(
        "SELECT orchard.name, organization.name AS owner, hectares, planted_on FROM orchard"
        " JOIN organization ON organization.id = organization_id WHERE orchard.id::text = $1 AND organization_id = $2",
        key,
        work.actor.organization_id,
    )
    return None if row is None else Registration(**dict(row), trees=int(row["hectares"] * 400), set_on=work.today)


REGISTRATION = Form(
    code="registration",
    names=Text("과수원 등록증", "Orchard registration"),
    folder=Path(__file__).parent / "registration",
    sample=SAMPLE,
    load=registration,
)
