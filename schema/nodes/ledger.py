"""The ledger as the API shows it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
import strawberry

from core.checking import AccountKind
from core.database import table_of
from core.ledgers.models import Account as AccountRow
from core.ledgers.models import Entry as EntryRow
from core.ledgers.models import Hold as HoldRow
from core.ledgers.models import HoldLot
from core.ledgers.models import LedgerTransaction as TransactionRow
from core.ledgers.models import Lot as LotRow
from core.ledgers.models import LotMove as LotMoveRow
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, shows, to_many, to_one
from schema.nodes.organization import Organization
from schema.nodes.postings import may_see_transaction, of_seen_transaction, sees_everything, whole_ledger
from schema.scalars import BigInt
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table, own_program

described(
    AccountKind,
    "AccountKind",
    "계정 구분 · What an account is for.",
    {
        "HOLDER": "보유 · An organization's points.",
        "ISSUANCE": "발행 · Where points and money come from.",
        "REDEEMED": "사용 · Where used points go.",
        "EXPIRED": "소멸 · Where expired points go.",
        "FUND": "재원 · Money to be spent.",
        "LINE": "예산 항목 · Money of one budget line.",
        "SPENT": "집행 · Where spent money goes.",
        "DEBT": "환수 미납 · What an organization owes of what was taken back from it, below zero.",
    },
)
ACCOUNT, ENTRY, LOT, HELD_LOT = table_of(AccountRow), table_of(EntryRow), table_of(LotRow), table_of(HoldLot)
NEVER = sa.literal_column("DATE '9999-12-30'", sa.Date)  # asyncpg sends the last day of 9999 as infinity
BALANCES = "null for a sub-user who does not see the whole ledger of the program."
SEOUL_TODAY = sa.literal_column("(now() AT TIME ZONE 'Asia/Seoul')::date", sa.Date)


def visible_account(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The organization's own; what it owes only for who sees the whole ledger."""
    own = own_program()(table, viewer)
    if viewer.public or sees_everything(viewer):
        return own
    return sa.and_(
        own, sa.or_(table.c.kind != sa.literal_column("'debt'", sa.Text), whole_ledger(table.c.program, viewer))
    )


