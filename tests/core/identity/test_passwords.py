"""Changing a password, and setting one anew with a code."""

import asyncio

import pytest

from core.actor import PUBLIC
from core.errors import NotAllowed, NotSignedIn, Refused
from core.house import House
from core.identity import (
    SEND_RESET_CODE,
    PersonDetails,
    change_password,
    create_sub_user,
    deactivate_member,
    erase_person,
    person_by_id,
    provision,
    register_organization,
    request_password_reset,
    reset_password,
    sign_in,
    sign_out,
)
from tests.core.identity.scene import (
    LEE,
    OTHER_PASSWORD,
    PASSWORD,
    WRONG,
    acting,
    actor,
    enter,
    join,
    main_user,
    refused,
)
from tests.support.clock import SetClock
from tests.support.jobs import run_due
from tests.support.numbers import business_number

CODE_WRONG = "IDENTITY_CODE_WRONG"


async def sent_codes(house: House) -> list[str]:
    """The codes waiting in the outbox."""
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch("SELECT values FROM message WHERE template = 'password_reset' ORDER BY id")
    return [row["values"]["code"] for row in rows]


async def ask(house: House, login_id: str = "hanbit", origin: str | None = None, **address: str) -> None:
    given = address or {"email": "lee@hanbit.example.kr"}
    async with house.work(PUBLIC) as work:
        await request_password_reset(work, login_id=login_id, origin=origin, **given)
    await run_due(house, SEND_RESET_CODE)


async def reset(
    house: House, code: str, login_id: str = "hanbit", new: str = OTHER_PASSWORD, origin: str | None = None
) -> None:
    await reset_password(house, login_id=login_id, code=code, new=new, confirm=new, origin=origin)


async def test_a_changed_password_lets_in_and_ends_every_other_token(house: House) -> None:
    me, there = await main_user(house), await enter(house)
    await change_password(house, me, current=PASSWORD, new=OTHER_PASSWORD, confirm=OTHER_PASSWORD)
    assert await actor(house, there.token) is None
    with refused("IDENTITY_CREDENTIALS_WRONG"):
        await enter(house)
    await enter(house, password=OTHER_PASSWORD)
    async with house.database.reading() as tx:
        kept = await tx.connection.fetchval("SELECT revoked_at FROM access_token WHERE id = $1", me.token_id)
    assert kept is None


async def test_everything_wrong_with_a_change_is_said_at_once(house: House) -> None:
    me = await main_user(house)
    with refused("IDENTITY_PASSWORD_LENGTH", "IDENTITY_PASSWORD_DIGIT", "IDENTITY_PASSWORDS_DIFFER") as refusal:
        await change_password(house, me, current=PASSWORD, new="Short-", confirm="Short")
    assert refusal.paths == [("newPassword",), ("newPassword",), ("confirmPassword",)]
    with refused("IDENTITY_PASSWORD_UNCHANGED"):
        await change_password(house, me, current=PASSWORD, new=PASSWORD, confirm=PASSWORD)
    with pytest.raises(NotSignedIn):
        await change_password(house, PUBLIC, current=PASSWORD, new=OTHER_PASSWORD, confirm=OTHER_PASSWORD)


async def test_who_holds_a_token_cannot_guess_the_password_by_changing_it(house: House) -> None:
    me = await main_user(house)

    async def guess(current: str) -> None:
        await change_password(house, me, current=current, new=OTHER_PASSWORD, confirm=OTHER_PASSWORD)

    answers = await asyncio.gather(*(guess(WRONG) for _ in range(8)), return_exceptions=True)
    codes = [answer.violations[0].code for answer in answers if isinstance(answer, Refused)]
    assert (codes.count("IDENTITY_PASSWORD_WRONG"), codes.count("IDENTITY_ACCOUNT_LOCKED")) == (4, 4)
    with refused("IDENTITY_ACCOUNT_LOCKED"):
        await guess(PASSWORD)
    await enter(house)  # a stolen token locks nobody out


