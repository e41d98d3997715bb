"""A pool, a transaction, and the compiling of SQLAlchemy Core statements for asyncpg."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, TypeVar, cast

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.orm import class_mapper
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import SQLModel

from core.database.connections import UNREACHABLE, Connections
from core.database.login import IDENTITY, require_application
from core.database.unavailable import DatabaseUnavailable, OutcomeUnknown, is_lost

Statement: TypeAlias = sa.sql.expression.Executable
Row: TypeAlias = asyncpg.Record
Cursor: TypeAlias = asyncpg.cursor.Cursor
Model = TypeVar("Model", bound=SQLModel)

DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call]
CONNECT_SECONDS = 10  # to a server that does not answer at all
_compiled: dict[Any, SQLCompiler] = {}
_COMPILED_LIMIT = 4096
SLICE = 2_000  # rows of one insert: more would hold the event loop up while they are encoded
STATEMENTS_REMEMBERED = 100  # prepared statements a connection keeps
POSTGRES_EPOCH = date(2000, 1, 1).toordinal()


class Utf8(sa.types.UserDefinedType[bytes]):
    """Text that the driver hands over as it came, to be sent on: reading it into letters and back takes a while.

    A cast to it costs PostgreSQL nothing. It is PostgreSQL's `bpchar`, which nothing else here is.
    """

    cache_ok = True

    def get_col_spec(self, **_keywords: Any) -> str:
        return "bpchar"


def table_of(model: type[SQLModel]) -> sa.Table:
    """The table behind a model, for statements in SQLAlchemy Core. A value left out is the database's default."""
    table = cast(sa.Table, model.__table__)  # type: ignore[attr-defined]
    for column in table.columns:
        column.default = None  # the model's is for Python; in an insert it would bind NULL
    return table


def made_of(model: type[Model], row: Mapping[str, Any]) -> Model:
    """A row as its model, the way SQLAlchemy loads one: set attribute by attribute it takes many times longer."""
    made: Model = class_mapper(model).class_manager.new_instance()
    made.__dict__.update(row)
    return made


