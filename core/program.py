"""The vocabulary a program is declared in. Nouns are data: every value here is frozen and carries its source.

A program (사업) is one `Program` value. It names what is earned (`Asset`), by doing what (`ActivityType`, whose facts
are a typed dataclass and whose rules are dated `Edition`s), and what it buys (`Benefit`, with dated `Terms`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.calendar import Term
from core.errors import Problem, Violation
from core.language import Text
from core.masking import PersonalKind
from core.permissions import Permission as Permission
from core.permissions import Referred as Referred
from core.requirement import Requirement, Retention
from core.sheet_form import BY_TYPES, SheetForm, Written
from core.texts.policy import TEXT, TextKind

if TYPE_CHECKING:
    from core.checking import ActivityContext
    from core.work import Work

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A regulation, notice or briefing that rules are taken from (근거 문서)."""

    code: str
    names: Text
    issued: date | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number or rule stands (근거): a document and the clause in it, by the document's own heading."""

    document: SourceDocument
    clause: str


class Rounding(StrEnum):
    """What happens to the part of a point (끝수 처리)."""

    FLOOR = "floor"
    HALF_UP = "half_up"

    def apply(self, amount: Decimal) -> int:
        return int(amount.to_integral_value(ROUND_FLOOR if self is Rounding.FLOOR else ROUND_HALF_UP))


