"""The companies of a filing: its rows summed up by whom they are about."""

from __future__ import annotations

import sqlalchemy as sa
import strawberry

from core.activities.models import Activity as ActivityRow
from core.database import table_of
from core.identity import Organization as OrganizationRow
from schema.mapping import column, shows, to_one
from schema.nodes.organization import Organization
from schema.scalars import BigInt
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table


def asked_for(row: Table) -> sa.ColumnElement[int]:
    """신청마일리지 of a row: what a side gets by it, the larger where they get unequal sums."""
    return sa.func.greatest(row.c.requested_filer, row.c.requested_subject)


def summed(points: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(points), 0).cast(sa.BigInteger)


def subject_key(row: Table) -> sa.ColumnElement[str]:
    """Whom a row is about, whether or not it is on record yet."""
    return sa.func.coalesce(row.c.organization_id.cast(sa.Text), sa.literal_column("'#'") + row.c.subject_number)


def _companies() -> sa.FromClause:
    row, organization = table_of(ActivityRow).alias("row"), table_of(OrganizationRow).alias("company")
    known = row.outerjoin(organization, organization.c.id == row.c.organization_id)
    number = sa.func.coalesce(organization.c.business_number, row.c.subject_number)
    typed = sa.func.array_agg(sa.distinct(row.c.stated_name)).filter(row.c.stated_name.is_not(None))
    about = [row.c.filing_id, row.c.program, row.c.activity_type, row.c.filer_id, row.c.organization_id]
    return (
        sa.select(
            sa.func.min(row.c.id).label("id"),
            *about,
            number.label("business_number"),
            sa.func.coalesce(organization.c.name, sa.func.min(row.c.stated_name), number).label("name"),
            sa.func.coalesce(typed, sa.literal_column("'{}'::text[]", sa.ARRAY(sa.Text))).label("stated_names"),
            sa.func.count().cast(sa.Integer).label("row_count"),
            summed(asked_for(row)).label("requested_points"),
            summed(row.c.points_filer).label("points_filer"),
            summed(row.c.points_subject).label("points_subject"),
        )
        .select_from(known)
        .group_by(*about, number, organization.c.name)
        .subquery("filing_company")
    )


def visible_company(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """As the filing: its organization's members (sub-users: their types), staff of the program, auditors."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    own = table.c.filer_id == viewer.organization_id
    if viewer.main:
        return own
    return sa.and_(own, viewer.permitted(table.c.program + "." + table.c.activity_type + ".file"))


@shows(_companies(), visible=visible_company)
@strawberry.type(description="신청 기업 · One company of a filing, its rows summed up.")
class FilingCompany:
    business_number: str = column("사업자등록번호 · Ten digits; it decides which company.", filterable=True)
    name: str = column("기업명 · The official name; as typed while the company is not on record.", filterable=True)
    stated_names: list[str] = column("입력기업명 · The names it was typed by.")
    row_count: int = column("행 수 · How many rows are about it.")
    requested_points: BigInt = column("신청마일리지 · What it would get by them, as of the filing.")
    points_filer: BigInt = column("신청기관 적립액 · What the filing organization earned by them.")
    points_subject: BigInt = column("적립액 · What the company earned by them.")
    organization: Organization | None = to_one("기업 · The company, once it is on record.", local="organization_id")
