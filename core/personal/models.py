"""What is kept encrypted: the house's own secrets, and the facts of activities that say who somebody is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class HouseSecret(SQLModel, table=True):
    """내부 비밀값: made once for a database, kept encrypted by a master key that only the settings hold."""

    __tablename__ = "house_secret"
    purpose: str = columns.text()
    key_id: str = columns.text()
    sealed: bytes = columns.binary()
    __table_args__ = (sa.PrimaryKeyConstraint("purpose"),)


class PersonalFact(SQLModel, table=True):
    """개인정보 사실: one personal fact of an activity, encrypted for that very place; empty once it was erased.

    `lookup` is a keyed digest of the value: the same value has the same one, and nobody without the key can try names.
    """

    __tablename__ = "personal_fact"
    __table_args__ = (
        sa.UniqueConstraint("activity_id", "name"),
        sa.CheckConstraint(
            "kind IN ('name','number','birth','phone','email','other')", name="personal_fact_kind_known"
        ),
        sa.CheckConstraint(
            "num_nonnulls(sealed, lookup, key_id) = CASE WHEN erased_at IS NULL THEN 3 ELSE 0 END",
            name="personal_fact_erased_whole",
        ),
        sa.Index("personal_fact_lookup", "lookup", postgresql_where=sa.text("lookup IS NOT NULL")),
        sa.Index("personal_fact_key", "key_id", "id"),
    )
    id: int = columns.identity()
    activity_id: int = columns.reference("activity", index=False, cascade=True)
    name: str = columns.text()
    kind: str = columns.text()
    key_id: str | None = columns.text(nullable=True)
    sealed: bytes | None = columns.binary(nullable=True)
    lookup: bytes | None = columns.binary(nullable=True)
    erased_at: datetime | None = columns.moment(nullable=True)
