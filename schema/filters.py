"""`where` and `orderBy` of every connection, made from the columns a mapping calls filterable and sortable."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast

import sqlalchemy as sa
import strawberry
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.unset import UNSET

from core.errors import Problem
from core.language import Text
from schema.classes import made_class
from schema.connections import DEFAULT, MOST
from schema.finders import finders_of
from schema.global_ids import key_of
from schema.scalars import BigInt
from schema.viewer import Viewer
from schema.visibility import Table, is_everybody

if TYPE_CHECKING:
    from schema.mapping import Mapping, ToOneField

T = TypeVar("T")
MOST_VALUES = 200
FOUND = "found"  # the operator of what is no column's own condition
TOO_MANY_VALUES = Problem(
    "WHERE_TOO_MANY_VALUES",
    Text("in에는 값을 {most}개까지 쓸 수 있습니다: {given}개.", "At most {most} values in `in`, not {given}."),
)


def _operator(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="조건 · Conditions on one field; all that are given must hold.")
class Filter(Generic[T]):
    """Equality and membership."""

    eq: T | None = _operator("같음 · Equal to.")
    ne: T | None = _operator("다름 · Not equal to.")
    in_: list[T] | None = strawberry.field(name="in", default=UNSET, description="포함 · One of these, 200 at most.")
    is_null: bool | None = _operator("비어 있음 · Whether there is no value.")


@strawberry.input(description="범위 조건 · Conditions on one field that has an order.")
class RangeFilter(Filter[T], Generic[T]):
    """Equality, membership and order."""

    lt: T | None = _operator("미만 · Less than.")
    lte: T | None = _operator("이하 · Less than or equal to.")
    gt: T | None = _operator("초과 · Greater than.")
    gte: T | None = _operator("이상 · Greater than or equal to.")


@strawberry.input(description="글자 조건 · Conditions on a text.")
class TextFilter(Filter[str]):
    """Equality, membership and likeness."""

    contains: str | None = _operator("포함 · Contains this, whatever the case.")
    starts_with: str | None = _operator("시작 · Begins with this.")


@strawberry.input(description="숫자 조건 · Conditions on a whole number.")
class IntFilter(RangeFilter[int]):
    pass


@strawberry.input(description="큰 정수 조건 · Conditions on points or won.")
class BigIntFilter(RangeFilter[BigInt]):
    pass


@strawberry.input(description="십진수 조건 · Conditions on an exact decimal.")
class DecimalFilter(RangeFilter[Decimal]):
    pass


@strawberry.input(description="날짜 조건 · Conditions on a date in Asia/Seoul.")
class DateFilter(RangeFilter[date]):
    pass


@strawberry.input(description="시각 조건 · Conditions on a moment.")
class DateTimeFilter(RangeFilter[datetime]):
    pass


@strawberry.input(description="여부 조건 · Conditions on a yes or no.")
class BooleanFilter(Filter[bool]):
    pass


@strawberry.input(description="ID 조건 · Conditions on a reference, by global ids.")
class IDFilter(Filter[strawberry.ID]):
    pass


FILTERS: dict[Any, type[Any]] = {
    str: TextFilter,
    int: IntFilter,
    BigInt: BigIntFilter,
    Decimal: DecimalFilter,
    date: DateFilter,
    datetime: DateTimeFilter,
    bool: BooleanFilter,
}


class Direction(Enum):
    """Which way a list runs (정렬 방향)."""

    ASC = "asc"
    DESC = "desc"


strawberry.enum(Direction, description="정렬 방향 · Which way a list runs.")
for _value, _text in zip(
    cast(Any, Direction).__strawberry_definition__.values,
    ("오름차순 · Smallest first.", "내림차순 · Largest first."),
    strict=True,
):
    _value.description = _text


@cache
def enum_filter(definition: Any) -> type[Any]:
    """The filter type of an enum: equality and membership."""
    enum = definition.wrapped_cls
    name = f"{definition.name}Filter"
    cls = made_class(name, [], bases=(Filter[enum],))  # type: ignore[valid-type]
    return strawberry.input(cls, name=name, description=f"{definition.name} 조건 · Conditions on {definition.name}.")


@cache
def where_type(mapping: Mapping) -> type[Any] | None:
    """The `where` input of a type: a filter for each filterable column, and for each reference."""
    from schema.mapping import ToOneField, inner_type

    fields: list[Any] = []
    for name, each in mapping.columns.items():
        if each.filterable:
            kind = inner_type(each.type)
            filter_type = enum_filter(kind) if isinstance(kind, StrawberryEnumDefinition) else FILTERS[kind]
            fields.append((name, filter_type | None, strawberry.field(default=UNSET, description=each.description)))
    for name, relation in mapping.relations.items():
        if isinstance(relation, ToOneField):
            fields.append((name, IDFilter | None, strawberry.field(default=UNSET, description=relation.description)))
    for name, search in mapping.searches.items():
        fields.append((name, TextFilter | None, strawberry.field(default=UNSET, description=search.description)))
    for name, finder in finders_of(mapping.cls).items():
        fields.append((name, finder.given | None, strawberry.field(default=UNSET, description=finder.description)))
    if not fields:
        return None
    cls = made_class(f"{mapping.type_name}Where", fields)
    return strawberry.input(
        cls, description=f"{mapping.type_name} 조건 · Conditions on {mapping.type_name}; all must hold."
    )


@cache
def order_types(mapping: Mapping) -> type[Any]:
    """The `orderBy` input of a type: one of its sortable columns and a direction."""
    sortable = {"id": "등록순 · The order in which they came."} | {
        name: each.description or "" for name, each in mapping.columns.items() if each.sortable
    }
    enum = Enum(f"{mapping.type_name}OrderField", {name.upper(): name for name in sortable})  # type: ignore[misc]
    strawberry.enum(enum, description=f"{mapping.type_name} 정렬 항목 · What {mapping.type_name} can be ordered by.")
    for value in cast(Any, enum).__strawberry_definition__.values:
        value.description = sortable[value.value]
    cls = made_class(
        f"{mapping.type_name}Order",
        [
            ("field", enum, strawberry.field(description="항목 · What to order by.")),
            ("direction", Direction, strawberry.field(default=Direction.ASC, description="방향 · Which way.")),
        ],
    )
    return strawberry.input(cls, description=f"{mapping.type_name} 정렬 · One step of an order.")


def connection_arguments(mapping: Mapping) -> list[StrawberryArgument]:
    """first, after, last, before, where, orderBy."""
    where = where_type(mapping)
    order = order_types(mapping)
    page = f"1~{MOST}"
    found = [
        _argument("first", int | None, f"개수 · How many from the front, {page}; {DEFAULT} when nothing is said."),
        _argument("after", str | None, "이후 · Continue after this cursor."),
        _argument("last", int | None, f"뒤에서 개수 · How many from the end, {page}."),
        _argument("before", str | None, "이전 · Stop before this cursor."),
        _argument("order_by", list[order] | None, "정렬 · In which order; steps apply one after another."),  # type: ignore[valid-type]
    ]
    if where is not None:
        found.append(_argument("where", where | None, "조건 · Only what fulfils all of this."))
    return found


def lookup_argument(name: str, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(str),
        description=description,
    )


def _argument(name: str, kind: Any, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(Annotated[kind, strawberry.argument(description=description)]),
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison that a `where` asks for: which field, by which operator, with which value.

    The structure (`name`, `operator`, and the value of `isNull`) chooses the statement; the value fills it.
    """

    name: str
    operator: str
    value: Any

    @property
    def structure(self) -> tuple[Any, ...]:
        return (self.name, self.operator, self.value if self.operator == "is_null" else None)


