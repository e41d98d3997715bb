"""JSON as text, glued together by PostgreSQL: the pieces a statement is written from."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

from schema.mapping import ColumnField, Mapping
from schema.planner.tree import NotPlanned
from schema.scalars import BigInt, Json
from schema.viewer import Viewer
from schema.visibility import Table

Text = sa.ColumnElement[str]
Part = str | sa.ColumnElement[Any]
MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'
OPEN, MIDDLE, CLOSE = "\x02", "\x1f", "\x03"  # around what a computed field needs; no JSON has these letters
UNTOLD = "\x01"  # in place of a value that is not of its declared type; no JSON has this letter


def glued(parts: Sequence[Part]) -> Text:
    """The parts one after another; words that meet become one."""
    merged: list[Any] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return _joined([word(part) if isinstance(part, str) else part for part in merged])


def _joined(texts: Sequence[Text]) -> Text:
    """Halves of halves: hundreds of fields in a row nest no deeper than a few."""
    if len(texts) == 1:
        return texts[0]
    middle = len(texts) // 2
    return _joined(texts[:middle]).op("||", return_type=sa.Text())(_joined(texts[middle:]))


def word(text: str) -> Text:
    quoted = text.replace("'", "''")
    return sa.literal_column(f"'{quoted}'", sa.Text)


def flag(value: bool) -> str:
    return "true" if value else "false"


def yes_no(condition: sa.ColumnElement[Any]) -> Text:
    return sa.case((condition, word("true")), else_=word("false"))


def or_null(text: sa.ColumnElement[Any]) -> Text:
    return sa.func.coalesce(text, word("null"))


def listed(each: Text) -> Text:
    """The rows as a JSON list."""
    return glued(["[", sa.func.coalesce(sa.func.string_agg(sa.cast(each, sa.Text), word(",")), word("")), "]"])


def listed_but_one(each: Text, size: int, backwards: bool) -> Text:
    """The rows of a page as a JSON list, without the one row more that tells whether another page is there."""
    rows = sa.func.array_agg(sa.cast(each, sa.Text), type_=sa.ARRAY(sa.Text))  # a constant has no type of its own
    if backwards:
        first = sa.func.greatest(1, sa.func.count() - size + 1)
        kept = slice_of(rows, first, sa.func.count())
    else:
        kept = slice_of(rows, sa.literal_column("1"), sa.literal_column(str(size)))
    return glued(["[", sa.func.coalesce(sa.func.array_to_string(kept, word(",")), word("")), "]"])


def slice_of(rows: Any, first: Any, last: Any) -> Any:
    return sa.type_coerce(rows, sa.ARRAY(sa.Text))[slice(first, last)]


def end_of(rows: Any, count: Any, size: int, backwards: bool, *, first: bool) -> Any:
    """The first or last of a page's values, the one row more aside."""
    if first:
        place = sa.func.greatest(1, count - size + 1) if backwards else sa.literal_column("1")
    else:
        place = count if backwards else sa.func.least(count, size)
    return rows[sa.cast(place, sa.Integer)]


def url_base64(text: Text) -> Text:
    """As URL-safe base64 without padding."""
    coded = sa.func.encode(sa.func.convert_to(text, word("UTF8")), word("base64"))
    return sa.func.translate(coded, sa.literal_column("E'+/=\\n'"), sa.literal_column("'-_'"))


def global_id(type_name: str, key: sa.ColumnElement[Any]) -> list[Part]:
    """As `to_global_id` writes it. Three bytes are four letters, so those of the type's name stand there as they are.

    Letters, digits, `_` and `:` give no `+` and no `/`, and an id is too short for lines: what is left are the `=`.
    """
    said = f"{type_name}:".encode()
    whole = len(said) // 3 * 3
    digits = sa.cast(key, sa.Text)
    rest = glued([said[whole:].decode(), digits]) if said[whole:] else digits
    coded = sa.func.encode(sa.cast(rest, sa.LargeBinary), word("base64"))
    return [b64encode(said[:whole]).decode(), sa.func.rtrim(coded, word("="))]


def column_text(field: ColumnField, mapping: Mapping, row: Table, viewer: Viewer) -> Part:
    """A column's value as JSON text, as Strawberry would print it."""
    kind: Any = field.type
    optional = isinstance(kind, StrawberryOptional)
    text = value_text(field.expression_for(row, viewer), kind.of_type if optional else kind)
    if optional:
        return or_null(text)
    sure = field.sql is None and not getattr(mapping.table.c[field.python_name], "nullable", True)
    return text if sure else sa.func.coalesce(text, word(UNTOLD))


def tellable(field: ColumnField) -> bool:
    """Whether PostgreSQL can print the column as Strawberry does."""
    try:
        kind: Any = field.type
        value_text(sa.null(), kind.of_type if isinstance(kind, StrawberryOptional) else kind)
    except NotPlanned:
        return False
    return True


def value_text(value: sa.ColumnElement[Any], kind: Any) -> Text:
    if isinstance(kind, StrawberryEnumDefinition):
        names = {each.value: each.name for each in kind.wrapped_cls}  # type: ignore[var-annotated]
        return sa.case(
            *[(value == sa.literal_column(_sql(stored)), word(f'"{name}"')) for stored, name in names.items()],
            (value.is_not(None), word(UNTOLD)),
        )
    if isinstance(kind, StrawberryList) and kind.of_type is str:
        return sa.cast(sa.func.array_to_json(value), sa.Text)
    if isinstance(kind, StrawberryList) and isinstance(kind.of_type, StrawberryEnumDefinition):
        unnested = sa.func.unnest(value, type_=sa.Text)
        each = unnested.table_valued(sa.column("word", sa.Text), name="each").render_derived()
        told = sa.func.string_agg(value_text(each.c.word, kind.of_type), word(","), type_=sa.Text)
        words = sa.select(told).select_from(each).correlate_except(each).scalar_subquery()
        return sa.case((value.is_not(None), glued(["[", sa.func.coalesce(words, word("")), "]"])))
    if kind in (int, BigInt):
        return sa.cast(value, sa.Text)
    if kind is bool:
        return yes_no(value)
    if kind is Json:
        return sa.cast(value, sa.Text)
    if kind in (str, Decimal, date, datetime):
        return plain_json(value, kind)
    raise NotPlanned(f"values of {kind} need Python")


def plain_json(value: sa.ColumnElement[Any], kind: Any) -> Text:
    if kind is int:
        return sa.cast(value, sa.Text)
    if kind is bool:
        return yes_no(value)
    if kind is str:
        return sa.cast(sa.func.to_json(sa.cast(value, sa.Text)), sa.Text)
    if kind is datetime:
        return glued(
            ['"', sa.func.to_char(value, sa.literal_column(f"'{MOMENT}'")), '"']
        )  # sessions run on Seoul's time
    if kind in (date, Decimal):
        return glued(['"', sa.cast(value, sa.Text), '"'])
    raise NotPlanned(f"values of {kind} cannot be a cursor")


def _sql(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
