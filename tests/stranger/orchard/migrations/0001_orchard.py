"""Orchards"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_orchard"
down_revision = None
branch_labels = ("orchard",)
depends_on = "core"


def upgrade() -> None:
    op.create_table(
        "orchard",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hectares", sa.Numeric(), nullable=False),
        sa.Column("planted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("hectares > 0", name="orchard_hectares"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_orchard_organization_id"), "orchard", ["organization_id"], unique=False)
