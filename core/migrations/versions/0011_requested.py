"""What the rows of a filing would earn, as they are filed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011_requested'
down_revision = '0010_boards'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('activity', sa.Column('requested_filer', sa.BigInteger(), nullable=True))
    op.add_column('activity', sa.Column('requested_subject', sa.BigInteger(), nullable=True))
    # what was approved before asked for what it got; of what waits, the next submission says it
    op.execute(
        "UPDATE activity SET requested_filer = points_filer, requested_subject = points_subject"
        " WHERE status IN ('approved', 'revoked')"
    )
    op.create_check_constraint(
        'activity_request_not_negative', 'activity', "requested_filer >= 0 AND requested_subject >= 0"
    )
