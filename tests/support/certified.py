"""Certification rounds in every state, for two companies and a committee, made by the services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from core.actor import Actor, Role
from core.calendar import SEOUL
from core.house import House
from core.ledgers import Credit, Earning, earn
from plugins.industry_academia.certification import applications, ranking, rounds, scores, selection
from plugins.industry_academia.certification.models import Decision
from plugins.industry_academia.certification.rounds import Asked, Dates, Terms
from plugins.industry_academia.program import CODE, MILEAGE
from tests.support.api import Account, staff
from tests.support.files import pdf, sent

OPENS = datetime(2026, 1, 5, 9, tzinfo=SEOUL)
CLOSES = OPENS + timedelta(days=10)
DATES = Dates(
    opens_at=OPENS,
    closes_at=CLOSES,
    evaluation_from=date(2026, 1, 16),
    evaluation_until=date(2026, 1, 20),
    council_on=date(2026, 1, 20),
    approval_on=date(2026, 1, 20),
)
TERMS = Terms(
    title="회차",
    title_en="round",
    earned_from=date(2025, 1, 1),
    earned_until=date(2025, 12, 31),
    places=1,
    valid_years=2,
    quantitative_max=50,
)
CRITERION = Asked(code="plan", name_ko="계획", name_en="plan", maximum=50)


@dataclass
class Certifying:
    """One round on its way."""

    house: House
    operator: Actor
    round_id: int

    def on(self, moment: datetime) -> House:
        return replace(self.house, clock=lambda: moment)

    async def apply(self, who: Account) -> int:
        there = self.on(OPENS + timedelta(hours=1))
        token = await sent(there, who.actor, pdf(f"{who.login_id} {self.round_id}"))
        async with there.work(who.actor) as work:
            return (await applications.apply(work, self.round_id, [("application", token)])).id


async def certify(house: House, a: Account, b: Account, scorer: Account, operator: Account) -> None:
    """A round that is prepared, one that is called, one that is being scored, one that is, one that is approved.

    `scorer` is first in the committees of those being scored and approved; somebody else is in all three.
    """
    other = await staff(house, Role.REVIEWER, "other_scorer", [CODE])
    async with house.work() as work:
        day = date(2025, 6, 1)
        both = tuple(
            Credit(organization_id=each.organization_id, amount=500, earned_on=day, expires_on=None) for each in (a, b)
        )
        earning = Earning(key="certified", reference="certified", credits=both)
        await earn(work, program=CODE, asset=MILEAGE.code, earnings=[earning], reason="적립")
    for status, committee in (
        ("prepared", (scorer,)), ("called", (scorer,)), ("evaluating", (scorer, other)), ("evaluated", (other,)),
        ("approved", (scorer, other)),
    ):  # fmt: skip
        await _round(house, operator.actor, status, committee, (a, b))


async def _round(
    house: House, operator: Actor, status: str, committee: Sequence[Account], applicants: Sequence[Account]
) -> None:
    first = replace(house, clock=lambda: OPENS - timedelta(days=1))
    async with first.work(operator) as work:
        made = await rounds.prepare_round(work, TERMS, DATES, [CRITERION])
        for each in committee:
            await rounds.appoint_assessor(work, made.id, each.member_id)
    here = Certifying(house, operator, made.id)
    if status == "prepared":
        return
    async with first.work(operator) as work:
        await rounds.call_round(work, made.id)
    applied = [await here.apply(each) for each in applicants]
    if status == "called":
        return
    later = here.on(datetime(2026, 1, 20, 9, tzinfo=SEOUL))
    async with later.work(operator) as work:
        await rounds.begin_evaluation(work, made.id)
    for each in committee:
        for key in applied:
            async with later.work(each.actor) as work:
                await scores.score(work, key, {"plan": key % 50})
    if status == "evaluating":
        return
    async with later.work(operator) as work:
        await ranking.close_evaluation(work, made.id)
    if status == "evaluated":
        return
    async with later.work(operator) as work:
        for key in applied:
            await selection.decide(work, key, Decision.CONFIRM, "")
        await selection.close_council(work, made.id)
        await selection.approve_round(work, made.id, "결재-1")
