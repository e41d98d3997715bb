"""Expiring what was earned before a day"""

from __future__ import annotations

from pathlib import Path

from alembic import op

SQL = Path(__file__).parent.parent / "sql"

revision = '0006_earned_before'
down_revision = '0005_personal_data'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().connection.dbapi_connection.run_async(
        lambda connection: connection.execute((SQL / "0006_earned_before.sql").read_text(encoding="utf-8"))
    )
