"""The columns of an activity type's sheet: whom a row is about, then every declared fact, then room for a remark."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints

from core.activities.fact_texts import LETTERS, camel
from core.documents.spreadsheets import Column, Kind
from core.language import Text
from core.program import ActivityType, Choice
from core.sheet_form import Written
from core.workbooks.columns import plain

KINDS = {str: Kind.TEXT, int: Kind.INTEGER, Decimal: Kind.DECIMAL, date: Kind.DATE, bool: Kind.FLAG}
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.DATE)
NUMBER, NAME, REMARK = "businessNumber", "name", "remark"
ABOUT = Text("어느 기업의 활동인지, 이 번호로 정합니다.", "Whom the row is about; the number decides.")
ABOUT_FILER = Text("비워 두면 신청기관 자신의 활동입니다.", "Left empty, the row is about the filing organization.")
AS_TYPED = Text("참고용입니다. 기업은 사업자등록번호로 정합니다.", "As you call it; the business number decides.")
NOT_KEPT = Text("작성자 참고용이며 저장되지 않습니다.", "For your own use; it is not stored.")


@dataclass(frozen=True, slots=True)
class SheetField:
    """One column (열): how it is read, and which fact it states (None: what is about the row, not a fact)."""

    column: Column
    fact: str | None = None
    unit: Text | None = None
    note: Text | None = None
    personal: bool = False

    @property
    def heading(self) -> str:
        """What stands above it in a sample: the Korean name, and the unit of a number."""
        ko = self.column.names.ko
        return ko if self.unit is None else f"{ko}({self.unit.ko})"


def sheet_fields(kind: ActivityType[Any]) -> tuple[SheetField, ...]:
    """The columns in order: 사업자등록번호, 기업명, the facts as declared, and 비고 unless a fact is called so."""
    facts = tuple(_of_fact(kind, field) for field in dataclasses.fields(kind.facts))
    taken = {plain(name) for each in facts for name in (each.column.names.ko, each.column.names.en)}
    remark = Column(key=REMARK, names=Text("비고", "Remark"), required=False, max_length=32_767)
    last = () if {plain("비고"), plain("Remark")} & taken else (SheetField(remark, note=NOT_KEPT),)
    return (*_about(kind), *facts, *last)


def name_clashes(kind: ActivityType[Any]) -> Iterator[str]:
    """Headings that two columns of the type would answer to, as a person wrote them."""
    seen: dict[str, str] = {}
    for each in sheet_fields(kind):
        column = each.column
        for name in dict.fromkeys((column.names.ko, column.names.en, *column.aliases)):
            key = plain(name)
            if seen.setdefault(key, column.key) != column.key:
                yield name


def _about(kind: ActivityType[Any]) -> tuple[SheetField, SheetField]:
    number = Column(
        key=NUMBER,
        names=Text("사업자등록번호", "Business number"),
        aliases=("사업자번호", "Business registration number"),
        kind=Kind.BUSINESS_NUMBER,
        required=not kind.sheet.about_filer,
        digits_only=True,
    )
    name = Column(
        key=NAME,
        names=Text("기업명", "Company"),
        aliases=("회사명", "업체명", "상호", "Company name"),
        required=False,
        max_length=LETTERS,
    )
    note = ABOUT_FILER if kind.sheet.about_filer else ABOUT
    return SheetField(number, note=note), SheetField(name, note=AS_TYPED)


def _of_fact(kind: ActivityType[Any], field: dataclasses.Field[Any]) -> SheetField:
    hint = get_type_hints(kind.facts)[field.name]
    inner = next((each for each in get_args(hint) if each is not NoneType), hint)
    known, written = field.metadata, field.metadata.get("written")
    chosen = isinstance(inner, type) and issubclass(inner, Choice)
    holds = Kind.CHOICE if chosen else KINDS[inner]
    if written is Written.BUSINESS_NUMBER:
        holds = Kind.BUSINESS_NUMBER
    unit: Text | None = known.get("unit")
    freely = written is Written.FREELY
    column = Column(
        key=f"facts.{camel(field.name)}",
        names=known["names"],
        aliases=known.get("aliases", ()),
        kind=holds,
        required=field.default is dataclasses.MISSING,
        max_length=LETTERS,
        units=() if unit is None else (unit.ko, unit.en),
        digits_only=not freely and (written is not None or holds in NUMBERS),
        choices=tuple((each, (each.names.ko, each.names.en, each.value)) for each in inner) if chosen else (),
    )
    return SheetField(column, field.name, unit, known.get("note"), known.get("personal") is not None)
