"""Whole lists as spreadsheets: the rows a connection would show page by page, read in one snapshot, written as read.

The same visibility, conditions and order in SQL; slices of a cursor go to a file, so memory does not grow with rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from core.actor import Actor
from core.database.connection import compile_statement
from core.documents.spreadsheets import Book
from core.house import House
from core.work import Work
from schema.addresses import AddressInvalid, Listed
from schema.context import Context
from schema.filters import FOUND, Condition, condition_sql
from schema.mapping import ConnectionField, Mapping, inner_type, mapping_of
from schema.reading import order_of
from schema.sheets import Drawn, drawn_columns, heading
from schema.viewer import Shape, Viewer, viewer_parameters

if TYPE_CHECKING:
    from schema.build import DureSchema

SLICE = 1_000  # rows fetched, and written, at once


@dataclass(frozen=True, slots=True)
class Exported:
    """A file as it was written: what it is called, how many rows it has, which personal facts are in plain."""

    name: str
    rows: int
    personal: frozenset[str]
    wanted: list[list[Any]]  # its conditions, as the audit has them


async def write_export(
    house: House, schema: DureSchema, actor: Actor, listed: Listed, path: Path, request_id: str
) -> Exported:
    """Write the list, as this actor may see it now; the audit says who took what. Raises `AddressInvalid`."""
    exported = await write_list(house, schema, actor, listed, path, request_id)
    async with house.work(actor, request_id) as work:
        record_export(work, listed, exported)
    return exported


async def write_list(
    house: House,
    schema: DureSchema,
    actor: Actor,
    listed: Listed,
    path: Path,
    request_id: str,
    progress: Callable[[int, int], None] | None = None,
) -> Exported:
    """Write the file alone; `progress` is told the rows written and how many there are. Raises `AddressInvalid`."""
    context = Context(house=house, request_id=request_id, actor=actor)
    viewer = Viewer(Shape.of(actor))
    field = _field_of(schema, listed.name)
    mapping = mapping_of(field.target)
    statement, drawn = _statement(schema, mapping, field, listed, viewer)
    title = heading(field.description)
    book = Book(path, title.removesuffix(" 목록"), [each.column for each in drawn])
    try:
        personal = await copied(context, statement, drawn, book, progress)
    except BaseException:  # its reader has gone, say
        book.abandon()
        raise
    about = {
        "목록": title,
        "조건": "; ".join(_said(listed)) or "없음",
        "건수": f"{book.rows:,}",
        "만든 시각": house.clock().isoformat(sep=" ", timespec="seconds"),
        "요청번호": request_id,
    }
    await asyncio.to_thread(book.close, about)
    wanted = [_recorded(mapping, each) for each in listed.wanted]
    return Exported(f"{title} {house.clock().date()}.xlsx", book.rows, frozenset(personal), wanted)


def record_export(work: Work, listed: Listed, exported: Exported) -> None:
    """Who took what, in the audit."""
    work.record(
        "export.written",
        "export",
        listed.name,
        organization_id=work.actor.organization_id,
        after={
            "where": exported.wanted,
            "order": [f"{name}{' desc' if down else ''}" for name, down in listed.order],
            "of": listed.key,
            "rows": exported.rows,
            "personal": sorted(exported.personal),
        },
    )


def _field_of(schema: DureSchema, name: str) -> ConnectionField:
    type_name, _, field_name = name.partition(".")
    found = schema.fields_of(type_name).get(field_name) if type_name in schema._schema.type_map else None
    if not isinstance(found, ConnectionField):
        raise AddressInvalid
    return found


def _statement(
    schema: DureSchema, mapping: Mapping, field: ConnectionField, listed: Listed, viewer: Viewer
) -> tuple[sa.Select[Any], list[Drawn]]:
    table = mapping.table.alias("t")
    added = [each for each, _ in schema.added.get(mapping.type_name, [])]
    drawn = drawn_columns(mapping, added, table, viewer, listed.wanted)
    narrowed = [mapping.visible(table, viewer)]
    for each in listed.wanted:

        def bind(kind: Any, value: Any = each.value) -> sa.ColumnElement[Any]:
            return sa.bindparam(None, value, type_=kind)

        narrowed.append(condition_sql(mapping, table, each, viewer, bind))
    if field.where is not None:
        narrowed.append(field.where(table))
    if field.remote is not None:
        narrowed.append(table.c[field.remote] == sa.bindparam(None, listed.key, type_=table.c[field.remote].type))
        narrowed += _parent_seen(schema, field, listed, viewer)
    steps = [(order_of(mapping, table, name, viewer), down) for name, down in listed.order]
    statement = sa.select(*[each.expression.label(f"c{place}") for place, each in enumerate(drawn)]).where(*narrowed)
    return statement.order_by(*[each.desc() if down else each.asc() for each, down in steps]), drawn


def _parent_seen(
    schema: DureSchema, field: ConnectionField, listed: Listed, viewer: Viewer
) -> list[sa.ColumnElement[bool]]:
    """That what the list belongs to may still be seen."""
    cls = schema.nodes_by_name.get(listed.name.partition(".")[0])
    if cls is None:
        return []
    parent = mapping_of(cls)
    row = parent.table.alias("parent")
    key = sa.bindparam(None, listed.key, type_=row.c[field.local].type)
    return [sa.exists().where(row.c[field.local] == key, parent.visible(row, viewer))]


async def copied(
    context: Context,
    statement: sa.Select[Any],
    drawn: Sequence[Drawn],
    book: Book,
    progress: Callable[[int, int], None] | None = None,
) -> set[str]:
    """Every row into the book; which personal facts were written in plain."""
    house = context.house
    parameters = viewer_parameters(context.actor, house.plugins.programs)
    sql, arguments = compile_statement(statement, parameters)
    personal: set[str] = set()
    async with house.database.transaction() as tx:
        await tx.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        total = 0
        if progress is not None:
            counted = sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
            count, given = compile_statement(counted, parameters)
            total = await tx.connection.fetchval(count, *given)
            progress(0, total)
        cursor = await tx.cursor(sql, *arguments)
        while rows := await cursor.fetch(SLICE):
            await asyncio.to_thread(_write, book, drawn, rows, context)
            personal |= {name for *_, name in context.disclosed}
            context.disclosed.clear()
            if progress is not None:
                progress(book.rows, total)
    return personal


def _write(book: Book, drawn: Sequence[Drawn], rows: Sequence[Any], context: Context) -> None:
    book.write(
        [
            [None if value is None else each.read(value, context) for value, each in zip(row, drawn, strict=True)]
            for row in rows
        ]
    )


def _recorded(mapping: Mapping, wanted: Condition) -> list[Any]:
    """A condition for the audit. What a text was compared with may name a person, and is left out."""
    column = mapping.columns.get(wanted.name)
    of_text = wanted.name in mapping.searches or (column is not None and inner_type(column.type) is str)
    of_text = of_text or wanted.operator == FOUND
    text = of_text and wanted.operator != "is_null"
    return [wanted.name, wanted.operator] if text else [wanted.name, wanted.operator, wanted.value]


def _said(listed: Listed) -> list[str]:
    return [f"{each.name} {each.operator.rstrip('_')} {each.value}" for each in listed.wanted]
