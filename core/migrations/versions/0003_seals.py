"""Seals over the audit and the ledger"""

from __future__ import annotations

revision = '0003_seals'
down_revision = '0002_documents'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
