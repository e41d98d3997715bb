"""Whose job is next: organizations take turns, a member has a limit, and what people wait for waits behind nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.actor import Actor
from core.errors import Refused
from core.house import House
from core.identity import PersonDetails
from core.identity.people import add_person
from core.jobs import JobKind, Task, Worker, queue_job
from core.jobs.service import queue_jobs
from core.jobs.worker import AT_ONCE
from core.language import Text
from core.messages import DELIVER, DELIVER_CODE, queue_message
from core.upkeep import CORE_JOBS
from schema.build import DureSchema
from schema.queued_exports import export_job
from schema.queued_sheets import TAKE_SHEET
from tests.core.identity.scene import main_user
from tests.support.jobs import jobs_on_record, run_due
from tests.support.ledger import organizations
from tests.support.world import at_once, connected


def kind(run: Any, name: str = "test.job", **changes: Any) -> JobKind:
    return JobKind(name=name, names=Text("시험", "test"), run=run, **changes)


class Log:
    """A job that writes down whose it was."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, task: Task) -> None:
        self.seen.append(task.arguments["of"])


async def queue(house: House, of: JobKind, organization: int, name: str, count: int = 1) -> None:
    for number in range(count):
        async with house.work(Actor(organization_id=organization)) as work:
            await queue_job(work, of, {"of": f"{name}{number}"})


async def test_a_hundred_jobs_of_one_delay_the_one_job_of_another_by_one(house: House) -> None:
    many, few = await organizations(house, 2)
    log = Log()
    of = kind(log)
    await queue(house, of, many, "many", 100)
    await queue(house, of, few, "few")
    assert await run_due(house, of) == 101
    assert log.seen.index("few0") <= 1
    assert [each for each in log.seen if each != "few0"] == [f"many{number}" for number in range(100)]


async def test_organizations_take_turns_whatever_kind_their_jobs_are(house: House) -> None:
    first, second, third = await organizations(house, 3)
    log = Log()
    kinds = [kind(log, f"test.job_{number}") for number in range(3)]
    for of, organization, name, count in zip(kinds, (first, second, third), "abc", (5, 3, 2), strict=True):
        await queue(house, of, organization, name, count)
    await run_due(house, *kinds)
    assert log.seen == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "a3", "a4"]


async def test_whoever_comes_late_begins_at_the_present_turn(house: House) -> None:
    """It does not make up for turns in which it asked for nothing."""
    early, late = await organizations(house, 2)
    log = Log()
    of = kind(log)
    await queue(house, of, early, "early", 6)
    assert await Worker(house, [of]).drain(most=3) == 3
    await queue(house, of, late, "late", 3)
    await run_due(house, of)
    assert log.seen[3:] == ["early3", "late0", "early4", "late1", "early5", "late2"]


async def test_many_that_follow_from_one_change_leave_turns_to_organizations(house: House) -> None:
    """A thousand notices are queued by the system in one go."""
    (company,) = await organizations(house, 1)
    log = Log()
    bulk, single = kind(log, "test.bulk"), kind(log, "test.single")
    async with house.work() as work:
        await queue_jobs(work, bulk, [{"of": f"bulk{number}"} for number in range(200)], own=False)
    await queue(house, single, company, "single")
    await run_due(house, bulk, single)
    assert log.seen.index("single0") <= 1


# ----------------------------------------------------------------------------------------------------------- a limit


async def test_a_member_has_a_limit_of_each_kind_and_is_told_the_number(house: House) -> None:
    log = Log()
    of, other = kind(log, most_waiting=3), kind(log, "test.other", most_waiting=1)
    member, neighbour = await main_user(house), await main_user(house, 2, "byeol")
    await connected(house)

    async def ask(who: Actor, asked: JobKind) -> None:
        async with house.work(who) as work:
            await queue_job(work, asked, {"of": "member"})

    answers, refusals = await at_once(ask(member, of) for _ in range(10))
    assert (len(answers), refusals) == (3, {"JOBS_WAITING": 7})
    with pytest.raises(Refused) as caught:
        async with house.work(member) as work:
            await queue_jobs(work, of, [{"of": "member"}])
    assert "One member may have 3 jobs of this kind waiting (test)." in caught.value.violations[0].message.en
    await ask(member, other)
    await ask(neighbour, of)
    async with house.work(member) as work:  # what nobody asked for has no limit
        await queue_jobs(work, of, [{"of": "system"}] * 10, own=False)
    assert await Worker(house, [of]).drain(most=1) == 1
    await ask(member, of)


def test_every_kind_has_a_limit_a_member_and_at_once() -> None:
    for each in (*CORE_JOBS, TAKE_SHEET, export_job(_no_schema)):
        assert each.at_once >= 1
        assert each.most_waiting >= 1
        assert each.urgent or each.at_once < AT_ONCE, f"{each.name} could take every place"
    for wrong in ({"at_once": 0}, {"most_waiting": 0}):
        with pytest.raises(ValueError, match=r"test\.job"):
            kind(Log(), **wrong)


def _no_schema() -> DureSchema:
    raise NotImplementedError


# ------------------------------------------------------------------------------------------------- what is waited for


@asynccontextmanager
async def working(house: House, *kinds: JobKind) -> AsyncIterator[None]:
    worker = Worker(house, kinds, grace=timedelta(0))
    run = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await run


async def test_what_people_wait_for_runs_while_every_other_place_is_taken(house: House) -> None:
    (company,) = await organizations(house, 1)
    gate, held, sent = asyncio.Event(), asyncio.Semaphore(0), asyncio.Event()

    async def hold(task: Task) -> None:
        held.release()
        await gate.wait()

    async def send(task: Task) -> None:
        sent.set()

    slow = [kind(hold, f"test.slow_{number}", at_once=4) for number in range(2)]
    code = kind(send, "test.code", urgent=True)
    async with working(house, *slow, code):
        for of in slow:
            await queue(house, of, company, "slow", AT_ONCE)
        for _ in range(AT_ONCE):
            await held.acquire()
        await queue(house, code, company, "code")
        async with asyncio.timeout(60):
            await sent.wait()
        assert not gate.is_set()
        gate.set()


async def test_what_people_wait_for_is_first_in_a_drained_queue_too(house: House) -> None:
    (company,) = await organizations(house, 1)
    log = Log()
    of, code = kind(log), kind(log, "test.code", urgent=True)
    await queue(house, of, company, "job", 3)
    await queue(house, code, company, "code")
    await run_due(house, of, code)
    assert log.seen == ["code0", "job0", "job1", "job2"]


async def test_a_code_that_is_good_for_minutes_is_sent_by_a_job_of_its_own_kind(house: House) -> None:
    async with house.work() as work:
        person = await add_person(work, PersonDetails(name="이담당", email="lee@example.com"))
        values = {"login_id": "lee", "code": "1", "minutes": 10}
        await queue_message(work, person, "password_reset", values, good_until=work.now + timedelta(minutes=10))
        await queue_message(work, person, "password_reset", values, good_until=work.now + timedelta(days=30))
        await queue_message(work, person, "password_reset", values)
    assert [row["name"] for row in await jobs_on_record(house)] == [DELIVER_CODE.name, DELIVER.name, DELIVER.name]
