"""What the `check_*` hooks are shown. All frozen: a check objects, it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.actor import Actor
from core.organization_view import OrganizationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Somebody is about to do something: `action` is a permission code, for an organization when one is concerned."""

    actor: Actor
    action: str
    organization_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityContext:
    """What is known about an activity besides its facts. `known` is what the type's `gather` loaded for it."""

    program: str
    activity_type: str
    filer: OrganizationView
    subject: OrganizationView
    filed_on: date
    known: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Points or won about to move: `kind` is earn, spend, hold, use, release, transfer, reverse, expire or move.

    `amounts` maps organization ids to what each gains (positive) or gives (negative).
    """

    program: str
    asset: str
    kind: str
    amounts: Mapping[int, int]
    effective_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """Points about to be set aside for a benefit."""

    program: str
    benefit: str
    organization: OrganizationView
    round: str
    units: int
    points: int
    existing_points: int | None
    on: date
    declared: Mapping[str, Decimal] = field(default_factory=dict)
