"""Conditions of `where` that are no column's own: words looked for in several, something between two moments.

    @searchable(
        words("text", "검색어 · In its title or description.", "title", "description"),
        between("free", "이용 가능 · Has a free time between two moments.", sql=has_free_time),
    )
    @shows(listing, visible=everybody)
    @strawberry.type(description="상품 · ...")
    class Listing(Node): ...

They are parts of a list's `where` beside the columns' conditions, and are planned, counted and exported as those are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

import sqlalchemy as sa
import strawberry
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import Grouping

from core.errors import Problem
from core.language import Text
from schema.visibility import Table

Cls = TypeVar("Cls", bound=type)
MOST_LETTERS = 200
TOO_LONG = Problem("WHERE_TOO_LONG", Text("검색어는 {most}자까지 쓸 수 있습니다.", "Look for {most} letters at most."))
MOMENTS_REVERSED = Problem(
    "WHERE_MOMENTS_REVERSED", Text("since가 until보다 앞서야 합니다.", "`since` must be before `until`.")
)
FINDER_PROBLEMS = (TOO_LONG, MOMENTS_REVERSED)


@strawberry.input(description="두 시각 사이 · Between two moments.")
class Between:
    since: datetime = strawberry.field(description="부터 · Without an offset: in Seoul.")
    until: datetime = strawberry.field(description="까지 · Without an offset: in Seoul.")


@dataclass(frozen=True, slots=True)
class Finder:
    """A condition by its name in `where`: what is given there, how that is read into a parameter, and the SQL of it."""

    name: str
    description: str
    given: Any  # the type of the input's field
    bound: Any  # the parameter's SQL type
    read: Callable[[Any, str], Any]
    sql: Callable[[Table, sa.ColumnElement[Any]], sa.ColumnElement[bool]]
    columns: tuple[str, ...] = ()  # of which none may be masked


def words(name: str, description: str, *columns: str) -> Finder:
    """A text that any of these columns of the table contains, whatever the case."""

    def read(text: str, name: str) -> str:
        if len(text) > MOST_LETTERS:
            raise TOO_LONG.refuse("where", name, most=MOST_LETTERS)
        literal = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{literal}%"

    def sql(table: Table, bound: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.or_(*(table.c[column].ilike(bound, escape="\\") for column in columns))

    return Finder(name, description, str, sa.Text(), read, sql, columns)


def between(
    name: str,
    description: str,
    *,
    sql: Callable[[Table, sa.ColumnElement[Any], sa.ColumnElement[Any]], sa.ColumnElement[bool]],
) -> Finder:
    """Two moments, the first before the second; `sql` says of a row and the two whether it is looked for."""

    def read(given: Between, name: str) -> list[datetime]:
        if given.since >= given.until:
            raise MOMENTS_REVERSED.refuse("where", name)
        return [given.since, given.until]

    def of_two(table: Table, bound: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        both: Any = Grouping(bound)  # parenthesized, or its cast and its subscripts would be read as one type
        return sql(table, both[1], both[2])

    return Finder(name, description, Between, ARRAY(sa.DateTime(timezone=True)), read, of_two)


def searchable(*finders: Finder) -> Callable[[Cls], Cls]:
    """Let a list of a mapped type be narrowed by these besides its columns."""

    def decorate(cls: Cls) -> Cls:
        fields = {each.python_name: each for each in cast(Any, cls).__strawberry_definition__.fields}
        for each in finders:
            for column in each.columns:
                if getattr(fields.get(column), "shown", None) is not None:
                    raise TypeError(f"{each.name} looks in {column!r}, which is masked for some who see a row")
        cast(Any, cls).__dure_finders__ = {each.name: each for each in finders}
        return cls

    return decorate


def finders_of(cls: type[Any]) -> Mapping[str, Finder]:
    """By name; none for most types."""
    found: Mapping[str, Finder] = cls.__dict__.get("__dure_finders__", {})
    return found
