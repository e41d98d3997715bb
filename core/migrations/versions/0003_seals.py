"""Seals over the audit and the ledger"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

SQL = Path(__file__).parent.parent / "sql"

revision = '0003_seals'
down_revision = '0002_documents'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('seal',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('leaves', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('id > 0 AND leaves > 0', name='seal_covers_something'),
    sa.CheckConstraint('octet_length(root) = 32 AND octet_length(previous) = 32 AND octet_length(digest) = 32 AND octet_length(salt) = 32', name='seal_hashes_whole'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('digest'),
    sa.UniqueConstraint('previous')
    )
    op.create_table('seal_waiting',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('row_id', sa.BigInteger(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('seal_leaf',
    sa.Column('of', sa.Text(collation='C'), nullable=False),
    sa.Column('row_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('seal_id', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('octet_length(digest) = 32', name='seal_leaf_digest_whole'),
    sa.ForeignKeyConstraint(['seal_id'], ['seal.id'], ),
    sa.PrimaryKeyConstraint('of', 'row_id')
    )
    op.create_index('seal_leaf_order', 'seal_leaf', ['seal_id', 'of', 'row_id'], unique=False)
    op.create_index('audit_event_at', 'audit_event', ['at'], unique=False, postgresql_using='brin')
    op.create_index('audit_event_actor', 'audit_event', ['actor_id', 'id'], unique=False)
    op.get_bind().connection.dbapi_connection.run_async(
        lambda connection: connection.execute((SQL / "0003_seals.sql").read_text(encoding="utf-8"))
    )
