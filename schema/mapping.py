"""How a GraphQL type shows a table, said once beside its Strawberry class.

    @shows(account, visible=own_program())
    @strawberry.type(description="계정 · An account ...")
    class Account(Node):
        posted: int = column("잔액 · Points in the account, held ones included.")
        available: int = column("가용액 · ...", sql=lambda t: t.c.posted - t.c.held)
        organization: Organization | None = to_one("기관 · ...", local="organization_id")
        entries: Connection[Entry] = to_many("분개 · ...", remote="account_id")

Everything a statement needs stands in the mapping: the columns, the relations, and who may see which rows. A type
without a visibility predicate does not come to be.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, TypeVar, cast

import sqlalchemy as sa
import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from core.database import Prepared
from schema.global_ids import to_global_id
from schema.scalars import BigInt
from schema.searches import Search
from schema.viewer import Viewer
from schema.visibility import Table, Visibility, is_everybody

if TYPE_CHECKING:
    from schema.context import Info

SQL: TypeAlias = Callable[[Table], sa.ColumnElement[Any]]
Condition: TypeAlias = Callable[[Table], sa.ColumnElement[bool]]
Cls = TypeVar("Cls", bound=type)
LEAST = {int: "0", Decimal: "0", str: "''"}  # where a masked value comes in an order
SORTED_MASKED = (int, BigInt, Decimal, str)


@strawberry.interface(description="노드 · Anything that has a global id and can be fetched again by it.")
class Node:
    """Anything that has a global id."""

    @strawberry.field(description="전역 ID · Opaque, stable, unique among everything.")  # type: ignore[untyped-decorator]
    def id(self) -> strawberry.ID:
        return strawberry.ID(to_global_id(mapping_of(type(self)).type_name, row_of(self)["id"]))


class MappedField(StrawberryField):
    """A field that a mapping knows how to read. `carried` are the attributes that a copy of it keeps."""

    carried: ClassVar[tuple[str, ...]] = ()

    @property
    def target(self) -> type[Any]:
        """The mapped class that the field answers."""
        return cast(type[Any], inner_type(self.type))

    @property
    def is_basic_field(self) -> bool:
        return False

    @property
    def is_async(self) -> bool:
        return True

    def __copy__(self) -> Self:
        made = super().__copy__()
        for name in (*self.carried, "init"):
            setattr(made, name, getattr(self, name))
        return made


class ColumnField(MappedField):
    """A field that is a column, or a SQL expression over the row."""

    carried = ("sql", "filterable", "sortable", "shown")
    sql: SQL | None = None
    shown: Visibility | None = None
    filterable: bool = False
    sortable: bool = False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The value as Strawberry wants it: enums as members, the rest as it comes."""
        value = row_of(source)[self.python_name]
        kind = inner_type(self.type)
        if value is not None and isinstance(kind, StrawberryEnumDefinition):
            return [kind.wrapped_cls(each) for each in value] if type(value) is list else kind.wrapped_cls(value)
        return value

    @property
    def is_async(self) -> bool:
        return False

    def expression(self, table: Table) -> sa.ColumnElement[Any]:
        return table.c[self.python_name] if self.sql is None else self.sql(table)

    def expression_for(self, table: Table, viewer: Viewer) -> sa.ColumnElement[Any]:
        """The same, null for whom the column is masked."""
        expression = self.expression(table)
        if self.shown is None or is_everybody(shown := self.shown(table, viewer)):
            return expression
        return sa.case((shown, expression))

    def order_for(self, table: Table, viewer: Viewer) -> sa.ColumnElement[Any]:
        """What rows are ordered by: where the column is masked they come as if it held the least there is."""
        expression = self.expression_for(table, viewer)
        if self.shown is None or is_everybody(self.shown(table, viewer)):
            return expression
        return sa.func.coalesce(expression, sa.literal_column(LEAST[expression.type.python_type], expression.type))


