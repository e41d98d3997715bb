"""Who asks in the API's tests: companies and staff made by the services themselves, each with a token."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx

from core.actor import Actor, Role
from core.database import Transaction
from core.house import House
from core.identity import OrganizationKind, PersonDetails, actor_of_token, organization_by_id, register_organization
from core.identity.accounts import add_member, claim_for
from core.identity.tokens import WHO_HAS_IT, mint_token
from core.work import Work
from schema.global_ids import to_global_id
from tests.support.client import Client
from tests.support.numbers import business_number

PASSWORD = "Sunrise-2026"
OTHER_PASSWORD = "Moonrise+2027"

_serials = itertools.count(500_000)

SIGN_UP = """mutation ($input: SignUpInput!) {
  signUp(input: $input) {
    organization { id businessNumber name } member { id loginId main role } errors { code path message }
  }
}"""
SIGN_IN = """mutation ($input: SignInInput!) {
  signIn(input: $input) {
    token csrfToken expiresAt mustChangePassword member { loginId } errors { code path message }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member and its token. Without a password: nothing here signs in by typing one."""

    organization_id: int
    member_id: int
    login_id: str
    token: str
    actor: Actor
    business_number: str = ""

    @property
    def organization(self) -> str:
        """The global id of its organization."""
        return to_global_id("Organization", self.organization_id)

    @property
    def member(self) -> str:
        return to_global_id("Member", self.member_id)


def person(name: str = "이담당") -> PersonDetails:
    return PersonDetails(name=name, email="lee@hanbit.example.kr", phone="02-1234-5678", department="총무팀")


async def organization(
    work: Work, kind: OrganizationKind = OrganizationKind.COMPANY, name: str = "한빛조명"
) -> tuple[int, str]:
    """A new organization; its id and business number."""
    number = business_number(next(_serials))
    made = await register_organization(work, business_number=number, name=name, kind=kind)
    return made.id, number


async def company(house: House, login_id: str, *, name: str = "한빛조명") -> Account:
    """A company and its main user."""
    async with house.work() as work:
        organization_id, number = await organization(work, name=name)
    made = await member(house, organization_id, login_id, main=True)
    return replace(made, business_number=number)


async def sub_user(house: House, of: Account, suffix: str, permissions: Sequence[str] = ()) -> Account:
    """A sub-user of the same company, with these permissions."""
    return await member(house, of.organization_id, f"{of.login_id}_{suffix}", permissions=permissions)


async def staff(house: House, role: Role, login_id: str, programs: Sequence[str] = ()) -> Account:
    """Somebody of an operating agency, of these programs or of all."""
    async with house.work() as work:
        agency, _ = await organization(work, OrganizationKind.AGENCY, "전담기관")
    return await member(house, agency, login_id, role=role, programs=programs)


async def member(
    house: House,
    organization_id: int,
    login_id: str,
    *,
    role: Role = Role.MEMBER,
    main: bool = False,
    permissions: Sequence[str] = (),
    programs: Sequence[str] = (),
    must_change_password: bool = False,
) -> Account:
    """A member with a token, no password typed or hashed on the way."""
    async with house.work() as work:
        made = await add_member(
            work,
            organization_id,
            login_id=login_id,
            path="loginId",
            person=person(login_id),
            role=role,
            main=main,
            permissions=permissions,
            programs=programs,
            must_change_password=must_change_password,
        )
        if main:
            owner = await organization_by_id(work.tx, organization_id)
            assert owner is not None
            await claim_for(work, owner, made.id)
        token = await mint_token(work, made.id, timedelta(days=3_650), cookie=False)
        actor = await actor_of_token(work.tx, token.token, work.now)
    assert actor is not None
    return Account(
        organization_id=organization_id, member_id=made.id, login_id=login_id, token=token.token, actor=actor
    )


def asks(http: httpx.AsyncClient, who: Account | str | None = None) -> Client:
    """Somebody who asks: an account, a token, or the public."""
    return Client(http, who.token if isinstance(who, Account) else who or None)


async def sign_up(asker: Client, serial: int, login_id: str, **more: Any) -> dict[str, Any]:
    """A company that signs up by itself, over the API; the payload."""
    given = {
        "businessNumber": business_number(serial),
        "name": f"한빛조명 {serial}",
        "loginId": login_id,
        "password": PASSWORD,
        "person": {"name": "이담당", "email": "lee@hanbit.example.kr", "phone": "02-1234-5678"},
    }
    (payload,) = (await asker.ask(SIGN_UP, input=given | more)).values()
    found: dict[str, Any] = payload
    return found


async def sign_in(asker: Client, login_id: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """The payload of a sign-in."""
    (payload,) = (await asker.ask(SIGN_IN, input={"loginId": login_id, "password": password} | more)).values()
    found: dict[str, Any] = payload
    return found


def codes(objections: Sequence[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in objections]


def top_codes(answer: dict[str, Any]) -> list[str]:
    """The codes of an answer's top-level errors."""
    return [each["extensions"]["code"] for each in answer.get("errors", [])]


@contextmanager
def statements_of(house: House) -> Iterator[list[str]]:
    """The statements that are read with while the block runs, without what the driver asks about types."""
    seen: list[str] = []

    def note(record: Any) -> None:
        if "pg_catalog" not in record.query:
            seen.append(record.query)

    reading, row = house.database.reading, house.database.row

    async def watched_row(sql: str, *arguments: Any) -> Any:
        if sql != WHO_HAS_IT and "pg_catalog" not in sql:
            seen.append(sql)
        return await row(sql, *arguments)

    @asynccontextmanager
    async def watched() -> AsyncIterator[Transaction]:
        async with reading() as tx:
            with tx.connection.query_logger(note):
                yield tx

    house.database.reading = watched  # type: ignore[method-assign]
    house.database.row = watched_row  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        house.database.reading = reading  # type: ignore[method-assign]
        house.database.row = row  # type: ignore[method-assign]
