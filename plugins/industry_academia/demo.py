"""Data to try the program with: a university that may file, and a company that works with it."""

from __future__ import annotations

from core.house import House
from core.identity import (
    OrganizationKind,
    PersonDetails,
    issue_claim_code,
    organization_by_number,
    register_organization,
    sign_up,
)
from core.parts import DemoSignIn

UNIVERSITY = "0009000035"  # business numbers that begin with 000 are never issued
COMPANY = "0009000049"
PASSWORD = "Dure-demo-26"

SIGN_INS = (
    DemoSignIn("bogi", PASSWORD, "보기대학교 (대학)", "a university: files what it did with companies"),
    DemoSignIn("hyeopryeok", PASSWORD, "협력테크(주) (기업)", "a company: earns as much as the university"),
)


async def load(house: House) -> None:
    """Make both, once."""
    async with house.work() as work:
        if await organization_by_number(work.tx, UNIVERSITY) is not None:
            return
        await register_organization(
            work, business_number=UNIVERSITY, name="보기대학교", kind=OrganizationKind.UNIVERSITY
        )
        await register_organization(work, business_number=COMPANY, name="협력테크(주)")
    await claim(house, UNIVERSITY, "bogi", "산학협력단 담당자")
    await claim(house, COMPANY, "hyeopryeok", "협력테크 담당자")


async def claim(house: House, number: str, login_id: str, name: str) -> None:
    """Sign an organization's main user up with a code, as an operator would give it."""
    async with house.work() as work:
        owner = await organization_by_number(work.tx, number)
        assert owner is not None
        code = await issue_claim_code(work, owner.id)
    await sign_up(
        house,
        business_number=number,
        login_id=login_id,
        password=PASSWORD,
        person=PersonDetails(name=name, email=f"{login_id}@example.org", phone="02-0000-0000"),
        claim_code=code.code,
    )
