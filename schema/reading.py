"""The plain path from mapped types to rows: one statement a level, batched, visibility always in the SQL."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry.dataloader import DataLoader

from core.database import Prepared, any_of
from schema.addresses import Listed, export_of
from schema.connections import (
    DEFAULT,
    MOST,
    PAGE_INVALID,
    Connection,
    Edge,
    PageInfo,
    decode_cursor,
    encode_cursor,
    signature,
)
from schema.context import Context
from schema.filters import Direction, condition_sql, conditions
from schema.mapping import ConnectionField, mapping_of
from schema.mapping import Mapping as TypeMapping
from schema.viewer import Shape, Viewer, viewer_parameters
from schema.visibility import Table

ORDER_PREFIX = "order_"


async def fetch(context: Context, statement: sa.Select[Any]) -> list[Any]:
    """Run a read with this viewer's parameters."""
    parameters = viewer_parameters(context.actor, context.house.plugins.programs)
    async with context.house.database.reading() as tx:
        return await tx.rows(statement, **parameters)


def viewer_of(context: Context) -> Viewer:
    return Viewer(Shape.of(context.actor))


async def load_one(context: Context, cls: type[Any], key: int) -> Any:
    """The row with this id, batched with the others asked for at the same time; None when there is none to see."""

    async def load(keys: list[int]) -> Sequence[Any]:
        rows = await _rows(context, cls, ("ids",), _ids, keys=keys)
        found = {row["id"]: mapping_of(cls).instance(row) for row in rows}
        return [found.get(each) for each in keys]

    return await loader(context, ("one", cls), load).load(key)


async def find_one(context: Context, cls: type[Any], column: str, value: Any) -> Any:
    """The row whose unique column has this value; None when there is none to see."""

    def is_it(table: Table) -> sa.ColumnElement[bool]:
        return table.c[column] == sa.bindparam("value", type_=table.c[column].type)

    rows = await _rows(context, cls, ("by", column), is_it, value=value)
    return mapping_of(cls).instance(rows[0]) if rows else None


async def find_only(context: Context, cls: type[Any]) -> Any:
    """The only row of a mapped table."""
    return mapping_of(cls).instance((await _rows(context, cls, ("only",), lambda _table: sa.true()))[0])


async def _rows(
    context: Context,
    cls: type[Any],
    name: tuple[str, ...],
    which: Callable[[Table], sa.ColumnElement[bool]],
    **values: Any,
) -> list[Any]:
    """The rows for the viewer's eyes among `which`; the statement is compiled once for each name and actor's shape."""
    mapping, shape = mapping_of(cls), Shape.of(context.actor)
    prepared = mapping.prepared.get((name, shape))
    if prepared is None:
        table, viewer = mapping.table.alias("t"), Viewer(shape)
        selected = sa.select(*mapping.selected(table, viewer)).where(which(table), mapping.visible(table, viewer))
        prepared = mapping.prepared[name, shape] = Prepared.of(selected)
    values |= viewer_parameters(context.actor, context.house.plugins.programs)
    async with context.house.database.reading() as tx:
        return await tx.prepared_rows(prepared, values)


def _ids(table: Table) -> sa.ColumnElement[bool]:
    return table.c.id == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.BigInteger)))


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is asked for: how many, which way, from where, in which order."""

    size: int
    backwards: bool
    cursor: tuple[Any, ...] | None
    order: tuple[tuple[str, bool], ...]  # column and whether descending
    belongs_to: str


def page_of(mapping: TypeMapping, arguments: Mapping[str, Any]) -> Page:
    """The page that a connection's arguments ask for. Raises `Refused` when they do not make one."""
    first, last = arguments.get("first"), arguments.get("last")
    after, before = arguments.get("after"), arguments.get("before")
    size = last if last is not None else first if first is not None else DEFAULT
    backwards = last is not None
    if (first is not None and last is not None) or not 1 <= size <= MOST:
        raise PAGE_INVALID.refuse("first" if last is None else "last", most=MOST)
    if (backwards and after is not None) or (not backwards and before is not None):
        raise PAGE_INVALID.refuse("after" if backwards else "before", most=MOST)
    steps = [(step.field.value, step.direction is Direction.DESC) for step in arguments.get("order_by") or ()]
    if not steps:
        steps = [(name, mapping.descending) for name in mapping.order]
    if all(name != "id" for name, _ in steps):
        steps.append(("id", steps[-1][1]))
    belongs_to = signature(mapping.type_name, [f"{name}{'-' if down else '+'}" for name, down in steps])
    given = before if backwards else after
    cursor = None
    if given is not None:
        kinds = [column_of(mapping, mapping.table, name).type.python_type for name, _ in steps]
        cursor = tuple(decode_cursor(given, belongs_to, kinds, "before" if backwards else "after"))
    return Page(size, backwards, cursor, tuple(steps), belongs_to)


