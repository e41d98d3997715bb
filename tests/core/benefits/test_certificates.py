"""Certificates: points set aside once, then used, returned or lapsed, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.actor import PUBLIC, Role
from core.benefits import Certificate, lapse_certificates
from core.database import Database
from core.errors import NotAllowed, NotSignedIn
from core.hookspecs import hookimpl
from core.house import House
from core.identity import record_standing
from core.ledgers import Balance
from core.plugins import Plugins
from tests.core.benefits.conftest import PROGRAM, Shop, exports
from tests.support.world import (
    at_once,
    counts,
    give,
    history,
    lots,
    member,
    organization,
    refused,
    rows,
    staff,
    true_ledger,
)


def days(house: House, day: date) -> None:
    house.clock.set(day)  # type: ignore[attr-defined]


async def lapse(shop: Shop, **more: int) -> list[Certificate]:
    async with shop.house.work() as work:
        return await lapse_certificates(work, **more)


# --------------------------------------------------------------------------------------------------------------- issue


async def test_issuing_sets_the_points_aside_and_takes_none_away(shop: Shop) -> None:
    issued = await shop.issue(1_000, round=" 2026-1 ")
    assert (issued.status, issued.units, issued.points, issued.effect_amount) == ("issued", 2, 1_000, Decimal(2))
    assert (issued.round, issued.issued_on, issued.valid_until) == ("2026-1", date(2026, 3, 2), date(2027, 3, 1))
    assert issued.issued_by == shop.buyer.member_id
    assert await shop.has() == Balance(posted=2_000, held=1_000)
    assert await history(shop.house, shop.company) == [("earn", 2_000)]
    await true_ledger(shop.house)


async def test_a_hold_takes_the_lots_that_expire_first(shop: Shop) -> None:
    await give(shop.house, PROGRAM, shop.company, 700, on=date(2022, 6, 1))
    await shop.issue(1_000)
    assert await lots(shop.house, shop.company) == [
        (date(2026, 1, 5), 2_000, 2_000, 300),
        (date(2022, 6, 1), 700, 700, 700),
    ]


async def test_a_sub_user_needs_the_permission_to_redeem(shop: Shop) -> None:
    may = await member(shop.house, shop.company, "hanbit_01", permissions=[f"{PROGRAM}.redeem"])
    may_not = await member(shop.house, shop.company, "hanbit_02", permissions=[f"{PROGRAM}.training.file"])
    issued = await shop.issue(actor=may)
    for step in (shop.issue(round="2", key="2", actor=may_not), shop.give_back(issued, actor=may_not)):
        with pytest.raises(NotAllowed, match=r"mileage_innovation\.redeem"):
            await step
    assert (await shop.give_back(issued, actor=may)).status == "returned"


async def test_nobody_else_issues_uses_or_returns(shop: Shop) -> None:
    issued = await shop.issue()
    other = await member(shop.house, await organization(shop.house, 2, sme=True), "other", main=True)
    elsewhere = await staff(shop.house, "elsewhere", programs=["another"])
    auditor = await staff(shop.house, "auditor", Role.AUDITOR)
    for actor in (other, elsewhere, auditor, replace(shop.buyer, must_change_password=True)):
        for step in (
            shop.issue(round="2", key="2", actor=actor),
            shop.use(issued, actor=actor),
            shop.give_back(issued, actor=actor),
        ):
            with pytest.raises(NotAllowed):
                await step
    with pytest.raises(NotAllowed):
        await shop.use(issued, actor=shop.buyer)
    with pytest.raises(NotSignedIn):
        await shop.issue(round="2", key="2", actor=PUBLIC)
    assert await shop.status(issued) == "issued"


async def test_only_a_confirmed_sme_redeems(shop: Shop) -> None:
    """중소기업기본법 제2조 (MI-2): nothing recorded is not a confirmation, and yesterday's is not today's."""
    unknown = await organization(shop.house, 2)
    large = await organization(shop.house, 3, sme=False)
    former = await organization(shop.house, 4)
    async with shop.house.work() as work:
        await record_standing(work, former, kind="sme", valid_from=date(2020, 1, 1), valid_until=date(2026, 3, 1))
    for company in (unknown, large, former):
        await give(shop.house, PROGRAM, company, 500)
        before = await counts(shop.house)
        with refused("MILEAGE_INNOVATION_NOT_SME") as refusal:
            await shop.issue(company=company, actor=shop.reviewer)
        assert "중소기업기본법" in (refusal.clauses[0] or "")
        assert await counts(shop.house) == before
    days(shop.house, date(2026, 3, 1))
    assert (await shop.issue(company=former, actor=shop.reviewer)).status == "issued"


async def test_a_figure_that_was_declared_is_kept_with_the_certificate(shop: Shop) -> None:
    issued = await shop.issue(benefit="export_success_package", declared=exports("4999999.99"))
    assert issued.declared == {"exports_usd": "4999999.99"}
    with refused("BENEFIT_FIGURE_TOO_HIGH"):
        await shop.issue(benefit="export_success_package", round="2", key="2", declared=exports("5000000"))


async def test_a_round_must_be_named(shop: Shop) -> None:
    for round in ("", "   ", "x" * 41):
        with refused("BENEFIT_ROUND_NEEDED"):
            await shop.issue(round=round)
    with refused("IDEMPOTENCY_KEY_NEEDED"):
        await shop.issue(key="")


# ------------------------------------------------------------------------------------------------------------ only one


async def test_one_certificate_is_open_per_company_benefit_and_round(shop: Shop) -> None:
    first = await shop.issue(500)
    before = await counts(shop.house)
    with refused("CERTIFICATE_ALREADY_OPEN"):
        await shop.issue(500, key="other")
    assert await counts(shop.house) == before
    assert (await shop.has()).held == 500
    await shop.issue(500, round="2026-2", key="2")
    await shop.issue(500, benefit="policy_stores", key="3")
    await shop.give_back(first)
    again = await shop.issue(500, key="4")
    await shop.use(again)
    with refused("CERTIFICATE_ALREADY_OPEN"):
        await shop.issue(500, key="5")


async def test_the_same_request_again_answers_the_same_certificate(shop: Shop) -> None:
    issued = await shop.issue(1_500)
    before = await counts(shop.house)
    assert await shop.issue(1_500) == issued
    assert await shop.issue(1_500, round="2026-1 ") == issued
    assert await counts(shop.house) == before
    await shop.use(issued)
    assert (await shop.issue(1_500)).id == issued.id


async def test_the_same_request_is_answered_though_the_offer_is_over(shop: Shop) -> None:
    issued = await shop.issue(1_500)
    days(shop.house, date(2040, 1, 1))
    assert (await shop.issue(1_500)).id == issued.id


@pytest.mark.parametrize(
    "changed",
    [
        {"points": 1_000},
        {"round": "2026-2"},
        {"benefit": "policy_stores"},
        {"existing_points": 1},
        {"declared": exports("1")},
    ],
)
async def test_a_key_is_good_for_one_request(shop: Shop, changed: dict[str, object]) -> None:
    await shop.issue()
    before = await counts(shop.house)
    with refused("LEDGER_KEY_REUSED") as refusal:
        await shop.issue(**changed)  # type: ignore[arg-type]
    assert refusal.paths == [("idempotencyKey",)]
    assert await counts(shop.house) == before


async def test_a_key_is_its_organizations_own(shop: Shop) -> None:
    other = await organization(shop.house, 2, sme=True)
    await give(shop.house, PROGRAM, other, 500)
    buyer = await member(shop.house, other, "other", main=True)
    mine = await shop.issue()
    theirs = await shop.issue(actor=buyer, company=other)
    assert mine.id != theirs.id


async def test_of_two_hundred_at_once_for_the_last_five_hundred_one_is_issued(shop: Shop) -> None:
    company = await organization(shop.house, 2, sme=True)
    await give(shop.house, PROGRAM, company, 999)
    buyer = await member(shop.house, company, "other", main=True)
    url = shop.house.settings.database_url
    assert url is not None
    database = await Database.connect(url, size=40)
    many = replace(shop, house=replace(shop.house, database=database))
    answers, refusals = await at_once(
        many.issue(actor=buyer, company=company, round=f"{place}", key=f"{place}") for place in range(200)
    )
    await database.close()
    assert len(answers) == 1
    assert refusals.total() == 199
    assert set(refusals) <= {"BENEFIT_NOT_ENOUGH", "LEDGER_INSUFFICIENT"}
    assert await shop.has(company) == Balance(posted=999, held=500)
    assert (await counts(shop.house))["certificate"] == 1
    await true_ledger(shop.house)


async def test_of_many_at_once_for_one_round_one_is_issued(shop: Shop) -> None:
    answers, refusals = await at_once(shop.issue(key=f"{place}") for place in range(20))
    assert (len(answers), refusals) == (1, {"CERTIFICATE_ALREADY_OPEN": 19})
    assert (await shop.has()).held == 500


async def test_one_request_sent_many_times_at_once_is_answered_alike(shop: Shop) -> None:
    answers, refusals = await at_once(shop.issue(1_500) for _ in range(20))
    assert not refusals
    assert len({answer.number for answer in answers}) == 1
    assert (await shop.has()).held == 1_500


# ------------------------------------------------------------------------------------------------- used and returned


async def test_a_certificate_is_used_once_and_the_points_are_gone(shop: Shop) -> None:
    issued = await shop.issue(1_000)
    used = await shop.use(issued)
    assert (used.status, used.settled_by, used.settled_reason) == ("used", shop.reviewer.member_id, "선정")
    assert used.settled_at is not None
    assert await shop.has() == Balance(posted=1_000)
    assert await history(shop.house, shop.company) == [("earn", 2_000), ("use", -1_000)]
    before = await counts(shop.house)
    assert await shop.use(issued) == used
    with refused("CERTIFICATE_NOT_OPEN"):
        await shop.use(issued, key="once more")
    with refused("CERTIFICATE_NOT_OPEN"):
        await shop.give_back(issued)
    assert await counts(shop.house) == before
    await true_ledger(shop.house)


async def test_returning_puts_the_points_back_into_the_very_lots(shop: Shop) -> None:
    """마일리지의 반환 (MI-28): with their first dates."""
    await give(shop.house, PROGRAM, shop.company, 700, on=date(2022, 6, 1))
    before = await lots(shop.house, shop.company)
    issued = await shop.issue(1_500)
    assert await lots(shop.house, shop.company) != before
    with refused("CERTIFICATE_REASON_NEEDED"):
        await shop.give_back(issued, reason=" ")
    returned = await shop.give_back(issued)
    assert (returned.status, returned.settled_reason) == ("returned", "미선정")
    assert await lots(shop.house, shop.company) == before
    assert await shop.give_back(issued) == returned
    for step in (shop.use(issued), shop.give_back(issued, key="again")):
        with refused("CERTIFICATE_NOT_OPEN"):
            await step
    await true_ledger(shop.house)


async def test_a_lot_that_expired_while_held_is_returned_and_written_off_in_the_same_breath(shop: Shop) -> None:
    """MI-30: never silently re-dated."""
    await give(shop.house, PROGRAM, shop.company, 700, on=date(2021, 6, 1))
    issued = await shop.issue(1_500)
    days(shop.house, date(2026, 6, 1))
    returned = await shop.give_back(issued)
    assert returned.status == "returned"
    assert await lots(shop.house, shop.company) == [
        (date(2026, 1, 5), 2_000, 2_000, 0),
        (date(2021, 6, 1), 700, 0, 0),
    ]
    assert await history(shop.house, shop.company) == [("earn", 2_000), ("earn", 700), ("expire", -700)]
    kinds = await rows(shop.house, "SELECT kind FROM ledger_transaction ORDER BY id")
    assert [row["kind"] for row in kinds] == ["earn", "earn", "hold", "release", "expire"]
    assert (await shop.has()).available == 2_000
    await true_ledger(shop.house)


async def test_a_lot_that_expired_while_held_can_still_be_used(shop: Shop) -> None:
    await give(shop.house, PROGRAM, shop.company, 500, on=date(2021, 3, 3))
    issued = await shop.issue(500)
    days(shop.house, date(2026, 3, 4))
    await shop.use(issued)
    assert await history(shop.house, shop.company) == [("earn", 2_000), ("earn", 500), ("use", -500)]


async def test_staff_return_a_certificate_for_a_company(shop: Shop) -> None:
    issued = await shop.issue()
    assert (await shop.give_back(issued, actor=shop.reviewer)).settled_by == shop.reviewer.member_id


async def test_used_and_returned_at_once_is_one_of_the_two(shop: Shop) -> None:
    issued = await shop.issue(1_000)
    answers, refusals = await at_once(
        [shop.use(issued), shop.give_back(issued), shop.use(issued, key="b"), shop.give_back(issued, key="c")]
    )
    assert (len(answers), refusals) == (1, {"CERTIFICATE_NOT_OPEN": 3})
    left = {"used": Balance(posted=1_000), "returned": Balance(posted=2_000)}[answers[0].status]
    assert await shop.has() == left
    await true_ledger(shop.house)


async def test_a_certificate_that_does_not_exist_is_refused(shop: Shop) -> None:
    issued = await shop.issue()
    missing = Certificate(**(issued.model_dump() | {"id": 999_999}))
    for step in (shop.use(missing), shop.give_back(missing)):
        with refused("CERTIFICATE_NOT_FOUND"):
            await step


# ----------------------------------------------------------------------------------------------------------- validity


async def test_a_certificate_is_good_through_its_last_day_and_then_only_returned(shop: Shop) -> None:
    last, late = await shop.issue(500), await shop.issue(500, round="2026-2", key="2")
    days(shop.house, last.valid_until)
    assert (await shop.use(last)).status == "used"
    days(shop.house, date(2027, 3, 2))
    with refused("CERTIFICATE_PAST_VALIDITY") as refusal:
        await shop.use(late, key="late")
    assert "2027-03-01" in refusal.english
    assert (await shop.give_back(late)).status == "returned"


async def test_what_is_past_its_validity_lapses_and_gives_its_points_back(shop: Shop) -> None:
    first, second, used = [await shop.issue(500, round=f"{n}", key=f"{n}") for n in range(3)]
    await shop.use(used)
    days(shop.house, date(2027, 3, 1))
    assert await lapse(shop) == []
    days(shop.house, date(2027, 3, 2))
    assert [each.number for each in await lapse(shop, limit=1)] == [first.number]
    assert [each.number for each in await lapse(shop)] == [second.number]
    assert await lapse(shop) == []
    assert [await shop.status(each) for each in (first, second, used)] == ["lapsed", "lapsed", "used"]
    assert await shop.has() == Balance(posted=1_500)
    with refused("CERTIFICATE_NOT_OPEN"):
        await shop.give_back(first)
    await true_ledger(shop.house)


async def test_lapsing_at_once_with_a_return_gives_the_points_back_once(shop: Shop) -> None:
    certificates = [await shop.issue(500, round=f"{n}", key=f"{n}") for n in range(4)]
    days(shop.house, date(2028, 1, 1))
    await at_once([lapse(shop), lapse(shop), *(shop.give_back(each, key=f"back {each.id}") for each in certificates)])
    await lapse(shop)
    assert {await shop.status(each) for each in certificates} <= {"lapsed", "returned"}
    assert await shop.has() == Balance(posted=2_000)
    await true_ledger(shop.house)


async def test_those_who_listen_are_told_how_a_certificate_ended(shop: Shop) -> None:
    heard: list[tuple[str, str, int]] = []

    class Listener:
        @hookimpl
        def certificate_settled(self, settled: object) -> None:
            heard.append((settled.number, settled.status, settled.points))  # type: ignore[attr-defined]

    listening = replace(shop, house=replace(shop.house, plugins=Plugins.installed({"listener": Listener()})))
    first, second, third = [await listening.issue(500, round=f"{n}", key=f"{n}") for n in range(3)]
    await listening.use(first)
    await listening.give_back(second)
    days(shop.house, date(2028, 1, 1))
    await lapse(listening)
    await listening.house.plugins.observers.settled()
    assert heard == [(first.number, "used", 500), (second.number, "returned", 500), (third.number, "lapsed", 500)]


async def test_every_step_is_in_the_audit_with_the_terms_it_was_decided_under(shop: Shop) -> None:
    issued = await shop.issue()
    await shop.use(issued)
    told = await rows(
        shop.house,
        "SELECT action, actor_id, after FROM audit_event WHERE subject_type = 'certificate' ORDER BY id",
    )
    assert [(row["action"], row["actor_id"]) for row in told] == [
        ("certificate.issued", shop.buyer.member_id),
        ("certificate.used", shop.reviewer.member_id),
    ]
    assert told[0]["after"]["terms"] == issued.terms_id
