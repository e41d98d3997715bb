"""The tables of seals. They are written by the functions in PostgreSQL only; see `service.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.database import columns


def _hash() -> Any:
    """32 bytes of SHA-256."""
    return Field(default=None, sa_type=sa.LargeBinary, nullable=False)


class Seal(SQLModel, table=True):
    """봉인: the root of a tree over rows, and the head of the chain up to here. Append-only; `id` is its number."""

    __tablename__ = "seal"
    __table_args__ = (
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("previous"),
        sa.CheckConstraint("id > 0 AND leaves > 0", name="seal_covers_something"),
        sa.CheckConstraint(
            "octet_length(root) = 32 AND octet_length(previous) = 32 AND octet_length(digest) = 32"
            " AND octet_length(salt) = 32",
            name="seal_hashes_whole",
        ),
    )
    id: int = Field(sa_column=sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False))
    version: int = columns.number()  # of the canonical form its leaves were made by
    leaves: int = columns.number()
    root: bytes = _hash()
    previous: bytes = _hash()
    digest: bytes = _hash()  # the head
    salt: bytes = _hash()  # never shown
    sealed_at: datetime = columns.moment()


class Leaf(SQLModel, table=True):
    """A sealed row: the table and id it is of, and the digest of what it said. Append-only."""

    __tablename__ = "seal_leaf"
    __table_args__ = (
        sa.CheckConstraint("octet_length(digest) = 32", name="seal_leaf_digest_whole"),
        sa.Index("seal_leaf_order", "seal_id", "of", "row_id"),
    )
    of: str = Field(sa_column=sa.Column("of", sa.Text(collation="C"), primary_key=True))
    row_id: int = Field(sa_column=sa.Column("row_id", sa.BigInteger, primary_key=True, autoincrement=False))
    seal_id: int = columns.reference("seal", index=False)
    digest: bytes = _hash()


class Waiting(SQLModel, table=True):
    """What was written and is not sealed yet; a trigger of the writing transaction puts it here."""

    __tablename__ = "seal_waiting"
    id: int = columns.identity()
    source: str = columns.text()
    row_id: int = columns.number()
    since: datetime = columns.moment(now=True)
