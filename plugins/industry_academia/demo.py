"""Data to try the program with: a university that may file, and a company that works with it."""

from __future__ import annotations

from core.demo import PASSWORD, claim
from core.house import House
from core.identity import (
    OrganizationKind,
    organization_by_number,
    register_organization,
)
from core.parts import DemoSignIn
from plugins.industry_academia.exchange.demo import open_exchange
from plugins.industry_academia.using import publish_uses

UNIVERSITY = "0009000035"  # business numbers that begin with 000 are never issued
COMPANY = "0009000049"

SIGN_INS = (
    DemoSignIn("bogi", PASSWORD, "보기대학교 (대학)", "a university: files what it did with companies"),
    DemoSignIn("hyeopryeok", PASSWORD, "협력테크(주) (기업)", "a company: earns as much as the university"),
    DemoSignIn("jinheung", PASSWORD, "보기진흥원 (활용기관)", "a using agency: publishes calls"),
)


async def load(house: House) -> None:
    """Make both, once. Each part is looked for by itself, so what was broken off is done by the next time."""
    async with house.work() as work:
        university = await organization_by_number(work.tx, UNIVERSITY) or await register_organization(
            work, business_number=UNIVERSITY, name="보기대학교", kind=OrganizationKind.UNIVERSITY
        )
        company = await organization_by_number(work.tx, COMPANY) or await register_organization(
            work, business_number=COMPANY, name="협력테크(주)"
        )
    await claim(house, UNIVERSITY, "bogi", "산학협력단 담당자")
    await claim(house, COMPANY, "hyeopryeok", "협력테크 담당자")
    await publish_uses(house)
    await open_exchange(house, university.id, company.id)
