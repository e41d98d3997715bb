"""The tables of the ledger. They are written by the functions in PostgreSQL only; see `service.py`."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.checking import AccountKind
from core.database import columns

SYSTEM_KINDS = frozenset({AccountKind.ISSUANCE, AccountKind.REDEEMED, AccountKind.EXPIRED})


class Account(SQLModel, table=True):
    """계정. `posted` counts what is held too; what can be spent is `posted - held`. In whole points or won.

    `owed` (환수 미납액) is paid first by whatever comes in: beside it nothing is free.
    """

    __tablename__ = "account"
    __table_args__ = (
        sa.UniqueConstraint("program", "asset", "kind", "organization_id", "label", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("NOT floored OR posted >= 0", name="account_never_below_zero"),
        sa.CheckConstraint("NOT floored OR (held >= 0 AND held <= posted)", name="account_held_within_posted"),
        sa.CheckConstraint("floored OR held = 0", name="account_system_holds_nothing"),
        sa.CheckConstraint(
            "CASE WHEN kind = 'holder' THEN floored AND lotted AND organization_id IS NOT NULL"
            " WHEN kind IN ('fund','line','spent') THEN floored AND NOT lotted"
            " WHEN kind IN ('issuance','redeemed','expired')"
            " THEN NOT floored AND NOT lotted AND organization_id IS NULL"
            " WHEN kind = 'debt' THEN NOT floored AND NOT lotted AND organization_id IS NOT NULL ELSE false END",
            name="account_kind_decides",
        ),
        sa.CheckConstraint(  # one for all of it: each is read anew by every statement that updates an account
            "owed >= 0 AND CASE WHEN kind = 'debt' THEN posted = -owed ELSE owed = 0 OR (lotted AND posted = held) END",
            name="account_debts_come_first",
        ),
    )
    id: int = columns.identity()
    program: str = columns.text()
    asset: str = columns.text()
    kind: str = columns.text()
    organization_id: int | None = columns.reference("organization", nullable=True)
    label: str = columns.text(default="")
    floored: bool = columns.flag(True)
    lotted: bool = columns.flag(True)
    posted: int = columns.number(default=0)
    held: int = columns.number(default=0)
    opened_at: datetime = columns.moment(now=True)
    owed: int = columns.number(default=0)


class LedgerTransaction(SQLModel, table=True):
    """거래: one posting, whole. Append-only."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        sa.UniqueConstraint("program", "idempotency_key"),
        sa.UniqueConstraint("reverses_id"),
        sa.Index("ledger_transaction_reference", "program", "reference"),
    )
    id: int = columns.identity()
    program: str = columns.text()
    kind: str = columns.text()
    idempotency_key: str = columns.text()
    request_hash: str = columns.text()
    effective_on: date = columns.day()
    recorded_at: datetime = columns.moment(now=True)
    actor_id: int | None = columns.reference("member", nullable=True, index=False)
    reason: str = columns.text(default="")
    reference: str = columns.text(default="")
    reverses_id: int | None = columns.reference("ledger_transaction", nullable=True, index=False)


class Entry(SQLModel, table=True):
    """분개: what one transaction did to one account. Append-only; all of a transaction's sum to zero per asset."""

    __tablename__ = "entry"
    __table_args__ = (
        sa.CheckConstraint("amount <> 0", name="entry_moves_something"),
        sa.Index("entry_account", "account_id", "id"),
        sa.Index("entry_effective", "account_id", "effective_on"),
    )
    id: int = columns.identity()
    transaction_id: int = columns.reference("ledger_transaction")
    account_id: int = columns.reference("account", index=False)
    organization_id: int | None = columns.reference("organization", nullable=True, index=False)
    asset: str = columns.text()
    amount: int = columns.number()
    balance_after: int | None = columns.number(nullable=True)
    effective_on: date = columns.day()
    recorded_at: datetime = columns.moment(now=True)


class Unfolded(SQLModel, table=True):
    """Entries of system accounts that are not yet in the account's `posted`; folded later by exact row ids."""

    __tablename__ = "entry_unfolded"
    entry_id: int = columns.reference("entry", primary_key=True, index=False)
    account_id: int = columns.reference("account")
    amount: int = columns.number()


class Lot(SQLModel, table=True):
    """적립분: points earned on one day that expire together. Usable while the day of use is before `expires_on`."""

    __tablename__ = "lot"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="lot_amount_positive"),
        sa.CheckConstraint("remaining >= 0 AND remaining <= amount", name="lot_remaining_within_amount"),
        sa.CheckConstraint("held >= 0 AND held <= remaining", name="lot_held_within_remaining"),
        sa.CheckConstraint("expires_on IS NULL OR expires_on > earned_on", name="lot_dates_in_order"),
        sa.Index(
            "lot_next",
            "account_id",
            "expires_on",
            "earned_on",
            "id",
            postgresql_where=sa.text("remaining > held"),
        ),
        sa.Index("lot_account", "account_id", "id"),
        sa.Index("lot_expiring", "program", "asset", "expires_on", postgresql_where=sa.text("remaining > held")),
    )
    id: int = columns.identity()
    account_id: int = columns.reference("account", index=False)
    organization_id: int = columns.reference("organization", index=False)
    program: str = columns.text()
    asset: str = columns.text()
    transaction_id: int = columns.reference("ledger_transaction")
    parent_id: int | None = columns.reference("lot", nullable=True)
    earned_on: date = columns.day()
    expires_on: date | None = columns.day(nullable=True)
    amount: int = columns.number()
    remaining: int = columns.number()
    held: int = columns.number(default=0)


class Hold(SQLModel, table=True):
    """예약: points set aside for one purpose, bound to the lots they came from, until used or released."""

    __tablename__ = "hold"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="hold_amount_positive"),
        sa.CheckConstraint("status IN ('open','used','released')", name="hold_status_known"),
        sa.CheckConstraint("(status = 'open') = (closed_by IS NULL)", name="hold_closed_by_a_transaction"),
        sa.Index("hold_open", "account_id", postgresql_where=sa.text("status = 'open'")),
    )
    id: int = columns.identity()
    transaction_id: int = columns.reference("ledger_transaction")
    account_id: int = columns.reference("account", index=False)
    organization_id: int = columns.reference("organization", index=False)
    amount: int = columns.number()
    status: str = columns.text(default="open")
    closed_by: int | None = columns.reference("ledger_transaction", nullable=True)


class HoldLot(SQLModel, table=True):
    """Which lots a hold reserved, and how much of each. Append-only."""

    __tablename__ = "hold_lot"
    __table_args__ = (
        sa.UniqueConstraint("hold_id", "lot_id"),
        sa.CheckConstraint("amount > 0", name="hold_lot_amount_positive"),
    )
    id: int = columns.identity()
    hold_id: int = columns.reference("hold", index=False)
    lot_id: int = columns.reference("lot")
    amount: int = columns.number()


class LotMove(SQLModel, table=True):
    """적립분 변동: what one transaction did to one lot. Append-only; a lot's moves add up to the lot."""

    __tablename__ = "lot_move"
    __table_args__ = (
        sa.CheckConstraint("amount <> 0 OR held <> 0", name="lot_move_moves_something"),
        sa.Index("lot_move_lot", "lot_id", "id"),
    )
    id: int = columns.identity()
    transaction_id: int = columns.reference("ledger_transaction")
    lot_id: int = columns.reference("lot", index=False)
    organization_id: int = columns.reference("organization", index=False)
    amount: int = columns.number(default=0)
    held: int = columns.number(default=0)
