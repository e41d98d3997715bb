"""What exists cannot be told from what does not, and what a stranger uses up is never the owner's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.actor import PUBLIC
from core.errors import Refused, Violation
from core.house import House
from core.identity import (
    PersonDetails,
    change_password,
    hashing,
    issue_claim_code,
    look_up_login_id,
    provision,
    register_organization,
    request_password_reset,
    reset_password,
    sign_in,
    sign_up,
)
from tests.core.identity.scene import LEE, OTHER_PASSWORD, PASSWORD, WRONG, join, main_user
from tests.support.clock import SetClock
from tests.support.jobs import jobs_on_record, run_due
from tests.support.numbers import business_number

STRANGER, OWNER = "203.0.113.7", "198.51.100.4"
SAVEPOINT = re.compile(r"__asyncpg_savepoint_\w+__")
UNKNOWN, ON_RECORD, CLAIMED = 901, 902, 903


@dataclass
class Effort:
    """What was done: statements without their values, and Argon2 calls."""

    statements: list[str] = field(default_factory=list)
    hashed: list[str] = field(default_factory=list)

    async def taken(self) -> tuple[list[str], list[str]]:
        """What was done since this was last asked. asyncpg tells of a statement on the loop's next turn."""
        for _ in range(3):
            await asyncio.sleep(0)
        found = self.statements[:], self.hashed[:]
        self.statements.clear()
        self.hashed.clear()
        return found


@pytest.fixture
async def effort(three: House, monkeypatch: pytest.MonkeyPatch) -> Effort:
    """What the house makes the database and Argon2 do from now on. The hasher is the real one, counted on its way."""
    seen, real = Effort(), hashing.HASHER
    hashing._nobodys()

    class Counting:
        def hash(self, secret: bytes) -> str:
            seen.hashed.append("hash")
            return real.hash(secret)

        def verify(self, kept: str, secret: bytes) -> bool:
            seen.hashed.append("verify")
            return real.verify(kept, secret)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    def noted(record: Any) -> None:
        seen.statements.append(SAVEPOINT.sub("savepoint", record.query))

    monkeypatch.setattr(hashing, "HASHER", Counting())
    connections = three.database.connections
    while connections.free:
        await connections.drop(connections.free.pop())
    monkeypatch.setattr(connections, "opened", lambda connection: connection.add_query_logger(noted))
    return seen


async def answer(asked: Awaitable[Any]) -> tuple[Violation, ...] | None:
    try:
        await asked
    except Refused as refused:
        return refused.violations
    return None


@pytest.fixture
async def three(house: House) -> House:
    """Organizations on record and claimed; the claimed one's main user is `hanbit`."""
    await join(house, CLAIMED, "hanbit")
    async with house.work() as work:
        known = await register_organization(work, business_number=business_number(ON_RECORD), name="등록된회사")
        await issue_claim_code(work, known.id, send_to=PersonDetails(name="김받음", email="kim@hanbit.example.kr"))
    return house


def signing_up(house: House, serial: int, *, password: str = PASSWORD, **more: str) -> Awaitable[Any]:
    return sign_up(
        house,
        business_number=business_number(serial),
        name="새회사",
        login_id=more.pop("login_id", "newcomer"),
        password=password,
        person=LEE,
        origin=more.pop("origin", STRANGER),
        **more,
    )


def resetting(house: House, login_id: str, code: str = "0000-0000-0000-0000", origin: str = STRANGER) -> Awaitable[Any]:
    return reset_password(
        house, login_id=login_id, code=code, new=OTHER_PASSWORD, confirm=OTHER_PASSWORD, origin=origin
    )


async def asking(house: House, login_id: str, email: str = "lee@hanbit.example.kr", origin: str = STRANGER) -> None:
    async with house.work(PUBLIC) as work:
        await request_password_reset(work, login_id=login_id, email=email, origin=origin)


