"""Filings and activities as the API shows them. `Activity.facts` joins when the schema is built."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
import strawberry

from core.activities.models import Activity as ActivityRow
from core.activities.models import ActivityStatus, FilingStatus
from core.activities.models import Filing as FilingRow
from core.database import table_of
from core.identity import Organization as OrganizationRow
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, shows, to_many, to_one
from schema.nodes.filing_company import FilingCompany, asked_for, subject_key, summed
from schema.nodes.ledger import Transaction
from schema.nodes.organization import Member, Organization
from schema.scalars import BigInt
from schema.searches import Rows, Search
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table

DOWNLOADS = "/documents/filings/"

described(
    FilingStatus,
    "FilingStatus",
    "접수상태 · Where a filing stands.",
    {
        "DRAFT": "작성중 · Being written.",
        "SUBMITTED": "접수중 · Waiting to be decided.",
        "SUPPLEMENT_REQUESTED": "보완요청 · Back with the filer, who is to add something.",
        "APPROVED": "승인 · All of it was approved.",
        "PARTIALLY_APPROVED": "일부승인 · Some rows were approved, others rejected.",
        "REJECTED": "반려 · Nothing of it was approved.",
        "CANCELLED": "취소 · Withdrawn before it was decided.",
        "REVOKED": "환수 · Approved once; what all its rows earned was taken back.",
    },
)
described(
    ActivityStatus,
    "ActivityStatus",
    "처리상태 · Where one row of a filing stands.",
    {
        "DRAFT": "작성중 · Being written.",
        "SUBMITTED": "접수중 · Waiting to be decided.",
        "APPROVED": "승인 · Approved; what it earned is posted.",
        "REJECTED": "반려 · Rejected.",
        "CANCELLED": "취소 · Withdrawn.",
        "REVOKED": "환수 · Approved once; what it earned was taken back.",
    },
)


def may_see_type(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Main users see every type, sub-users those they may file."""
    if viewer.main:
        return EVERYBODY
    return viewer.permitted(table.c.program + "." + table.c.activity_type + ".file")


