"""The two companies with everybody who may look at them, and rows in every state of their lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from core.activities import Row as FilingRow
from core.activities import cancel_filing, decide_filing, draft_filing, request_supplement, revoke_filing, submit_filing
from core.actor import Role
from core.benefits import issue_certificate, use_certificate
from core.calendar import SEOUL
from core.calls import CallText, cancel_call, draft_call, publish_call
from core.house import House
from core.identity.tokens import mint_token
from core.ledgers import expire, spend
from core.permissions import ledger_permissions
from plugins.industry_academia.certification import ranking, rounds, scores
from plugins.industry_academia.certification.permissions import APPLY
from plugins.industry_academia.exchange import lifecycle, listings, slots
from plugins.industry_academia.exchange.listings import ListingDetails
from plugins.industry_academia.exchange.models import ListingKind, UseUnit
from plugins.industry_academia.exchange.ordering import place_order
from plugins.industry_academia.exchange.permissions import BUY, SELL
from plugins.industry_academia.exchange.slots import Times
from plugins.industry_academia.program import CODE
from tests.support.api import Account, member, staff, sub_user
from tests.support.certified import CRITERION, DATES, OPENS, TERMS, Certifying
from tests.support.files import jpg, sent
from tests.support.plugins import Deed
from tests.support.two_companies import ASSET, ELSEWHERE, HERE, THANKS, TwoCompanies, training, two_companies

SOON = datetime(2026, 4, 1, 9, tzinfo=SEOUL)
AFTERWARDS = datetime(2026, 4, 2, 9, tzinfo=SEOUL)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTown:
    """Everybody by the name of their role; None is the public."""

    people: TwoCompanies
    roles: dict[str, Account | None]


async def whole_town(house: House) -> WholeTown:
    """Two companies (`alpha`, `beta`), a university, staff of one program, of another and of all."""
    town = await two_companies(house)
    every = sorted(each for program in house.plugins.programs.values() for each in ledger_permissions(program))
    campus = await _owner(house, "delta")
    roles: dict[str, Account | None] = {
        "public": None,
        "must_change_password": town.a_forced,
        "other_company": town.c,
        "main": town.a,
        "other_sub_files_deeds": await sub_user(house, town.c, "files", [f"{ELSEWHERE}.deed.file"]),
        "beta_main": town.b,
        "sub_nothing": town.a_sub,
        "beta_sub_nothing": town.b_sub,
        "sub_files_training": await sub_user(house, town.a, "files", [f"{HERE}.training.file"]),
        "sub_redeems": await sub_user(house, town.a, "redeems", [f"{HERE}.redeem"]),
        "sub_buys": await sub_user(house, town.a, "buys", [BUY.code]),
        "sub_sells": await sub_user(house, town.a, "sells", [SELL.code]),
        "sub_all_ledgers": await sub_user(house, town.a, "ledgers", every),
        "sub_calls": await sub_user(house, town.a, "calls", [f"{HERE}.call"]),
        "university": campus,
        "university_sub_sells": await sub_user(house, campus, "sells", [SELL.code]),
        "university_sub_buys": await sub_user(house, campus, "buys", [BUY.code]),
        "juror_applicant": await sub_user(house, town.a, "juror", [APPLY.code]),
        "juror_elsewhere": town.reviewer_elsewhere,
        "agency": await member(house, town.operator_here.organization_id, "agency_main", main=True),
        "reviewer_here": town.reviewer,
        "operator_here": town.operator_here,
        "operator_cooperation": await staff(house, Role.OPERATOR, "operator_cooperation", [CODE]),
        "operator_all": town.operator,
        "auditor": town.auditor,
    }
    await _decide(house, town)
    await _owe(house, town)
    await _trade(house, town, campus)
    await _post(house, town)
    await _certify(house, town, roles)
    await _call(house, town)
    return WholeTown(people=town, roles=roles)


async def _owner(house: House, login_id: str) -> Account:
    """The main user that the services made under this login id."""
    async with house.work() as work:
        row = await work.tx.connection.fetchrow(
            "SELECT m.id, m.organization_id, o.business_number FROM member m"
            " JOIN organization o ON o.id = m.organization_id WHERE m.login_id = $1",
            login_id,
        )
        token = await mint_token(work, row["id"], timedelta(days=3_650), cookie=False)
    from core.identity import actor_of_token

    async with house.database.reading() as tx:
        actor = await actor_of_token(tx, token.token, house.clock())
    assert actor is not None
    return Account(
        organization_id=row["organization_id"], member_id=row["id"], login_id=login_id, token=token.token,
        actor=actor, business_number=row["business_number"],
    )  # fmt: skip


async def _decide(house: House, town: TwoCompanies) -> None:
    """Deeds that are approved, partly approved, rejected, sent back, withdrawn and taken back; trainings withdrawn."""
    for filer, other in ((town.a, town.b), (town.b, town.a)):
        for place, fate in enumerate(("approved", "partly", "rejected", "sent back", "withdrawn", "taken back")):
            rows = [
                FilingRow(
                    facts=Deed(done_on=date(2026, 1, place + 1), worth=10 * number + place),
                    business_number=other.business_number,
                )
                for number in (1, 2)
            ]
            async with house.work(filer.actor) as work:
                made = await draft_filing(
                    work, program=ELSEWHERE, type_code="deed", organization_id=filer.organization_id, rows=rows
                )
                await submit_filing(work, made.id)
                ids = await work.tx.connection.fetch("SELECT id FROM activity WHERE filing_id = $1", made.id)
            if fate == "withdrawn":
                async with house.work(filer.actor) as work:
                    await cancel_filing(work, made.id)
                continue
            async with house.work(town.operator.actor) as work:
                if fate == "sent back":
                    await request_supplement(work, made.id, "보완")
                    continue
                but = {ids[0]["id"]: "일부"} if fate == "partly" else {}
                await decide_filing(work, made.id, approve=fate != "rejected", reason="사유", except_rows=but)
                if fate == "taken back":
                    await revoke_filing(work, made.id, "허위")
        async with house.work(filer.actor) as work:
            made = await draft_filing(
                work, program=HERE, type_code="training", organization_id=filer.organization_id,
                rows=[training(filer, "9")],
            )  # fmt: skip
            await cancel_filing(work, made.id)


async def _owe(house: House, town: TwoCompanies) -> None:
    """What was taken back from a company that had spent it is owed, and paid in part by what came in later."""
    for place, fate in enumerate(("spent", "paying")):
        rows = [FilingRow(facts=Deed(done_on=date(2026, 2, 3 + place), worth=30 - 20 * place))]
        async with house.work(town.c.actor) as work:
            made = await draft_filing(
                work, program=ELSEWHERE, type_code="deed", organization_id=town.c.organization_id, rows=rows
            )
            await submit_filing(work, made.id)
        async with house.work(town.operator.actor) as work:
            await decide_filing(work, made.id, approve=True, reason="사유")
        if fate == "spent":
            async with house.work() as work:
                await spend(
                    work, program=ELSEWHERE, asset=THANKS, organization_id=town.c.organization_id, amount=30,
                    key="spent all", reason="차감",
                )  # fmt: skip
            async with house.work(town.operator.actor) as work:
                await revoke_filing(work, made.id, "허위")


async def _trade(house: House, town: TwoCompanies, campus: Account) -> None:
    """Orders by both, paid in part by mileage, in every state."""
    said = ListingDetails(title="분광기", kind=ListingKind.EQUIPMENT, price_won=100_000, unit=UseUnit.HOUR)
    fates = ("requested", "accepted", "rejected", "cancelled", "lapsed", "settled", "reversed")
    times = [
        Times(starts_at=SOON + timedelta(hours=n), ends_at=SOON + timedelta(hours=n + 1)) for n in range(2 * len(fates))
    ]
    async with house.work(campus.actor) as work:
        made = await listings.draft_listing(work, campus.organization_id, said)
        await slots.add_slots(work, made.id, times)
    token = await sent(house, campus.actor, jpg("분광기"), "분광기.jpg")
    async with house.work(campus.actor) as work:
        await listings.attach_photo(work, made.id, token)
        await listings.publish_listing(work, made.id)
        ids = await work.tx.connection.fetch(
            "SELECT id FROM ia_exchange_slot WHERE listing_id = $1 ORDER BY 1", made.id
        )
    later = replace(house, clock=lambda: AFTERWARDS)
    for place, fate in enumerate(fates):
        for side, buyer in enumerate((town.a, town.b)):
            key = f"{fate}-{side}"
            slot = ids[2 * place + side]["id"]
            async with house.work(buyer.actor) as work:
                order = await place_order(work, buyer.organization_id, [slot], points=20 + place, key=key)
            if fate in ("accepted", "settled", "reversed"):
                async with house.work(campus.actor) as work:
                    await lifecycle.accept_order(work, order.id, key=f"{key}-a")
            if fate == "rejected":
                async with house.work(campus.actor) as work:
                    await lifecycle.reject_order(work, order.id, reason="불가", key=f"{key}-r")
            if fate == "cancelled":
                async with house.work(buyer.actor) as work:
                    await lifecycle.cancel_order(work, order.id, reason="취소", key=f"{key}-c")
            if fate in ("settled", "reversed"):
                async with later.work(campus.actor) as work:
                    cash = order.fee_won - order.points * order.won_per_point
                    await lifecycle.settle_order(
                        work, order.id, paid_won=cash, paid_on=AFTERWARDS.date(), key=f"{key}-s"
                    )
            if fate == "reversed":
                async with later.work(town.operator.actor) as work:
                    await lifecycle.reverse_order(work, order.id, reason="분쟁", key=f"{key}-u")


async def _post(house: House, town: TwoCompanies) -> None:
    """Certificates that were used, and points that are past their term and written off."""
    for each in (town.a, town.b):
        async with house.work(each.actor) as work:
            benefit = await work.tx.connection.fetchval(
                "SELECT id FROM benefit WHERE program = $1 AND code = 'rnd_technology_development'", HERE
            )
            issued = await issue_certificate(
                work, benefit_id=benefit, organization_id=each.organization_id, points=500, round="3", key="used",
                existing_points=0,
            )  # fmt: skip
        async with house.work(town.operator.actor) as work:
            await use_certificate(work, issued.id, key=f"{issued.id}-used", reason="선정")
    long_after = replace(house, clock=lambda: datetime(2031, 4, 1, 9, tzinfo=SEOUL))
    async with long_after.work() as work:
        await expire(work, program=HERE, asset=ASSET, key="expired")


async def _certify(house: House, town: TwoCompanies, roles: dict[str, Account | None]) -> None:
    """Rounds whose committee has a member of an applicant, as far as they can come before the approval."""
    juror, other = roles["juror_applicant"], roles["juror_elsewhere"]
    assert juror is not None and other is not None
    for status in ("evaluating", "evaluated", "deliberated", "approved"):
        await _round(house, town, status, (juror, other))


async def _round(house: House, town: TwoCompanies, status: str, committee: Sequence[Account]) -> None:
    from core.files import Attachment  # noqa: F401 - registers the table that documents are kept in
    from plugins.industry_academia.certification import selection
    from plugins.industry_academia.certification.models import Decision

    first = replace(house, clock=lambda: OPENS - timedelta(days=1))
    operator: Any = town.operator.actor
    async with first.work(operator) as work:
        made = await rounds.prepare_round(work, TERMS, DATES, [CRITERION])
        for each in committee:
            await rounds.appoint_assessor(work, made.id, each.member_id)
        await rounds.call_round(work, made.id)
    here = Certifying(house, operator, made.id)
    applied = [(each, await here.apply(each)) for each in (town.a, town.b)]
    later = here.on(datetime(2026, 1, 20, 9, tzinfo=SEOUL))
    async with later.work(operator) as work:
        await rounds.begin_evaluation(work, made.id)
    for each in committee:
        for applicant, key in applied:
            if each.organization_id != applicant.organization_id:
                async with later.work(each.actor) as work:
                    await scores.score(work, key, {"plan": 10 + key % 30})
    if status == "evaluating":
        return
    async with later.work(operator) as work:
        await ranking.close_evaluation(work, made.id)
    if status == "evaluated":
        return
    async with later.work(operator) as work:
        for _, key in applied:
            await selection.decide(work, key, Decision.CONFIRM, "")
        await selection.close_council(work, made.id)
        if status == "approved":
            await selection.approve_round(work, made.id, "결재-2")


async def _call(house: House, town: TwoCompanies) -> None:
    """A call that was called off."""
    async with house.work(town.operator_here.actor) as work:
        benefit = await work.tx.connection.fetchval("SELECT min(id) FROM benefit WHERE program = $1", HERE)
        text = CallText(title="공고", body="본문", opens_at=work.now, closes_at=AFTERWARDS)
        made = await draft_call(work, benefit, town.operator_here.organization_id, text)
        await publish_call(work, made.id)
        await cancel_call(work, made.id, "예산")
