"""Files: what is uploaded and kept"""

from __future__ import annotations

revision = '0002_documents'
down_revision = '0001_core'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