def conditions(mapping: Mapping, where: Any) -> list[Condition]:
    """What a `where` input says. Raises `Refused` for a foreign id or too many values."""
    from schema.mapping import ToOneField, mapping_of

    found: list[Condition] = []
    if where is None or where is UNSET:
        return found
    for field in dataclasses.fields(where):
        given = getattr(where, field.name)
        if given is UNSET or given is None:
            continue
        finder = finders_of(mapping.cls).get(field.name)
        if finder is not None:
            found.append(Condition(field.name, FOUND, finder.read(given, field.name)))
            continue
        relation = mapping.relations.get(field.name)
        decode: Any = _plain
        if isinstance(relation, ToOneField):
            decode = partial(_key, type_name=mapping_of(relation.target).type_name, name=field.name)
        for operator in dataclasses.fields(given):
            value = getattr(given, operator.name)
            if value is not UNSET and value is not None:
                found.append(Condition(field.name, operator.name, _bound(operator.name, value, decode, field.name)))
    return found


def condition_sql(
    mapping: Mapping,
    table: Table,
    condition: Condition,
    viewer: Viewer,
    bind: Callable[[Any], sa.ColumnElement[Any]],
) -> sa.ColumnElement[bool]:
    """The comparison as SQL; `bind` makes the parameter of a type.

    It compares what the viewer is shown: a masked value is null, and so is a reference to a row that is not visible.
    """
    from schema.mapping import ToOneField

    if condition.operator == FOUND:
        finder = finders_of(mapping.cls)[condition.name]
        return finder.sql(table, bind(finder.bound))
    relation = mapping.relations.get(condition.name)
    if condition.name in mapping.searches:
        search = mapping.searches[condition.name]
        rows, row, text = search.rows(table)
        found = rows.where(search.visible(row, viewer), _compared(text, condition, bind))
        return found.correlate(table).exists()
    if not isinstance(relation, ToOneField):
        return _compared(mapping.columns[condition.name].expression_for(table, viewer), condition, bind)
    compared = _compared(table.c[relation.local], condition, bind)
    seen = _referred_seen(relation, table, viewer)
    if seen is None:
        return compared
    if condition.operator == "is_null" and condition.value:
        return sa.or_(compared, ~seen)
    return sa.and_(compared, seen)


