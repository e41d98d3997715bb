"""What a plugin brings besides its `Program`: tables, GraphQL parts, examples, commands. Values, all frozen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.language import Text

if TYPE_CHECKING:
    from sqlmodel import SQLModel

    from core.database import Transaction
    from core.documents.spreadsheets import SheetColumn
    from core.documents.verification import DocumentView
    from core.house import House
    from core.work import Work

Values = TypeVar("Values")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """A plugin's tables and the folder of its alembic revisions, a branch labelled with the plugin's name."""

    models: tuple[type[SQLModel], ...]
    migrations: Path
    append_only: tuple[type[SQLModel], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLParts:
    """A plugin's part of the one schema: Strawberry classes whose fields join `Query`, `Mutation`, `Subscription`.

    `types` are object types to be reachable though no field names them; `extends` adds the fields of a class to a
    type of core or of another plugin, by that type's GraphQL name.
    """

    query: tuple[type, ...] = ()
    mutation: tuple[type, ...] = ()
    subscription: tuple[type, ...] = ()
    types: tuple[type, ...] = ()
    extends: Mapping[str, tuple[type, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """An example operation, shown in the explorer and run by the tests."""

    title: str
    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[Values]):
    """A document a plugin sets (서식): `main.typ` in a folder of its own, filled with a dataclass.

    The template is tried with `sample` when Dure starts. `load` finds what `/documents/forms/<plugin>/<code>/<key>.pdf`
    is filled with, for the actor of the work; None when there is nothing under the key for its eyes. Without `load` the
    plugin sets its pages itself.
    """

    code: str
    names: Text
    folder: Path
    sample: Values
    load: Callable[[Work, str], Awaitable[Values | None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """One table of a workbook, on a sheet of its own: its name, the lines above its headings, its columns and rows."""

    name: str
    title: tuple[str, ...] = ()
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """What a workbook is written from: its tables in order, what its last sheet says of it, and the file's name."""

    file_name: str  # without its ending
    tables: tuple[SheetTable, ...]
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """A spreadsheet a plugin sets (통합 문서), of several tables.

    `load` finds what `/documents/workbooks/<plugin>/<code>/<key>.xlsx` is written from, for the actor of the work; None
    when there is nothing under the key for its eyes.
    """

    code: str
    names: Text
    load: Callable[[Work, str], Awaitable[Sheets | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifiable:
    """A document of a plugin that anybody may check by its number at `/verify/<number>` (진위 확인).

    `find` answers what the public may know of a number on a day; None when it is none of its own. Numbers are made by
    `core.benefits.new_number`, so that no two documents share one.
    """

    code: str
    names: Text
    find: Callable[[Transaction, str, date], Awaitable[DocumentView | None]]


@dataclass(frozen=True, slots=True)
class Check:
    """대조: what `dure verify` compares, one statement, so that it sees one moment of what is written to meanwhile.

    `sql` answers a row for each thing it compares, all in columns called id, expected and found. Where the last two
    differ, NULL counted as a value, a lie is told: `{table} {id}: {what} expected …, found …`.
    """

    names: Text
    table: str  # whose ids the rows carry
    what: str  # what is compared of it
    sql: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command a plugin adds to `dure`: a typer function and its words, e.g. `import completions`."""

    name: str
    function: Callable[..., None]


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """Somebody a demo lets sign in: the login id, the password, and who that is."""

    login_id: str
    password: str
    who_ko: str
    who_en: str


@dataclass(frozen=True, slots=True)
class Demo:
    """Data to try a program with. `load` does nothing when it has already run."""

    load: Callable[[House], Awaitable[None]]
    sign_ins: tuple[DemoSignIn, ...] = ()
