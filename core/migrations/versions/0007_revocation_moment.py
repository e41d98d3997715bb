"""When an activity was revoked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007_revocation_moment'
down_revision = '0006_earned_before'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('activity', sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True))
    # the audit has the moment of every revocation there was; without it, that of this migration
    op.execute("""
        UPDATE activity a SET revoked_at = coalesce(
            (SELECT max(e.at) FROM audit_event e WHERE e.subject_type = 'activity' AND e.subject_id = a.id::text
             AND e.action = 'activity.revoked'), now())
        WHERE a.status = 'revoked'
    """)
    op.create_check_constraint(
        'activity_revoked_at_a_moment', 'activity', "(status = 'revoked') = (revoked_at IS NOT NULL)"
    )
