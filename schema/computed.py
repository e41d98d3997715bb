"""Fields that Python works out from columns of their row, for many rows of an answer at once.

    def labels(context: Context, rows: Sequence[Row]) -> list[str]:
        return [f"{row['name']} ({row['business_number']})" for row in rows]

    label: str = computed("표시명 · ...", needs=("name", "business_number"), by=labels)

A selection with such fields is still planned: PostgreSQL writes the JSON around them and, in their place, what they
need; Python is asked once for each field and a thousand rows, and its values are put in between.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import sqlalchemy as sa
from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLScalarType, GraphQLString
from strawberry.dataloader import DataLoader

from core.calendar import SEOUL
from core.concurrency import in_turns
from schema.mapping import MappedField, row_of
from schema.mapping import Mapping as TypeMapping
from schema.planner.text import CLOSE, MIDDLE, OPEN, Part, glued, or_null, plain_json
from schema.planner.tree import NotPlanned, Untold
from schema.reading import column_of, shown_of
from schema.viewer import Viewer
from schema.visibility import Table

if TYPE_CHECKING:
    from schema.context import Context, Info
    from schema.planner.build import TreeBuilder
    from schema.planner.selection import Asked

Row: TypeAlias = Mapping[str, Any]
By: TypeAlias = "Callable[[Context, Sequence[Row]], Sequence[Any] | Awaitable[Sequence[Any]]]"

MOST_ROWS = 1_000  # that `by` is given at once; between two calls other requests have their turn

READ: dict[type, Callable[[Any], Any] | None] = {
    date: date.fromisoformat,
    datetime: lambda given: datetime.fromisoformat(given).astimezone(SEOUL),
    Decimal: Decimal,
    int: None,
    str: None,
    bool: None,
    dict: None,
    list: None,
}


class ComputedField(MappedField):
    """A field whose values `by` works out from the columns it `needs`, a list at a time, in the rows' order."""

    carried = ("needs", "by")
    needs: tuple[str, ...] = ()
    by: By

    async def get_result(self, source: Any, info: Info, args: list[Any], kwargs: Any) -> Any:  # type: ignore[override]
        row = row_of(source)
        context: Context = info.context
        name = ("computed", id(self))
        loader = context.loaders.get(name)
        if loader is None:

            async def load(rows: list[Any]) -> Sequence[Any]:
                return await self.worked_out(
                    context, [{each: _as_read(row[each]) for each in self.needs} for row in rows]
                )

            loader = context.loaders[name] = DataLoader(load_fn=load, cache=False, max_batch_size=MOST_ROWS)
        return await loader.load(row)

    async def worked_out(self, context: Context, rows: Sequence[Row]) -> Sequence[Any]:
        """A value for each row. Raises `ValueError` when `by` answers more or fewer."""
        found = self.by(context, rows)
        values = await found if inspect.isawaitable(found) else found
        if len(values) != len(rows):
            raise ValueError(f"{self.python_name} answered {len(values)} values for {len(rows)} rows")
        return values

    def plan(self, builder: TreeBuilder, asked: Asked, mapping: TypeMapping) -> Computation:
        kind = builder.schema.graphql_type(mapping.type_name).fields[asked.name].type
        if not _is_leaf(kind):
            raise NotPlanned(f"{mapping.type_name}.{asked.name} needs Python")
        read = tuple(_reader(mapping, name) for name in self.needs)
        made = Computation(len(builder.computed), self, kind, mapping, read)
        builder.computed.append(made)
        return made

    def planned(self, below: Computation, row: Table, viewer: Viewer) -> Part:
        """What the field needs, as a JSON list between marks."""
        return glued([f"{OPEN}{below.place}{MIDDLE}", *self._list(below.mapping, row, viewer), CLOSE])

    def needed(
        self, mapping: TypeMapping, row: Table, viewer: Viewer
    ) -> tuple[sa.ColumnElement[str], Callable[[str], Row]]:
        """What the field needs as one text, and what makes of that a row for `by`. Raises `NotPlanned`."""
        read = [_reader(mapping, name) or (lambda value: value) for name in self.needs]

        def row_of(text: str) -> Row:
            values = zip(self.needs, read, orjson.loads(text), strict=True)
            return {name: None if value is None else reads(value) for name, reads, value in values}

        return glued(self._list(mapping, row, viewer)), row_of

    def _list(self, mapping: TypeMapping, row: Table, viewer: Viewer) -> list[Part]:
        parts: list[Part] = ["["]
        for place, name in enumerate(self.needs):
            parts += ["," if place else "", or_null(_needed(shown_of(mapping, row, name, viewer)))]
        return [*parts, "]"]


