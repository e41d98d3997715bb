"""A house with the small program and somebody who watches, and the people of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from core.activities import (
    Filing,
    Row,
    amend_filing,
    cancel_filing,
    decide_filing,
    draft_filing,
    request_supplement,
    submit_filing,
)
from core.actor import Actor, Role
from core.house import House
from core.plugins import Plugins
from tests.core.activities.workshop import CODE, Deposit, Visit, Watcher, Workshop
from tests.support.numbers import business_number
from tests.support.world import member, organization, rows, staff

PARTNER = 2  # the serial of the company that rows are about


@dataclass
class Scene:
    """The house as its people use it."""

    house: House
    filer: Actor
    reviewer: Actor
    other_reviewer: Actor
    operator: Actor
    partner: int

    async def draft(
        self,
        *rows: Any,
        kind: str = "visit",
        actor: Actor | None = None,
        organization_id: int | None = None,
        **more: Any,
    ) -> Filing:
        who = actor or self.filer
        async with self.house.work(who) as work:
            return await draft_filing(
                work,
                program=CODE,
                type_code=kind,
                organization_id=organization_id or self.filer.organization_id or 0,
                rows=[row if isinstance(row, Row) else Row(facts=row) for row in rows],
                **more,
            )

    async def submit(self, filing: Filing, actor: Actor | None = None) -> Filing:
        async with self.house.work(actor or self.filer) as work:
            return await submit_filing(work, filing.id)

    async def filed(self, *rows: Any, kind: str = "visit", actor: Actor | None = None, **more: Any) -> Filing:
        """Drafted and submitted."""
        drafted = await self.draft(*rows, kind=kind, actor=actor, **more)
        return await self.submit(drafted, actor)

    async def decide(
        self, filing: Filing, approve: bool = True, reason: str = "", actor: Actor | None = None, **more: Any
    ) -> Filing:
        async with self.house.work(actor or self.reviewer) as work:
            return await decide_filing(work, filing.id, approve=approve, reason=reason, **more)

    async def rows(self, filing: Filing) -> list[dict[str, Any]]:
        return await rows(self.house, "SELECT * FROM activity WHERE filing_id = $1 ORDER BY line", filing.id)

    async def statuses(self, filing: Filing) -> tuple[str, Sequence[str]]:
        (found,) = await rows(self.house, "SELECT status FROM filing WHERE id = $1", filing.id)
        return found["status"], [row["status"] for row in await self.rows(filing)]


async def amend(scene: Scene, filing: Filing, *facts: Any, actor: Actor | None = None) -> None:
    async with scene.house.work(actor or scene.filer) as work:
        await amend_filing(work, filing.id, [each if isinstance(each, Row) else Row(facts=each) for each in facts])


async def cancel(scene: Scene, filing: Filing, actor: Actor | None = None) -> None:
    async with scene.house.work(actor or scene.filer) as work:
        await cancel_filing(work, filing.id)


async def supplement(scene: Scene, filing: Filing, reason: str = "증빙 누락", actor: Actor | None = None) -> Filing:
    async with scene.house.work(actor or scene.reviewer) as work:
        return await request_supplement(work, filing.id, reason)


def visit(topic: str = "용접", people: int = 2, on: date = date(2026, 2, 2)) -> Visit:
    return Visit(topic=topic, held_on=on, people=people)


def deposit(amount: int, agreement: str = "A", on: date = date(2026, 2, 2)) -> Deposit:
    return Deposit(agreement=agreement, paid_on=on, amount=amount)


def about(facts: Any, serial: int = PARTNER) -> Row:
    return Row(facts=facts, business_number=business_number(serial), stated_name="협력 공방")


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def workshop(house: House, watcher: Watcher) -> House:
    """The house with these two plugins and no other."""
    return replace(house, plugins=Plugins({"workshop": Workshop(), "watcher": watcher}))


@pytest.fixture
async def scene(workshop: House, watcher: Watcher) -> Scene:
    made = Scene(
        house=workshop,
        filer=await member(workshop, await organization(workshop, 1), "hanbit", main=True),
        reviewer=await staff(workshop, "reviewer_a", programs=[CODE]),
        other_reviewer=await staff(workshop, "reviewer_b"),
        operator=await staff(workshop, "operator", Role.OPERATOR),
        partner=await organization(workshop, PARTNER),
    )
    watcher.heard.clear()
    return made