def _referred_seen(relation: ToOneField, table: Table, viewer: Viewer) -> sa.ColumnElement[bool] | None:
    """Whether the row that a relation refers to is there for the viewer; None when it surely is, if any is meant."""
    from schema.mapping import mapping_of

    target = mapping_of(relation.target)
    row = target.table.alias("referred")
    visible = target.visible(row, viewer)
    if is_everybody(visible) and relation.local != "id":
        return None
    return sa.exists().where(row.c.id == table.c[relation.local], visible)


def _compared(
    expression: sa.ColumnElement[Any], condition: Condition, bind: Callable[[Any], sa.ColumnElement[Any]]
) -> sa.ColumnElement[bool]:
    match condition.operator:
        case "is_null":
            return expression.is_(None) if condition.value else expression.is_not(None)
        case "in_":
            return expression == sa.any_(bind(ARRAY(expression.type)))
        case "contains":
            return expression.ilike(bind(sa.Text()), escape="\\")
        case "starts_with":
            return expression.like(bind(sa.Text()), escape="\\")
        case operator:
            compared: sa.ColumnElement[bool] = getattr(expression, COMPARE[operator])(bind(expression.type))
            return compared


COMPARE = {"lt": "__lt__", "lte": "__le__", "gt": "__gt__", "gte": "__ge__", "eq": "__eq__", "ne": "__ne__"}


def _bound(operator: str, value: Any, decode: Callable[[Any], Any], name: str) -> Any:
    if operator == "in_":
        if len(value) > MOST_VALUES:
            raise TOO_MANY_VALUES.refuse("where", name, "in", most=MOST_VALUES, given=len(value))
        return [decode(each) for each in value]
    if operator in ("contains", "starts_with"):
        literal = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{literal}%" if operator == "contains" else f"{literal}%"
    return value if operator == "is_null" else decode(value)


def _key(text: str, *, type_name: str, name: str) -> int:
    return key_of(text, type_name, "where", name)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