async def test_a_password_that_is_the_login_id_permits_nothing_but_to_change_it(house: House) -> None:
    async with house.work() as work:
        company = await register_organization(work, business_number="1048203590", name="한빛조명")
        made = await provision(work, company.id, login_id="1048203590", person=LEE, password_same_as_id=True)
    assert made.code is None
    me = await acting(house, "1048203590", "1048203590")
    assert me.must_change_password
    with pytest.raises(NotAllowed, match="Change your password first"):
        async with house.work(me) as work:
            await create_sub_user(work, company.id, suffix="01", person=LEE)
    await change_password(
        house, me, current="1048203590", new=OTHER_PASSWORD, confirm=OTHER_PASSWORD, phone="010-0000-0000"
    )
    me = await acting(house, "1048203590", OTHER_PASSWORD)
    assert not me.must_change_password
    async with house.work(me) as work:
        await create_sub_user(work, company.id, suffix="01", person=LEE)
        person = await person_by_id(work.tx, 1)
    assert person is not None and person.phone == "010-0000-0000"


async def test_who_must_change_the_password_may_sign_out(house: House) -> None:
    async with house.work() as work:
        company = await register_organization(work, business_number="1048203590", name="한빛조명")
        await provision(work, company.id, login_id="hanbit", person=LEE, password_same_as_id=True)
    entered = await enter(house, password="hanbit")
    assert entered.must_change_password
    me = await actor(house, entered.token)
    assert me is not None
    async with house.work(me) as work:
        await sign_out(work)
    assert await actor(house, entered.token) is None


async def test_a_code_by_message_sets_a_new_password_once_and_ends_every_token(house: House) -> None:
    await join(house)
    there = await enter(house)
    await ask(house)
    (code,) = await sent_codes(house)
    assert len(code.replace("-", "")) == 16  # of 32 letters each: 80 bits
    await reset(house, f" {code.replace('-', ' ').lower()}")
    assert await actor(house, there.token) is None
    await enter(house, password=OTHER_PASSWORD)
    with refused(CODE_WRONG) as refusal:
        await reset(house, code, new="Third-time-3")
    assert refusal.paths == [("code",)]


async def test_a_code_is_good_for_ten_minutes(house: House, clock: SetClock) -> None:
    await join(house)
    await ask(house)
    (code,) = await sent_codes(house)
    clock.forward(minutes=10)
    with refused(CODE_WRONG):
        await reset(house, code)
    await ask(house)
    clock.forward(minutes=9, seconds=59)
    await reset(house, (await sent_codes(house))[-1])


