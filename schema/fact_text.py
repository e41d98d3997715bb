"""One fact of an activity as JSON text, written by PostgreSQL from the row's own JSON."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.program import Choice
from schema.planner.text import UNTOLD, glued, word


def fact_text(facts: Any, field: dataclasses.Field[Any], hint: Any) -> Any:
    """One fact as JSON text. What is not as declared is left to Python; what an old row lacks is its default."""
    kinds = [each for each in get_args(hint) if each is not NoneType] or [hint]
    given = facts.op("->", return_type=JSONB())(literal(field.name))
    known = sa.func.coalesce(sa.func.jsonb_typeof(given), literal("missing"))
    whens = _told(kinds[0], facts.op("->>", return_type=sa.Text())(literal(field.name)), sa.cast(given, sa.Text), known)
    if kinds != [hint]:
        whens.append((known == literal("null"), word("null")))
    if field.default is not dataclasses.MISSING:
        whens.append((known == literal("missing"), word(_default(field.default))))
    return sa.case(*whens, else_=word(UNTOLD))


def _told(kind: Any, plain: Any, text: Any, known: Any) -> list[tuple[Any, Any]]:
    """When a fact of this kind is as declared, and how it is told then: mostly as the row's JSON has it."""
    if issubclass(kind, Choice):
        return [
            (sa.and_(known == literal("string"), plain == literal(str(each.value))), word(f'"{each.name}"'))
            for each in kind
        ]
    if kind is Decimal:
        number = sa.cast(plain, sa.Numeric)
        below_nothing = sa.and_(plain.like(literal("-%")), number == 0)  # PostgreSQL knows no -0
        return [
            (sa.and_(known == literal("string"), sa.not_(below_nothing)), glued(['"', sa.cast(number, sa.Text), '"']))
        ]
    if kind is bool:
        return [(known == literal("boolean"), text)]
    if kind is int:
        return [(sa.and_(known == literal("number"), text.not_like(literal("%.%"))), text)]
    if kind is date:
        return [(sa.and_(known == literal("string"), plain.like(literal("____-__-__"))), text)]
    return [(known == literal("string"), text)]


def _default(value: Any) -> str:
    """A default as GraphQL prints it, in JSON."""
    if isinstance(value, Choice):
        value = value.name
    elif isinstance(value, Decimal):
        value = format(value, "f")
    return json.dumps(value, ensure_ascii=False, default=str)


def literal(text: str) -> Any:
    quoted = text.replace("'", "''")
    return sa.literal_column(f"'{quoted}'", sa.Text)
