"""마일리지 조회: an account line by line, each saying what it was for, what it gave or took, and what was left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import sqlalchemy as sa
import strawberry

from core.activities.models import Activity as ActivityRow
from core.benefits.models import BenefitRow
from core.benefits.models import Certificate as CertificateRow
from core.checking import AccountKind
from core.database import table_of
from core.identity.models import Organization as OrganizationRow
from core.language import Text
from core.ledgers.models import LedgerTransaction
from schema.computed import Row, computed
from schema.connections import Connection
from schema.context import Context
from schema.mapping import Node, column, connection, shows, to_many, to_one
from schema.nodes.activity import Activity
from schema.nodes.benefit import Benefit, Certificate
from schema.nodes.ledger import ACCOUNT, BALANCES, ENTRY, Account, Transaction, in_whole_ledger
from schema.nodes.organization import Organization
from schema.nodes.postings import is_received, may_see_posting, referred, whole_ledger
from schema.ordinals import ordinal
from schema.scalars import BigInt
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table

KINDS = {
    "earn": Text("적립", "earned"),
    "spend": Text("차감", "spent"),
    "use": Text("사용", "used"),
    "transfer": Text("이전", "transferred"),
    "reverse": Text("취소", "reversed"),
    "claw_back": Text("환수", "taken back"),
    "debt_payment": Text("환수 미납액 상계", "paid of what is owed"),
    "expire": Text("소멸", "expired"),
    "move": Text("이동", "moved"),
}


def _lines() -> sa.Subquery:
    """The entries of organizations' accounts, joined to what each came from where that is theirs too."""
    entry, account, posting = ENTRY.alias("e"), ACCOUNT.alias("a"), table_of(LedgerTransaction).alias("t")
    activity, filer = table_of(ActivityRow).alias("act"), table_of(OrganizationRow).alias("filer")
    about, certificate = table_of(OrganizationRow).alias("about"), table_of(CertificateRow).alias("c")
    benefit = table_of(BenefitRow).alias("b")
    party = sa.or_(
        activity.c.filer_id == account.c.organization_id, activity.c.organization_id == account.c.organization_id
    )
    joined = (
        entry.join(account, account.c.id == entry.c.account_id)
        .join(posting, posting.c.id == entry.c.transaction_id)
        .outerjoin(
            activity,
            sa.and_(
                activity.c.id == referred(posting.c.reference, "activity"),
                activity.c.program == account.c.program,
                party,
            ),
        )
        .outerjoin(filer, filer.c.id == activity.c.filer_id)
        .outerjoin(about, about.c.id == activity.c.organization_id)
        .outerjoin(
            certificate,
            sa.and_(
                certificate.c.id == referred(posting.c.reference, "certificate"),
                certificate.c.organization_id == account.c.organization_id,
            ),
        )
        .outerjoin(benefit, benefit.c.id == certificate.c.benefit_id)
    )
    zero = sa.literal_column("0", sa.BigInteger)
    seoul = sa.literal_column("'Asia/Seoul'", sa.Text)
    return (
        sa.select(
            entry.c.id,
            entry.c.account_id,
            entry.c.transaction_id,
            account.c.organization_id,
            account.c.program,
            account.c.kind.label("account_kind"),
            entry.c.asset,
            posting.c.kind,
            sa.cast(sa.func.timezone(seoul, entry.c.recorded_at), sa.Date).label("processed_on"),
            entry.c.recorded_at,
            entry.c.effective_on,
            entry.c.amount,
            sa.func.greatest(entry.c.amount, zero, type_=sa.BigInteger).label("earned"),
            sa.func.greatest(-entry.c.amount, zero, type_=sa.BigInteger).label("withdrawn"),
            entry.c.balance_after,
            posting.c.reason,
            posting.c.reference,
            activity.c.id.label("activity_id"),
            activity.c.activity_type,
            filer.c.name.label("filer_name"),
            about.c.name.label("subject_name"),
            certificate.c.id.label("certificate_id"),
            benefit.c.id.label("benefit_id"),
            benefit.c.name_ko.label("benefit_name_ko"),
            benefit.c.name_en.label("benefit_name_en"),
        )
        .select_from(joined)
        .where(account.c.organization_id.is_not(None))
        .subquery("statement_line")
    )


