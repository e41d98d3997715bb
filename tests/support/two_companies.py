"""Two companies that deal with each other in two programs, and everybody who may want to look.

Everything is made by the services. The program of the deeds is where the other staff work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.activities import Row, attach_document, draft_filing, submit_filing
from core.actor import Role
from core.benefits import issue_certificate, return_certificate
from core.boards import Audience, Board, publish_post
from core.calendar import SEOUL
from core.calls import CallText, draft_call, mark_interest, publish_call
from core.house import House
from core.identity import OrganizationKind, issue_claim_code, record_standing
from core.jobs import JobKind, Task, queue_job
from core.language import Text
from core.ledgers import Credit, Earning, earn, spend, transfer
from core.participants import ParticipantRole, end_participation, register_participant
from core.work import Work
from plugins.industry_academia.exchange import listings, slots
from plugins.industry_academia.exchange.listings import ListingDetails
from plugins.industry_academia.exchange.models import ListingKind, UseUnit
from plugins.industry_academia.exchange.ordering import place_order
from plugins.industry_academia.exchange.permissions import BUY
from plugins.industry_academia.exchange.slots import Times
from plugins.mileage_innovation.facts import InnovationActivity, TrainingCompletion
from plugins.mileage_innovation.service import define_kind, register_provider
from tests.support.api import Account, company, member, organization, person, staff, sub_user
from tests.support.certified import certify
from tests.support.files import jpg, pdf, sent
from tests.support.plugins import Deed

HERE, ASSET = "mileage_innovation", "innovation_mileage"
ELSEWHERE, THANKS = "deeds", "thanks"
SINCE = date(2020, 1, 1)
LATE = datetime(2999, 1, 1, tzinfo=SEOUL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoCompanies:
    """Who there is: `a` and `b` are the main users of the two, `c` that of a company without any dealings."""

    a: Account
    b: Account
    c: Account
    a_sub: Account  # without permissions
    b_sub: Account
    a_clerk: Account  # may file training, redeem, and order on the exchange
    a_forced: Account  # must change the password
    reviewer: Account
    reviewer_elsewhere: Account
    operator_here: Account
    operator: Account
    auditor: Account


async def two_companies(house: House) -> TwoCompanies:
    a, b, c = [await company(house, name, name=name) for name in ("alpha", "beta", "gamma")]
    permissions = [f"{HERE}.training.file", f"{HERE}.redeem", BUY.code]
    town = TwoCompanies(
        a=a,
        b=b,
        c=c,
        a_sub=await sub_user(house, a, "sub"),
        b_sub=await sub_user(house, b, "sub"),
        a_clerk=await sub_user(house, a, "clerk", permissions),
        a_forced=await member(house, a.organization_id, "alpha_new", must_change_password=True),
        reviewer=await staff(house, Role.REVIEWER, "reviewer_here", [HERE]),
        reviewer_elsewhere=await staff(house, Role.REVIEWER, "reviewer_elsewhere", [ELSEWHERE]),
        operator_here=await staff(house, Role.OPERATOR, "operator_here", [HERE]),
        operator=await staff(house, Role.OPERATOR, "operator_all"),
        auditor=await staff(house, Role.AUDITOR, "auditor_all"),
    )
    async with house.work() as work:
        for each in (a, b):
            await record_standing(work, each.organization_id, kind="sme", valid_from=SINCE)
            await register_provider(work, each.organization_id, since=SINCE, courses=["품질"])
        await define_kind(work, code="award", name_ko="수상", name_en="Prize", max_points=900, since=SINCE)
        await issue_claim_code(work, (await _unclaimed(work)), send_to=person("받는이"))
    await _file(house, town)
    await _post(house, town)
    await _ask_for_jobs(house, town)
    await _trade(house, town)
    await _publish(house, town)
    await certify(house, town.a, town.b, town.reviewer_elsewhere, town.operator)
    return town


async def _publish(house: House, town: TwoCompanies) -> None:
    """Posts and calls that are seen and not, interests of both, an agency that takes part and one no longer."""
    for program, who in ((HERE, town.operator_here), (ELSEWHERE, town.reviewer_elsewhere)):
        async with house.work(who.actor) as work:
            for audience, kinds, begins in (
                (Audience.PUBLIC, [], None),
                (Audience.MEMBERS, [], None),
                (Audience.MEMBERS, [OrganizationKind.UNIVERSITY], None),
                (Audience.PUBLIC, [], LATE),
            ):
                await publish_post(
                    work, program=program, board=Board.NOTICE, title=f"공지 {program}", body="본문", audience=audience,
                    kinds=kinds, published_from=begins,
                )  # fmt: skip
            benefit = await work.tx.connection.fetchval("SELECT min(id) FROM benefit WHERE program = $1", program)
            text = CallText(title=f"공고 {program}", body="본문", opens_at=work.now, closes_at=LATE)
            await draft_call(work, benefit, who.organization_id, text)
            published = await draft_call(work, benefit, who.organization_id, text)
            await publish_call(work, published.id)
        for each in (town.a, town.b):
            async with house.work(each.actor) as work:
                await mark_interest(work, published.id)
        async with house.work(town.operator.actor) as work:
            gone = await register_participant(work, program, who.organization_id, ParticipantRole.OPERATING)
            await end_participation(work, gone.id, work.today)


async def _ask_for_jobs(house: House, town: TwoCompanies) -> None:
    """One of everybody who is let in."""

    async def nothing(_task: Task) -> None:
        return None

    report = JobKind(name="test.report", names=Text("보고", "report"), run=nothing)
    for each in (getattr(town, name) for name in town.__slots__):
        if each not in (town.c, town.a_forced):
            async with house.work(each.actor) as work:
                await queue_job(work, report, {"of": each.organization_id})


async def _unclaimed(work: Work) -> int:
    return (await organization(work, name="미가입"))[0]


async def _file(house: House, town: TwoCompanies) -> None:
    """Training by both, about both, submitted and not; innovation by staff; a deed elsewhere; a document with each."""
    for filer, other in ((town.a, town.b), (town.b, town.a)):
        for session, submitted in (("1", True), ("2", False)):
            token = await sent(house, filer.actor, pdf(filer.login_id), f"{filer.login_id}.pdf")
            async with house.work(filer.actor) as work:
                rows = [training(filer, session), training(filer, session, about=other)]
                await _filed(work, HERE, "training", filer, rows, token, submitted=submitted)
        token = await sent(house, town.operator.actor, pdf(filer.login_id), f"{filer.login_id}.pdf")
        async with house.work(town.operator.actor) as work:
            prize = InnovationActivity(kind="award", description="수상", performed_on=date(2026, 2, 1), points=300)
            await _filed(work, HERE, "innovation", filer, [Row(facts=prize)], token, submitted=True)
        token = await sent(house, filer.actor, pdf(filer.login_id), f"{filer.login_id}.pdf")
        async with house.work(filer.actor) as work:
            deeds = [Row(facts=Deed(done_on=date(2026, 2, 1), worth=3), business_number=other.business_number)]
            await _filed(work, ELSEWHERE, "deed", filer, deeds, token, submitted=True)


async def _filed(
    work: Work, program: str, kind: str, filer: Account, rows: list[Row], token: str, *, submitted: bool
) -> None:
    made = await draft_filing(work, program=program, type_code=kind, organization_id=filer.organization_id, rows=rows)
    await attach_document(work, made.id, token, line=1)
    if submitted:
        await submit_filing(work, made.id)


def training(filer: Account, session: str, about: Account | None = None) -> Row:
    facts = TrainingCompletion(
        provider=filer.business_number,
        course="품질",
        session=session,
        starts_on=date(2026, 2, 2),
        completed_on=date(2026, 2, 6),
        hours=Decimal(40),
        completers=10,
    )
    return Row(facts=facts, business_number=about.business_number if about else None)


async def _post(house: House, town: TwoCompanies) -> None:
    """Earnings of both in one transaction, a transfer each way, certificates open and returned, and some elsewhere."""
    a, b = town.a.organization_id, town.b.organization_id
    for program, asset in ((HERE, ASSET), (ELSEWHERE, THANKS)):
        async with house.work() as work:
            credits = tuple(
                Credit(organization_id=each, amount=5_000, earned_on=work.today, expires_on=date(2031, 3, 2))
                for each in (a, b)
            )
            earnings = [Earning(key="both", reference="both", credits=credits)]
            await earn(work, program=program, asset=asset, earnings=earnings, reason="둘 다")
            for giver, taker in ((a, b), (b, a)):
                await transfer(
                    work, program=program, asset=asset, from_id=giver, to_id=taker, amount=100, key=f"{giver}",
                    reason="이전",
                )  # fmt: skip
            await spend(work, program=program, asset=asset, organization_id=a, amount=7, key="spent", reason="차감")
    for each in (town.a, town.b):
        for program, code in ((HERE, "rnd_technology_development"), (ELSEWHERE, "letter")):
            async with house.work(each.actor) as work:
                benefit = await work.tx.connection.fetchval(
                    "SELECT id FROM benefit WHERE program = $1 AND code = $2", program, code
                )
                given: dict[str, Any] = {"benefit_id": benefit, "organization_id": each.organization_id, "points": 500}
                await issue_certificate(work, **given, round="1", key="one", existing_points=0)
                returned = await issue_certificate(work, **given, round="2", key="two", existing_points=0)
                await return_certificate(work, returned.id, key="three", reason="미사용")


async def _trade(house: House, town: TwoCompanies) -> None:
    """A university with a draft, something on offer that both ordered, and something closed that `a` ordered."""
    async with house.work() as work:
        campus, _ = await organization(work, OrganizationKind.UNIVERSITY, "delta")
    seller = await member(house, campus, "delta", main=True)
    soon = datetime(2026, 4, 1, 9, tzinfo=SEOUL)
    times = [Times(starts_at=soon + timedelta(hours=n), ends_at=soon + timedelta(hours=n + 1)) for n in range(3)]
    for status, buyers in (("draft", ()), ("published", (town.a, town.b)), ("closed", (town.a,))):
        said = ListingDetails(title=status, kind=ListingKind.FACILITY, price_won=10_000, unit=UseUnit.HOUR)
        async with house.work(seller.actor) as work:
            made = await listings.draft_listing(work, campus, said)
            await slots.add_slots(work, made.id, times)
        token = await sent(house, seller.actor, jpg(status), f"{status}.jpg")
        async with house.work(seller.actor) as work:
            await listings.attach_photo(work, made.id, token)
            if status != "draft":
                await listings.publish_listing(work, made.id)
        async with house.database.reading() as tx:
            ids = await tx.connection.fetch("SELECT id FROM ia_exchange_slot WHERE listing_id = $1 ORDER BY 1", made.id)
        for place, buyer in enumerate(buyers):
            async with house.work(buyer.actor) as work:
                await place_order(work, buyer.organization_id, [ids[place]["id"]], points=0, key=status)
        if status == "closed":
            async with house.work(seller.actor) as work:
                await listings.close_listing(work, made.id)


__all__ = ["ASSET", "ELSEWHERE", "HERE", "THANKS", "TwoCompanies", "two_companies"]
