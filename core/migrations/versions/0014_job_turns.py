"""Jobs take turns between organizations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014_job_turns'
down_revision = '0013_attempts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('job', sa.Column('turn', sa.BigInteger(), server_default='0', nullable=False))
    op.create_index(
        'job_turn', 'job', ['organization_id', 'turn'], unique=False,
        postgresql_where=sa.text("state IN ('queued','running')"),
    )  # fmt: skip
