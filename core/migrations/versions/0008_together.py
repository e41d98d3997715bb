"""Transfers that stand alone, written together"""

from __future__ import annotations

from pathlib import Path

from core.migrations import execute_file

revision = '0008_together'
down_revision = '0007_revocation_moment'
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file(Path(__file__).parent.parent / "sql" / "0008_together.sql")
