"""Files: what is stored, what is on its way in, and what is attached to what"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

SQL = Path(__file__).parent.parent / "sql"

revision = '0002_documents'
down_revision = '0001_core'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stored_file',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('file_type', sa.Text(), nullable=False),
    sa.Column('store_key', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name='stored_file_digest'),
    sa.CheckConstraint('size > 0', name='stored_file_not_empty'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sha256'),
    sa.UniqueConstraint('store_key')
    )
    op.create_table('upload',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('member_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('file_type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=True),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claim', sa.Text(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('file_id', sa.BigInteger(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attached', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.CheckConstraint('(file_id IS NULL) = (received_at IS NULL)', name='upload_received'),
    sa.CheckConstraint('size > 0', name='upload_not_empty'),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], ),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    op.create_index(op.f('ix_upload_file_id'), 'upload', ['file_id'], unique=False)
    op.create_index('upload_member', 'upload', ['member_id', 'requested_at'], unique=False)
    op.create_index('upload_requested_at', 'upload', ['requested_at'], unique=False)
    op.create_table('attachment',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('file_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('permission', sa.Text(), nullable=False),
    sa.Column('filing_id', sa.BigInteger(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('subject_type', sa.Text(), nullable=True),
    sa.Column('subject_id', sa.BigInteger(), nullable=True),
    sa.Column('requirement', sa.Text(), nullable=True),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('attached_by', sa.BigInteger(), nullable=True),
    sa.Column('attached_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('submitted_on', sa.Date(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retained_until', sa.Date(), nullable=True),
    sa.CheckConstraint('(subject_id IS NULL) = (subject_type IS NULL)', name='attachment_subject_whole'),
    sa.CheckConstraint('line > 0', name='attachment_line_counted_from_one'),
    sa.CheckConstraint('num_nonnulls(filing_id, subject_id) = 1', name='attachment_of_one_thing'),
    sa.CheckConstraint('withdrawn_at IS NULL OR submitted_on IS NOT NULL', name='attachment_withdrawn_once_filed'),
    sa.ForeignKeyConstraint(['attached_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], ),
    sa.ForeignKeyConstraint(['filing_id'], ['filing.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('attachment_filing', 'attachment', ['filing_id', 'id'], unique=False)
    op.create_index('attachment_organization', 'attachment', ['organization_id', 'id'], unique=False)
    op.create_index('attachment_retained_until', 'attachment', ['retained_until'], unique=False)
    op.create_index('attachment_subject', 'attachment', ['subject_type', 'subject_id'], unique=False)
    op.create_index(op.f('ix_attachment_file_id'), 'attachment', ['file_id'], unique=False)
    op.get_bind().connection.dbapi_connection.run_async(
        lambda connection: connection.execute((SQL / "0002_documents.sql").read_text(encoding="utf-8"))
    )