def visible_line(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The organization's own; a sub-user's are those of what it may handle. Of debts, who sees the whole ledger."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    own = table.c.organization_id == viewer.organization_id
    if viewer.main:
        return own
    received = is_received(table.c.amount, table.c.kind)
    whole = whole_ledger(table.c.program, viewer)
    of_debts = table.c.account_kind == sa.literal_column("'debt'", sa.Text)
    return sa.and_(own, may_see_posting(table, table.c.transaction_id, viewer, received), sa.or_(~of_debts, whole))


def place_in_account(line: Table) -> sa.ColumnElement[int]:
    """How many entries the account had with this one."""
    entry = ENTRY.alias("counted")
    return (
        sa.select(sa.func.count())
        .where(entry.c.account_id == line.c.account_id, entry.c.id <= line.c.id)
        .scalar_subquery()
    )


def what_for(context: Context, row: Row) -> Text:
    """사업명: the activity type, the benefit, or else the reason that was given."""
    if row["kind"] == "debt_payment":  # what it refers to is what came in
        return KINDS[row["kind"]]
    if row["activity_type"]:
        kind = context.house.plugins.activity_type(row["program"], row["activity_type"])
        return Text(row["activity_type"], row["activity_type"]) if kind is None else kind.names
    if row["benefit_name_ko"]:
        return Text(row["benefit_name_ko"], row["benefit_name_en"])
    word = KINDS.get(row["kind"], Text(row["kind"], row["kind"]))
    given = row["reason"].strip()
    return word if row["kind"] == "expire" or not given else Text(given, given)


def items_ko(context: Context, rows: Sequence[Row]) -> list[str]:
    return [what_for(context, row).ko for row in rows]


def items_en(context: Context, rows: Sequence[Row]) -> list[str]:
    return [what_for(context, row).en for row in rows]


NEEDED = ("program", "activity_type", "benefit_name_ko", "benefit_name_en", "kind", "reason")


@shows(_lines(), visible=visible_line, descending=True)
@strawberry.type(
    description="마일리지 내역 · One line of an account's statement: what came in or went out, and what was left."
)
class StatementLine(Node):
    number: int | None = ordinal(
        f"번호 · Its place in the account, from 1; a spreadsheet leaves it out; {BALANCES}",
        sql=place_in_account,
        shown=in_whole_ledger,
    )
    processed_on: date = column("처리일자 · The day it was recorded.", filterable=True, sortable=True)
    item_ko: str = computed("사업명 · The activity type, the benefit, or the reason given.", needs=NEEDED, by=items_ko)
    item_en: str = computed("사업명(영어) · The same, in English where it has a name.", needs=NEEDED, by=items_en)
    earned: BigInt = column("적립 · What came in; 0 when something went out.", filterable=True, sortable=True)
    withdrawn: BigInt = column("인출 · What went out; 0 when something came in.", filterable=True, sortable=True)
    balance_after: BigInt | None = column(f"잔여 · What there was after it; {BALANCES}", shown=in_whole_ledger)
    filer_name: str | None = column("적립기관 · Who filed what it was earned by, or taken back.", filterable=True)
    subject_name: str | None = column("대상기관 · Whom that was about.", filterable=True)
    program: str = column("사업 · The program's code.", filterable=True)
    asset: str = column("단위 · The asset's code.", filterable=True)
    kind: str = column(
        "종류 · earn, spend, use, transfer, reverse, claw_back, debt_payment, expire or move.", filterable=True
    )
    account_kind: AccountKind = column(
        "계정 구분 · `HOLDER`: of points; `DEBT`: of what is owed since it was taken back.", filterable=True
    )
    activity_type: str | None = column(
        "적립 활동 · The activity type's code, of what was earned by one.", filterable=True
    )
    benefit_name_ko: str | None = column("적용사업명 · What a certificate was used for.", filterable=True)
    reason: str = column("사유 · Why it was posted.", filterable=True)
    effective_on: date = column("효력일 · The day it counts for.", filterable=True, sortable=True)
    recorded_at: datetime = column("기록 시각 · When it was recorded.", filterable=True, sortable=True)
    account: Account | None = to_one("계정 · In which account.", local="account_id")
    organization: Organization | None = to_one("기관 · Whose account it is.", local="organization_id")
    transaction: Transaction | None = to_one("거래 · By which transaction.", local="transaction_id")
    activity: Activity | None = to_one("활동 · The activity it was earned by, or taken back for.", local="activity_id")
    certificate: Certificate | None = to_one("확인서 · The certificate that was used.", local="certificate_id")
    benefit: Benefit | None = to_one("적용사업 · What it was used for.", local="benefit_id")


@strawberry.type
class AccountStatement:
    """What joins the type `Account`."""

    statement: Connection[Annotated[StatementLine, strawberry.lazy("schema.nodes.statement")]] = to_many(
        "마일리지 조회 · Its statement, line by line, the newest first.", remote="account_id"
    )


@strawberry.type
class StatementQuery:
    """What joins the root."""

    statement: Connection[StatementLine] = connection(
        "마일리지 조회 · The statement lines you may see, the newest first."
    )
