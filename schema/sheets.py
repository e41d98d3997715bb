"""A mapped type as columns of a spreadsheet: what each is called, where its value comes from, what its cells are."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Protocol, cast, get_args, get_type_hints, runtime_checkable

import sqlalchemy as sa
from strawberry.types.base import StrawberryList
from strawberry.types.enum import StrawberryEnumDefinition

from core.calendar import SEOUL
from core.documents.spreadsheets import CellKind, SheetColumn
from core.personal import personal_kinds
from core.program import ActivityType, Choice
from schema.computed import ComputedField
from schema.context import Context
from schema.filters import Condition
from schema.mapping import ColumnField, Mapping, ToOneField, inner_type, mapping_of
from schema.marks import MARKED, kept_of
from schema.ordinals import OrdinalField
from schema.personal import marked
from schema.planner.tree import NotPlanned
from schema.scalars import BigInt, Json
from schema.viewer import Viewer
from schema.visibility import Table

NAMING = ("number", "business_number", "name", "name_ko", "login_id")  # the columns that say which row of a type it is
KINDS = {
    int: CellKind.NUMBER, BigInt: CellKind.NUMBER, Decimal: CellKind.DECIMAL, bool: CellKind.FLAG,
    date: CellKind.DATE, datetime: CellKind.MOMENT,
}  # fmt: skip
Reader = Callable[[Any, Context], Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column of a sheet, the SQL it is drawn from, and what makes a cell's value of what SQL answers."""

    column: SheetColumn
    expression: sa.ColumnElement[Any]
    read: Reader


@runtime_checkable
class Drawable(Protocol):
    """A field of a type that knows itself which columns of a sheet it makes."""

    def drawn(self, table: Table, viewer: Viewer, wanted: Sequence[Condition]) -> Iterator[Drawn]: ...


def drawn_columns(
    mapping: Mapping, extra: Iterable[Any], table: Table, viewer: Viewer, wanted: Sequence[Condition]
) -> list[Drawn]:
    """Every column of a type, what names the rows it refers to, and what `extra` fields draw; each heading once."""
    found: list[Drawn] = []
    for field in cast(Any, mapping.cls).__strawberry_definition__.fields:
        column = SheetColumn(heading(field.description), _kind(field.type))
        if isinstance(field, ComputedField):
            found += _worked_out(field, column, mapping, table, viewer)
        elif isinstance(field, ColumnField) and not isinstance(field, OrdinalField):
            found.append(Drawn(column, field.expression_for(table, viewer), _reader(field.type)))
    for relation in mapping.relations.values():
        if isinstance(relation, ToOneField):
            found += _named(relation, table, viewer)
    for each in extra:
        if isinstance(each, Drawable):
            found += each.drawn(table, viewer, wanted)
    seen: dict[str, Drawn] = {}
    for one in found:
        seen.setdefault(one.column.heading, one)
    return list(seen.values())


def _worked_out(
    field: ComputedField, column: SheetColumn, mapping: Mapping, table: Table, viewer: Viewer
) -> Iterator[Drawn]:
    """What Python works out of a row, unless it waits for something."""
    if inspect.iscoroutinefunction(field.by):
        return
    try:
        needed, row_of = field.needed(mapping, table, viewer)
    except NotPlanned:
        return
    read = _reader(field.type)

    def worked_out(value: str, context: Context) -> Any:
        (found,) = cast(Sequence[Any], field.by(context, [row_of(value)]))
        return None if found is None else read(found, context)

    yield Drawn(column, needed, worked_out)


def drawn_column(mapping: Mapping, name: str, table: Table, viewer: Viewer) -> Drawn:
    """One column of a type."""
    field = mapping.columns[name]
    column = SheetColumn(heading(field.description), _kind(field.type))
    return Drawn(column, field.expression_for(table, viewer), _reader(field.type))