LIKE: dict[str, list[Callable[[House], Awaitable[Any]]]] = {
    "a bad password, for a number that is unknown, on record or claimed": [
        lambda house, serial=serial: signing_up(house, serial, password="short")
        for serial in (UNKNOWN, ON_RECORD, CLAIMED)
    ],
    "a bad password, with a login id that is free or taken": [
        lambda house, login_id=login_id: signing_up(house, UNKNOWN, password="short", login_id=login_id)
        for login_id in ("newcomer", "hanbit")
    ],
    "signing up without a code, on record or claimed, login id free or taken": [
        lambda house, serial=serial, login_id=login_id: signing_up(house, serial, login_id=login_id)
        for serial in (ON_RECORD, CLAIMED)
        for login_id in ("newcomer", "hanbit")
    ],
    "signing up with a wrong code": [
        lambda house, serial=serial, login_id=login_id: signing_up(
            house, serial, login_id=login_id, claim_code="0000-0000-0000-0000"
        )
        for serial in (UNKNOWN, ON_RECORD, CLAIMED)
        for login_id in ("newcomer", "hanbit")
    ],
    "a wrong password": [
        lambda house, login_id=login_id: sign_in(house, login_id=login_id, password=WRONG, origin=STRANGER)
        for login_id in ("hanbit", "nobody")
    ],
    "a wrong code": [lambda house, login_id=login_id: resetting(house, login_id) for login_id in ("hanbit", "nobody")],
    "asking for a code with the right address, a wrong one, and for nobody": [
        lambda house, given=given: asking(house, *given)
        for given in (("hanbit",), ("hanbit", "else@hanbit.example.kr"), ("nobody",))
    ],
}


@pytest.mark.parametrize("cases", LIKE.values(), ids=LIKE.keys())
async def test_what_exists_is_answered_as_what_does_not_after_the_same_work(
    three: House, effort: Effort, cases: list[Callable[[House], Awaitable[Any]]]
) -> None:
    answers, efforts = [], []
    for case in (cases[0], *cases):  # the first once more: a new connection asks for types before it enqueues a job
        async with three.database.transaction() as tx:
            await tx.connection.execute("DELETE FROM attempt")
        await effort.taken()
        answers.append(await answer(case(three)))
        efforts.append(await effort.taken())
    del answers[0], efforts[0]
    assert [each for each in answers if each != answers[0]] == []
    assert [each for each in efforts if each != efforts[0]] == []


async def test_the_fifth_wrong_password_costs_and_says_the_same_of_whom_there_is_and_of_nobody(
    three: House, effort: Effort
) -> None:
    found = []
    for login_id in ("somebody", "hanbit", "nobody"):  # the first warms the connection
        for _ in range(4):
            await answer(sign_in(three, login_id=login_id, password=WRONG, origin=STRANGER))
        await effort.taken()
        said = await answer(sign_in(three, login_id=login_id, password=WRONG, origin=STRANGER))
        found.append((said, await effort.taken()))
    assert found[1] == found[2]


async def test_numbers_cannot_be_tried_out_by_signing_up(three: House) -> None:
    answers = [await answer(signing_up(three, serial)) for serial in [CLAIMED] * 40]
    assert [each[0].code for each in answers if each] == [
        *["IDENTITY_CLAIM_CODE_NEEDED"] * 10,
        *["IDENTITY_TOO_MANY_FAILURES"] * 30,
    ]


async def test_a_taken_login_id_is_told_to_who_signs_up_is_counted_and_leaves_no_trace(three: House) -> None:
    taken = await answer(signing_up(three, UNKNOWN, login_id="hanbit"))
    assert taken is not None and [each.code for each in taken] == ["IDENTITY_LOGIN_ID_TAKEN"]
    async with three.database.reading() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM attempt WHERE kind = 'guess'") == 1
        number = business_number(UNKNOWN)
        assert not await tx.connection.fetchval("SELECT count(*) FROM organization WHERE business_number = $1", number)
        events = (
            "SELECT count(*) FROM audit_event WHERE action = 'organization.registered' AND after->>'name' = '새회사'"
        )
        assert not await tx.connection.fetchval(events)
    assert await answer(signing_up(three, UNKNOWN)) is None


async def test_login_ids_are_looked_up_thirty_times_by_an_address_also_at_once(three: House) -> None:
    tries = [answer(look_up_login_id(three, f"name{place}", origin=STRANGER)) for place in range(40)]
    answers = await asyncio.gather(*tries)
    assert len([each for each in answers if each is None]) == 30
    assert {each[0].code for each in answers if each} == {"IDENTITY_TOO_MANY_FAILURES"}
    assert await look_up_login_id(three, "hanbit", origin=OWNER) is False


async def test_an_ipv6_network_is_one_address(three: House) -> None:
    for place in range(30):
        await look_up_login_id(three, "hanbit", origin=f"2001:db8:0:1::{place:x}")
    refused = await answer(look_up_login_id(three, "hanbit", origin="2001:db8:0:1:ffff::1"))
    assert refused is not None and refused[0].code == "IDENTITY_TOO_MANY_FAILURES"
    await look_up_login_id(three, "hanbit", origin="2001:db8:0:2::1")