@dataclass(frozen=True, slots=True)
class Computation:
    """A computed field in one place of a plan."""

    place: int
    field: ComputedField
    kind: Any
    mapping: TypeMapping
    read: tuple[Callable[[Any], Any] | None, ...]

    async def texts(self, context: Context, given: Sequence[str]) -> list[str]:
        """The values as JSON, for what PostgreSQL wrote of each row. Raises `Untold` for one that will not do."""
        if len(given) <= MOST_ROWS:
            return await self._texts(context, given)
        told: list[str] = []
        async for begin in in_turns(range(0, len(given), MOST_ROWS)):
            told += await self._texts(context, given[begin : begin + MOST_ROWS])
        return told

    async def _texts(self, context: Context, given: Sequence[str]) -> list[str]:
        columns = [
            values if read is None else [None if value is None else read(value) for value in values]
            for read, values in zip(self.read, zip(*orjson.loads(f"[{','.join(given)}]"), strict=True), strict=True)
        ]
        rows = [dict(zip(self.field.needs, values, strict=True)) for values in zip(*columns, strict=True)]
        try:
            values = await self.field.worked_out(context, rows)
            if _is_text(self.kind) and all(type(value) is str for value in values):
                return [orjson.dumps(value).decode() for value in values]
            return [orjson.dumps(_told(self.kind, value)).decode() for value in values]
        except Exception as error:  # the ordinary path finds the same, and says where
            raise Untold(str(error)) from error


def computed(description: str, *, needs: Sequence[str], by: By, name: str | None = None) -> Any:
    """A field that `by` works out, for up to 1,000 rows of an answer at once, from the columns it `needs`.

    `by` takes the request's context and the rows, mappings of those columns, and answers as many values in the same
    order; it may be asynchronous. It runs only for rows that the viewer may see.
    """
    if not needs:
        raise ValueError("a computed field needs a column; what depends on none is a resolver's")
    made = ComputedField(description=description, graphql_name=name)
    made.needs, made.by = tuple(needs), by
    made.init = False
    return made


def _needed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    kind = column.type.python_type
    return sa.cast(sa.func.to_json(column), sa.Text) if kind in (dict, list) else plain_json(column, kind)


def _reader(mapping: TypeMapping, name: str) -> Callable[[Any], Any] | None:
    """How what PostgreSQL wrote of a column becomes what the driver would have answered; None: it is that."""
    kind = column_of(mapping, mapping.table, name).type.python_type
    if kind not in READ:
        raise NotPlanned(f"{mapping.type_name}.{name} needs Python")
    return READ[kind]


def _as_read(value: Any) -> Any:
    """Moments are in Seoul's time, however the row was read."""
    return value.astimezone(SEOUL) if isinstance(value, datetime) else value


def _is_text(kind: Any) -> bool:
    """Whether a string is written as it is."""
    return isinstance(kind, GraphQLNonNull) and kind.of_type is GraphQLString


def _is_leaf(kind: Any) -> bool:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return isinstance(kind, GraphQLScalarType | GraphQLEnumType)


def _told(kind: Any, value: Any) -> Any:
    """A value as the type writes it. Raises when it does not fit, as completing it would."""
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            raise TypeError("null where a value must be")
        return _told(kind.of_type, value)
    if value is None:
        return None
    if isinstance(kind, GraphQLList):
        return [_told(kind.of_type, each) for each in value]
    told = kind.coerce_output_value(value)
    if told is None:
        raise TypeError(f"{value!r} is nothing the type can write")
    return told