def visible_filing(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The filing organization's members (sub-users: their types), staff of the program, auditors."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    return sa.and_(table.c.organization_id == viewer.organization_id, may_see_type(table, viewer))


def visible_activity(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """As its filing; and, once submitted, the members of the organization it is about."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    return sa.or_(
        sa.and_(table.c.filer_id == viewer.organization_id, may_see_type(table, viewer)),
        sa.and_(
            table.c.organization_id == viewer.organization_id,
            may_see_type(table, viewer),
            table.c.status.in_(["submitted", "approved", "rejected", "revoked"]),
        ),
    )


def points_of_rows(table: Table) -> sa.ColumnElement[int]:
    row = table_of(ActivityRow).alias("row")
    total = sa.func.coalesce(sa.func.sum(row.c.points_subject + row.c.points_filer), 0)
    return sa.select(total.cast(sa.BigInteger)).where(row.c.filing_id == table.c.id).scalar_subquery()


def requested_points(table: Table) -> sa.ColumnElement[int]:
    row = table_of(ActivityRow).alias("row")
    return sa.select(summed(asked_for(row))).where(row.c.filing_id == table.c.id).scalar_subquery()


def count_of_companies(table: Table) -> sa.ColumnElement[int]:
    row = table_of(ActivityRow).alias("row")
    distinct = sa.func.count(sa.distinct(subject_key(row)))
    return sa.select(distinct).where(row.c.filing_id == table.c.id).scalar_subquery()


def of_companies(name: str) -> Rows:
    """The rows of a filing, by what their companies are called or numbered."""

    def rows(table: Table) -> tuple[sa.Select[Any], Table, sa.ColumnElement[str]]:
        row, company = table_of(ActivityRow).alias("searched"), table_of(OrganizationRow).alias("searched_company")
        joined = row.outerjoin(company, company.c.id == row.c.organization_id)
        typed = {"name": row.c.stated_name, "business_number": row.c.subject_number}[name]
        of_it = sa.select(sa.literal(1)).select_from(joined).where(row.c.filing_id == table.c.id)
        return of_it, row, sa.func.coalesce(company.c[name], typed)

    return rows


def count_of_rows(table: Table) -> sa.ColumnElement[int]:
    row = table_of(ActivityRow).alias("row")
    return sa.select(sa.func.count()).where(row.c.filing_id == table.c.id).scalar_subquery()


def name_of(organization_id: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """The official name, which both sides of an activity may know of each other."""
    organization = table_of(OrganizationRow).alias("named")
    return sa.select(organization.c.name).where(organization.c.id == organization_id).scalar_subquery()


@shows(
    table_of(FilingRow),
    visible=visible_filing,
    descending=True,
    searches={
        "company_name": Search(
            "기업명 · The name of a company that a row of it is about.", visible_activity, of_companies("name")
        ),
        "business_number": Search(
            "사업자등록번호 · The ten digits of a company that a row of it is about.",
            visible_activity,
            of_companies("business_number"),
        ),
    },
)
@strawberry.type(description="적립신청 · What one organization files at once, of one activity type, row by row.")
class Filing(Node):
    number: str | None = column("접수번호 · Year and sequence, e.g. 26-12; null while it is a draft.", filterable=True)
    program: str = column("사업 · The program's code.", filterable=True)
    activity_type: str = column("적립 활동 · The activity type's code.", filterable=True)
    status: FilingStatus = column("접수상태 · Where it stands.", filterable=True)
    title: str = column("제목 · What the filer calls it.", filterable=True)
    created_at: datetime = column("작성 시각 · When it was begun.", filterable=True, sortable=True)
    submitted_on: date | None = column("신청일 · When it was first submitted.", filterable=True)
    supplement_reason: str | None = column("보완 사유 · What is to be added.")
    decided_at: datetime | None = column("심사 시각 · When it was decided.", filterable=True)
    row_count: int = column("행 수 · How many rows it has.", sql=count_of_rows)
    company_count: int = column("기업 수 · How many companies its rows are about.", sql=count_of_companies)
    requested_points: BigInt = column(
        "신청마일리지 · What a side would get by its rows, as the rules stood when they were filed.",
        sql=requested_points,
    )
    points: BigInt = column("적립액 · What its approved rows earned, all sides together.", sql=points_of_rows)
    download_path: str = column(
        "내려받기 경로 · All of it as a spreadsheet, for whoever may see it; each fetch is in the audit.",
        sql=lambda t: sa.func.concat(DOWNLOADS, t.c.id.cast(sa.Text), ".xlsx"),
    )
    organization: Organization | None = to_one("신청기관 · Who files.", local="organization_id")
    created_by: Member | None = to_one("담당자 · Who drafted it.", local="created_by")
    decided_by: Member | None = to_one("심사자 · Who decided it.", local="decided_by")
    rows: Connection[Activity] = to_many("행 · Its rows.", remote="filing_id")
    companies: Connection[FilingCompany] = to_many("기업 · Its rows, summed up by company.", remote="filing_id")


@shows(
    table_of(ActivityRow),
    visible=visible_activity,
    also=("facts", "program", "activity_type"),
)
@strawberry.type(description="활동 · One row of a filing: what was done, whom it is about, and what became of it.")
class Activity(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    activity_type: str = column("적립 활동 · The activity type's code.", filterable=True)
    line: int = column("행 번호 · Its place in the filing, from 1.", filterable=True, sortable=True)
    stated_name: str | None = column("입력기업명 · The name as it was typed; the business number decides.")
    base_date: date = column(
        "적립기준일 · The day that chooses the rule and begins the term.", filterable=True, sortable=True
    )
    status: ActivityStatus = column("처리상태 · Where it stands.", filterable=True)
    edition: date | None = column("적용 기준 시행일 · The edition of the rule it was awarded by.")
    requested_filer: BigInt | None = column(
        "신청기관 신청마일리지 · What the filing organization would get by it, as of the filing; null: not to be said."
    )
    requested_subject: BigInt | None = column(
        "대상기관 신청마일리지 · What the organization it is about would get by it, as of the filing."
    )
    points_filer: BigInt = column("신청기관 적립액 · What the filing organization earned by it.")
    points_subject: BigInt = column("대상기관 적립액 · What the organization it is about earned by it.")
    decision_reason: str | None = column("심사 사유 · Why it was decided so.")
    filer_name: str = column("신청기관명 · The filing organization's name.", sql=lambda t: name_of(t.c.filer_id))
    organization_name: str = column(
        "대상기관명 · The official name of whom it is about; as typed, while the draft's company is not on record.",
        sql=lambda t: sa.func.coalesce(name_of(t.c.organization_id), t.c.stated_name, t.c.subject_number),
    )
    filing: Filing | None = to_one("적립신청 · The filing it stands in.", local="filing_id")
    filer: Organization | None = to_one("신청기관 · Who filed it.", local="filer_id")
    organization: Organization | None = to_one("대상기관 · Whom it is about.", local="organization_id")
    transaction: Transaction | None = to_one("거래 · What posted its points.", local="transaction_id")