async def test_strangers_lock_nobody_out_of_an_address_the_owner_is_known_from(three: House) -> None:
    await sign_in(three, login_id="hanbit", password=PASSWORD, origin=OWNER)
    for place in range(60):
        await answer(sign_in(three, login_id="hanbit", password=WRONG, origin=f"203.0.113.{place}"))
    unknown = await answer(sign_in(three, login_id="hanbit", password=PASSWORD, origin="203.0.113.99"))
    assert unknown is not None and unknown[0].code == "IDENTITY_ACCOUNT_LOCKED"
    assert (await sign_in(three, login_id="hanbit", password=PASSWORD, origin=OWNER)).token


async def test_a_locked_out_stranger_leaves_every_other_address_alone(three: House) -> None:
    for _ in range(9):
        await answer(sign_in(three, login_id="hanbit", password=WRONG, origin=STRANGER))
    assert (await sign_in(three, login_id="hanbit", password=PASSWORD, origin=OWNER)).token


async def test_a_first_code_survives_strangers_who_guess_it_and_who_ask_for_another(house: House) -> None:
    async with house.work() as work:
        company = await register_organization(work, business_number=business_number(1), name="한빛조명")
        made = await provision(work, company.id, login_id="hanbit", person=LEE)
    assert made.code is not None
    for place in range(3):
        for _ in range(12):
            await answer(resetting(house, "hanbit", origin=f"203.0.113.{place}"))
        await asking(house, "hanbit", origin=f"203.0.113.{place}")
    await run_due(house)
    await resetting(house, "hanbit", made.code, OWNER)
    assert (await sign_in(house, login_id="hanbit", password=OTHER_PASSWORD, origin=OWNER)).token


async def told(house: House) -> tuple[list[str], int]:
    """What the audit says of guesses, and how many messages there are about them."""
    await run_due(house)
    async with house.database.reading() as tx:
        events = await tx.connection.fetch("SELECT action FROM audit_event WHERE action LIKE '%guessed' ORDER BY id")
        messages = await tx.connection.fetchval("SELECT count(*) FROM message WHERE template = 'guesses'")
    return [row["action"] for row in events], messages


async def test_owner_and_audit_are_told_of_guesses_once_a_window_and_a_day(three: House, clock: SetClock) -> None:
    for place in range(3):
        for _ in range(6):
            await answer(sign_in(three, login_id="hanbit", password=WRONG, origin=f"203.0.113.{place}"))
            await answer(resetting(three, "hanbit", origin=f"203.0.113.{place}"))
            await answer(signing_up(three, ON_RECORD, claim_code="0000", origin=f"203.0.113.{place}"))
    actions, messages = await told(three)
    assert sorted(actions) == [
        "member.code_guessed",
        *["member.password_guessed"] * 3,  # one for each address that was locked out
        "organization.claim_code_guessed",
    ]
    assert messages == 2  # the member, and whoever the claim code was sent to
    clock.forward(hours=1)
    await answer(resetting(three, "hanbit"))
    actions, messages = await told(three)
    assert (actions.count("member.code_guessed"), messages) == (2, 2)
    clock.forward(hours=24)
    await answer(resetting(three, "hanbit"))
    assert (await told(three))[1] == 3


async def test_guesses_about_nobody_tell_nobody(three: House) -> None:
    for _ in range(6):
        await answer(sign_in(three, login_id="nobody", password=WRONG, origin=STRANGER))
        await answer(resetting(three, "nobody"))
        await answer(signing_up(three, UNKNOWN, claim_code="0000"))
    assert await told(three) == ([], 0)


async def test_addresses_are_neither_in_the_audit_nor_in_jobs(three: House) -> None:
    for _ in range(6):
        await answer(sign_in(three, login_id="hanbit", password=WRONG, origin=STRANGER))
    await run_due(three)
    async with three.database.reading() as tx:
        events = [dict(row) for row in await tx.connection.fetch("SELECT * FROM audit_event")]
    assert STRANGER not in str(events) and STRANGER not in str(await jobs_on_record(three))


async def test_a_stolen_token_guesses_five_passwords_from_however_many_addresses(house: House) -> None:
    me = await main_user(house)

    async def guess(place: int) -> tuple[Violation, ...] | None:
        origin = f"203.0.113.{place}"
        change = change_password(house, me, current=WRONG, new=OTHER_PASSWORD, confirm=OTHER_PASSWORD, origin=origin)
        return await answer(change)

    answers = [await guess(place) for place in range(8)]
    codes = [each[0].code for each in answers if each]
    assert codes == ["IDENTITY_PASSWORD_WRONG"] * 4 + ["IDENTITY_ACCOUNT_LOCKED"] * 4
    assert (await sign_in(house, login_id="hanbit", password=PASSWORD, origin=OWNER)).token