async def test_no_number_of_wrong_codes_ends_the_right_one_and_ten_close_the_address(house: House) -> None:
    await join(house)
    await ask(house)
    (code,) = await sent_codes(house)
    guesses = [reset(house, "0000-0000-0000-0000", origin="203.0.113.7") for _ in range(14)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    codes = [answer.violations[0].code for answer in answers if isinstance(answer, Refused)]
    assert (codes.count(CODE_WRONG), codes.count("IDENTITY_TOO_MANY_FAILURES")) == (10, 4)
    with refused("IDENTITY_TOO_MANY_FAILURES"):
        await reset(house, code, origin="203.0.113.7")
    await reset(house, code, origin="203.0.113.8")


async def test_one_code_used_many_times_at_once_sets_one_password(house: House) -> None:
    await join(house)
    await ask(house)
    (code,) = await sent_codes(house)
    tries = [reset(house, code, new=f"Password-no-{place}") for place in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert answers.count(None) == 1
    await enter(house, password=f"Password-no-{answers.index(None)}")


async def test_what_a_stranger_asks_for_ends_no_code_of_the_owner_and_a_new_password_ends_all(house: House) -> None:
    await join(house)
    await ask(house)
    await ask(house, origin="203.0.113.7")
    first, second = await sent_codes(house)
    await reset(house, first)
    with refused(CODE_WRONG):
        await reset(house, second)


async def test_asking_says_nothing_of_who_is_there_and_sends_to_the_address_on_record_only(house: House) -> None:
    joined = await join(house)
    await ask(house, "nobody")
    await ask(house, email="stranger@example.kr")
    await ask(house, email="")
    await ask(house, phone="")
    await ask(house, phone="02-9999-9999", origin="203.0.113.7")
    assert await sent_codes(house) == []
    await ask(house, email=" LEE@Hanbit.example.kr ", origin="203.0.113.7")
    await ask(house, phone="0212345678", origin="203.0.113.7")
    assert len(await sent_codes(house)) == 2
    async with house.work() as work:
        await deactivate_member(work, joined.member_id)
    await ask(house)
    assert len(await sent_codes(house)) == 2


async def test_an_address_asks_for_a_member_five_times_an_hour_and_for_nobody_as_often(
    house: House, clock: SetClock
) -> None:
    await join(house)
    for login_id in ("hanbit", "nobody"):
        for _ in range(5):
            await ask(house, login_id, origin="203.0.113.7")
        with refused("IDENTITY_TOO_MANY_FAILURES"):
            await ask(house, login_id, origin="203.0.113.7")
    assert len(await sent_codes(house)) == 5
    clock.forward(hours=1)
    await ask(house, origin="203.0.113.7")
    assert len(await sent_codes(house)) == 6


async def test_a_mailbox_is_not_flooded_and_always_holds_a_code_that_is_good(house: House, clock: SetClock) -> None:
    await join(house)
    for minute in range(60):
        for place in range(3):
            await ask(house, origin=f"203.0.{minute}.{place}")
        async with house.database.reading() as tx:
            good = await tx.connection.fetchval(
                "SELECT count(*) FROM one_time_code WHERE expires_at > $1", house.clock()
            )
        assert good >= 1
        clock.forward(minutes=1)
    assert len(await sent_codes(house)) <= 5 + 60 // 5


async def test_a_code_is_no_good_for_somebody_else_nor_for_nobody(house: House) -> None:
    await join(house)
    await join(house, 2, "saebit")
    await ask(house)
    (code,) = await sent_codes(house)
    for login_id in ("saebit", "nobody"):
        with refused(CODE_WRONG):
            await reset(house, code, login_id)


async def test_a_reset_opens_a_locked_account(house: House) -> None:
    await join(house)
    for _ in range(4):
        with refused("IDENTITY_CREDENTIALS_WRONG"):
            await enter(house, password=WRONG)
    with refused("IDENTITY_ACCOUNT_LOCKED"):
        await enter(house, password=WRONG)
    await ask(house)
    await reset(house, (await sent_codes(house))[0])
    await enter(house, password=OTHER_PASSWORD)


async def test_the_policy_is_checked_before_a_code_is_used_up(house: House) -> None:
    await join(house)
    await ask(house)
    (code,) = await sent_codes(house)
    with refused("IDENTITY_PASSWORD_SPECIAL"):
        await reset(house, code, new="abcdefgh12")
    await reset(house, code)


async def test_guessing_codes_counts_for_the_address_too(house: House) -> None:
    await join(house)
    for place in range(30):
        with refused(CODE_WRONG):
            await reset(house, "1", f"nobody{place}", origin="203.0.113.7")
    with refused("IDENTITY_TOO_MANY_FAILURES"):
        await sign_in(house, login_id="hanbit", password=PASSWORD, origin="203.0.113.7")


async def test_who_is_erased_is_not_written_to(house: House) -> None:
    await join(house)
    await ask(house)
    async with house.work() as work:
        await erase_person(work, 1)
    assert await sent_codes(house) == []
    await ask(house)
    assert await sent_codes(house) == []


async def test_somebody_without_an_address_gets_no_message(house: House) -> None:
    async with house.work() as work:
        company = await register_organization(work, business_number=business_number(1), name="한빛조명")
        await provision(work, company.id, login_id="hanbit", person=PersonDetails(name="이담당"))
        assert await work.tx.connection.fetchval("SELECT count(*) FROM message") == 0
