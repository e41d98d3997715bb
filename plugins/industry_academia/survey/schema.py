"""The survey in the API: a list of universities with the figures of each, and of all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import strawberry

from core.language import Language
from plugins.industry_academia.program import PROGRAM
from plugins.industry_academia.survey import report as counting
from plugins.industry_academia.survey.sheets import path_of
from plugins.industry_academia.tables import SURVEY_NOTES
from schema import BigInt, Edge, Info, PageInfo, to_one
from schema.connections import DEFAULT, MOST, PAGE_INVALID, decode_cursor, encode_cursor
from schema.errors import ErrorSource
from schema.nodes import Organization

CURSOR = "cooperation_survey"


@strawberry.type(description="집계 · How much was filed and approved, and not taken back.")
class SurveyFigures:
    filings: int = strawberry.field(description="신청 건수 · Filings with an activity that counts.")
    activities: int = strawberry.field(description="활동 건수 · Activities.")
    companies: int = strawberry.field(description="참여 기업 수 · Different companies.")
    university_points: BigInt = strawberry.field(description="대학 마일리지 · What universities earned by them.")
    company_points: BigInt = strawberry.field(description="기업 마일리지 · What companies earned by them.")
    paid_won: BigInt = strawberry.field(description="기업 부담액 · What companies paid, in won, tax and all.")


@strawberry.type(description="적립분야별 집계 · The figures of one activity type.")
class SurveyLine:
    activity_type: str = strawberry.field(description="적립분야 · The activity type's code.")
    name_ko: str = strawberry.field(description="이름 · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    figures: SurveyFigures = strawberry.field(description="집계 · How much of it there was.")


@strawberry.type(description="대학별 집계 · What one university did with companies.")
class SurveyedUniversity:
    organization_id: strawberry.Private[int]
    business_number: str = strawberry.field(description="사업자등록번호 · Ten digits.")
    name: str = strawberry.field(description="대학명 · What it is called.")
    figures: SurveyFigures = strawberry.field(description="합계 · In all; a company counts once.")
    activity_types: list[SurveyLine] = strawberry.field(description="적립분야별 · By activity type, if there were any.")
    organization: Organization | None = to_one("기관 · The university.", local="organization_id")


@strawberry.type(description="유의사항 · What the briefing says of the survey's use.")
class SurveyNote:
    text: str = strawberry.field(description="내용 · In Korean, or in English by Accept-Language.")
    source: ErrorSource = strawberry.field(description="근거 · Where it stands.")


@strawberry.type(
    description="산학협력실태조사 · What was filed and approved within a window, as far as you may see it: the list of "
    "universities in order of their names, and the totals of all of them."
)
class CooperationSurvey:
    first_day: date = strawberry.field(name="from", description="조사 기간 첫날 · Counted in, in Asia/Seoul.")
    until: date = strawberry.field(description="조사 기간 마지막 날 · Counted in.")
    as_of: datetime = strawberry.field(
        description="기준 시각 · The moment whose knowledge it states: what was taken back later still counts."
    )
    figures: SurveyFigures = strawberry.field(description="합계 · Of all universities; a company counts once.")
    activity_types: list[SurveyLine] = strawberry.field(description="적립분야별 합계 · By activity type.")
    edges: list[Edge[SurveyedUniversity]] = strawberry.field(description="변 · Universities with their cursors.")
    nodes: list[SurveyedUniversity] = strawberry.field(description="대학별 · The universities of this page.")
    page_info: PageInfo = strawberry.field(description="쪽 정보 · Where this page stands.")
    total_count: int = strawberry.field(description="전체 건수 · How many universities there are in all.")
    notes: list[SurveyNote] = strawberry.field(description="유의사항 · What must be said beside the figures.")
    workbook_path: str = strawberry.field(
        description="통합 문서 경로 · All tables of the same window and moment as .xlsx; sign-in is needed."
    )


def _argument(description: str, name: str | None = None) -> object:
    return strawberry.argument(description=description, name=name)


@strawberry.type
class SurveyQuery:
    """What can be asked of the survey."""

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="산학협력실태조사 · What was filed and approved within [from, until]. A university sees its own "
        "(sub-users: the activities they may file), staff of the program and auditors all."
    )
    async def cooperation_survey(
        self,
        info: Info,
        first_day: Annotated[date, _argument("조사 기간 첫날 · e.g. 2023-03-01.", "from")],
        until: Annotated[date, _argument("조사 기간 마지막 날 · e.g. 2024-02-29; filed and approved by then.")],
        as_of: Annotated[datetime | None, _argument("기준 시각 · As of which moment; null: now.")] = None,
        first: Annotated[int, _argument("개수 · How many universities, from 1 to 100.")] = DEFAULT,
        after: Annotated[str | None, _argument("다음부터 · The cursor to continue from.")] = None,
    ) -> CooperationSurvey:
        context = info.context
        context.actor.require_ready()
        if not 1 <= first <= MOST:
            raise PAGE_INVALID.refuse("first", most=MOST)
        now = context.house.clock()
        window = counting.Window(first=first_day, last=until, as_of=as_of or now)
        window.check(now)
        begin = None
        if after is not None:
            name, key = decode_cursor(after, CURSOR, (str, int), "after")
            begin = (name, key)
        async with context.house.database.reading() as tx:
            found = await counting.report(tx, context.house.plugins, context.actor, window, limit=first, after=begin)
        return shown(found, context.language, after_something=after is not None)


def shown(found: counting.Report, language: Language, *, after_something: bool) -> CooperationSurvey:
    nodes = [_university(each) for each in found.universities]
    cursors = [encode_cursor(CURSOR, (each.name, each.id)) for each in found.universities]
    return CooperationSurvey(
        first_day=found.window.first,
        until=found.window.last,
        as_of=found.window.as_of,
        figures=_figures(found.total),
        activity_types=_lines(found.by_activity),
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=found.more,
            has_previous_page=after_something,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        total_count=found.count,
        notes=[
            SurveyNote(
                text=each.text.in_(language),
                source=ErrorSource(document=each.source.document.names.in_(language), clause=each.source.clause),
            )
            for each in SURVEY_NOTES
        ],
        workbook_path=path_of(found.window),
    )


def _university(each: counting.University) -> SurveyedUniversity:
    return SurveyedUniversity(
        organization_id=each.id,
        business_number=each.business_number,
        name=each.name,
        figures=_figures(each.total),
        activity_types=_lines(each.by_activity),
    )


def _figures(figures: counting.Figures) -> SurveyFigures:
    return SurveyFigures(
        filings=figures.filings,
        activities=figures.activities,
        companies=figures.companies,
        university_points=BigInt(figures.university_points),
        company_points=BigInt(figures.company_points),
        paid_won=BigInt(figures.paid_won),
    )


def _lines(by_activity: Mapping[str, counting.Figures]) -> list[SurveyLine]:
    return [
        SurveyLine(
            activity_type=kind.code,
            name_ko=kind.names.ko,
            name_en=kind.names.en,
            figures=_figures(by_activity[kind.code]),
        )
        for kind in PROGRAM.activity_types
        if kind.code in by_activity
    ]
