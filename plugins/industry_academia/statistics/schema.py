"""The statistics in the API: public, a list of years."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from plugins.industry_academia.program import PROGRAM
from plugins.industry_academia.statistics import counting
from plugins.industry_academia.statistics.figures import ENOUGH, Figures, Year
from schema import BigInt, Info

HIDDEN = f"null where fewer than {ENOUGH} companies stand behind it, or it could be worked out for them."


@strawberry.type(description="통계 집계 · How much was approved in a year, and not taken back.")
class StatisticsFigures:
    filings: int = strawberry.field(description="신청 건수 · Filings with an activity that counts.")
    activities: int = strawberry.field(description="활동 건수 · Approved activities.")
    universities: int = strawberry.field(description="참여 대학 수 · Different universities.")
    companies: int = strawberry.field(description="참여 기업 수 · Different companies.")
    university_points: BigInt | None = strawberry.field(description=f"대학 마일리지 · Issued to universities; {HIDDEN}")
    company_points: BigInt | None = strawberry.field(description=f"기업 마일리지 · Issued to companies; {HIDDEN}")
    paid_won: BigInt | None = strawberry.field(description=f"기업 부담액 · Won that companies paid; {HIDDEN}")


@strawberry.type(description="적립분야별 통계 · The figures of one activity type.")
class StatisticsLine:
    activity_type: str = strawberry.field(description="적립분야 · The activity type's code.")
    name_ko: str = strawberry.field(description="이름 · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    figures: StatisticsFigures = strawberry.field(description="집계 · How much of it there was.")


@strawberry.type(description="거래소 통계 · Orders of the exchange that were settled in a year.")
class StatisticsOrders:
    settled: int = strawberry.field(description="정산 건수 · How many orders.")
    companies: int = strawberry.field(description="구매 기업 수 · Different companies.")
    points: BigInt | None = strawberry.field(description=f"사용 마일리지 · Passed on to universities; {HIDDEN}")
    paid_won: BigInt | None = strawberry.field(description=f"입금액 · Won paid beside it; {HIDDEN}")


@strawberry.type(description="연도별 통계 · A calendar year, by the day of approval or settlement in Seoul.")
class StatisticsYear:
    year: int = strawberry.field(description="연도 · The year.")
    total: StatisticsFigures = strawberry.field(description="합계 · Of all activity types; a company counts once.")
    activity_types: list[StatisticsLine] = strawberry.field(
        description="적립분야별 · By activity type, if there were any."
    )
    orders: StatisticsOrders = strawberry.field(description="거래소 · What was traded.")


@strawberry.type(description="산학협력통계 · Public figures by year, at most ten minutes old.")
class CooperationStatistics:
    as_of: datetime = strawberry.field(description="기준 시각 · When it was counted.")
    years: list[StatisticsYear] = strawberry.field(description="연도별 · The newest year first.")


@strawberry.type
class StatisticsQuery:
    """What joins the root."""

    @strawberry.field(description="산학협력통계 · What was approved and traded, by year; public.")  # type: ignore[untyped-decorator]
    async def cooperation_statistics(
        self,
        info: Info,
        from_year: Annotated[
            int | None, strawberry.argument(description="시작 연도 · No earlier year; null: all there are.")
        ] = None,
        until_year: Annotated[
            int | None, strawberry.argument(description="끝 연도 · No later year; null: all there are.")
        ] = None,
    ) -> CooperationStatistics:
        found = await counting.statistics(info.context.house)
        wanted = [
            each
            for each in found.years
            if (from_year is None or each.year >= from_year) and (until_year is None or each.year <= until_year)
        ]
        return CooperationStatistics(as_of=found.as_of, years=[_year(each) for each in wanted])


def _year(of: Year) -> StatisticsYear:
    lines = [
        StatisticsLine(
            activity_type=kind.code,
            name_ko=kind.names.ko,
            name_en=kind.names.en,
            figures=_figures(of.by_activity[kind.code]),
        )
        for kind in PROGRAM.activity_types
        if kind.code in of.by_activity
    ]
    return StatisticsYear(
        year=of.year,
        total=_figures(of.total),
        activity_types=lines,
        orders=StatisticsOrders(
            settled=of.orders.settled,
            companies=of.orders.companies,
            points=_amount(of.orders.points),
            paid_won=_amount(of.orders.paid_won),
        ),
    )


def _figures(of: Figures) -> StatisticsFigures:
    return StatisticsFigures(
        filings=of.filings,
        activities=of.activities,
        universities=of.universities,
        companies=of.companies,
        university_points=_amount(of.university_points),
        company_points=_amount(of.company_points),
        paid_won=_amount(of.paid_won),
    )


def _amount(of: int | None) -> BigInt | None:
    return None if of is None else BigInt(of)
