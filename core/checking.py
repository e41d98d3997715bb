"""What the `check_*` hooks are shown. All frozen: a check objects, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from core.actor import Actor
from core.file_types import FileType
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
    """Points or won about to move: `kind` is earn, spend, hold, use, release, transfer, reverse, claw_back or move.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedDocument:
    """A file that was sent and is not stored yet; `size` is in bytes, `file_type` what its content says it is."""

    organization_id: int
    member_id: int
    file_name: str
    file_type: FileType
    size: int
    sha256: str
    content: BinaryIO = field(repr=False, compare=False)

    def chunks(self, size: int = 64 * 1024) -> Iterator[bytes]:
        """The content from its beginning, `size` bytes at a time; never all of it in memory."""
        place = 0
        while True:
            self.content.seek(place)
            chunk = self.content.read(size)
            if not chunk:
                return
            place += len(chunk)
            yield chunk
