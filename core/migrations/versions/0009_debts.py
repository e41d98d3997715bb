"""Debts: earnings taken back whole, and paid first by what comes in"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from core.migrations.run import execute_file

SQL = Path(__file__).parent.parent / "sql"

revision = '0009_debts'
down_revision = '0008_together'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('account', sa.Column('owed', sa.BigInteger(), server_default='0', nullable=False))
    op.create_check_constraint(
        'account_debts_come_first', 'account',
        "owed >= 0 AND CASE WHEN kind = 'debt' THEN posted = -owed ELSE owed = 0 OR (lotted AND posted = held) END",
    )  # fmt: skip
    op.drop_constraint('filing_status_known', 'filing')
    op.create_check_constraint(
        'filing_status_known', 'filing',
        "status IN ('draft','submitted','supplement_requested','approved','partially_approved','rejected',"
        "'cancelled','revoked')",
    )  # fmt: skip
    op.drop_index('filing_same_content', 'filing')
    op.create_index(
        'filing_same_content', 'filing', ['program', 'activity_type', 'organization_id', 'content_hash'], unique=True,
        postgresql_where=sa.text("content_hash IS NOT NULL AND status NOT IN ('cancelled','rejected','revoked')"),
    )  # fmt: skip
    execute_file(SQL / "0009_debts.sql")
    execute_file(SQL / "0009_debts_verbs.sql")
