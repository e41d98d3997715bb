"""Personal data"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005_personal_data'
down_revision = '0004_jobs'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('house_secret',
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('purpose')
    )
    op.create_table('personal_fact',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('key_id', sa.Text(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('lookup', sa.LargeBinary(), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('name','number','birth','phone','email','other')", name='personal_fact_kind_known'),
    sa.CheckConstraint('num_nonnulls(sealed, lookup, key_id) = CASE WHEN erased_at IS NULL THEN 3 ELSE 0 END', name='personal_fact_erased_whole'),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('activity_id', 'name')
    )
    op.create_index('personal_fact_key', 'personal_fact', ['key_id', 'id'], unique=False)
    op.create_index('personal_fact_lookup', 'personal_fact', ['lookup'], unique=False, postgresql_where=sa.text('lookup IS NOT NULL'))