async def load_page(context: Context, field: ConnectionField, key: Any, arguments: Mapping[str, Any], name: str) -> Any:
    """A page of the field's connection, batched over the parents that ask for it with the same arguments.

    `name` is the type that has the field, and the field.
    """
    mapping = mapping_of(field.target)
    page = page_of(mapping, arguments)
    wanted = conditions(mapping, arguments.get("where"))

    def narrowed(table: Table) -> list[sa.ColumnElement[bool]]:
        found = [mapping.visible(table, viewer_of(context))]
        for each in wanted:

            def bind(kind: Any, value: Any = each.value) -> sa.ColumnElement[Any]:
                return sa.bindparam(None, value, type_=kind)

            found.append(condition_sql(mapping, table, each, viewer_of(context), bind))
        return found if field.where is None else [*found, field.where(table)]

    async def load(keys: list[Any]) -> Sequence[Any]:
        table = mapping.table.alias("t")
        statement = _page_statement(mapping, table, page, narrowed(table), viewer_of(context))
        if field.remote is None:
            return [await fetch(context, statement)]
        parents = _parents(keys)
        inner = statement.where(table.c[field.remote] == parents.c.parent).lateral("page")
        rows = await fetch(context, sa.select(parents.c.parent, inner).select_from(parents.join(inner, sa.true())))
        return _by_parent(rows, keys)

    async def count(keys: list[Any]) -> Sequence[int]:
        table = mapping.table.alias("t")
        if field.remote is None:
            return [(await fetch(context, sa.select(sa.func.count()).select_from(table).where(*narrowed(table))))[0][0]]
        remote = table.c[field.remote]
        statement = (
            sa.select(remote.label("parent"), sa.func.count().label("count"))
            .where(any_of(remote, keys), *narrowed(table))
            .group_by(remote)
        )
        counts = {row["parent"]: row["count"] for row in await fetch(context, statement)}
        return [counts.get(each, 0) for each in keys]

    asked = (id(field), repr(page), repr(wanted))
    rows = await loader(context, ("page", *asked), load).load(key)
    counter = loader(context, ("count", *asked), count)
    listed = Listed(name=name, key=key, wanted=tuple(wanted), order=page.order)
    return _connection(mapping, page, rows, lambda: counter.load(key), lambda: export_of(context, listed))


def _page_statement(
    mapping: TypeMapping, table: Table, page: Page, narrowed: Sequence[sa.ColumnElement[bool]], viewer: Viewer
) -> sa.Select[Any]:
    """One row more than the page has, in order; the ordering values are labelled apart."""
    steps = [(order_of(mapping, table, name, viewer), down != page.backwards) for name, down in page.order]
    labels = [expression.label(f"{ORDER_PREFIX}{place}") for place, (expression, _) in enumerate(steps)]
    statement = sa.select(*mapping.selected(table, viewer), *labels).where(*narrowed)
    if page.cursor is not None:
        values = [sa.bindparam(None, v, type_=e.type) for (e, _), v in zip(steps, page.cursor, strict=True)]
        statement = statement.where(beyond(steps, values))
    ordering = [expression.desc() if down else expression.asc() for expression, down in steps]
    return statement.order_by(*ordering).limit(page.size + 1)


def beyond(steps: Sequence[tuple[Any, bool]], cursor: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[bool]:
    """Strictly after the cursor: one row comparison where all steps run alike, else spelled out."""
    if len({down for _, down in steps}) == 1:
        left, right = sa.tuple_(*[expression for expression, _ in steps]), sa.tuple_(*cursor)
        return left < right if steps[0][1] else left > right
    alternatives = []
    for place, (expression, down) in enumerate(steps):
        same = [steps[before][0] == cursor[before] for before in range(place)]
        further = expression < cursor[place] if down else expression > cursor[place]
        alternatives.append(sa.and_(*same, further))
    return sa.or_(*alternatives)


def _parents(keys: Sequence[Any]) -> Any:
    values = sa.bindparam(None, list(keys), type_=ARRAY(sa.BigInteger))
    return sa.func.unnest(values).table_valued(sa.column("parent", sa.BigInteger), name="parents").render_derived()


def _by_parent(rows: Sequence[Any], keys: Sequence[Any]) -> list[list[Any]]:
    grouped: dict[Any, list[Any]] = {key: [] for key in keys}
    for row in rows:
        grouped[row["parent"]].append(row)
    return [grouped[key] for key in keys]


def _connection(mapping: TypeMapping, page: Page, rows: Sequence[Any], count: Any, address: Any) -> Connection[Any]:
    more = len(rows) > page.size
    kept = list(rows[: page.size])
    if page.backwards:
        kept.reverse()
    nodes = [mapping.instance(row) for row in kept]
    cursors = [
        encode_cursor(page.belongs_to, [row[f"{ORDER_PREFIX}{place}"] for place in range(len(page.order))])
        for row in kept
    ]
    info = PageInfo(
        has_next_page=page.cursor is not None if page.backwards else more,
        has_previous_page=more if page.backwards else page.cursor is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
    return Connection(edges=edges, nodes=nodes, page_info=info, count=count, address=address)


def column_of(mapping: TypeMapping, table: Table, name: str) -> sa.ColumnElement[Any]:
    found = mapping.columns.get(name)
    return table.c[name] if found is None else found.expression(table)


def shown_of(mapping: TypeMapping, table: Table, name: str, viewer: Viewer) -> sa.ColumnElement[Any]:
    """A column's value, null where it is masked for the viewer."""
    found = mapping.columns.get(name)
    return table.c[name] if found is None else found.expression_for(table, viewer)


def order_of(mapping: TypeMapping, table: Table, name: str, viewer: Viewer) -> sa.ColumnElement[Any]:
    """What rows are ordered by, as far as the viewer may read it."""
    found = mapping.columns.get(name)
    return table.c[name] if found is None else found.order_for(table, viewer)


def loader(context: Context, name: Hashable, load: Any) -> DataLoader[Any, Any]:
    found = context.loaders.get(name)
    if found is None:
        found = context.loaders[name] = DataLoader(load_fn=load)
    return found
