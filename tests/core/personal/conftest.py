"""A house with placements: a university that files, the company they are about, staff, and everybody as a client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from core.activities import Filing, Row, decide_filing, draft_filing, submit_filing
from core.actor import Actor, Role
from core.house import House
from tests.core.identity.scene import acting, enter, join, staff
from tests.core.personal.placements import SEEN_BY_RULES, Placement, kept_five_years, placements
from tests.support.client import Client, asking
from tests.support.numbers import business_number
from tests.support.world import rows

HONG = Placement(student="홍길동", student_number="20231234", phone="010-1234-5678", began_on=date(2026, 1, 5), weeks=8)


@dataclass
class Campus:
    """Who asks, and short names for what they do."""

    house: House
    university: Actor
    company: Actor
    clients: dict[str, Client]

    async def filed(self, *facts: Placement, approved: bool = True) -> Filing:
        """Placements at the company: submitted, and approved."""
        about = business_number(2)
        async with self.house.work(self.university) as work:
            made = await draft_filing(
                work,
                program="deeds",
                type_code="placement",
                organization_id=self.university.organization_id or 0,
                rows=[Row(facts=each, business_number=about) for each in facts],
            )
            made = await submit_filing(work, made.id)
        if approved:
            async with self.house.work() as work:
                made = await decide_filing(work, made.id, approve=True)
        return made

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        return await rows(self.house, sql, *arguments)

    async def events(self, action: str) -> list[dict[str, Any]]:
        return await self.rows(
            "SELECT actor_id, organization_id, subject_id, before, after FROM audit_event WHERE action = $1"
            " ORDER BY id",
            action,
        )

    async def facts_seen_by(self, who: str) -> list[Any]:
        query = "{ activities { nodes { facts { ... on Placement { student studentNumber phone weeks } } } } }"
        nodes = (await self.clients[who].ask(query))["activities"]["nodes"]
        return [tuple(each["facts"].values()) for each in nodes]


@pytest.fixture(params=[{}], ids=["no retention"])
async def campus(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Campus]:
    SEEN_BY_RULES.clear()
    ours = replace(house, plugins=placements(**request.param))
    await join(ours, 1, "university")
    await join(ours, 2, "company")
    people = {"reviewer": Role.REVIEWER, "operator": Role.OPERATOR, "auditor": Role.AUDITOR}
    for login, role in people.items():
        await staff(ours, role, login)
    async with asking(ours) as public:
        names = ("university", "company", *people)
        clients = {name: public.signed_in((await enter(ours, name)).token) for name in names} | {"public": public}
        yield Campus(ours, await acting(ours, "university"), await acting(ours, "company"), clients)


keeping = pytest.mark.parametrize("campus", [kept_five_years()], indirect=True, ids=["five years"])
