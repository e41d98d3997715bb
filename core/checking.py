"""What the `check_*` hooks are shown. All frozen: a check objects, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
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


class AccountKind(StrEnum):
    """What an account is for (계정 구분). The kind decides whether the account has a floor and whose it can be.

    Only the system's own three have no floor. A debt is bound to what is owed.
    """

    HOLDER = "holder"  # 보유: an organization's points, in lots
    ISSUANCE = "issuance"  # 발행: the system's, where points and money come from
    REDEEMED = "redeemed"  # 사용: the system's, where used points go
    EXPIRED = "expired"  # 소멸: the system's, where expired points go
    FUND = "fund"  # 재원: money, without lots
    LINE = "line"  # 예산 항목: money, without lots
    SPENT = "spent"  # 집행: money, without lots; it gives back no more than was spent
    DEBT = "debt"  # 환수 미납: what an organization owes of what was taken back from it; never above zero


class PostingKind(StrEnum):
    """What a posting does (거래 구분)."""

    EARN = "earn"
    SPEND = "spend"
    HOLD = "hold"  # set aside: the holder's line alone, for nothing leaves its account yet
    USE = "use"  # what was set aside is gone for good
    RELEASE = "release"  # what was set aside is free again: the holder's line alone
    TRANSFER = "transfer"
    REVERSE = "reverse"
    CLAW_BACK = "claw_back"
    EXPIRE = "expire"
    MOVE = "move"  # of money, between accounts without lots


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingLine:
    """One account of a posting and what it gains (positive) or gives (negative), in whole points or won.

    Program, asset, kind, organization and label name an account. The system's own belong to no organization.
    """

    account_kind: AccountKind
    organization_id: int | None
    label: str = ""
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Points or won about to move: what it does, under which name it is recorded, and every account concerned.

    `recorded_as` is the kind of the transaction on record: a program's own word for a move, else `kind`.
    """

    program: str
    asset: str
    kind: PostingKind
    lines: tuple[PostingLine, ...]
    effective_on: date
    reference: str = ""
    recorded_as: str = ""

    @property
    def amounts(self) -> Mapping[int, int]:
        """What each organization gains or gives over all its accounts, by its id."""
        totals: dict[int, int] = {}
        for line in self.lines:
            if line.organization_id is not None:
                totals[line.organization_id] = totals.get(line.organization_id, 0) + line.amount
        return totals


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
