"""What core's own jobs do: each of them once, by a worker, on an empty house and on one where something is due."""

from __future__ import annotations

import asyncio
from datetime import date

from core.house import House
from core.jobs import Schedule, Worker
from core.upkeep import CORE_JOBS, jobs_of
from tests.support.clock import SetClock
from tests.support.jobs import jobs_on_record, run_due
from tests.support.ledger import Points, organizations

PERIODIC = [kind for kind in CORE_JOBS if kind.schedule is not None]


async def test_every_periodic_job_runs_once_for_the_last_moment_it_was_due(house: House, clock: SetClock) -> None:
    assert await run_due(house, *PERIODIC) == len(PERIODIC)
    assert await run_due(house, *PERIODIC) == 0
    rows = await jobs_on_record(house)
    assert {row["name"] for row in rows} == {kind.name for kind in PERIODIC}
    assert {row["state"] for row in rows} == {"done"}
    expiry = next(row for row in rows if row["name"] == "core.expire")
    assert expiry["scheduled_for"].astimezone(clock().tzinfo) == clock().replace(hour=0, minute=5)


async def test_servers_that_look_at_once_run_each_periodic_job_once(house: House) -> None:
    assert sum(await asyncio.gather(*(run_due(house, *PERIODIC) for _ in range(4)))) == len(PERIODIC)
    assert len(await jobs_on_record(house)) == len(PERIODIC)


async def test_of_missed_moments_the_last_is_made_up_for(house: House, clock: SetClock) -> None:
    expiry = next(kind for kind in PERIODIC if kind.name == "core.expire")
    await run_due(house, expiry)
    clock.forward(days=10)
    assert await run_due(house, expiry) == 1
    assert len(await jobs_on_record(house)) == 2


async def test_an_unfinished_run_is_not_overtaken_by_the_next(house: House, clock: SetClock) -> None:
    """Another server holds today's; tomorrow's waits for it, however many servers look."""
    expiry = next(kind for kind in PERIODIC if kind.name == "core.expire")
    async with house.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO job (name, arguments, state, runner, scheduled_for, queued_at)"
            " VALUES ('core.expire', '{}', 'running', 'another', $1, $1)",
            clock(),
        )
        await tx.connection.execute(
            "INSERT INTO pgqueuer (priority, status, entrypoint, dedupe_key, payload, heartbeat)"
            " SELECT 0, 'picked', name, 'job:' || id, id::text::bytea, now() + interval '1 hour' FROM job"
        )
    clock.forward(days=1)
    assert await run_due(house, expiry) == 0
    async with house.database.transaction() as tx:
        await tx.connection.execute("UPDATE job SET state = 'done', finished_at = now()")
    assert await run_due(house, expiry) == 1


async def test_the_night_writes_off_what_has_expired(house: House, clock: SetClock) -> None:
    here = Points(house, "mileage_innovation", "innovation_mileage")
    (company,) = await organizations(house, 1)
    await here.earn(company, 500, on=date(2021, 1, 4), until=date(2026, 3, 3))
    await here.earn(company, 300, on=date(2025, 1, 4), until=date(2030, 1, 4))
    await run_due(house, *PERIODIC)
    assert (await here.balance(company)).posted == 800
    clock.forward(days=1)
    await run_due(house, *PERIODIC)
    assert (await here.balance(company)).posted == 300


async def test_old_jobs_are_forgotten_but_for_the_last_run_of_each(house: House, clock: SetClock) -> None:
    await run_due(house, *PERIODIC)
    clock.forward(days=40)
    forget = next(kind for kind in PERIODIC if kind.name == "core.forget")
    await run_due(house, forget)
    await run_due(house, *PERIODIC)
    clock.forward(days=3)
    await run_due(house, forget)
    rows = [row for row in await jobs_on_record(house) if row["name"] == "core.seal"]
    assert len(rows) == 1


def test_schedules_are_read_by_seouls_clocks(clock: SetClock) -> None:
    daily = Schedule("5 0 * * *")
    assert f"{daily.last_due(clock()):%F %R %z}" == "2026-03-02 00:05 +0900"
    assert f"{daily.next_due(clock()):%F %R %z}" == "2026-03-03 00:05 +0900"
    assert Schedule("* * * * *").last_due(clock()) == clock().replace(second=0, microsecond=0)


def test_a_house_knows_cores_jobs_and_its_plugins(house: House) -> None:
    assert {kind.name for kind in CORE_JOBS} <= set(jobs_of(house))
    assert Worker(house, CORE_JOBS).kinds.keys() == {kind.name for kind in CORE_JOBS}
