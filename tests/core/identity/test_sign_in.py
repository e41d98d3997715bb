"""Signing in, and what keeps guessers out."""

import asyncio
import hashlib

import pytest

from core.actor import SYSTEM
from core.errors import Refused
from core.house import House
from core.identity import SignedIn, deactivate_member, forget_spent, sign_in
from core.identity.attempts import origin_of
from tests.core.identity.scene import PASSWORD, WRONG, actor, enter, join, main_user, refused, staff
from tests.support.clock import SetClock

BAD, LOCKED = "IDENTITY_CREDENTIALS_WRONG", "IDENTITY_ACCOUNT_LOCKED"


async def test_the_right_password_lets_in_whatever_the_case_of_the_id(house: House) -> None:
    joined = await join(house)
    entered = await sign_in(house, login_id=" HanBit ", password=PASSWORD, origin="203.0.113.7")
    assert entered.member_id == joined.member_id
    assert entered.expires_at == house.clock().replace(hour=21)
    assert entered.csrf is None


async def test_an_unknown_id_and_a_wrong_password_are_answered_alike(house: House) -> None:
    await join(house)
    answers = []
    for login_id in ("hanbit", "nobody", "\x00", "\ud800"):
        with refused(BAD) as refusal:
            await sign_in(house, login_id=login_id, password=WRONG)
        answers.append(refusal.violations)
    assert len(set(answers)) == 1


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 100_000])
async def test_any_text_at_all_can_be_a_wrong_password(house: House, password: str) -> None:
    await join(house)
    with refused(BAD):
        await enter(house, password=password)


@pytest.mark.parametrize("login_id", ["hanbit", "nobody"])
async def test_five_wrong_passwords_lock_an_account_that_exists_and_one_that_does_not(
    house: House, login_id: str
) -> None:
    await join(house)
    answers = []
    for _ in range(7):
        with pytest.raises(Refused) as caught:
            await sign_in(house, login_id=login_id, password=WRONG, origin="203.0.113.7")
        answers.append(caught.value.violations[0].code)
    assert answers == [BAD] * 4 + [LOCKED] * 3


async def test_five_wrong_passwords_lock_the_account_even_for_the_right_one_and_it_says_until_when(
    house: House, clock: SetClock
) -> None:
    await join(house)
    for _ in range(4):
        with refused(BAD):
            await enter(house, password=WRONG)
    with refused(LOCKED):
        await enter(house, password=WRONG)
    with refused(LOCKED) as refusal:
        await enter(house)
    assert "2026-03-02 09:15" in refusal.violations[0].message.ko
    clock.forward(minutes=14, seconds=59)
    with refused(LOCKED):
        await enter(house)
    clock.forward(seconds=1)
    await enter(house)


async def test_after_a_lock_the_count_begins_anew(house: House, clock: SetClock) -> None:
    await join(house)
    for code in [BAD] * 4 + [LOCKED]:
        with refused(code):
            await enter(house, password=WRONG)
    clock.forward(minutes=15)
    for _ in range(4):
        with refused(BAD):
            await enter(house, password=WRONG)
    await enter(house)


async def test_only_wrong_passwords_in_a_row_count(house: House) -> None:
    await join(house)
    for _ in range(3):
        for _ in range(4):
            with refused(BAD):
                await enter(house, password=WRONG)
        await enter(house)


async def test_of_many_wrong_guesses_at_once_four_are_told_they_are_wrong_and_the_rest_that_it_is_locked(
    house: House,
) -> None:
    await join(house)
    answers = await asyncio.gather(*(enter(house, password=WRONG) for _ in range(20)), return_exceptions=True)
    codes = [answer.violations[0].code for answer in answers if isinstance(answer, Refused)]
    assert (codes.count(BAD), codes.count(LOCKED)) == (4, 16)
    with refused(LOCKED):
        await enter(house)


async def test_right_passwords_at_once_all_let_in(house: House) -> None:
    await join(house)
    answers = await asyncio.gather(*(enter(house) for _ in range(10)))
    assert all(isinstance(answer, SignedIn) for answer in answers)
    assert len({answer.token for answer in answers}) == 10


async def test_thirty_failures_from_one_address_close_it_for_every_account(house: House, clock: SetClock) -> None:
    await join(house)

    async def guess(origin: str, login_id: str = "nobody", password: str = WRONG) -> SignedIn:
        return await sign_in(house, login_id=login_id, password=password, origin=origin)

    answers = await asyncio.gather(
        *(guess("203.0.113.7", f"nobody{place}") for place in range(40)), return_exceptions=True
    )
    codes = [answer.violations[0].code for answer in answers if isinstance(answer, Refused)]
    assert (codes.count(BAD), codes.count("IDENTITY_TOO_MANY_FAILURES")) == (30, 10)
    with refused("IDENTITY_TOO_MANY_FAILURES"):
        await guess("203.0.113.7", "hanbit", PASSWORD)
    await guess("203.0.113.8", "hanbit", PASSWORD)
    clock.forward(minutes=15)
    await guess("203.0.113.7", "hanbit", PASSWORD)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_counted_for_its_subscriber(address: str | None, counted: str | None) -> None:
    assert origin_of(address) == counted


async def test_what_nobody_is_called_is_not_kept_for_people_type_passwords_there(house: House) -> None:
    await join(house)
    for login_id in ("hanbit", PASSWORD):
        with refused(BAD):
            await sign_in(house, login_id=login_id, password=WRONG, origin="203.0.113.7")
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch("SELECT subject FROM attempt WHERE kind = 'guess' ORDER BY id")
    for row, login_id in zip(rows, ("hanbit", PASSWORD.lower()), strict=True):
        plain = hashlib.sha256(f"attempt\nlogin {login_id}".encode()).hexdigest()
        assert login_id not in row["subject"] and row["subject"] not in plain  # a keyed digest: nobody tries words out


async def test_a_deactivated_member_is_nobody(house: House) -> None:
    joined = await join(house)
    async with house.work(SYSTEM) as work:
        await deactivate_member(work, joined.member_id)
    with refused(BAD):
        await enter(house)


async def test_neither_token_nor_hash_can_be_read_from_what_is_kept_or_printed(house: House) -> None:
    await join(house)
    entered = await sign_in(house, login_id="hanbit", password=PASSWORD, cookie=True)
    assert entered.csrf and entered.token not in repr(entered) and entered.csrf not in repr(entered)
    async with house.database.reading() as tx:
        kept = str([dict(row) for row in await tx.connection.fetch("SELECT * FROM access_token, member")])
    assert entered.token not in kept and entered.csrf not in kept and PASSWORD not in kept


async def test_old_attempts_tokens_and_codes_are_forgotten(house: House, clock: SetClock) -> None:
    await main_user(house)
    await staff(house)
    await sign_in(house, login_id="hanbit", password=PASSWORD, origin="203.0.113.7")
    clock.forward(days=40)
    fresh = await sign_in(house, login_id="hanbit", password=PASSWORD, origin="203.0.113.7")
    async with house.work() as work:
        assert await forget_spent(work) == 3 + 1 + 1
    assert await actor(house, fresh.token) is not None
