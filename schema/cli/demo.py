"""The demo: an agency with its staff, and whatever the programs bring."""

from __future__ import annotations

from core.actor import Role
from core.demo import PASSWORD
from core.house import House
from core.identity import (
    OrganizationKind,
    PersonDetails,
    create_staff,
    organization_by_number,
    register_organization,
    reset_password,
)
from core.parts import DemoSignIn
from schema.cli.screen import screen

AGENCY = "0009000016"  # business numbers that begin with 000 are never issued
STAFF = (
    (DemoSignIn("operator", PASSWORD, "운영자", "an operator: everything"), Role.OPERATOR),
    (DemoSignIn("reviewer", PASSWORD, "심사자", "a reviewer: decides filings"), Role.REVIEWER),
    (DemoSignIn("auditor", PASSWORD, "감사자", "an auditor: reads all, changes nothing"), Role.AUDITOR),
)


async def load_demo(house: House) -> tuple[DemoSignIn, ...]:
    """Load what is not there yet; who can sign in."""
    await _load_staff(house)
    for part in house.plugins.demos:
        await part.load(house)
    return (*(sign_in for sign_in, _ in STAFF), *(each for part in house.plugins.demos for each in part.sign_ins))


async def _load_staff(house: House) -> None:
    codes = {}
    async with house.work() as work:
        if await organization_by_number(work.tx, AGENCY) is not None:
            return
        agency = await register_organization(
            work, business_number=AGENCY, name="두레 시험 운영기관", kind=OrganizationKind.AGENCY
        )
        for sign_in, role in STAFF:
            account = await create_staff(
                work, agency.id, login_id=sign_in.login_id, role=role, person=PersonDetails(name=sign_in.who_ko)
            )
            codes[sign_in.login_id] = account.code or ""
    for login_id, code in codes.items():
        await reset_password(house, login_id=login_id, code=code, new=PASSWORD, confirm=PASSWORD)


def print_sign_ins(sign_ins: tuple[DemoSignIn, ...]) -> None:
    if not sign_ins:
        return
    screen().table(
        ("아이디 · login id", "비밀번호 · password", "누구 · who"),
        [(each.login_id, each.password, f"{each.who_ko} · {each.who_en}") for each in sign_ins],
        title="시험 계정 · demo sign-ins",
    )
