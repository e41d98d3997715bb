"""Columns as models declare them, so that every table spells the same thing the same way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

SQLModel.model_config["defer_build"] = True  # rows come from PostgreSQL: a validator for each table is never asked


def identity() -> Any:
    """A primary key the database counts up."""
    return Field(default=None, sa_column=sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True))


def reference(
    target: str, *, nullable: bool = False, index: bool = True, primary_key: bool = False, cascade: bool = False
) -> Any:
    """A foreign key to another table's `id` (or the column named after a dot). `cascade`: it goes when that goes."""
    column = target if "." in target else f"{target}.id"
    return Field(
        default=None,
        sa_type=sa.BigInteger,
        sa_column_args=[sa.ForeignKey(column, ondelete="CASCADE" if cascade else None)],
        nullable=nullable,
        index=index,
        primary_key=primary_key,
    )


def text(*, nullable: bool = False, index: bool = False, unique: bool = False, default: str | None = None) -> Any:
    extra: dict[str, Any] = {} if default is None else {"sa_column_kwargs": {"server_default": default}}
    return Field(default=default, sa_type=sa.Text, nullable=nullable, index=index, unique=unique, **extra)


def number(*, nullable: bool = False, default: int | None = None) -> Any:
    """A whole number of 64 bits: won, points, days."""
    extra: dict[str, Any] = {} if default is None else {"sa_column_kwargs": {"server_default": str(default)}}
    return Field(default=default, sa_type=sa.BigInteger, nullable=nullable, **extra)


def exact(*, nullable: bool = False) -> Any:
    """An exact decimal: rates, hours."""
    return Field(default=None, sa_type=sa.Numeric, nullable=nullable)


def flag(default: bool) -> Any:
    return Field(
        default=default,
        sa_type=sa.Boolean,
        nullable=False,
        sa_column_kwargs={"server_default": sa.true() if default else sa.false()},
    )


def day(*, nullable: bool = False, index: bool = False) -> Any:
    """A date in Asia/Seoul."""
    return Field(default=None, sa_type=sa.Date, nullable=nullable, index=index)


def moment(*, nullable: bool = False, now: bool = False) -> Any:
    """A point in time; `now` lets the database's clock set it."""
    extra: dict[str, Any] = {"sa_column_kwargs": {"server_default": sa.func.clock_timestamp()}} if now else {}
    return Field(default=None, sa_type=sa.DateTime(timezone=True), nullable=nullable, **extra)


def document(*, nullable: bool = False) -> Any:
    """A JSONB value."""
    return Field(default=None, sa_type=JSONB, nullable=nullable)


def binary(*, nullable: bool = False) -> Any:
    """Bytes: what is encrypted, and digests."""
    return Field(default=None, sa_type=sa.LargeBinary, nullable=nullable)


def texts() -> Any:
    """An array of text, empty by default."""
    return Field(
        default_factory=list,
        sa_type=ARRAY(sa.Text),
        nullable=False,
        sa_column_kwargs={"server_default": "{}"},
    )


__all__ = [
    "binary",
    "date",
    "datetime",
    "day",
    "document",
    "exact",
    "flag",
    "identity",
    "moment",
    "number",
    "reference",
    "text",
    "texts",
]
