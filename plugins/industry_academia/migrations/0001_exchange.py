"""The exchange"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from core.migrations import execute_file

revision = '0001_exchange'
down_revision = None
branch_labels = ('industry_academia',)
depends_on = 'core'


def upgrade() -> None:
    op.create_table('ia_exchange_counter',
    sa.Column('year', sa.BigInteger(), nullable=False),
    sa.Column('last', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('year')
    )
    op.create_table('ia_exchange_listing',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('university_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('place', sa.Text(), server_default='', nullable=False),
    sa.Column('price_won', sa.BigInteger(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('capacity', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_by', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'draft') = (published_at IS NULL)", name='ia_exchange_listing_published'),
    sa.CheckConstraint("kind IN ('equipment','facility')", name='ia_exchange_listing_kind_known'),
    sa.CheckConstraint("status IN ('draft','published','closed')", name='ia_exchange_listing_status_known'),
    sa.CheckConstraint("title !~ '^\\s*$'", name='ia_exchange_listing_titled'),
    sa.CheckConstraint("unit IN ('hour','day','use')", name='ia_exchange_listing_unit_known'),
    sa.CheckConstraint('capacity > 0', name='ia_exchange_listing_capacity'),
    sa.CheckConstraint('price_won BETWEEN 1 AND 1000000000', name='ia_exchange_listing_price'),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['university_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('id', 'unit')
    )
    op.create_index('ia_exchange_listing_on_offer', 'ia_exchange_listing', ['id'], unique=False, postgresql_where=sa.text("status = 'published'"))
    op.create_index(op.f('ix_ia_exchange_listing_university_id'), 'ia_exchange_listing', ['university_id'], unique=False)
    op.create_table('ia_exchange_slot',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('listing_id', sa.BigInteger(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("CASE unit WHEN 'use' THEN units = 1 WHEN 'hour' THEN extract(epoch FROM until_at - from_at) = units * 3600 ELSE extract(epoch FROM until_at - from_at) = units * 86400 AND (from_at AT TIME ZONE 'Asia/Seoul')::time = '00:00' END", name='ia_exchange_slot_whole_units'),
    sa.CheckConstraint('units > 0', name='ia_exchange_slot_units'),
    sa.CheckConstraint('until_at > from_at', name='ia_exchange_slot_in_order'),
    sa.ForeignKeyConstraint(['listing_id', 'unit'], ['ia_exchange_listing.id', 'ia_exchange_listing.unit'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ia_exchange_slot_listing', 'ia_exchange_slot', ['listing_id', 'from_at'], unique=False)
    op.create_table('ia_exchange_order',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('listing_id', sa.BigInteger(), nullable=False),
    sa.Column('company_id', sa.BigInteger(), nullable=False),
    sa.Column('university_id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default='requested', nullable=False),
    sa.Column('taken', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('price_won', sa.BigInteger(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('fee_won', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('terms_effective', sa.Date(), nullable=False),
    sa.Column('rate', sa.Numeric(), nullable=False),
    sa.Column('won_per_point', sa.BigInteger(), nullable=False),
    sa.Column('hold_id', sa.BigInteger(), nullable=True),
    sa.Column('transfer_id', sa.BigInteger(), nullable=True),
    sa.Column('reversal_id', sa.BigInteger(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=False),
    sa.Column('request_hash', sa.Text(), nullable=False),
    sa.Column('change_key', sa.Text(), nullable=True),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ordered_by', sa.BigInteger(), nullable=True),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_by', sa.BigInteger(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.BigInteger(), nullable=True),
    sa.Column('paid_won', sa.BigInteger(), nullable=True),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint("(ended_at IS NULL) = (reason IS NULL) AND reason !~ '^\\s*$'", name='ia_exchange_order_reasoned'),
    sa.CheckConstraint("(reversal_id IS NOT NULL) = (points > 0 AND status = 'reversed')", name='ia_exchange_order_reversed_by_a_transaction'),
    sa.CheckConstraint("(status IN ('rejected','cancelled','lapsed','reversed')) = (ended_at IS NOT NULL)", name='ia_exchange_order_ended'),
    sa.CheckConstraint("(transfer_id IS NOT NULL) = (points > 0 AND status IN ('settled','reversed'))", name='ia_exchange_order_transferred_when_settled'),
    sa.CheckConstraint("num_nonnulls(paid_won, paid_on, settled_at) = CASE WHEN status IN ('settled','reversed') THEN 3 ELSE 0 END", name='ia_exchange_order_paid_when_settled'),
    sa.CheckConstraint("status IN ('requested','accepted','rejected','cancelled','lapsed','settled','reversed')", name='ia_exchange_order_status_known'),
    sa.CheckConstraint("status NOT IN ('accepted','settled','reversed') OR accepted_at IS NOT NULL", name='ia_exchange_order_accepted'),
    sa.CheckConstraint("taken = (status IN ('requested','accepted','settled'))", name='ia_exchange_order_takes_its_slots'),
    sa.CheckConstraint('(points > 0) = (hold_id IS NOT NULL)', name='ia_exchange_order_held'),
    sa.CheckConstraint('company_id <> university_id', name='ia_exchange_order_two_parties'),
    sa.CheckConstraint('ends_at > starts_at', name='ia_exchange_order_in_order'),
    sa.CheckConstraint('fee_won = price_won * units AND fee_won > 0', name='ia_exchange_order_fee'),
    sa.CheckConstraint('paid_won = fee_won - points * won_per_point', name='ia_exchange_order_paid_in_full'),
    sa.CheckConstraint('points * won_per_point <= fee_won * rate', name='ia_exchange_order_within_share'),
    sa.CheckConstraint('points >= 0', name='ia_exchange_order_points'),
    sa.CheckConstraint('rate BETWEEN 0 AND 1 AND won_per_point > 0', name='ia_exchange_order_terms'),
    sa.ForeignKeyConstraint(['accepted_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['company_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['ended_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['hold_id'], ['hold.id'], ),
    sa.ForeignKeyConstraint(['listing_id'], ['ia_exchange_listing.id'], ),
    sa.ForeignKeyConstraint(['ordered_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['reversal_id'], ['ledger_transaction.id'], ),
    sa.ForeignKeyConstraint(['settled_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['transfer_id'], ['ledger_transaction.id'], ),
    sa.ForeignKeyConstraint(['university_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('company_id', 'idempotency_key'),
    sa.UniqueConstraint('hold_id'),
    sa.UniqueConstraint('id', 'taken'),
    sa.UniqueConstraint('number'),
    sa.UniqueConstraint('reversal_id'),
    sa.UniqueConstraint('transfer_id')
    )
    op.create_index('ia_exchange_order_company', 'ia_exchange_order', ['company_id', 'id'], unique=False)
    op.create_index('ia_exchange_order_university', 'ia_exchange_order', ['university_id', 'id'], unique=False)
    op.create_index('ia_exchange_order_waiting', 'ia_exchange_order', ['answer_by'], unique=False, postgresql_where=sa.text("status = 'requested'"))
    op.create_index(op.f('ix_ia_exchange_order_listing_id'), 'ia_exchange_order', ['listing_id'], unique=False)
    op.create_table('ia_exchange_booking',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('order_id', sa.BigInteger(), nullable=False),
    sa.Column('taken', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('slot_id', sa.BigInteger(), nullable=True),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('slot_id IS NOT NULL OR NOT taken', name='ia_exchange_booking_of_a_slot'),
    sa.CheckConstraint('until_at > from_at AND units > 0', name='ia_exchange_booking_in_order'),
    sa.ForeignKeyConstraint(['order_id', 'taken'], ['ia_exchange_order.id', 'ia_exchange_order.taken'], onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['slot_id'], ['ia_exchange_slot.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ia_exchange_booking_once', 'ia_exchange_booking', ['slot_id'], unique=True, postgresql_where=sa.text('taken'))
    op.create_index('ia_exchange_booking_order', 'ia_exchange_booking', ['order_id', 'from_at'], unique=False)
    execute_file(Path(__file__).parent / "sql" / "0001_exchange.sql")