def any_of(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """`column = ANY(values)`: one parameter however many values, so the statement is compiled and prepared once."""
    return column == sa.any_(sa.bindparam(None, list(values), type_=ARRAY(column.type)))


def compile_statement(statement: Statement, values: Mapping[str, Any] | None = None) -> tuple[str, list[Any]]:
    """SQL text with `$n` parameters, and their values in order."""
    key = statement._generate_cache_key()  # type: ignore[attr-defined]
    compiled = _compiled.get(key.key) if key is not None else None
    if compiled is None:
        compiled = cast(SQLCompiler, statement.compile(dialect=DIALECT, cache_key=key))  # type: ignore[attr-defined]
        if key is not None:
            if len(_compiled) >= _COMPILED_LIMIT:
                _compiled.clear()
            _compiled[key.key] = compiled
    extracted = key.bindparams if key is not None else None
    parameters = compiled.construct_params(dict(values or {}), extracted_parameters=extracted)
    if compiled.post_compile_params:  # an IN over a list: one parameter for each value
        expanded = compiled._process_parameters_for_postcompile(parameters)
        parameters = {**parameters, **expanded.additional_parameters}
        return expanded.statement, [parameters[name] for name in expanded.positiontup or ()]
    return compiled.string, [parameters[name] for name in compiled.positiontup or ()]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement compiled once: SQL text, the names of its parameters in order, and those that are always the same."""

    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, statement: sa.Select[Any]) -> Prepared:
        """Parameters without a value in the statement are given with every run."""
        compiled = statement.compile(dialect=DIALECT)
        if compiled.post_compile_params:  # an IN over a list that is always the same
            expanded = compiled._process_parameters_for_postcompile(dict(compiled.params))
            sql, names, given = expanded.statement, expanded.positiontup, expanded.additional_parameters
        else:
            sql, names, given = compiled.string, compiled.positiontup, {}
        constants = {name: value for name, value in {**compiled.params, **given}.items() if value is not None}
        return cls(sql, tuple(names or ()), constants)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the statement's order. Raises `KeyError` for one that is missing."""
        constants = self.constants
        return [values[name] if name in values else constants[name] for name in self.names]


class Transaction:
    """One database transaction: statements run in it, in order, on one connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        sql, arguments = compile_statement(statement, values)
        return cast(list[Row], await self.connection.fetch(sql, *arguments))

    async def prepared_rows(self, prepared: Prepared, values: Mapping[str, Any]) -> list[Row]:
        return cast(list[Row], await self.connection.fetch(prepared.sql, *prepared.arguments(values)))

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        sql, arguments = compile_statement(statement, values)
        return await self.connection.fetchrow(sql, *arguments)

    async def value(self, statement: Statement, **values: Any) -> Any:
        sql, arguments = compile_statement(statement, values)
        return await self.connection.fetchval(sql, *arguments)

    async def execute(self, statement: Statement, **values: Any) -> int:
        """Run it; the number of rows it touched."""
        sql, arguments = compile_statement(statement, values)
        status = cast(str, await self.connection.execute(sql, *arguments))
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def one(self, model: type[Model], statement: Statement, **values: Any) -> Model | None:
        """The row as its model, or None."""
        row = await self.row(statement, **values)
        return None if row is None else made_of(model, row)

    async def all(self, model: type[Model], statement: Statement, **values: Any) -> list[Model]:
        return [made_of(model, row) for row in await self.rows(statement, **values)]

    async def insert(self, model: type[Model], **values: Any) -> Model:
        """Insert one row and answer it as the database has it."""
        table = table_of(model)
        row = await self.row(sa.insert(table).values(**values).returning(table))
        assert row is not None
        return model(**dict(row))

    async def insert_many(self, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows set-based, as a statement over arrays for each few thousand of them."""
        for begin in range(0, len(rows), SLICE):
            await self._insert_slice(model, columns, rows[begin : begin + SLICE])

    async def _insert_slice(self, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        table = table_of(model)
        types = [table.c[name].type for name in columns]
        arrays = [
            sa.bindparam(f"column_{number}", list(values), type_=ARRAY(kind))
            for number, (values, kind) in enumerate(zip(zip(*rows, strict=True), types, strict=True))
        ]
        lines = sa.func.unnest(*arrays).table_valued(*[sa.column(f"c{n}", kind) for n, kind in enumerate(types)])
        lines = lines.render_derived(name="lines")
        source = sa.select(*[lines.c[f"c{n}"] for n in range(len(columns))])
        await self.execute(sa.insert(table).from_select(list(columns), source))

    async def cursor(self, sql: str, *arguments: Any) -> Cursor:
        """A cursor over a large result. Its statement has a name of its own: behind a pooler, sessions are shared."""
        statement = await self.connection.prepare(sql, name=f"dure_{uuid.uuid4().hex}")
        return await statement.cursor(*arguments)

    async def copy_in(self, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Stream many rows in by COPY."""
        await self.connection.copy_records_to_table(table_of(model).name, records=rows, columns=list(columns))


class Database:
    """Connections by the application's login, which may not touch a ledger but by its functions."""

    def __init__(self, pool: asyncpg.Pool, size: int) -> None:
        self.connections = Connections(pool, size)

    @classmethod
    async def connect(cls, url: str, *, size: int = 10) -> Database:
        return cls(await open_pool(url, size=size), size)

    async def close(self) -> None:
        await self.connections.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction, committed when the block ends. Raises `OutcomeUnknown` when the commit got no answer."""
        connection, transaction = await self._begin()
        async with self._lent(connection):
            try:
                yield Transaction(connection)
            except BaseException:
                try:
                    await transaction.rollback()
                except UNREACHABLE as error:
                    if not is_lost(error):  # else PostgreSQL has undone it
                        raise
                raise
            if connection.is_closed():
                raise DatabaseUnavailable("the connection was lost before the transaction was committed")
            try:
                await transaction.commit()
            except UNREACHABLE as error:
                if not is_lost(error):
                    raise
                raise OutcomeUnknown("the connection was lost while a transaction was being committed") from error

    async def _begin(self) -> tuple[asyncpg.Connection, asyncpg.transaction.Transaction]:
        """A transaction that has begun. A connection that ended unnoticed is replaced: nothing was asked of it yet."""
        for more in reversed(range(self.connections.size + 1)):
            connection = await self.connections.take()
            transaction = connection.transaction()
            try:
                await transaction.start()
            except BaseException as error:
                await self.connections.drop(connection)
                if not (more and isinstance(error, UNREACHABLE) and is_lost(error)):
                    raise
            else:
                return connection, transaction
        raise AssertionError("the last attempt answers or raises")

    async def row(self, sql: str, *arguments: Any) -> Row | None:
        """One row of one statement that only reads, on whichever connection is free: the shortest way there is."""
        connection = await self.connections.take()
        try:
            found: Row | None = await connection.fetchrow(sql, *arguments)
        except UNREACHABLE as error:
            if not is_lost(error):  # the statement's fault, not the connection's
                self.connections.give(connection)
                raise
            await self.connections.drop(connection)
        except BaseException:
            await self.connections.drop(connection)
            raise
        else:
            self.connections.give(connection)
            return found
        async with self.reading() as tx:  # it ended, maybe unnoticed until now: asked once more, on another
            return await tx.connection.fetchrow(sql, *arguments)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A connection outside a transaction: each statement sees what is committed when it starts."""
        connection = await self.connections.take()
        async with self._lent(connection):
            yield Transaction(connection)

    @asynccontextmanager
    async def _lent(self, connection: asyncpg.Connection) -> AsyncIterator[None]:
        """Take the connection back when the block ends."""
        try:
            yield
        except asyncpg.ReadOnlySQLTransactionError:  # its server takes no writes any more: the next may be another
            connection.terminate()
            await self.connections.drop(connection)
            raise
        except BaseException:
            await self.connections.drop(connection)
            raise
        self.connections.give(connection)


async def open_pool(url: str, *, size: int) -> asyncpg.Pool:
    """The driver's own pool, by the application's login, for parts that bring their own SQL.

    Behind a pooler every transaction may have another session, so nothing is prepared for later ones. Raises
    `LoginRefused` when the login is not the application's.
    """
    remembered = 0 if await is_pooled(url) else STATEMENTS_REMEMBERED
    return await asyncpg.create_pool(
        plain_url(url), min_size=1, max_size=size, init=_prepare_connection, reset=_keep_session,
        statement_cache_size=remembered, timeout=CONNECT_SECONDS,
    )  # fmt: skip


async def is_pooled(url: str) -> bool:
    """Whether a pooler stands between: then the session that answers is not the one that was opened."""
    connection = await asyncpg.connect(plain_url(url), statement_cache_size=0)
    try:
        return bool(await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid())
    finally:
        await connection.close()


def plain_url(url: str) -> str:
    """The URL as asyncpg reads it, without SQLAlchemy's driver mark."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda data: orjson.loads(data[1:]),
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )
    await connection.set_type_codec(
        "bpchar", schema="pg_catalog", format="binary", encoder=_nothing_sent, decoder=lambda data: data
    )
    # the driver's own codec reads the calendar's last day as infinity, and writes it so
    await connection.set_type_codec(
        "date",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda day: (day.toordinal() - POSTGRES_EPOCH,),
        decoder=lambda days: date.fromordinal(days[0] + POSTGRES_EPOCH),
    )
    require_application(await connection.fetchrow(IDENTITY))


def _nothing_sent(_value: object) -> bytes:
    raise TypeError("Utf8 is how text is read, not how it is sent")


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Nothing to reset: no state of a session is ever set. What a transaction sets ends with it."""
