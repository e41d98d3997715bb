"""Organizations and their members as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import strawberry

from core.actor import Role
from core.database import table_of
from core.identity.models import Member as MemberRow
from core.identity.models import Organization as OrganizationRow
from core.identity.models import OrganizationKind
from core.identity.models import Person as PersonRow
from core.identity.models import Standing as StandingRow
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, shows, to_many, to_one
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table, own_organization

if TYPE_CHECKING:
    from schema.nodes.activity import Activity, Filing
    from schema.nodes.benefit import Certificate
    from schema.nodes.ledger import Account, Lot

described(
    OrganizationKind,
    "OrganizationKind",
    "기관 구분 · What an organization is.",
    {
        "COMPANY": "기업 · A company.",
        "UNIVERSITY": "대학 · A university or its industry foundation.",
        "PROVIDER": "교육기관 · A training provider.",
        "AGENCY": "운영·전담기관 · An agency that runs programs.",
        "MINISTRY": "부처 · A ministry.",
    },
)
described(
    Role,
    "Role",
    "역할 · What a member does here.",
    {
        "MEMBER": "기관 사용자 · Acts for its organization.",
        "REVIEWER": "심사자 · Decides filings of its programs.",
        "OPERATOR": "운영자 · Everything of its programs, and accounts.",
        "AUDITOR": "감사자 · Reads all, changes nothing.",
    },
)


def visible_member(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Members of one's own organization: the main user sees all of them, a sub-user itself."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all or viewer.operator:
        return EVERYBODY
    if viewer.main:
        return table.c.organization_id == viewer.organization_id
    return table.c.id == viewer.member_id


def visible_person(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Personal data: the same people whose member is visible. Some are nobody's member, but were sent a code."""
    if viewer.reads_all or viewer.operator:
        return EVERYBODY
    member = table_of(MemberRow).alias("person_member")
    return sa.exists().where(member.c.person_id == table.c.id, visible_member(member, viewer))


@shows(table_of(OrganizationRow), visible=own_organization("id"), order=("id",))
@strawberry.type(description="기관 · A company, university, provider or agency, known by its business number.")
class Organization(Node):
    business_number: str = column(
        "사업자등록번호 · Ten digits; the last checks the others.", filterable=True, sortable=True
    )
    corporate_number: str | None = column("법인등록번호 · Thirteen digits.", filterable=True)
    name: str = column("기관명 · The official name.", filterable=True, sortable=True)
    kind: OrganizationKind = column("기관 구분 · What it is.", filterable=True)
    address: str | None = column("주소 · Where it is.")
    claimed_at: datetime | None = column("가입 시각 · When its first member signed up; null: nobody has yet.")
    created_at: datetime = column("등록 시각 · When it was first heard of.", filterable=True, sortable=True)
    standings: Connection[Standing] = to_many(
        "자격 · What it is known to be or not to be, e.g. an SME.", remote="organization_id"
    )
    members: Connection[Member] = to_many("사용자 · Who signs in for it.", remote="organization_id")
    accounts: Connection[Annotated[Account, strawberry.lazy("schema.nodes.ledger")]] = to_many(
        "계정 · Its points, an account each asset.", remote="organization_id"
    )
    lots: Connection[Annotated[Lot, strawberry.lazy("schema.nodes.ledger")]] = to_many(
        "적립분 · Its points by the day they were earned and expire.", remote="organization_id"
    )
    filings: Connection[Annotated[Filing, strawberry.lazy("schema.nodes.activity")]] = to_many(
        "적립신청 · What it filed.", remote="organization_id"
    )
    activities: Connection[Annotated[Activity, strawberry.lazy("schema.nodes.activity")]] = to_many(
        "활동 · What it did that may earn points, whoever filed it.", remote="organization_id"
    )
    certificates: Connection[Annotated[Certificate, strawberry.lazy("schema.nodes.benefit")]] = to_many(
        "확인서 · Its certificates.", remote="organization_id"
    )


@shows(table_of(StandingRow), visible=own_organization())
@strawberry.type(description="자격 · Whether an organization is something, between two days, both counted in.")
class Standing(Node):
    kind: str = column("자격 구분 · E.g. `sme`: 중소기업.", filterable=True)
    holds: bool = column("해당 여부 · Whether it is.", filterable=True)
    valid_from: date = column("시작일 · The first day.", filterable=True, sortable=True)
    valid_until: date | None = column("종료일 · The last day; null: open-ended.", filterable=True)
    evidence: str | None = column("근거 · The confirmation it was recorded from.")
    organization: Organization | None = to_one("기관 · Whose standing.", local="organization_id")


@shows(table_of(PersonRow), visible=visible_person)
@strawberry.type(description="담당자 · Personal data of a member; empty once it was erased.")
class Person(Node):
    name: str | None = column("성명 · The name.")
    email: str | None = column("이메일 · The e-mail address.")
    phone: str | None = column("연락처 · The telephone number.")
    department: str | None = column("부서 · The department.")
    erased_at: datetime | None = column("삭제 시각 · When it was erased on request.")


@shows(table_of(MemberRow), visible=visible_member)
@strawberry.type(description="사용자 · Somebody who signs in for an organization.")
class Member(Node):
    login_id: str = column("아이디 · What it signs in with.", filterable=True, sortable=True)
    role: Role = column("역할 · What it does here.", filterable=True)
    main: bool = column("주 사용자 · Whether it is the organization's main user.", filterable=True)
    permissions: list[str] = column("권한 · What a sub-user may do; main users may all.")
    programs: list[str] = column("담당 사업 · The programs staff are in charge of; empty: all.")
    must_change_password: bool = column("비밀번호 변경 필요 · Whether nothing else is permitted until it is changed.")
    deactivated_at: datetime | None = column("해지 시각 · When it was closed.")
    created_at: datetime = column("등록 시각 · When it was made.", sortable=True)
    person: Person | None = to_one("담당자 · Who it is.", local="person_id")
    organization: Organization | None = to_one("기관 · Whom it signs in for.", local="organization_id")
