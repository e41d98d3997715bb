"""Jobs and messages"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).parent.parent / "sql"

revision = '0004_jobs'
down_revision = '0003_seals'
branch_labels = None
depends_on = None


def run_file(name: str) -> None:
    """Run a file of SQL beside this folder, whole."""
    op.get_bind().connection.dbapi_connection.run_async(
        lambda connection: connection.execute((SQL / name).read_text(encoding="utf-8"))
    )


def upgrade() -> None:
    run_file("0004_queue.sql")
    op.create_table('job',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('arguments', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Text(), server_default='queued', nullable=False),
    sa.Column('done', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=True),
    sa.Column('attempts', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('runner', sa.Text(), nullable=True),
    sa.Column('scheduled_for', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_by', sa.BigInteger(), nullable=True),
    sa.Column('organization_id', sa.BigInteger(), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('problems', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('file_key', sa.Text(), nullable=True),
    sa.Column('file_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_ko', sa.Text(), nullable=True),
    sa.Column('error_en', sa.Text(), nullable=True),
    sa.CheckConstraint('(file_key IS NULL) = (file_until IS NULL)', name='job_file_whole'),
    sa.CheckConstraint("file_key IS NULL OR state = 'done'", name='job_file_once_done'),
    sa.CheckConstraint("(state IN ('queued','running')) = (finished_at IS NULL)", name='job_finished'),
    sa.CheckConstraint("state <> 'running' OR runner IS NOT NULL", name='job_run_by_somebody'),
    sa.CheckConstraint("state IN ('queued','running','done','refused','dead')", name='job_state_known'),
    sa.CheckConstraint('done >= 0 AND (total IS NULL OR done <= total)', name='job_progress'),
    sa.ForeignKeyConstraint(['asked_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('file_key'),
    sa.UniqueConstraint('name', 'scheduled_for')
    )
    op.create_index(op.f('ix_job_organization_id'), 'job', ['organization_id'], unique=False)
    op.create_index('job_asked_by', 'job', ['asked_by', 'id'], unique=False)
    op.create_index('job_file_until', 'job', ['file_until'], unique=False, postgresql_where=sa.text('file_until IS NOT NULL'))
    op.create_index('job_one_scheduled_at_once', 'job', ['name'], unique=True, postgresql_where=sa.text("scheduled_for IS NOT NULL AND state IN ('queued','running')"))
    op.create_index('job_open', 'job', ['id'], unique=False, postgresql_where=sa.text("state IN ('queued','running')"))
    op.create_index('job_state', 'job', ['state', 'id'], unique=False)
    op.create_table('notice',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('days', sa.BigInteger(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('points_expiring','certificate_lapsing')", name='notice_kind_known'),
    sa.CheckConstraint('days > 0', name='notice_days'),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('kind', 'organization_id', 'subject', 'days')
    )
    op.add_column('message', sa.Column('language', sa.Text(), nullable=True))
    op.add_column('message', sa.Column('good_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('message', sa.Column('job_id', sa.BigInteger(), nullable=True))
    op.create_check_constraint('message_language_known', 'message', "language IN ('ko','en')")