def of_visible_account(column_name: str) -> Any:
    """Rows of an account that is visible, by a transaction that is."""

    def visible(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
        if viewer.public:
            return NOBODY
        if viewer.reads_all:
            return EVERYBODY
        if not viewer.staff:
            own = table.c.organization_id == viewer.organization_id
            return own if viewer.main else sa.and_(own, of_seen_transaction(table.c.transaction_id, viewer))
        account = ACCOUNT.alias("visible_account")
        return sa.exists().where(account.c.id == table.c[column_name], viewer.in_charge_of(account.c.program))

    return visible


def in_whole_account(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether the viewer sees everything that moved in the account of a row."""
    if viewer.public:
        return NOBODY
    if sees_everything(viewer):
        return EVERYBODY
    account = ACCOUNT.alias("whole_account")
    return sa.exists().where(account.c.id == table.c.account_id, whole_ledger(account.c.program, viewer))


def in_whole_ledger(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether the viewer sees everything that the row's organization did in the row's program."""
    return whole_ledger(table.c.program, viewer)


def visible_transaction(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """A transaction that moved, or held, something of one's own; sub-users: by what it refers to."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    entry, move = ENTRY.alias("own_entry"), table_of(LotMoveRow).alias("own_move")
    own = sa.or_(
        sa.exists().where(entry.c.transaction_id == table.c.id, entry.c.organization_id == viewer.organization_id),
        sa.exists().where(move.c.transaction_id == table.c.id, move.c.organization_id == viewer.organization_id),
    )
    return own if viewer.main else sa.and_(own, may_see_transaction(table, viewer))


def visible_lot(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The organization's own (sub-users: by the transaction that brought it), staff of the program, auditors."""
    own = own_program()(table, viewer)
    if viewer.public or sees_everything(viewer):
        return own
    return sa.and_(own, of_seen_transaction(table.c.transaction_id, viewer))


def past_term(account: Table) -> sa.ColumnElement[Any]:
    lot = LOT.alias("past_term")
    return (
        sa.select(sa.func.coalesce(sa.func.sum(lot.c.remaining - lot.c.held), 0))
        .where(lot.c.account_id == account.c.id, lot.c.remaining > lot.c.held, lot.c.expires_on <= SEOUL_TODAY)
        .scalar_subquery()
        .cast(sa.BigInteger)
    )


@shows(ACCOUNT, visible=visible_account)
@strawberry.type(description="계정 · An organization's points of one asset, or one of the system's own accounts.")
class Account(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    asset: str = column("단위 · The asset's code.", filterable=True)
    kind: AccountKind = column("구분 · What it is for.", filterable=True)
    label: str = column("이름표 · Which of several; usually empty.", filterable=True)
    posted: BigInt | None = column(
        f"잔액 · Everything in it, held points included; {BALANCES}",
        filterable=True,
        sortable=True,
        shown=in_whole_ledger,
    )
    held: BigInt | None = column(
        f"예약액 · What is set aside for open certificates; {BALANCES}", filterable=True, shown=in_whole_ledger
    )
    available: BigInt | None = column(
        f"가용액 · What can be spent today: neither held nor past its term; {BALANCES}",
        shown=in_whole_ledger,
        sql=lambda t: t.c.posted - t.c.held - past_term(t),
    )
    owed: BigInt | None = column(
        "환수 미납액 · What was taken back and was not there; paid first by whatever comes in, and beside it nothing "
        f"is available. Its history is in the account of kind `DEBT`; {BALANCES}",
        filterable=True,
        sortable=True,
        shown=in_whole_ledger,
    )
    organization: Organization | None = to_one("기관 · Whose it is; null: the system's.", local="organization_id")
    entries: Connection[Entry] = to_many("분개 · What moved in it.", remote="account_id")
    lots: Connection[Lot] = to_many("적립분 · Its points by the day they were earned.", remote="account_id")


@shows(table_of(TransactionRow), visible=visible_transaction, descending=True)
@strawberry.type(description="거래 · One posting, whole; never edited, at most reversed.")
class Transaction(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    kind: str = column(
        "종류 · earn, spend, hold, use, release, transfer, reverse, claw_back, debt_payment, expire or move.",
        filterable=True,
    )
    effective_on: date = column("효력일 · The day it counts for.", filterable=True, sortable=True)
    recorded_at: datetime = column("기록 시각 · When it was recorded.", filterable=True, sortable=True)
    reason: str = column("사유 · Why.", filterable=True)
    reference: str = column("관련 건 · What it came from, e.g. `activity:12`.", filterable=True)
    reverses: Transaction | None = to_one("취소 대상 · The transaction it undoes or takes back.", local="reverses_id")
    entries: Connection[Entry] = to_many("분개 · What it moved.", remote="transaction_id")
    lot_moves: Connection[LotMove] = to_many("적립분 변동 · What it did to which lots.", remote="transaction_id")


@shows(ENTRY, visible=of_visible_account("account_id"), descending=True)
@strawberry.type(description="분개 · What one transaction did to one account.")
class Entry(Node):
    asset: str = column("단위 · The asset's code.", filterable=True)
    amount: BigInt = column("증감 · What came in (positive) or went out.", filterable=True)
    balance_after: BigInt | None = column(
        f"거래 후 잔액 · The balance after it; null for system accounts, and {BALANCES}", shown=in_whole_account
    )
    effective_on: date = column("효력일 · The day it counts for.", filterable=True, sortable=True)
    recorded_at: datetime = column("기록 시각 · When it was recorded.", filterable=True, sortable=True)
    account: Account | None = to_one("계정 · In which account.", local="account_id")
    transaction: Transaction | None = to_one("거래 · By which transaction.", local="transaction_id")


@shows(LOT, visible=visible_lot, order=("expires_on_or_never", "earned_on"))
@strawberry.type(description="적립분 · Points earned on one day that expire together, first to expire listed first.")
class Lot(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    asset: str = column("단위 · The asset's code.", filterable=True)
    earned_on: date = column("적립일 · The day the term began.", filterable=True, sortable=True)
    expires_on: date | None = column("소멸일 · The first day it can no longer be used; null: never.", filterable=True)
    expires_on_or_never: date = column(
        "소멸 순서 · The same, with 9999-12-30 for never: what lots are ordered by.",
        sql=lambda t: sa.func.coalesce(t.c.expires_on, NEVER),
        sortable=True,
    )
    amount: BigInt = column("적립액 · What was earned.", filterable=True)
    remaining: BigInt | None = column(
        f"남은 양 · What is left of it, held points included; {BALANCES}",
        filterable=True,
        sortable=True,
        shown=in_whole_ledger,
    )
    held: BigInt | None = column(
        f"예약된 양 · What is set aside of it; {BALANCES}", filterable=True, shown=in_whole_ledger
    )
    account: Account | None = to_one("계정 · In which account.", local="account_id")
    organization: Organization | None = to_one("기관 · Whose it is.", local="organization_id")
    transaction: Transaction | None = to_one("거래 · What it was earned by.", local="transaction_id")
    parent: Lot | None = to_one("원 적립분 · The lot it was transferred from.", local="parent_id")
    moves: Connection[LotMove] = to_many("변동 · What was done to it.", remote="lot_id")


def of_visible_lot(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Rows of one's own lots (sub-users: by a transaction that is visible), staff of the program, auditors."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if not viewer.staff:
        own = table.c.organization_id == viewer.organization_id
        return own if viewer.main else sa.and_(own, of_seen_transaction(table.c.transaction_id, viewer))
    lot = LOT.alias("visible_lot")
    return sa.exists().where(lot.c.id == table.c.lot_id, viewer.in_charge_of(lot.c.program))


def of_visible_hold(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Rows of a hold that is visible."""
    hold = table_of(HoldRow).alias("visible_hold")
    return sa.exists().where(hold.c.id == table.c.hold_id, of_visible_account("account_id")(hold, viewer))


@shows(table_of(LotMoveRow), visible=of_visible_lot)
@strawberry.type(description="적립분 변동 · What one transaction did to one lot.")
class LotMove(Node):
    amount: BigInt = column("증감 · Change of what is left.")
    held: BigInt = column("예약 증감 · Change of what is set aside.")
    lot: Lot | None = to_one("적립분 · Which lot.", local="lot_id")
    transaction: Transaction | None = to_one("거래 · By which transaction.", local="transaction_id")


@shows(table_of(HoldRow), visible=of_visible_account("account_id"), descending=True)
@strawberry.type(description="예약 · Points set aside for one purpose, bound to the lots they came from.")
class Hold(Node):
    amount: BigInt = column("예약액 · How much.")
    status: str = column("상태 · open, used or released.", filterable=True)
    account: Account | None = to_one("계정 · In which account.", local="account_id")
    transaction: Transaction | None = to_one("거래 · What opened it.", local="transaction_id")
    closing: Transaction | None = to_one("종료 거래 · What closed it.", local="closed_by")
    lots: Connection[HeldLot] = to_many("적립분 · Which lots, and how much of each.", remote="hold_id")


@shows(HELD_LOT, visible=of_visible_hold)
@strawberry.type(description="예약된 적립분 · How much of one lot a hold reserved.")
class HeldLot(Node):
    amount: BigInt = column("예약액 · How much of it.")
    lot: Lot | None = to_one("적립분 · Which lot.", local="lot_id")
