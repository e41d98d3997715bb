"""A house with its catalogue written down, a confirmed SME with mileage, and the people who issue and settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from core.actor import Actor, Role
from core.benefits import (
    Certificate,
    Offer,
    issue_certificate,
    offer,
    return_certificate,
    use_certificate,
    write_declared_benefits,
)
from core.house import House
from core.ledgers import Balance
from tests.support.world import connected, give, has, member, organization, rows, staff

PROGRAM = "mileage_innovation"
PLAIN = "marketing_capability"  # 500 → 1 point, at most 3; no total


@dataclass
class Shop:
    """The catalogue as its people use it."""

    house: House
    buyer: Actor
    reviewer: Actor
    operator: Actor
    benefits: Mapping[str, int]

    @property
    def company(self) -> int:
        return self.buyer.organization_id or 0

    async def issue(
        self,
        points: int = 500,
        *,
        benefit: str = PLAIN,
        round: str = "2026-1",
        key: str = "key",
        actor: Actor | None = None,
        company: int | None = None,
        **more: Any,
    ) -> Certificate:
        async with self.house.work(actor or self.buyer) as work:
            return await issue_certificate(
                work,
                benefit_id=self.benefits[benefit],
                organization_id=company or self.company,
                round=round,
                points=points,
                key=key,
                **more,
            )

    async def offer(
        self, points: int | None = None, *, benefit: str = PLAIN, actor: Actor | None = None, **more: Any
    ) -> Offer:
        async with self.house.work(actor or self.buyer) as work:
            return await offer(
                work, benefit_id=self.benefits[benefit], organization_id=self.company, points=points, **more
            )

    async def use(self, of: Certificate, *, key: str = "use", actor: Actor | None = None) -> Certificate:
        async with self.house.work(actor or self.reviewer) as work:
            return await use_certificate(work, of.id, key=key, reason="선정")

    async def give_back(
        self, of: Certificate, *, key: str = "return", reason: str = "미선정", actor: Actor | None = None
    ) -> Certificate:
        async with self.house.work(actor or self.buyer) as work:
            return await return_certificate(work, of.id, key=key, reason=reason)

    async def has(self, company: int | None = None) -> Balance:
        return await has(self.house, PROGRAM, company or self.company)

    async def status(self, of: Certificate) -> str:
        (found,) = await rows(self.house, "SELECT status FROM certificate WHERE id = $1", of.id)
        return str(found["status"])


@pytest.fixture
async def shop(house: House) -> Shop:
    async with house.work() as work:
        await write_declared_benefits(work)
    await connected(house)
    company = await organization(house, 1, sme=True)
    await give(house, PROGRAM, company, 2_000)
    return Shop(
        house=house,
        buyer=await member(house, company, "hanbit", main=True),
        reviewer=await staff(house, "reviewer", programs=[PROGRAM]),
        operator=await staff(house, "operator", Role.OPERATOR),
        benefits={row["code"]: row["id"] for row in await rows(house, "SELECT code, id FROM benefit")},
    )


def exports(amount: str) -> dict[str, Decimal]:
    return {"exports_usd": Decimal(amount)}
