"""Attempts of every kind, counted by address and by subject; codes too long to be guessed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013_attempts'
down_revision = '0012_account_kinds'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table('sign_in_attempt')
    op.create_table('attempt',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("kind IN ('guess','sign_up','reset','look_up')", name='attempt_kind_known'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('attempt_by_origin', 'attempt', ['kind', 'origin', 'at'], unique=False)
    op.create_index('attempt_by_subject', 'attempt', ['kind', 'subject', 'at'], unique=False)
    op.create_table('member_origin',
    sa.Column('member_id', sa.BigInteger(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', 'origin')
    )
    op.drop_column('member', 'failed_sign_ins')
    op.drop_column('member', 'locked_until')
    op.add_column('one_time_code', sa.Column('person_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key('one_time_code_person_id_fkey', 'one_time_code', 'person', ['person_id'], ['id'])
    # codes of eight digits or ten letters were kept otherwise and could be guessed: they end, and are issued anew
    op.execute("UPDATE one_time_code SET expires_at = least(expires_at, now()) WHERE used_at IS NULL")
    op.drop_column('one_time_code', 'attempts')
