"""The smallest world of a certification round: applicants that earned, a committee, an operator, dates in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from core.actor import Actor, Role
from core.calendar import SEOUL
from core.house import House
from core.identity import OrganizationKind, record_standing
from plugins.industry_academia.certification import applications, ranking, rounds, scores, selection
from plugins.industry_academia.certification.models import Decision, MeanRule
from plugins.industry_academia.certification.rounds import Asked, Dates, Terms
from plugins.industry_academia.program import CODE
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.world import give, member, organization, staff

CRITERIA = (
    Asked(code="plan", name_ko="협력 계획", name_en="plan", maximum=30),
    Asked(code="effect", name_ko="협력 효과", name_en="effect", maximum=20),
)
DATES = Dates(  # 접수 1월, 평가 2월 초, 운영협의체 2월 말, 승인 3월
    opens_at=datetime(2024, 1, 8, 9, 0, tzinfo=SEOUL),
    closes_at=datetime(2024, 1, 31, 18, 0, tzinfo=SEOUL),
    evaluation_from=date(2024, 2, 1),
    evaluation_until=date(2024, 2, 14),
    council_on=date(2024, 2, 28),
    approval_on=date(2024, 3, 29),
)
OPEN = datetime(2024, 1, 15, 10, 0, tzinfo=SEOUL)
EVALUATION, COUNCIL, APPROVAL = date(2024, 2, 1), date(2024, 2, 28), date(2024, 3, 29)
EARNED = date(2023, 6, 1)


def terms(**changes: Any) -> Terms:
    stated: dict[str, Any] = {
        "title": "2024년도 산학협력 우수기관 인증", "title_en": "Certification, 2024",
        "earned_from": date(2023, 1, 1), "earned_until": date(2023, 12, 31), "places": 2, "valid_years": 2,
        "quantitative_max": 50,
    }  # fmt: skip
    return Terms(**stated | changes)


def at(day: date, hour: time = time(9)) -> datetime:
    return datetime.combine(day, hour, SEOUL)


@dataclass
class Stage:
    """Who there is, and short names for the steps."""

    house: House
    clock: SetClock
    operator: Actor
    reviewer: Actor
    round_id: int = 0
    applicants: dict[int, Actor] = field(default_factory=dict)  # by the serial of their organization
    committee: list[Actor] = field(default_factory=list)

    @classmethod
    async def of(cls, house: House, clock: SetClock) -> Stage:
        clock.moment = at(date(2024, 1, 2))
        operator = await staff(house, "operator", Role.OPERATOR, programs=[CODE])
        reviewer = await staff(house, "reviewer", programs=[CODE])
        return cls(house, clock, operator, reviewer)

    async def prepared(self, dates: Dates = DATES, criteria: Sequence[Asked] = CRITERIA, **changes: Any) -> int:
        async with self.house.work(self.operator) as work:
            self.round_id = (await rounds.prepare_round(work, terms(**changes), dates, criteria)).id
        return self.round_id

    async def called(self, **changes: Any) -> int:
        await self.prepared(**changes)
        async with self.house.work(self.operator) as work:
            await rounds.call_round(work, self.round_id)
        self.clock.moment = OPEN
        return self.round_id

    async def company(self, serial: int, points: int, *, kind: OrganizationKind = OrganizationKind.COMPANY) -> Actor:
        """An organization that earned so much in the window, and its main user."""
        owner = await organization(self.house, serial, kind=kind)
        if points:
            await give(self.house, CODE, owner, points, EARNED)
        made = await member(self.house, owner, f"main{serial}", main=True)
        self.applicants[serial] = made
        return made

    async def foundation(self, serial: int, points: int) -> Actor:
        made = await self.company(serial, points)
        async with self.house.work() as work:
            await record_standing(
                work, made.organization_id or 0, kind="university_foundation", valid_from=date(2020, 1, 1)
            )
        return made

    async def assessor(self, login_id: str, who: Actor | None = None) -> Actor:
        """A reviewer of the program who is appointed, or this member."""
        made = who or await staff(self.house, login_id, programs=[CODE])
        async with self.house.work(self.operator) as work:
            await rounds.appoint_assessor(work, self.round_id, made.member_id or 0)
        self.committee.append(made)
        return made

    async def applied(self, who: Actor, *more: tuple[str, str]) -> int:
        token = await sent(self.house, who, pdf())
        async with self.house.work(who) as work:
            return (await applications.apply(work, self.round_id, [("application", token), *more])).id

    async def withdrawn(self, who: Actor, application_id: int) -> None:
        async with self.house.work(who) as work:
            await applications.withdraw(work, application_id)

    async def evaluating(self) -> None:
        self.clock.set(EVALUATION)
        async with self.house.work(self.operator) as work:
            await rounds.begin_evaluation(work, self.round_id)

    async def scored(self, who: Actor, application_id: int, plan: int, effect: int, **more: int) -> None:
        async with self.house.work(who) as work:
            await scores.score(work, application_id, {"plan": plan, "effect": effect} | more)

    async def evaluated(self) -> None:
        async with self.house.work(self.operator) as work:
            await ranking.close_evaluation(work, self.round_id)

    async def decided(self, application_id: int, decision: Decision = Decision.CONFIRM, reason: str = "") -> None:
        async with self.house.work(self.operator) as work:
            await selection.decide(work, application_id, decision, reason)

    async def deliberated(self) -> None:
        self.clock.set(COUNCIL)
        async with self.house.work(self.operator) as work:
            await selection.close_council(work, self.round_id)

    async def approved(self, reference: str = "산학-2024-17") -> int:
        self.clock.set(APPROVAL)
        async with self.house.work(self.operator) as work:
            return await selection.approve_round(work, self.round_id, reference)

    async def walked(self, points: Sequence[int] = (1_000, 500, 200), **changes: Any) -> list[int]:
        """A whole round: applicants with these points, two committee members, all confirmed; the applications."""
        await self.called(**changes)
        made = [await self.applied(await self.company(20 + place, each)) for place, each in enumerate(points)]
        for login_id in ("wiwon_a", "wiwon_b"):
            await self.assessor(login_id)
        await self.evaluating()
        for who in self.committee:
            for place, each in enumerate(made):
                await self.scored(who, each, 20 + place, 10)
        await self.evaluated()
        for each in made:
            await self.decided(each)
        await self.deliberated()
        await self.approved()
        return made


__all__ = ["CRITERIA", "DATES", "MeanRule", "Stage", "at", "terms"]
