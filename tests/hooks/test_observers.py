"""Observers are told after the commit, of nothing that was undone, and can harm nobody by failing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import pytest

from core import Award, Party, hookimpl
from core.activities import ActivityDecided, decide_filing
from core.audit import Event
from core.benefits import CertificateSettled, use_certificate
from core.database import plain_url
from core.house import House
from core.ledgers import Posted
from schema.global_ids import key_of
from tests.hooks.world import DECIDE, RETURN, USE, World, world
from tests.support.client import Client, asking
from tests.support.plugins import Deed, declaring, plugged, plugin, program


async def test_activity_decided_tells_of_each_activity_what_it_earned(house: House) -> None:
    told: list[ActivityDecided] = []

    # docs: begin activity_decided
    @hookimpl
    def activity_decided(decided: ActivityDecided) -> None:
        if decided.program == "deeds":
            told.append(decided)

    # docs: end
    async with world(house, activity_decided=activity_decided) as here:
        await here.earned(worth=70)
        await here.staff.change(DECIDE, id=await here.submitted(worth=5), approve=False)
    approved, rejected = told
    assert (approved.activity_type, approved.facts) == ("deed", Deed(done_on=date(2026, 2, 2), worth=70))
    assert (approved.approved, approved.award, approved.reason) == (True, Award({Party.SUBJECT: 70}), "이유")
    assert (rejected.approved, rejected.award, rejected.reason) == (False, None, "이유")


async def test_posted_tells_of_points_that_moved(house: House) -> None:
    told: list[Posted] = []

    # docs: begin posted
    @hookimpl
    def posted(posted: Posted) -> None:
        told.append(posted)

    # docs: end
    async with world(house, posted=posted) as here:
        await here.earned(worth=70)
        certificate = await here.issued(50)
        await here.staff.change(USE, id=certificate["id"])
        company = here.organization_id
    assert [(each.posting.kind, dict(each.posting.amounts)) for each in told] == [
        ("earn", {company: 70}), ("hold", {company: -50}), ("use", {company: -50}),
    ]  # fmt: skip
    assert len({each.transaction_id for each in told}) == 3


async def test_posted_does_not_tell_twice_of_a_request_sent_again(house: House) -> None:
    told: list[Posted] = []
    async with world(house, posted=lambda posted: told.append(posted)) as here:
        await here.earned(worth=70)
        assert (await here.issued(50)) == (await here.issued(50))
    assert [each.posting.kind for each in told] == ["earn", "hold"]


async def test_certificate_settled_tells_how_a_certificate_ended(house: House) -> None:
    told: list[CertificateSettled] = []

    # docs: begin certificate_settled
    @hookimpl
    def certificate_settled(settled: CertificateSettled) -> None:
        told.append(settled)

    # docs: end
    async with world(house, certificate_settled=certificate_settled) as here:
        await here.earned(worth=70)
        certificate = await here.issued(50)
        assert told == []
        await here.company.change(RETURN, id=certificate["id"])
        company = here.organization_id
    assert told == [
        CertificateSettled(
            number=certificate["number"], program="deeds", organization_id=company, status="returned", points=50
        )
    ]


async def test_audit_recorded_tells_of_every_change_as_it_is_on_record(house: House) -> None:
    told: list[Event] = []

    # docs: begin audit_recorded
    @hookimpl
    def audit_recorded(event: Event) -> None:
        if event.action.startswith("filing."):
            told.append(event)

    # docs: end
    async with world(house, audit_recorded=audit_recorded) as here:
        await here.submitted()
        company = here.organization_id
        async with here.house.database.reading() as tx:
            written = "SELECT action, organization_id FROM audit_event WHERE action LIKE 'filing.%' ORDER BY id"
            rows = [tuple(row) for row in await tx.connection.fetch(written)]
    assert rows == [(event.action, event.organization_id) for event in told]
    assert rows == [("filing.drafted", company), ("filing.submitted", company)]


# Every observer, with what makes it be told.
OBSERVERS = ("activity_decided", "posted", "certificate_settled", "audit_recorded")
ARGUMENTS = {"activity_decided": "decided", "posted": "posted", "certificate_settled": "settled"}


def listening(hook: str, listener: Callable[[], None]) -> Callable[..., None]:
    """An implementation of that hook that calls the listener."""
    argument = ARGUMENTS.get(hook, "event")
    made: dict[str, Any] = {"listener": listener}
    exec(f"def {hook}({argument}):\n    listener()", made)
    implementation: Callable[..., None] = made[hook]
    return implementation


@asynccontextmanager
async def settling(house: House, hook: str, listener: Callable[[], None]) -> AsyncIterator[tuple[World, str, str]]:
    """A world where a listener hears one hook, with a filing to decide and a certificate to use."""
    async with world(house) as quiet:
        await quiet.earned(worth=100)
        certificate = await quiet.issued(50)
        filing = await quiet.submitted(worth=7)
    async with reopened(quiet, hook, listener) as here:
        yield here, filing, certificate["id"]


@asynccontextmanager
async def reopened(quiet: World, hook: str, listener: Callable[[], None]) -> AsyncIterator[World]:
    """The same house and people, with a plugin that listens."""
    plugins = plugged(deeds=declaring(program()), tested=plugin(**{hook: listening(hook, listener)}))
    ours = replace(quiet.house, plugins=plugins)
    async with asking(ours) as public:
        company, office = (moved(public, each) for each in (quiet.company, quiet.staff))
        yield World(ours, public, company, office, quiet.organization_id)
        await plugins.observers.settled()


def moved(public: Client, before: Client) -> Client:
    """The same person, asking here."""
    return public.signed_in(before.headers["authorization"].removeprefix("Bearer "))


def committed(house: House, question: str) -> Any:
    """What another connection sees at this moment, asked for without letting anything else run."""
    url = house.settings.database_url
    assert url is not None

    async def ask() -> Any:
        connection = await asyncpg.connect(plain_url(url))
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ask()).result()


DONE = {
    "activity_decided": "SELECT count(*) FROM activity WHERE points_subject = 7",
    "posted": "SELECT count(*) FROM lot WHERE amount = 7",
    "certificate_settled": "SELECT count(*) FROM certificate WHERE status = 'used'",
    "audit_recorded": "SELECT count(*) FROM audit_event WHERE action = 'certificate.used'",
}


@pytest.mark.parametrize("hook", OBSERVERS)
async def test_an_observer_is_told_once_the_change_is_committed(house: House, hook: str) -> None:
    seen: list[int] = []
    async with settling(house, hook, lambda: seen.append(committed(house, DONE[hook]))) as (here, filing, certificate):
        if hook in ("certificate_settled", "audit_recorded"):
            await here.staff.change(USE, id=certificate)
        else:
            await here.staff.change(DECIDE, id=filing, approve=True)
    assert seen == [1]


@pytest.mark.parametrize("hook", OBSERVERS)
async def test_an_observer_is_told_nothing_of_what_was_undone(house: House, hook: str) -> None:
    told: list[str] = []
    async with settling(house, hook, lambda: told.append(hook)) as (here, filing, certificate):
        with pytest.raises(ZeroDivisionError):
            async with here.house.work() as work:
                await decide_filing(work, key_of(filing, "Filing"), approve=True)
                await use_certificate(work, key_of(certificate, "Certificate"), key="use")
                raise ZeroDivisionError
        assert await here.balance() == [{"posted": 100, "held": 50, "available": 50}]
    assert told == []


@pytest.mark.parametrize("hook", OBSERVERS)
async def test_an_observer_that_fails_harms_nobody_and_is_logged(
    house: House, hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("the observer's own trouble")

    async with settling(house, hook, fail) as (here, filing, certificate):
        with caplog.at_level(logging.ERROR):
            await here.staff.change(DECIDE, id=filing, approve=True)
            await here.staff.change(USE, id=certificate)
        assert await here.balance() == [{"posted": 57, "held": 0, "available": 57}]
    assert {record.getMessage() for record in caplog.records} == {f"plugin tested failed while listening to {hook}"}
