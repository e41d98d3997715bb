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
SEOUL_TODAY = sa.literal_column("(now() AT TIME ZONE 'Asia/Seoul')::date", sa.Date)


def of_visible_account(column_name: str) -> Any:
    """Rows of an account that is visible."""

    def visible(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
        if viewer.public:
            return NOBODY
        if viewer.reads_all:
            return EVERYBODY
        if not viewer.staff:
            return table.c.organization_id == viewer.organization_id
        account = ACCOUNT.alias("visible_account")
        return sa.exists().where(account.c.id == table.c[column_name], viewer.in_charge_of(account.c.program))

    return visible


def may_see_holds(program: sa.ColumnElement[str], viewer: Viewer) -> sa.ColumnElement[bool]:
    """What points are set aside for is for those who may apply for certificates."""
    return EVERYBODY if viewer.main or viewer.staff or viewer.reads_all else viewer.permitted(program + ".redeem")


def visible_hold(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """As its account, for those who may see what it is for."""
    account = ACCOUNT.alias("holding_account")
    permitted = sa.exists().where(account.c.id == table.c.account_id, may_see_holds(account.c.program, viewer))
    seen = of_visible_account("account_id")(table, viewer)
    return seen if viewer.public or viewer.main or viewer.staff or viewer.reads_all else sa.and_(seen, permitted)


def visible_transaction(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """A transaction that moved, or held, something of one's own."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    entry, move = ENTRY.alias("own_entry"), table_of(LotMoveRow).alias("own_move")
    about_a_hold = table.c.kind.in_(["hold", "use", "release"])
    own = sa.or_(
        sa.exists().where(entry.c.transaction_id == table.c.id, entry.c.organization_id == viewer.organization_id),
        sa.exists().where(move.c.transaction_id == table.c.id, move.c.organization_id == viewer.organization_id),
    )
    return own if viewer.main else sa.and_(own, sa.or_(~about_a_hold, may_see_holds(table.c.program, viewer)))


def past_term(account: Table) -> sa.ColumnElement[Any]:
    lot = LOT.alias("past_term")
    return (
        sa.select(sa.func.coalesce(sa.func.sum(lot.c.remaining - lot.c.held), 0))
        .where(lot.c.account_id == account.c.id, lot.c.remaining > lot.c.held, lot.c.expires_on <= SEOUL_TODAY)
        .scalar_subquery()
        .cast(sa.BigInteger)
    )


@shows(ACCOUNT, visible=own_program())
@strawberry.type(description="계정 · An organization's points of one asset, or one of the system's own accounts.")
class Account(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    asset: str = column("단위 · The asset's code.", filterable=True)
    kind: AccountKind = column("구분 · What it is for.", filterable=True)
    label: str = column("이름표 · Which of several; usually empty.", filterable=True)
    posted: BigInt = column("잔액 · Everything in it, held points included.", filterable=True, sortable=True)
    held: BigInt = column("예약액 · What is set aside for open certificates.", filterable=True)
    available: BigInt = column(
        "가용액 · What can be spent today: neither held nor past its term.",
        sql=lambda t: t.c.posted - t.c.held - past_term(t),
    )
    owed: BigInt = column(
        "환수 미납액 · What was taken back and was not there; paid first by whatever comes in, and beside it nothing "
        "is available. Its history is in the account of kind `DEBT`.",
        filterable=True,
        sortable=True,
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
    balance_after: BigInt | None = column("거래 후 잔액 · The balance after it; null for system accounts.")
    effective_on: date = column("효력일 · The day it counts for.", filterable=True, sortable=True)
    recorded_at: datetime = column("기록 시각 · When it was recorded.", filterable=True, sortable=True)
    account: Account | None = to_one("계정 · In which account.", local="account_id")
    transaction: Transaction | None = to_one("거래 · By which transaction.", local="transaction_id")


@shows(LOT, visible=own_program(), order=("expires_on_or_never", "earned_on"))
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
    remaining: BigInt = column("남은 양 · What is left of it, held points included.", filterable=True, sortable=True)
    held: BigInt = column("예약된 양 · What is set aside of it.", filterable=True)
    account: Account | None = to_one("계정 · In which account.", local="account_id")
    organization: Organization | None = to_one("기관 · Whose it is.", local="organization_id")
    transaction: Transaction | None = to_one("거래 · What it was earned by.", local="transaction_id")
    parent: Lot | None = to_one("원 적립분 · The lot it was transferred from.", local="parent_id")
    moves: Connection[LotMove] = to_many("변동 · What was done to it.", remote="lot_id")


def of_visible_lot(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Rows of a lot that is visible."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if not viewer.staff:
        return table.c.organization_id == viewer.organization_id
    lot = LOT.alias("visible_lot")
    return sa.exists().where(lot.c.id == table.c.lot_id, viewer.in_charge_of(lot.c.program))


def of_visible_hold(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Rows of a hold that is visible."""
    hold = table_of(HoldRow).alias("visible_hold")
    return sa.exists().where(hold.c.id == table.c.hold_id, visible_hold(hold, viewer))


@shows(table_of(LotMoveRow), visible=of_visible_lot)
@strawberry.type(description="적립분 변동 · What one transaction did to one lot.")
class LotMove(Node):
    amount: BigInt = column("증감 · Change of what is left.")
    held: BigInt = column("예약 증감 · Change of what is set aside.")
    lot: Lot | None = to_one("적립분 · Which lot.", local="lot_id")
    transaction: Transaction | None = to_one("거래 · By which transaction.", local="transaction_id")


@shows(table_of(HoldRow), visible=visible_hold, descending=True)
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
