"""Signing up claims an organization, and what it has earned is there."""

import asyncio
from datetime import date

import pytest

from core.errors import NotAllowed, Refused
from core.house import House
from core.identity import PersonDetails, ensure_organizations, issue_claim_code, members_of, sign_up
from core.identity.signing_up import SignedUp
from core.ledgers import Credit, Earning, balance, earn
from tests.core.identity.scene import LEE, PASSWORD, acting, join, main_user, refused, staff
from tests.support.clock import SetClock
from tests.support.numbers import business_number


async def earned(house: House, serial: int = 1, points: int = 240) -> int:
    """An organization nobody has signed up for, with points."""
    async with house.work() as work:
        (organization_id,) = (await ensure_organizations(work, [(business_number(serial), "한빛조명")])).values()
        credit = Credit(
            organization_id=organization_id, amount=points, earned_on=date(2026, 1, 5), expires_on=date(2031, 1, 5)
        )
        earning = Earning(key=f"training {serial}", reference="training", credits=(credit,))
        await earn(work, program="example", asset="point", earnings=[earning], reason="교육 수료")
    return organization_id


async def code_for(house: House, organization_id: int) -> str:
    async with house.work() as work:
        return (await issue_claim_code(work, organization_id)).code


async def test_a_company_that_is_not_on_record_signs_up_freely_and_its_main_user_enters(house: House) -> None:
    joined = await join(house)
    actor = await acting(house)
    assert (actor.organization_id, actor.member_id, actor.main) == (joined.organization_id, joined.member_id, True)
    assert not actor.must_change_password


async def test_with_its_claim_code_an_organization_finds_what_it_earned_before(house: House) -> None:
    organization_id = await earned(house)
    with refused("IDENTITY_CLAIM_CODE_NEEDED") as refusal:
        await join(house)
    assert refusal.paths == [("claimCode",)]
    code = await code_for(house, organization_id)
    joined = await join(house, claim_code=f" {code.lower()} ")
    assert joined.organization_id == organization_id
    async with house.database.reading() as tx:
        held = await balance(
            tx, program="example", asset="point", organization_id=joined.organization_id, on=date(2026, 3, 2)
        )
    assert held.available == 240


async def test_wrong_claim_codes_close_the_address_they_come_from_and_end_no_code(house: House) -> None:
    organization_id = await earned(house)
    code = await code_for(house, organization_id)
    for _ in range(10):
        with refused("IDENTITY_CODE_WRONG"):
            await join(house, claim_code="00000-00000", origin="203.0.113.7")
    for guess in ("00000-00000", code):
        with refused("IDENTITY_TOO_MANY_FAILURES"):
            await join(house, claim_code=guess, origin="203.0.113.7")
    joined = await join(house, claim_code=code, origin="203.0.113.8")
    assert joined.organization_id == organization_id


async def test_a_claim_code_ends_with_its_term_and_with_the_next_one(house: House, clock: SetClock) -> None:
    organization_id = await earned(house)
    first = await code_for(house, organization_id)
    second = await code_for(house, organization_id)
    with refused("IDENTITY_CODE_WRONG"):
        await join(house, claim_code=first)
    clock.forward(days=30)
    with refused("IDENTITY_CODE_WRONG"):
        await join(house, claim_code=second)


async def test_a_claim_code_opens_its_own_organization_only(house: House) -> None:
    ours, theirs = await earned(house, 1), await earned(house, 2)
    code = await code_for(house, theirs)
    await code_for(house, ours)
    with refused("IDENTITY_CODE_WRONG"):
        await join(house, 1, claim_code=code)


async def test_only_an_operator_issues_claim_codes(house: House) -> None:
    organization_id = await earned(house)
    company = await main_user(house, 2, "saebit")
    with pytest.raises(NotAllowed):
        async with house.work(company) as work:
            await issue_claim_code(work, organization_id)
    async with house.work(await staff(house)) as work:
        assert (await issue_claim_code(work, organization_id)).code


async def test_who_comes_second_is_told_to_ask_the_main_user(house: House) -> None:
    joined = await join(house)
    with refused("IDENTITY_CLAIM_CODE_NEEDED") as refusal:
        await join(house, login_id="other")
    assert "하위계정" in refusal.violations[0].message.ko
    with refused("IDENTITY_ALREADY_CLAIMED"):
        async with house.work() as work:
            await issue_claim_code(work, joined.organization_id)


async def test_sign_ups_of_one_number_at_once_make_one_organization_with_one_main_user(house: House) -> None:
    tries = [join(house, login_id=f"hanbit{place}") for place in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    (joined,) = [answer for answer in answers if isinstance(answer, SignedUp)]
    for answer in answers:
        if answer is not joined:
            assert isinstance(answer, Refused) and answer.violations[0].code == "IDENTITY_CLAIM_CODE_NEEDED"
    async with house.database.reading() as tx:
        assert [member.id for member in await members_of(tx, joined.organization_id)] == [joined.member_id]


async def test_one_claim_code_used_many_times_at_once_claims_once(house: House) -> None:
    organization_id = await earned(house)
    code = await code_for(house, organization_id)
    tries = [join(house, login_id=f"hanbit{place}", claim_code=code) for place in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, SignedUp)]) == 1
    assert all(isinstance(answer, SignedUp | Refused) for answer in answers)


async def test_one_login_id_wanted_by_many_at_once_goes_to_one_and_the_rest_leave_no_trace(house: House) -> None:
    tries = [join(house, serial, login_id="samename") for serial in range(1, 7)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, SignedUp)]) == 1
    assert {answer.violations[0].code for answer in answers if isinstance(answer, Refused)} == {
        "IDENTITY_LOGIN_ID_TAKEN"
    }
    async with house.database.reading() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM organization") == 1
        assert await tx.connection.fetchval("SELECT count(*) FROM person") == 1


async def test_everything_wrong_with_a_sign_up_is_said_at_once(house: House) -> None:
    await join(house)
    with refused(
        "IDENTITY_BUSINESS_NUMBER_CHECKSUM",
        "IDENTITY_PASSWORD_LENGTH",
        "IDENTITY_NAME_MISSING",
        "IDENTITY_EMAIL_FORM",
        "IDENTITY_PHONE_MISSING",
        "IDENTITY_NAME_MISSING",
    ) as refusal:
        await sign_up(
            house,
            business_number="1048203900",
            login_id="HANBIT",
            password="Short-1",
            person=PersonDetails(name=" ", email="nowhere"),
        )
    assert refusal.paths == [
        ("businessNumber",),
        ("password",),
        ("person", "name"),
        ("person", "email"),
        ("person", "phone"),
        ("name",),
    ]


@pytest.mark.parametrize("login_id", ["k", "korea_01", "고려대", "-korea", "a" * 41, ""])
async def test_a_login_id_has_letters_digits_dots_and_hyphens(house: House, login_id: str) -> None:
    with refused("IDENTITY_LOGIN_ID_FORM"):
        await join(house, login_id=login_id)


@pytest.mark.parametrize("nasty", ["한빛\x00조명", "한빛\n조명", "\ud800"])
async def test_text_that_cannot_be_printed_is_refused_and_breaks_nothing(house: House, nasty: str) -> None:
    with refused("IDENTITY_NOT_PRINTABLE"):
        await sign_up(
            house,
            business_number=business_number(1),
            name=nasty,
            login_id="hanbit",
            password=PASSWORD,
            person=LEE,
        )
