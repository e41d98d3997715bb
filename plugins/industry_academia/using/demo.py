"""What the demo has of using the mileage: an agency, its program in the catalogue and a call of it, and two posts."""

from __future__ import annotations

from datetime import timedelta

from core.benefits import add_benefit
from core.boards import Board, publish_post
from core.calls import CallText, draft_call, publish_call
from core.demo import claim
from core.house import House
from core.identity import OrganizationKind, organization_by_number, register_organization
from core.language import Text
from core.participants import ParticipantRole, register_participant
from core.program import Benefit, Effect, Source, SourceDocument, Terms
from core.work import Work
from plugins.industry_academia.program import CODE, MILEAGE

AGENCY = "0009000054"  # business numbers that begin with 000 are never issued
NOTICE = SourceDocument("demo_call", Text("보기 지원사업 공고 (시험용)", "Call of the example program (for trying)"))


async def publish_uses(house: House) -> None:
    """All of it, from today on, once."""
    async with house.work() as work:
        if await organization_by_number(work.tx, AGENCY) is None:
            await _publish(work)
    await claim(house, AGENCY, "jinheung", "진흥원 담당자")


async def _publish(work: Work) -> None:
    agency = await register_organization(work, business_number=AGENCY, name="보기진흥원", kind=OrganizationKind.AGENCY)
    await register_participant(work, CODE, agency.id, ParticipantRole.USING, homepage="https://jinheung.example.org/")
    terms = Terms(
        effective=work.today, unit=300, effect=Effect.bonus_points(1, row_max=3), source=Source(NOTICE, "4쪽 가점")
    )
    supported = Benefit(
        code="example_support",
        names=Text("보기 지원사업", "Example support"),
        asset=MILEAGE.code,
        category=Text("재정지원", "Grants"),
        description=Text("선정평가 가점", "Bonus points when applicants are evaluated"),
        terms=(terms,),
    )
    row = await add_benefit(work, CODE, supported, opened_on=work.today)
    call = await draft_call(
        work,
        row.id,
        agency.id,
        CallText(
            title="보기 지원사업 참여기관 모집",
            body="산학협력 마일리지 300점마다 가점 1점, 최대 3점을 드립니다.",
            opens_at=work.now,
            closes_at=work.now + timedelta(days=30),
        ),
    )
    await publish_call(work, call.id)
    for board, title, body in (
        (Board.NOTICE, "산학협력 마일리지 안내", "적립과 활용 방법은 자료실의 안내서를 참고하세요."),
        (Board.LIBRARY, "마일리지 적립 안내서", "적립 분야와 증빙자료를 정리했습니다."),
    ):
        await publish_post(work, program=CODE, board=board, title=title, body=body, pinned=board is Board.NOTICE)