class ToOneField(MappedField):
    """A field that is another mapped type's row, by its id in `local`."""

    carried = ("local",)
    local: str = ""

    async def get_result(self, source: Any, info: Info, args: list[Any], kwargs: Any) -> Any:  # type: ignore[override]
        from schema.reading import load_one

        key = value_of(source, self.local)
        return None if key is None else await load_one(info.context, self.target, key)


class ConnectionField(MappedField):
    """A page of another mapped type's rows: of this row (`remote` = our `local`), or of all there are at a root."""

    carried = ("local", "remote", "where")
    local: str = "id"
    remote: str | None = None
    where: Condition | None = None

    async def get_result(self, source: Any, info: Info, args: list[Any], kwargs: Any) -> Any:  # type: ignore[override]
        from schema.reading import load_page

        key = None if self.remote is None else value_of(source, self.local)
        name = f"{info._raw_info.parent_type.name}.{info.field_name}"
        return await load_page(info.context, self, key, kwargs, name)

    @property
    def target(self) -> type[Any]:
        """The node type of the connection."""
        connection = cast(Any, inner_type(self.type))
        return cast(type[Any], inner_type(next(iter(connection.__strawberry_definition__.type_var_map.values()))))

    @property
    def arguments(self) -> list[StrawberryArgument]:
        if self._arguments is None:
            from schema.filters import connection_arguments

            self._arguments = connection_arguments(mapping_of(self.target))
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value


class LookupField(MappedField):
    """A field that finds one row by a unique column. `parsed` reads the argument, or refuses it."""

    carried = ("by", "parsed")
    by: str = ""
    parsed: Callable[[str], Any] = staticmethod(str)

    async def get_result(self, source: Any, info: Info, args: list[Any], kwargs: Any) -> Any:  # type: ignore[override]
        from schema.reading import find_one

        return await find_one(info.context, self.target, self.by, self.parsed(next(iter(kwargs.values()))))


class SingleField(MappedField):
    """A root field that is the only row of a table."""

    async def get_result(self, source: Any, info: Info, args: list[Any], kwargs: Any) -> Any:  # type: ignore[override]
        from schema.reading import find_only

        return await find_only(info.context, self.target)


def column(
    description: str,
    *,
    sql: SQL | None = None,
    filterable: bool = False,
    sortable: bool = False,
    name: str | None = None,
    shown: Visibility | None = None,
) -> Any:
    """A column of the same name, or the SQL expression `sql`. Filterable: in `where`; sortable: in `orderBy`.

    `shown` masks it: for whom, and for which rows, it is more than null; the field's type must allow null. Conditions
    and orders see null there too, so nothing is found by a value that is not shown.
    """
    made = ColumnField(description=description, graphql_name=name)
    made.sql, made.filterable, made.sortable, made.shown = sql, filterable, sortable, shown
    made.init = False
    return made


def to_one(description: str, *, local: str) -> Any:
    """The mapped row whose id our column `local` holds; null when that is null or not for the viewer's eyes."""
    made = ToOneField(description=description)
    made.local = local
    made.init = False
    return made


def to_many(description: str, *, remote: str, local: str = "id", where: Condition | None = None) -> Any:
    """The mapped rows whose column `remote` holds our `local`, as a connection."""
    made = ConnectionField(description=description)
    made.local, made.remote, made.where = local, remote, where
    made.init = False
    return made


def connection(description: str, *, where: Condition | None = None) -> Any:
    """All rows of a mapped type that the viewer may see, as a connection of a root type."""
    made = ConnectionField(description=description)
    made.where = where
    made.init = False
    return made


def lookup(description: str, *, by: str, argument: str, parsed: Callable[[str], Any] = str) -> Any:
    """One row of a mapped type by its unique column `by`; `argument` describes the argument, `parsed` reads it."""
    from schema.filters import lookup_argument

    made = LookupField(description=description)
    made.by, made.parsed = by, parsed
    made.init = False
    made.arguments = [lookup_argument(by, argument)]
    return made


