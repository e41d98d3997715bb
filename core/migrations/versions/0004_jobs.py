"""Jobs and messages"""

from __future__ import annotations

revision = '0004_jobs'
down_revision = '0003_seals'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
