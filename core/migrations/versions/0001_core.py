"""Identity, audit, ledgers, activities, benefits, messages"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).parent.parent / "sql"

revision = '0001_core'
down_revision = None
branch_labels = ('core',)
depends_on = None


def run_file(name: str) -> None:
    """Run a file of SQL beside this folder, whole."""
    op.get_bind().connection.dbapi_connection.run_async(
        lambda connection: connection.execute((SQL / name).read_text(encoding="utf-8"))
    )


def upgrade() -> None:
    run_file("0001_before_tables.sql")
    op.create_table('benefit',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('asset', sa.Text(), nullable=False),
    sa.Column('name_ko', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('category_ko', sa.Text(), nullable=False),
    sa.Column('category_en', sa.Text(), nullable=False),
    sa.Column('description_ko', sa.Text(), nullable=False),
    sa.Column('description_en', sa.Text(), nullable=False),
    sa.Column('position', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.CheckConstraint('closed_on IS NULL OR closed_on > opened_on', name='benefit_dates_in_order'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('program', 'code')
    )
    op.create_table('filing_counter',
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=False),
    sa.Column('last', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('program', 'year')
    )
    op.create_table('organization',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('business_number', sa.Text(), nullable=False),
    sa.Column('corporate_number', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("corporate_number ~ '^[0-9]{13}$'", name='organization_corporate_number_valid'),
    sa.CheckConstraint("kind IN ('company','university','provider','agency','ministry')", name='organization_kind_known'),
    sa.CheckConstraint('is_business_number(business_number)', name='organization_business_number_valid'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('business_number')
    )
    op.create_table('person',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('sign_in_attempt',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('login_id', sa.Text(), nullable=False),
    sa.Column('succeeded', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('sign_in_attempt_recent', 'sign_in_attempt', ['origin', 'at'], unique=False)
    op.create_table('account',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('asset', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=True),
    sa.Column('label', sa.Text(), server_default='', nullable=False),
    sa.Column('floored', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('lotted', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('posted', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('held', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint('NOT floored OR (held >= 0 AND held <= posted)', name='account_held_within_posted'),
    sa.CheckConstraint('NOT floored OR posted >= 0', name='account_never_below_zero'),
    sa.CheckConstraint('NOT lotted OR floored', name='account_lots_need_a_floor'),
    sa.CheckConstraint('floored OR held = 0', name='account_system_holds_nothing'),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('program', 'asset', 'kind', 'organization_id', 'label', postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_account_organization_id'), 'account', ['organization_id'], unique=False)
    op.create_table('benefit_terms',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('benefit_id', sa.BigInteger(), nullable=False),
    sa.Column('effective', sa.Date(), nullable=False),
    sa.Column('unit', sa.BigInteger(), nullable=False),
    sa.Column('effect', sa.Text(), nullable=False),
    sa.Column('per_unit', sa.Numeric(), nullable=False),
    sa.Column('max_units', sa.BigInteger(), nullable=True),
    sa.Column('row_max_points', sa.BigInteger(), nullable=True),
    sa.Column('program_bonus_cap', sa.BigInteger(), nullable=True),
    sa.Column('over_cap_points', sa.BigInteger(), nullable=True),
    sa.Column('loan_from_won', sa.BigInteger(), nullable=True),
    sa.Column('loan_to_won', sa.BigInteger(), nullable=True),
    sa.Column('words_ko', sa.Text(), nullable=True),
    sa.Column('words_en', sa.Text(), nullable=True),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('valid_days', sa.BigInteger(), server_default='365', nullable=False),
    sa.Column('source_document', sa.Text(), nullable=False),
    sa.Column('source_clause', sa.Text(), nullable=False),
    sa.CheckConstraint("(effect = 'loan_limit') = (num_nonnulls(loan_from_won, loan_to_won) = 2)", name='benefit_terms_loan_limits'),
    sa.CheckConstraint("effect = 'bonus_points' OR num_nonnulls(row_max_points, program_bonus_cap, over_cap_points) = 0", name='benefit_terms_caps_are_for_points'),
    sa.CheckConstraint("effect IN ('bonus_points','loan_limit','fee_discount','entitlement')", name='benefit_terms_effect_known'),
    sa.CheckConstraint('max_units > 0', name='benefit_terms_max_units_positive'),
    sa.CheckConstraint('per_unit >= 0', name='benefit_terms_per_unit'),
    sa.CheckConstraint('unit > 0', name='benefit_terms_unit_positive'),
    sa.CheckConstraint('valid_days > 0', name='benefit_terms_valid_days'),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefit.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('benefit_id', 'effective')
    )
    op.create_table('member',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('login_id', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), server_default='member', nullable=False),
    sa.Column('main', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('permissions', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('programs', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('must_change_password', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('failed_sign_ins', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deactivated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("role IN ('member','reviewer','operator','auditor')", name='member_role_known'),
    sa.CheckConstraint('login_id = lower(login_id)', name='member_login_id_lower'),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('login_id')
    )
    op.create_index(op.f('ix_member_organization_id'), 'member', ['organization_id'], unique=False)
    op.create_index('member_one_main', 'member', ['organization_id'], unique=True, postgresql_where=sa.text('main AND deactivated_at IS NULL'))
    op.create_table('message',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('template', sa.Text(), nullable=False),
    sa.Column('values', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_message_person_id'), 'message', ['person_id'], unique=False)
    op.create_index('message_waiting', 'message', ['id'], unique=False, postgresql_where=sa.text('delivered_at IS NULL'))
    op.create_table('standing',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('holds', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name='standing_dates_in_order'),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('standing_lookup', 'standing', ['organization_id', 'kind', 'valid_from'], unique=False)
    op.create_table('access_token',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('member_id', sa.BigInteger(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('csrf_hash', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    op.create_index(op.f('ix_access_token_member_id'), 'access_token', ['member_id'], unique=False)
    op.create_table('audit_event',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('organization_id', sa.BigInteger(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Text(), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['member.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('audit_event_organization', 'audit_event', ['organization_id', 'id'], unique=False)
    op.create_index('audit_event_subject', 'audit_event', ['subject_type', 'subject_id'], unique=False)
    op.create_table('filing',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('activity_type', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), server_default='draft', nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('content_hash', sa.Text(), nullable=True),
    sa.Column('created_by', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('submitted_on', sa.Date(), nullable=True),
    sa.Column('supplement_reason', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.BigInteger(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('draft','cancelled') OR number IS NOT NULL", name='filing_numbered_when_submitted'),
    sa.CheckConstraint("status IN ('draft','submitted','supplement_requested','approved','partially_approved','rejected','cancelled')", name='filing_status_known'),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('program', 'number')
    )
    op.create_index('filing_open', 'filing', ['program', 'status', 'id'], unique=False)
    op.create_index('filing_same_content', 'filing', ['program', 'activity_type', 'organization_id', 'content_hash'], unique=True, postgresql_where=sa.text("content_hash IS NOT NULL AND status NOT IN ('cancelled','rejected')"))
    op.create_index(op.f('ix_filing_organization_id'), 'filing', ['organization_id'], unique=False)
    op.create_table('ledger_transaction',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=False),
    sa.Column('request_hash', sa.Text(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('reference', sa.Text(), server_default='', nullable=False),
    sa.Column('reverses_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['member.id'], ),
    sa.ForeignKeyConstraint(['reverses_id'], ['ledger_transaction.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('program', 'idempotency_key'),
    sa.UniqueConstraint('reverses_id')
    )
    op.create_index('ledger_transaction_reference', 'ledger_transaction', ['program', 'reference'], unique=False)
    op.create_table('one_time_code',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('member_id', sa.BigInteger(), nullable=True),
    sa.Column('organization_id', sa.BigInteger(), nullable=True),
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('attempts >= 0', name='one_time_code_attempts'),
    sa.CheckConstraint('num_nonnulls(member_id, organization_id) = 1', name='one_time_code_for_one'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_one_time_code_member_id'), 'one_time_code', ['member_id'], unique=False)
    op.create_index(op.f('ix_one_time_code_organization_id'), 'one_time_code', ['organization_id'], unique=False)
    op.create_table('activity',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('filing_id', sa.BigInteger(), nullable=False),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('activity_type', sa.Text(), nullable=False),
    sa.Column('filer_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=True),
    sa.Column('subject_number', sa.Text(), nullable=True),
    sa.Column('stated_name', sa.Text(), nullable=True),
    sa.Column('base_date', sa.Date(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('identity_key', sa.Text(), nullable=False),
    sa.Column('series_key', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), server_default='draft', nullable=False),
    sa.Column('edition', sa.Date(), nullable=True),
    sa.Column('points_filer', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('points_subject', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.Column('transaction_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("organization_id IS NOT NULL OR status IN ('draft','cancelled')", name='activity_subject_known'),
    sa.CheckConstraint("status IN ('draft','submitted','approved','rejected','cancelled','revoked')", name='activity_status_known'),
    sa.CheckConstraint('num_nonnulls(organization_id, subject_number) > 0', name='activity_subject_stated'),
    sa.CheckConstraint('points_filer >= 0 AND points_subject >= 0', name='activity_points_not_negative'),
    sa.ForeignKeyConstraint(['filer_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['filing_id'], ['filing.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['transaction_id'], ['ledger_transaction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('activity_filing', 'activity', ['filing_id', 'line'], unique=False)
    op.create_index('activity_once', 'activity', ['program', 'activity_type', 'organization_id', 'identity_key'], unique=True, postgresql_where=sa.text("status IN ('submitted','approved')"))
    op.create_index('activity_organization', 'activity', ['organization_id', 'id'], unique=False)
    op.create_index('activity_series', 'activity', ['program', 'activity_type', 'series_key'], unique=False)
    op.create_index(op.f('ix_activity_filer_id'), 'activity', ['filer_id'], unique=False)
    op.create_index(op.f('ix_activity_transaction_id'), 'activity', ['transaction_id'], unique=False)
    op.create_table('entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=True),
    sa.Column('asset', sa.Text(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('balance_after', sa.BigInteger(), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint('amount <> 0', name='entry_moves_something'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['transaction_id'], ['ledger_transaction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('entry_account', 'entry', ['account_id', 'id'], unique=False)
    op.create_index('entry_effective', 'entry', ['account_id', 'effective_on'], unique=False)
    op.create_index(op.f('ix_entry_transaction_id'), 'entry', ['transaction_id'], unique=False)
    op.create_table('hold',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Text(), server_default='open', nullable=False),
    sa.Column('closed_by', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("(status = 'open') = (closed_by IS NULL)", name='hold_closed_by_a_transaction'),
    sa.CheckConstraint("status IN ('open','used','released')", name='hold_status_known'),
    sa.CheckConstraint('amount > 0', name='hold_amount_positive'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['closed_by'], ['ledger_transaction.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['transaction_id'], ['ledger_transaction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('hold_open', 'hold', ['account_id'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index(op.f('ix_hold_closed_by'), 'hold', ['closed_by'], unique=False)
    op.create_index(op.f('ix_hold_transaction_id'), 'hold', ['transaction_id'], unique=False)
    op.create_table('lot',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('asset', sa.Text(), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('parent_id', sa.BigInteger(), nullable=True),
    sa.Column('earned_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('remaining', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.BigInteger(), server_default='0', nullable=False),
    sa.CheckConstraint('amount > 0', name='lot_amount_positive'),
    sa.CheckConstraint('expires_on IS NULL OR expires_on > earned_on', name='lot_dates_in_order'),
    sa.CheckConstraint('held >= 0 AND held <= remaining', name='lot_held_within_remaining'),
    sa.CheckConstraint('remaining >= 0 AND remaining <= amount', name='lot_remaining_within_amount'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['parent_id'], ['lot.id'], ),
    sa.ForeignKeyConstraint(['transaction_id'], ['ledger_transaction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_lot_parent_id'), 'lot', ['parent_id'], unique=False)
    op.create_index(op.f('ix_lot_transaction_id'), 'lot', ['transaction_id'], unique=False)
    op.create_index('lot_account', 'lot', ['account_id', 'id'], unique=False)
    op.create_index('lot_expiring', 'lot', ['program', 'asset', 'expires_on'], unique=False, postgresql_where=sa.text('remaining > held'))
    op.create_index('lot_next', 'lot', ['account_id', 'expires_on', 'earned_on', 'id'], unique=False, postgresql_where=sa.text('remaining > held'))
    op.create_table('certificate',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('program', sa.Text(), nullable=False),
    sa.Column('benefit_id', sa.BigInteger(), nullable=False),
    sa.Column('terms_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('round', sa.Text(), nullable=False),
    sa.Column('round_key', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default='issued', nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('effect_amount', sa.Numeric(), nullable=False),
    sa.Column('existing_points', sa.BigInteger(), nullable=True),
    sa.Column('declared', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('hold_id', sa.BigInteger(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('issued_by', sa.BigInteger(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.BigInteger(), nullable=True),
    sa.Column('settled_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("(status = 'issued') = (settled_at IS NULL)", name='certificate_settled'),
    sa.CheckConstraint("status IN ('issued','used','returned','lapsed')", name='certificate_status_known'),
    sa.CheckConstraint('points > 0 AND units > 0', name='certificate_amounts'),
    sa.CheckConstraint('valid_until >= issued_on', name='certificate_dates_in_order'),
    sa.ForeignKeyConstraint(['benefit_id'], ['benefit.id'], ),
    sa.ForeignKeyConstraint(['hold_id'], ['hold.id'], ),
    sa.ForeignKeyConstraint(['issued_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['settled_by'], ['member.id'], ),
    sa.ForeignKeyConstraint(['terms_id'], ['benefit_terms.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('hold_id'),
    sa.UniqueConstraint('number')
    )
    op.create_index('certificate_lapsing', 'certificate', ['valid_until'], unique=False, postgresql_where=sa.text("status = 'issued'"))
    op.create_index('certificate_one_open', 'certificate', ['organization_id', 'benefit_id', 'round_key'], unique=True, postgresql_where=sa.text("status IN ('issued','used')"))
    op.create_index(op.f('ix_certificate_benefit_id'), 'certificate', ['benefit_id'], unique=False)
    op.create_table('entry_unfolded',
    sa.Column('entry_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], ),
    sa.PrimaryKeyConstraint('entry_id')
    )
    op.create_index(op.f('ix_entry_unfolded_account_id'), 'entry_unfolded', ['account_id'], unique=False)
    op.create_table('hold_lot',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('hold_id', sa.BigInteger(), nullable=False),
    sa.Column('lot_id', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount > 0', name='hold_lot_amount_positive'),
    sa.ForeignKeyConstraint(['hold_id'], ['hold.id'], ),
    sa.ForeignKeyConstraint(['lot_id'], ['lot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('hold_id', 'lot_id')
    )
    op.create_index(op.f('ix_hold_lot_lot_id'), 'hold_lot', ['lot_id'], unique=False)
    op.create_table('lot_move',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('lot_id', sa.BigInteger(), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('held', sa.BigInteger(), server_default='0', nullable=False),
    sa.CheckConstraint('amount <> 0 OR held <> 0', name='lot_move_moves_something'),
    sa.ForeignKeyConstraint(['lot_id'], ['lot.id'], ),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ),
    sa.ForeignKeyConstraint(['transaction_id'], ['ledger_transaction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_lot_move_transaction_id'), 'lot_move', ['transaction_id'], unique=False)
    op.create_index('lot_move_lot', 'lot_move', ['lot_id', 'id'], unique=False)
    run_file("0001_ledgers.sql")
    run_file("0001_gathered.sql")
