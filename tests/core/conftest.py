"""A house in which everything has happened, for what looks at all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core import ledgers
from core.activities import Row, decide_filing, draft_filing, revoke_activity, submit_filing
from core.actor import Role
from core.benefits import (
    issue_certificate,
    lapse_certificates,
    return_certificate,
    use_certificate,
    write_declared_benefits,
)
from core.house import House
from core.plugins import Plugins
from tests.core.activities.workshop import CODE, Visit, Workshop
from tests.support.clock import SetClock
from tests.support.world import give, member, organization, rows, staff

PROGRAM = "mileage_innovation"
ASSET = "innovation_mileage"


@pytest.fixture
async def busy(house: House, clock: SetClock) -> House:
    """Certificates 1 to 4 issued, used, returned and lapsed; activities 1 to 4 approved, revoked, approved for nothing
    and rejected; points carried to another organization, freely and out of a hold, and minted anew.
    """
    async with house.work() as work:
        await write_declared_benefits(work)
    company, other = [await organization(house, serial, sme=True) for serial in (1, 2)]
    buyer = await member(house, company, "hanbit", main=True)
    operator = await staff(house, "operator", Role.OPERATOR)
    await _activities(house)
    await give(house, PROGRAM, company, 5_000)
    await give(house, PROGRAM, company, 3, date(2026, 1, 4))
    (found,) = await rows(house, "SELECT id FROM benefit WHERE code = 'marketing_capability'")
    certificates = []
    for name in ("lapsed", "used", "returned", "issued"):
        async with house.work(buyer) as work:
            certificates.append(
                await issue_certificate(
                    work, benefit_id=found["id"], organization_id=company, round=name, points=500, key=name
                )
            )
        if name == "lapsed":
            clock.set(certificates[0].valid_until)
    clock.set(certificates[0].valid_until + timedelta(days=1))
    async with house.work() as work:
        assert len(await lapse_certificates(work)) == 1
    async with house.work(operator) as work:
        await use_certificate(work, certificates[1].id, key="use", reason="선정")
        await return_certificate(work, certificates[2].id, key="return", reason="미선정")
    async with house.work() as work:
        held = await ledgers.hold(
            work, program=PROGRAM, asset=ASSET, organization_id=company, amount=7, key="held", reason="이전"
        )
        for key, amount, more in (
            ("free", 10, {"reference": 'a "quoted"\\ 참조\n'}),
            ("held out", 7, {"hold_id": held.hold_id}),
            ("minted", 20, {"mint": (work.today, None)}),
            ("minted for a term", 20, {"mint": (work.today, work.today + timedelta(days=9))}),
        ):
            await ledgers.transfer(
                work, program=PROGRAM, asset=ASSET, from_id=company, to_id=other, amount=amount, key=key, reason="이전",
                **more,  # type: ignore[arg-type]
            )  # fmt: skip
    return house


async def _activities(house: House) -> None:
    """In a house with the small program: one approved, one revoked, one that earned nothing, one rejected."""
    workshop = replace(house, plugins=Plugins({"workshop": Workshop()}))
    filer = await member(workshop, await organization(workshop, 3), "filer", main=True)
    operator = await staff(workshop, "of_workshop", Role.OPERATOR)
    async with workshop.work(filer) as work:
        visits = [
            Visit(topic=f"{n}", held_on=date(2026, 2, n), people=people) for n, people in enumerate((2, 3, 0, 4), 1)
        ]
        drafted = await draft_filing(
            work, program=CODE, type_code="visit", organization_id=filer.organization_id or 0,
            rows=[Row(facts=visit) for visit in visits],
        )  # fmt: skip
        await submit_filing(work, drafted.id)
    async with workshop.work(operator) as work:
        await decide_filing(work, drafted.id, approve=True, except_rows={4: "증빙 없음"})
        await revoke_activity(work, 2, "중복")