POINTS = Text("점", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A unit of account (계정 단위): a program's points. Never convertible into another program's."""

    code: str
    names: Text
    unit: Text = POINTS
    term: Term | None = None  # None: what is earned never expires
    rounding: Rounding = Rounding.FLOOR
    source: Source | None = None


class Party(StrEnum):
    """Whom an award goes to (적립 주체)."""

    FILER = "filer"  # 신청기관: the organization that files
    SUBJECT = "subject"  # 대상기관: the organization the activity is about


@dataclass(frozen=True, slots=True)
class Award:
    """What an activity earns (적립) for each party, exact and never negative; the asset's rounding makes it whole."""

    points: Mapping[Party, Decimal]

    def __post_init__(self) -> None:
        if any(amount < 0 for amount in self.points.values()):
            raise ValueError(f"an award is never negative: {dict(self.points)}")

    @classmethod
    def to_subject(cls, points: int | Decimal) -> Award:
        return cls({Party.SUBJECT: Decimal(points)})

    @classmethod
    def to_filer(cls, points: int | Decimal) -> Award:
        return cls({Party.FILER: Decimal(points)})

    @classmethod
    def to_both(cls, points: int | Decimal) -> Award:
        return cls({Party.FILER: Decimal(points), Party.SUBJECT: Decimal(points)})

    def rounded(self, rounding: Rounding) -> Award:
        """The same in whole points, as it is posted."""
        return Award({party: Decimal(rounding.apply(points)) for party, points in self.points.items()})


@dataclass(frozen=True, slots=True)
class Past(Generic[Facts]):
    """What the same series of activities has brought so far (누계): the approved facts and the points granted."""

    facts: tuple[Facts, ...] = ()
    granted: int = 0


Rule = Callable[[Facts, Past[Facts]], Award]
ActivityCheck = Callable[[Facts, "ActivityContext"], Iterable[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition(Generic[Facts]):
    """A rule as it stands from `effective` on (시행일). A changed regulation appends an edition, never edits one."""

    effective: date
    award: Rule[Facts]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityType(Generic[Facts]):
    """Something an organization does that may earn points (적립 활동).

    `facts` is a frozen dataclass; `base_date` picks the date that chooses the edition and starts the points' term.
    `identity` gives the words that make two activities the same one, which never earns twice; `series` those that
    add activities up into one agreement. Both count for each subject apart, and with `per_filer` for each pair of filer
    and subject, where the words mean something between the two only, as the number of their agreement does.
    `gather` loads, for many facts at once, what `checks` must know: it is given the facts and the organization that
    files them, and answers one value each, shown to checks as `context.known`.
    """

    code: str
    names: Text
    asset: str
    facts: type[Facts]
    base_date: Callable[[Facts], date]
    editions: tuple[Edition[Facts], ...]
    identity: Callable[[Facts], tuple[object, ...]] | None = None
    series: Callable[[Facts], tuple[object, ...]] | None = None
    per_filer: bool = False
    requirements: tuple[Requirement, ...] = ()
    checks: tuple[ActivityCheck[Facts], ...] = ()
    gather: Callable[[Work, int, Sequence[Facts]], Awaitable[Sequence[object]]] | None = None
    staff_only: bool = False  # True: filed by the program's staff, and approved by another of them
    automatic: bool = False  # True: approved as soon as it is submitted without an objection
    sheet: SheetForm = BY_TYPES

    def edition_on(self, day: date) -> Edition[Facts] | None:
        """The edition in force on `day`; None before the first."""
        in_force = [edition for edition in self.editions if edition.effective <= day]
        return max(in_force, key=lambda edition: edition.effective, default=None)


class EffectKind(StrEnum):
    """What a benefit gives (우대 내용)."""

    BONUS_POINTS = "bonus_points"  # 가점
    LOAN_LIMIT = "loan_limit"  # 융자한도 우대
    FEE_DISCOUNT = "fee_discount"  # 보증료 우대, in percentage points
    ENTITLEMENT = "entitlement"  # anything else, said in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What each unit of points gives. Use the constructors: each kind has its own fields."""

    kind: EffectKind
    per_unit: Decimal = Decimal(0)  # points, or percentage points
    row_max_points: int | None = None  # 사업별 마일리지 가점 한도
    program_bonus_cap: int | None = None  # 사업별 최대 가점
    over_cap_points: int | None = None  # 한도 외 추가
    loan_from_won: int | None = None
    loan_to_won: int | None = None
    words: Text | None = None

    @classmethod
    def bonus_points(
        cls,
        per_unit: int,
        *,
        row_max: int | None = None,
        program_cap: int | None = None,
        over_cap: int | None = None,
    ) -> Effect:
        return cls(
            kind=EffectKind.BONUS_POINTS,
            per_unit=Decimal(per_unit),
            row_max_points=row_max,
            program_bonus_cap=program_cap,
            over_cap_points=over_cap,
        )

    @classmethod
    def loan_limit(cls, *, from_won: int, to_won: int) -> Effect:
        return cls(kind=EffectKind.LOAN_LIMIT, loan_from_won=from_won, loan_to_won=to_won)

    @classmethod
    def fee_discount(cls, per_unit: Decimal) -> Effect:
        return cls(kind=EffectKind.FEE_DISCOUNT, per_unit=per_unit)

    @classmethod
    def entitlement(cls, ko: str, en: str) -> Effect:
        return cls(kind=EffectKind.ENTITLEMENT, words=Text(ko, en))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number an applicant declares, and below which it must lie (신청 자격), e.g. last year's exports in USD."""

    code: str
    names: Text
    below: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a benefit costs and gives from `effective` on (적용 기준). `unit` is in points of the asset."""

    effective: date
    unit: int
    effect: Effect
    max_units: int | None = None
    figures: tuple[Figure, ...] = ()
    valid_days: int = 365  # how long a certificate may lie before it lapses
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """Something points buy (적용사업)."""

    code: str
    names: Text
    asset: str
    category: Text
    description: Text
    terms: tuple[Terms, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program (사업), whole: what a plugin's `register_program` answers."""

    code: str
    names: Text
    description: Text
    documents: tuple[SourceDocument, ...] = ()
    assets: tuple[Asset, ...] = ()
    activity_types: tuple[ActivityType[Any], ...] = ()
    benefits: tuple[Benefit, ...] = ()
    permissions: tuple[Permission, ...] = ()
    problems: tuple[Problem, ...] = ()
    undoing: Mapping[str, Problem] = dataclasses.field(default_factory=dict)  # by reference: why not to reverse it
    references: Mapping[str, Referred] = dataclasses.field(default_factory=dict)  # by the noun before the colon
    issuer: Text | None = None  # 발급기관, printed on certificates; None: the program's own name
    returning: Source | None = None  # the clause by which unused points come back (반환); None: they do all the same
    retention: Retention | None = None  # how long evidence is kept (보존기간); None: for good

    def asset(self, code: str) -> Asset:
        return next(asset for asset in self.assets if asset.code == code)

    def activity_type(self, code: str) -> ActivityType[Any] | None:
        return next((kind for kind in self.activity_types if kind.code == code), None)

    def benefit(self, code: str) -> Benefit | None:
        return next((benefit for benefit in self.benefits if benefit.code == code), None)

    def filing_permission(self, activity_type: str) -> str:
        """Lets a sub-user file activities of this type for its organization, and see them."""
        return f"{self.code}.{activity_type}.file"

    @property
    def redeeming_permission(self) -> str:
        """Lets a sub-user apply for certificates and return them."""
        return f"{self.code}.redeem"

    @property
    def calling_permission(self) -> str:
        """Lets a sub-user of a using agency draft and publish calls."""
        return f"{self.code}.call"

    def all_permissions(self) -> tuple[Permission, ...]:
        """The permissions every program has, then its own: one that declares no benefit may be given some later."""
        filing = tuple(
            Permission(self.filing_permission(kind.code), Text(f"{kind.names.ko} 신청", f"File {kind.names.en}"))
            for kind in self.activity_types
        )
        calls = Text("활용사업 공고", "Publish calls of supporting programs")
        redeem = (
            Permission(self.redeeming_permission, Text("확인서 신청", "Apply for certificates")),
            Permission(self.calling_permission, calls),
        )
        return filing + (redeem if self.assets else ()) + self.permissions


class Choice(StrEnum):
    """A fact that is one of a few words (선택지). A member is its word, kept for good, and its names, Korean first:
    `OAK = "oak", "참나무", "oak"`. The class's docstring says what is chosen.
    """

    names: Text

    def __new__(cls, word: str, *names: str) -> Choice:
        made = str.__new__(cls, word)
        made._value_ = word
        made.names = Text(*names)
        return made


def fact(
    ko: str,
    en: str,
    *,
    default: Any = dataclasses.MISSING,
    unit: Text | None = None,
    personal: PersonalKind | None = None,
    aliases: tuple[str, ...] = (),
    note: Text | None = None,
    written: Written | None = None,
    text: TextKind = TextKind.LINE,
) -> Any:
    """Declare one fact of an activity: its names, Korean first, and the unit a number is in.

    In a sheet its column is found by either name or one of the `aliases`; `note` says there how to fill it, and
    `written` in which form, where its type does not say so. A text is one line unless `text` is `TextKind.PROSE`.

    `personal` says that it tells who somebody is, and how it is masked: it is kept encrypted, shown to the filing
    organization and the program's staff, masked for everybody else, and each reading of it is in the audit.
    """
    shown = {"names": Text(ko, en), "unit": unit, "personal": personal, TEXT: text}
    metadata = {**shown, "aliases": aliases, "note": note, "written": written}
    return dataclasses.field(default=default, metadata=metadata, kw_only=True)
