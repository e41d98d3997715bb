"""The fields of `Query` that core brings."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from core.benefits import normal_number
from core.identity import look_up_login_id, parse_business_number
from schema.connections import Connection
from schema.context import Info
from schema.global_ids import from_global_id
from schema.mapping import Node, column, connection, lookup, shows, the_one, to_one
from schema.nodes.activity import Activity, Filing
from schema.nodes.audit import AuditEvent
from schema.nodes.benefit import Benefit, Certificate
from schema.nodes.ledger import Account, Entry, Lot, Transaction
from schema.nodes.organization import Member, Organization
from schema.nodes.program import Program, shown
from schema.reading import load_one
from schema.viewer import VIEWER_ROW
from schema.visibility import everybody

ID = Annotated[strawberry.ID, strawberry.argument(description="전역 ID · As it was received.")]


@shows(VIEWER_ROW, visible=everybody)
@strawberry.type(description="나 · Who the request comes from.")
class Viewer:
    signed_in: bool = column("로그인 여부 · Whether somebody is signed in.")
    must_change_password: bool = column(
        "비밀번호 변경 필요 · Whether nothing else is permitted until the password is changed."
    )
    member: Member | None = to_one("사용자 · The member.", local="member_id")
    organization: Organization | None = to_one("기관 · The member's organization.", local="organization_id")


@strawberry.type
class CoreQuery:
    """What can be asked whatever programs are installed."""

    viewer: Viewer = the_one("나 · Who the request comes from.")
    organizations: Connection[Organization] = connection("기관 목록 · The organizations you may see.")
    members: Connection[Member] = connection("사용자 목록 · The members you may see.")
    accounts: Connection[Account] = connection("계정 목록 · The accounts you may see.")
    entries: Connection[Entry] = connection("분개 목록 · What moved, the newest first.")
    transactions: Connection[Transaction] = connection("거래 목록 · The postings you may see, the newest first.")
    lots: Connection[Lot] = connection("적립분 목록 · Points by the day they expire, the first first.")
    filings: Connection[Filing] = connection("적립신청 목록 · The filings you may see, the newest first.")
    activities: Connection[Activity] = connection("활동 목록 · The rows of filings you may see.")
    benefits: Connection[Benefit] = connection("적용사업 목록 · What points buy; public.")
    certificates: Connection[Certificate] = connection("확인서 목록 · The certificates you may see, the newest first.")
    organization: Organization | None = lookup(
        "기관 · By its business number, however it is written.",
        by="business_number",
        argument="사업자등록번호 · With or without dashes.",
        parsed=parse_business_number,
    )
    certificate: Certificate | None = lookup(
        "확인서 · By its number, however it is written, if you may see it.",
        by="number",
        argument="문서확인번호 · Its number.",
        parsed=normal_number,
    )
    audit_events: Connection[AuditEvent] = connection("감사 기록 · What happened, the newest first.")

    @strawberry.field(description="노드 · Anything by its global id; null when there is none for your eyes.")  # type: ignore[untyped-decorator]
    async def node(self, info: Info, id: ID) -> Node | None:
        found: Node | None = await node_by_id(info, id)
        return found

    @strawberry.field(description="노드들 · Several at once, in the order asked for; 100 at most.")  # type: ignore[untyped-decorator]
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="전역 ID들 · As they were received.")],
    ) -> list[Node | None]:
        from asyncio import gather

        from schema.connections import MOST, PAGE_INVALID

        if len(ids) > MOST:
            raise PAGE_INVALID.refuse("ids", most=MOST)
        return list(await gather(*(node_by_id(info, each) for each in ids)))

    @strawberry.field(description="사업 목록 · The programs that are installed.")  # type: ignore[untyped-decorator]
    def programs(self, info: Info) -> list[Program]:
        declared = info.context.house.plugins.programs
        return [shown(declared[code]) for code in sorted(declared)]

    @strawberry.field(description="사업 · One program by its code.")  # type: ignore[untyped-decorator]
    def program(
        self, info: Info, code: Annotated[str, strawberry.argument(description="코드 · Its code.")]
    ) -> Program | None:
        found = info.context.house.plugins.programs.get(code)
        return None if found is None else shown(found)

    @strawberry.field(description="아이디 중복검사 · Whether nobody is, or was, called so.")  # type: ignore[untyped-decorator]
    async def login_id_available(
        self, info: Info, login_id: Annotated[str, strawberry.argument(description="아이디 · The login id.")]
    ) -> bool:
        return await look_up_login_id(info.context.house, login_id, origin=info.context.origin)


async def node_by_id(info: Info, text: str) -> Any:
    """The node of a global id; None when it is no id, or nothing the viewer may see."""
    found = from_global_id(text)
    if found is None:
        return None
    cls = info.schema.nodes_by_name.get(found[0])  # type: ignore[attr-defined]
    return None if cls is None else await load_one(info.context, cls, found[1])
