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
    reset_member,
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
WITHOUT_PASSWORD = "SELECT id FROM member WHERE login_id = $1 AND organization_id = $2 AND password_hash IS NULL"


async def load_demo(house: House) -> tuple[DemoSignIn, ...]:
    """Load what is not there yet; who can sign in."""
    await _load_staff(house)
    for part in house.plugins.demos:
        await part.load(house)
    return (*(sign_in for sign_in, _ in STAFF), *(each for part in house.plugins.demos for each in part.sign_ins))


async def _load_staff(house: House) -> None:
    """Make them, and set the password of each that has none: also after an earlier time was broken off."""
    async with house.work() as work:
        agency = await organization_by_number(work.tx, AGENCY)
        if agency is None:
            agency = await register_organization(
                work, business_number=AGENCY, name="두레 시험 운영기관", kind=OrganizationKind.AGENCY
            )
            for sign_in, role in STAFF:
                await create_staff(
                    work, agency.id, login_id=sign_in.login_id, role=role, person=PersonDetails(name=sign_in.who_ko)
                )
    for sign_in, _ in STAFF:
        async with house.work() as work:
            member_id = await work.tx.connection.fetchval(WITHOUT_PASSWORD, sign_in.login_id, agency.id)
            account = await reset_member(work, member_id) if member_id is not None else None
        if account is not None:
            code = account.code or ""
            await reset_password(house, login_id=sign_in.login_id, code=code, new=PASSWORD, confirm=PASSWORD)


def print_sign_ins(sign_ins: tuple[DemoSignIn, ...]) -> None:
    if not sign_ins:
        return
    screen().table(
        ("아이디 · login id", "비밀번호 · password", "누구 · who"),
        [(each.login_id, each.password, f"{each.who_ko} · {each.who_en}") for each in sign_ins],
        title="시험 계정 · demo sign-ins",
    )
