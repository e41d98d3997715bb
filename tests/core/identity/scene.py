"""People and organizations to test with, made by the verbs themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from core.actor import Actor, Role
from core.errors import Refused, Violation
from core.house import House
from core.identity import (
    OrganizationKind,
    PersonDetails,
    SignedIn,
    SignedUp,
    actor_of_token,
    create_staff,
    register_organization,
    reset_password,
    sign_in,
    sign_up,
)
from tests.support.numbers import business_number

PASSWORD = "Sunrise-2026"
OTHER_PASSWORD = "Moonrise+2027"
WRONG = "Nothing-like-it1"
LEE = PersonDetails(name="이담당", email="lee@hanbit.example.kr", phone="02-1234-5678", department="총무팀")


@dataclass
class Refusal:
    """What was objected to, once the block is over."""

    violations: tuple[Violation, ...] = field(default=())

    @property
    def codes(self) -> list[str]:
        return [violation.code for violation in self.violations]

    @property
    def paths(self) -> list[tuple[str | int, ...]]:
        return [violation.path for violation in self.violations]


@contextmanager
def refused(*codes: str) -> Iterator[Refusal]:
    """The block is refused, with exactly these problems."""
    refusal = Refusal()
    with pytest.raises(Refused) as caught:
        yield refusal
    refusal.violations = caught.value.violations
    assert refusal.codes == list(codes)


async def join(house: House, serial: int = 1, login_id: str = "hanbit", **more: str) -> SignedUp:
    """A company that signs up by itself."""
    return await sign_up(
        house,
        business_number=business_number(serial),
        name=f"한빛조명 {serial}",
        login_id=login_id,
        password=PASSWORD,
        person=LEE,
        **more,
    )


async def enter(house: House, login_id: str = "hanbit", password: str = PASSWORD) -> SignedIn:
    return await sign_in(house, login_id=login_id, password=password)


async def actor(house: House, token: str) -> Actor | None:
    async with house.database.reading() as tx:
        return await actor_of_token(tx, token, house.clock())


async def acting(house: House, login_id: str = "hanbit", password: str = PASSWORD) -> Actor:
    """The member, signed in."""
    found = await actor(house, (await enter(house, login_id, password)).token)
    assert found is not None
    return found


async def main_user(house: House, serial: int = 1, login_id: str = "hanbit") -> Actor:
    """The main user of a company that has just signed up."""
    await join(house, serial, login_id)
    return await acting(house, login_id)


async def staff(
    house: House, role: Role = Role.OPERATOR, login_id: str = "agency_one", programs: tuple[str, ...] = ()
) -> Actor:
    """Somebody of an operating agency, signed in."""
    serial = 900_000 + sum(login_id.encode())
    async with house.work() as work:
        agency = await register_organization(
            work, business_number=business_number(serial), name="전담기관", kind=OrganizationKind.AGENCY
        )
        made = await create_staff(
            work, agency.id, login_id=login_id, role=role, person=PersonDetails(name="박운영"), programs=programs
        )
    assert made.code is not None
    await reset_password(house, login_id=login_id, code=made.code, new=PASSWORD, confirm=PASSWORD)
    return await acting(house, login_id)
