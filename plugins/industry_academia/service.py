"""The program's own verb: what was earned before the reform is let go of."""

from __future__ import annotations

import uuid

from core.actor import SYSTEM, Actor, Role
from core.house import House
from core.ledgers import EarnedBefore, earned_before, expire_earned_before
from plugins.industry_academia.program import CODE, MILEAGE
from plugins.industry_academia.tables import REFORM

REASON = "2022.03. 제도개편 이전 적립 마일리지 소멸"


async def due_at_cut_over(house: House) -> EarnedBefore:
    """소멸 예정: what of the mileage earned before the reform is still there."""
    async with house.database.reading() as tx:
        return await earned_before(tx, program=CODE, asset=MILEAGE.code, day=REFORM)


async def expire_before_reform(house: House, actor: Actor = SYSTEM, *, limit: int = 10_000) -> EarnedBefore:
    """제도개편 이전 적립 마일리지 소멸: some thousand accounts a transaction; how much went.

    Stopped midway, it has written off what it has, and the next run does the rest. What is held stays.
    """
    accounts = lots = amount = 0
    while True:
        async with house.work(actor) as work:
            work.actor.require_staff(CODE, Role.OPERATOR)
            part = await expire_earned_before(
                work,
                program=CODE,
                asset=MILEAGE.code,
                day=REFORM,
                key=f"cut-over:{uuid.uuid4()}",
                reason=REASON,
                limit=limit,
            )
        if not part.lots:
            return EarnedBefore(accounts=accounts, lots=lots, free=amount, held=0)
        accounts, lots, amount = accounts + part.accounts, lots + part.lots, amount + part.amount
