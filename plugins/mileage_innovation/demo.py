"""Data to try the program with: a training centre that may send rosters, and a company that has signed up."""

from __future__ import annotations

from datetime import date

from core.demo import PASSWORD, claim
from core.house import House
from core.identity import (
    OrganizationKind,
    organization_by_number,
    record_standing,
    register_organization,
)
from core.parts import DemoSignIn
from core.work import Work
from plugins.mileage_innovation.service import define_kind, register_provider
from plugins.mileage_innovation.tables import IN_FORCE

PROVIDER = "0009000020"  # business numbers that begin with 000 are never issued
COMPANY = "0000000015"

SIGN_INS = (
    DemoSignIn("center", PASSWORD, "한국조명연구원 교육훈련센터 (교육기관)", "the training centre: sends rosters"),
    DemoSignIn("yesi", PASSWORD, "예시정밀(주) (기업)", "a company: sees its mileage, applies for certificates"),
)


async def load(house: House) -> None:
    """Make both, once. What was broken off is done by the next time."""
    async with house.work() as work:
        if await organization_by_number(work.tx, PROVIDER) is None:
            await _register(work)
    await claim(house, PROVIDER, "center", "교육훈련센터 담당자")
    await claim(house, COMPANY, "yesi", "예시정밀 담당자")


async def _register(work: Work) -> None:
    provider = await register_organization(
        work,
        business_number=PROVIDER,
        name="한국조명연구원 교육훈련센터",
        kind=OrganizationKind.PROVIDER,
    )
    await register_provider(work, provider.id, since=IN_FORCE)
    await define_kind(
        work,
        code="award",
        name_ko="경영혁신 경진대회 수상",
        name_en="Prize in an innovation contest",
        max_points=500,
        since=IN_FORCE,
    )
    company = await register_organization(work, business_number=COMPANY, name="예시정밀(주)")
    await record_standing(
        work, company.id, kind="sme", valid_from=date(2018, 1, 1), evidence="중소기업 확인서 (시험용)"
    )
