"""Personal data"""

from __future__ import annotations

revision = '0005_personal_data'
down_revision = '0004_jobs'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
