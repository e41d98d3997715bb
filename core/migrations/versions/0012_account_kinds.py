"""Account kinds are closed, and decide which account has a floor and whose it is"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from core.migrations import execute_file

SQL = Path(__file__).parent.parent / "sql"

revision = '0012_account_kinds'
down_revision = '0011_requested'
branch_labels = None
depends_on = None

RULE = (
    "CASE WHEN kind = 'holder' THEN floored AND lotted AND organization_id IS NOT NULL"
    " WHEN kind IN ('fund','line','spent') THEN floored AND NOT lotted"
    " WHEN kind IN ('issuance','redeemed','expired') THEN NOT floored AND NOT lotted AND organization_id IS NULL"
    " WHEN kind = 'debt' THEN NOT floored AND NOT lotted AND organization_id IS NOT NULL ELSE false END"
)


def upgrade() -> None:
    # accounts are sealed and never edited: those on record that break the rule stay as they are, named in the constraint
    kept = op.get_bind().execute(sa.text(f"SELECT id FROM account WHERE NOT ({RULE}) ORDER BY id")).scalars().all()
    excused = f" OR id IN ({', '.join(str(each) for each in kept)})" if kept else ""
    op.create_check_constraint('account_kind_decides', 'account', RULE + excused)
    op.drop_constraint('account_lots_need_a_floor', 'account')
    execute_file(SQL / "0012_account_kinds.sql")