def the_one(description: str) -> Any:
    """The only row of a mapped table, as a field of a root type."""
    made = SingleField(description=description)
    made.init = False
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """One GraphQL type and the table it shows. `also` are columns read though no field shows them."""

    cls: type[Any]
    type_name: str
    table: sa.FromClause
    visible: Visibility
    also: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)
    descending: bool = False
    columns: dict[str, ColumnField] = field(default_factory=dict)
    relations: dict[str, ToOneField | ConnectionField] = field(default_factory=dict)
    searches: dict[str, Search] = field(default_factory=dict)
    prepared: dict[Hashable, Prepared] = field(default_factory=dict)  # statements of the plain path, by what they ask

    def selected(self, table: Table, viewer: Viewer) -> list[sa.ColumnElement[Any]]:
        """Every column a row of this type needs, labelled by its Python name."""
        wanted = {name: each.expression_for(table, viewer) for name, each in self.columns.items()}
        for name in ("id", *self.also, *(each.local for each in self.relations.values())):
            if name not in wanted:
                wanted[name] = table.c[name]
        return [expression.label(name) for name, expression in wanted.items()]

    def instance(self, row: Any) -> Any:
        """A row as an object of the Strawberry class."""
        made = object.__new__(self.cls)
        made._row = row
        return made


def shows(
    table: sa.FromClause,
    *,
    visible: Visibility,
    also: Sequence[str] = (),
    order: Sequence[str] = ("id",),
    descending: bool = False,
    searches: dict[str, Search] | None = None,
) -> Callable[[Cls], Cls]:
    """Say that a Strawberry class shows a table, and who may see which of its rows."""

    def decorate(cls: Cls) -> Cls:
        definition = cast(Any, cls).__strawberry_definition__
        fields = definition.fields
        for each in fields:
            if isinstance(each, ColumnField) and each.shown and not isinstance(each.type, StrawberryOptional):
                raise TypeError(f"{definition.name}.{each.python_name} is masked, so its type must allow null")
            if isinstance(each, ColumnField) and each.sortable and isinstance(each.type, StrawberryOptional):
                kind = each.type.of_type
                if each.shown is None:
                    raise TypeError(f"{definition.name}.{each.python_name} may be null: nothing can be ordered by it")
                if kind not in SORTED_MASKED:
                    raise TypeError(f"{definition.name}.{each.python_name} is masked: order by numbers or texts alone")
        cast(Any, cls).__dure_mapping__ = Mapping(
            cls=cls,
            type_name=definition.name,
            table=table,
            visible=visible,
            also=(*also, *(name for each in fields for name in getattr(each, "needs", ()))),
            order=tuple(order),
            descending=descending,
            columns={each.python_name: each for each in fields if isinstance(each, ColumnField)},
            searches=searches or {},
            relations={each.python_name: each for each in fields if isinstance(each, ToOneField | ConnectionField)},
        )
        return cls

    return decorate


def mapping_of(cls: type[Any]) -> Mapping:
    """The mapping of a Strawberry class. Raises `TypeError` when it shows no table."""
    found = cls.__dict__.get("__dure_mapping__")
    if found is None:
        raise TypeError(f"{cls.__name__} shows no table: decorate it with @shows(table, visible=...)")
    return cast(Mapping, found)


def row_of(source: Any) -> Any:
    return source._row


def value_of(source: Any, name: str) -> Any:
    """A column of a mapped row, or an attribute of any other source."""
    row = getattr(source, "_row", None)
    return getattr(source, name) if row is None else row[name]


def inner_type(kind: Any) -> Any:
    """The type inside optionals, lists and lazy references."""
    while True:
        if isinstance(kind, LazyType):
            kind = kind.resolve_type()
        elif isinstance(kind, StrawberryContainer):
            kind = kind.of_type
        else:
            return kind