def heading(description: str | None) -> str:
    """The Korean term that a description begins with."""
    return (description or "").split(" · ")[0].strip()


def _named(relation: ToOneField, table: Table, viewer: Viewer) -> Iterator[Drawn]:
    """What names the row that a relation refers to, where it may be seen."""
    target = mapping_of(relation.target)
    row = target.table.alias(f"of_{relation.python_name}")
    for name in NAMING:
        field = target.columns.get(name)
        if field is not None:
            value = sa.select(field.expression_for(row, viewer)).where(
                row.c.id == table.c[relation.local], target.visible(row, viewer)
            )
            column = SheetColumn(f"{heading(relation.description)} {heading(field.description)}", _kind(field.type))
            yield Drawn(column, value.correlate(table).scalar_subquery(), _reader(field.type))


def _is_list(type_: Any) -> bool:
    return isinstance(type_, StrawberryList) or isinstance(getattr(type_, "of_type", None), StrawberryList)


def _kind(type_: Any) -> CellKind:
    return CellKind.TEXT if _is_list(type_) else KINDS.get(inner_type(type_), CellKind.TEXT)


def _reader(type_: Any) -> Reader:
    kind: Any = inner_type(type_)
    if _is_list(type_):
        return lambda value, _context: ", ".join(map(str, value))
    if isinstance(kind, StrawberryEnumDefinition):
        labels = {cast(Any, each).value: heading(each.description) for each in kind.values}
        return lambda value, _context: labels.get(kind.wrapped_cls(value).value, str(value))
    if kind is Json:
        return lambda value, _context: json.dumps(value, ensure_ascii=False)
    if kind is datetime:
        return lambda value, _context: value.astimezone(SEOUL)
    return as_it_is


def as_it_is(value: Any, _context: Context) -> Any:
    return value


def drawn_facts(kind: ActivityType[Any], mine: sa.ColumnElement[bool], table: Table, viewer: Viewer) -> Iterator[Drawn]:
    """Every fact of an activity type, where a row is of it (`mine`); personal ones masked as anywhere else."""
    hints = get_type_hints(kind.facts)
    personal = personal_kinds(kind.facts)
    for field in dataclasses.fields(kind.facts):
        hint = next((each for each in get_args(hints[field.name]) if each is not NoneType), hints[field.name])
        title = f"{kind.names.ko}: {field.metadata['names'].ko}"
        if field.name in personal:
            value: Any = marked(table, field.name, personal[field.name], viewer)
            yield Drawn(SheetColumn(title), sa.case((mine, value)), _personal)
        else:
            value = table.c.facts.op("->>", return_type=sa.Text())(sa.literal_column("'" + field.name + "'", sa.Text))
            yield Drawn(SheetColumn(title, KINDS.get(hint, CellKind.TEXT)), sa.case((mine, value)), _fact(hint))


def _personal(value: str, context: Context) -> str | None:
    found = MARKED.fullmatch(value)
    return None if found is None else kept_of(found[1]).told(context)


def _fact(hint: Any) -> Reader:
    """A fact's text as its declared type; what is not of it any more is left out."""
    if isinstance(hint, type) and issubclass(hint, Choice):
        labels = {str(each.value): each.names.ko for each in hint}
        return lambda value, _context: labels.get(value, value)
    if hint is bool:
        return lambda value, _context: value == "true"
    reads: Any = {Decimal: Decimal, int: int, date: date.fromisoformat}.get(hint, str)

    def read(value: str, _context: Context) -> Any:
        try:
            return reads(value)
        except (ValueError, ArithmeticError):
            return None

    return read


def lets_through(wanted: Sequence[Condition], **values: str) -> bool:
    """Whether conditions of equality and membership allow these values; others are not looked at."""
    for each in wanted:
        if each.name in values:
            value = values[each.name]
            if (each.operator == "eq" and each.value != value) or (each.operator == "in_" and value not in each.value):
                return False
    return True
