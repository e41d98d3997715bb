"""A house with the deeds program and one plugin under test: a company that files, staff who decide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from core.benefits import write_declared_benefits
from core.house import House
from core.identity import SignedUp
from tests.core.identity.scene import enter, join, staff
from tests.support.client import Client, asking
from tests.support.plugins import declaring, plugged, plugin, program

DRAFT = """mutation ($rows: [FilingRowInput!]!) {
  draftFiling(input: {program: "deeds", activityType: "deed", rows: $rows}) { filing { id } errors { code path } }
}"""
SUBMIT = "mutation ($id: ID!) { submitFiling(input: {id: $id}) { filing { status } errors { code path } } }"
DECIDE = """mutation ($id: ID!, $approve: Boolean!) {
  decideFiling(input: {id: $id, approve: $approve, reason: "이유"}) { filing { status } errors { code path } }
}"""
ISSUE = """mutation ($benefit: ID!, $points: BigInt!) {
  issueCertificate(input: {benefitId: $benefit, round: "2026-1", points: $points, idempotencyKey: "issue"}) {
    certificate { id number } errors { code path }
  }
}"""
USE = """mutation ($id: ID!) {
  useCertificate(input: {id: $id, idempotencyKey: "use"}) { certificate { number status } errors { code path } }
}"""
RETURN = """mutation ($id: ID!) {
  returnCertificate(input: {id: $id, reason: "미사용", idempotencyKey: "return"}) {
    certificate { number status } errors { code path }
  }
}"""
BALANCE = "{ accounts { nodes { posted held available } } }"
FILINGS = "{ filings { nodes { status } } }"

Objections = list[dict[str, Any]]


@dataclass
class World:
    """Who asks, and short names for what they do. What is objected to is answered, everything else must succeed."""

    house: House
    public: Client
    company: Client
    staff: Client
    organization_id: int

    async def drafted(self, worth: int = 100, done_on: str = "2026-02-02") -> str:
        rows = [{"facts": {"deed": {"doneOn": done_on, "worth": worth}}}]
        return str((await self.company.change(DRAFT, rows=rows))["filing"]["id"])

    async def submitted(self, worth: int = 100, done_on: str = "2026-02-02") -> str:
        filing = await self.drafted(worth, done_on)
        await self.company.change(SUBMIT, id=filing)
        return filing

    async def earned(self, worth: int = 100) -> None:
        await self.staff.change(DECIDE, id=await self.submitted(worth), approve=True)

    async def benefit(self) -> str:
        (found,) = (await self.public.ask("{ benefits { nodes { id } } }"))["benefits"]["nodes"]
        return str(found["id"])

    async def issued(self, points: int = 50) -> dict[str, Any]:
        certificate: dict[str, Any] = (await self.company.change(ISSUE, benefit=await self.benefit(), points=points))[
            "certificate"
        ]
        return certificate

    async def balance(self) -> list[dict[str, int]]:
        found: list[dict[str, int]] = (await self.company.ask(BALANCE))["accounts"]["nodes"]
        return found

    async def statuses(self) -> list[str]:
        return [each["status"] for each in (await self.company.ask(FILINGS))["filings"]["nodes"]]


@asynccontextmanager
async def world(house: House, **hooks: Callable[..., Any]) -> AsyncIterator[World]:
    """The world with a plugin that implements these hooks."""
    plugins = plugged(deeds=declaring(program()), tested=plugin(**hooks))
    ours = replace(house, plugins=plugins)
    async with ours.work() as work:
        await write_declared_benefits(work)
    joined: SignedUp = await join(ours, login_id="doer")
    await staff(ours, login_id="thanks-office")
    async with asking(ours) as public:
        tokens = [(await enter(ours, login)).token for login in ("doer", "thanks-office")]
        company, office = (public.signed_in(token) for token in tokens)
        yield World(ours, public, company, office, joined.organization_id)
        await ours.plugins.observers.settled()
