"""Big lists as jobs: written by a worker with the rights of that moment, for whoever asked, for a day."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import openpyxl
import pytest

from core.benefits import write_declared_benefits
from core.files import DocumentStore, tidy_documents
from core.house import House
from core.jobs import Worker
from schema.build import DureSchema
from schema.cli.working import drain_jobs
from schema.http.exports import XLSX
from schema.queued_exports import export_job
from tests.core.identity.scene import acting, enter, join
from tests.support.client import Client, asking
from tests.support.clock import SetClock
from tests.support.files import files_of_documents
from tests.support.jobs import jobs_on_record, run_due
from tests.support.servers import ROOT

STANDINGS = """query { viewer { organization { standings(orderBy: [{field: ID}]) { export { path } } } } }"""
QUEUE = """mutation ($path: String!) { queueExport(input: {path: $path}) {
  job { id state } errors { code path message } } }"""
JOB = "query ($id: ID!) { job(id: $id) { name state done total result problems } }"
FILL = """INSERT INTO standing (organization_id, kind, holds, valid_from, evidence)
  SELECT $1, 'sme', n % 2 = 0, DATE '2000-01-01' + n % 9000, '확인서 ' || n FROM generate_series(1, $2::int) n"""


@dataclass
class Desk:
    """Two companies, one of which has a list worth writing."""

    house: House
    schema: DureSchema
    one: Client
    two: Client
    public: Client

    async def path(self, who: Client) -> str:
        found = await who.ask(STANDINGS)
        return str(found["viewer"]["organization"]["standings"]["export"]["path"])

    async def queued(self, who: Client) -> str:
        job = (await who.change(QUEUE, path=await self.path(who)))["job"]
        assert job["state"] == "QUEUED"
        return str(job["id"])

    async def work(self) -> int:
        return await run_due(self.house, export_job(lambda: self.schema))

    async def watched(self, who: Client, job: str) -> dict[str, Any]:
        found: dict[str, Any] = (await who.ask(JOB, id=job))["job"]
        return found

    async def done(self, who: Client) -> dict[str, Any]:
        """The result of an export that was asked for and written."""
        job = await self.queued(who)
        await self.work()
        result: dict[str, Any] = (await self.watched(who, job))["result"]
        return result

    async def written(self) -> list[Any]:
        async with self.house.database.reading() as tx:
            return list(await tx.connection.fetch("SELECT * FROM audit_event WHERE action = 'export.written'"))


@pytest.fixture
async def desk(house: House, schema: DureSchema) -> AsyncIterator[Desk]:
    async with house.work() as work:
        await write_declared_benefits(work)
    await join(house, 1, "one")
    await join(house, 2, "two")
    own = (await acting(house, "one")).organization_id
    async with house.work() as work:
        await work.tx.connection.execute(FILL, own, 2_500)
    async with asking(house, schema) as public:
        clients = [public.signed_in((await enter(house, login)).token) for login in ("one", "two")]
        yield Desk(house, schema, *clients, public)


async def test_a_worker_writes_the_list_and_whoever_asked_reads_it_back(desk: Desk) -> None:
    job = await desk.queued(desk.one)
    await drain_jobs(desk.house)  # as `dure worker --drain` does
    found = await desk.watched(desk.one, job)
    assert (found["name"], found["state"], found["done"], found["total"]) == ("core.export", "DONE", 2_500, 2_500)
    assert found["result"]["rows"] == 2_500
    assert found["result"]["expiresAt"] == "2026-03-03T09:00:00+09:00"
    answer = await desk.one.get(found["result"]["path"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0].values)
    assert len(rows) == 2_501
    assert rows[2_500][4] == "확인서 2500"
    (event,) = await desk.written()
    assert event["after"]["rows"] == 2_500
    assert event["actor_id"] == (await acting(desk.house, "one")).member_id


async def test_nobody_else_can_fetch_it(desk: Desk) -> None:
    path = (await desk.done(desk.one))["path"]
    assert (await desk.two.get(path)).status_code == 404
    assert (await desk.public.get(path)).status_code == 401
    assert (await desk.one.get("/documents/exports/x.xlsx")).status_code == 404
    async with desk.house.work() as work:
        await work.tx.connection.execute("UPDATE member SET deactivated_at = now() WHERE login_id = 'one'")
    assert (await desk.one.get(path)).status_code == 401


async def test_after_a_day_it_is_gone_and_the_tidying_removes_its_bytes(desk: Desk, clock: SetClock) -> None:
    path = (await desk.done(desk.one))["path"]
    clock.forward(hours=23, minutes=59)
    await tidy_documents(desk.house)
    one = desk.public.signed_in((await enter(desk.house, "one")).token)
    assert (await one.get(path)).status_code == 200
    clock.forward(minutes=1)
    assert (await one.get(path)).status_code == 404
    assert len(files_of_documents(desk.house.settings.data_dir)) == 1
    assert (await tidy_documents(desk.house)).files == 1
    assert files_of_documents(desk.house.settings.data_dir) == []


async def test_the_sweep_of_loose_bytes_spares_what_a_job_keeps(desk: Desk, clock: SetClock) -> None:
    await desk.done(desk.one)
    store = DocumentStore.of(desk.house.settings)
    await store.put(f"ab/{'ab' * 32}-{'0' * 12}", io.BytesIO(b"x"))
    async with desk.house.work() as work:
        await work.tx.connection.execute("UPDATE job SET file_until = '2199-01-01'")
    later = SetClock(date(2198, 1, 1))
    assert (await tidy_documents(replace(desk.house, clock=later))).files == 1
    assert len(files_of_documents(desk.house.settings.data_dir)) == 1


async def test_a_forged_path_another_members_and_an_old_one_are_refused(desk: Desk, clock: SetClock) -> None:
    path = await desk.path(desk.one)
    token = path.split("/")[2]
    forged = [path.replace(token, "A" + token[1:]), path.replace(token, token[:60]), "", "/etc/passwd", path + "x"]
    for each in forged:
        (error,) = await desk.one.objections(QUEUE, path=each)
        assert (error["code"], error["path"]) == ("EXPORT_PATH_INVALID", ["path"]), each
        assert "Send the path of `export`" in error["message"]
    (error,) = await desk.two.objections(QUEUE, path=path)
    assert error["code"] == "EXPORT_PATH_INVALID"
    assert (await desk.public.send(QUEUE, path=path))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    clock.forward(minutes=11)
    (error,) = await desk.one.objections(QUEUE, path=path)
    assert error["code"] == "EXPORT_PATH_EXPIRED"
    assert await jobs_on_record(desk.house) == []


async def test_rights_are_those_of_the_moment_it_runs(desk: Desk) -> None:
    job = await desk.queued(desk.one)
    async with desk.house.work() as work:
        await work.tx.connection.execute("UPDATE member SET deactivated_at = now() WHERE login_id = 'one'")
    await desk.work()
    (row,) = await jobs_on_record(desk.house)
    assert (row["state"], row["file_key"], row["content"]) == ("refused", None, None), job
    assert row["problems"][0]["code"] == "NOT_ALLOWED"
    assert await desk.written() == []
    assert files_of_documents(desk.house.settings.data_dir) == []


async def test_a_member_has_twenty_at_a_time(desk: Desk) -> None:
    path = await desk.path(desk.one)
    answers = await asyncio.gather(*(desk.one.ask(QUEUE, path=path) for _ in range(22)))
    codes = [error["code"] for each in answers for error in each["queueExport"]["errors"]]
    assert codes == ["EXPORTS_WAITING"] * 2
    assert len(await jobs_on_record(desk.house)) == 20


@pytest.mark.parametrize("point", ["writing", "stored", "finishing"])
async def test_a_worker_killed_on_the_way_leaves_nothing_and_it_is_done_once(desk: Desk, point: str) -> None:
    job = await desk.queued(desk.one)
    settings = desk.house.settings
    command = [sys.executable, "-m", "tests.schema.killed_export", str(settings.database_url), str(settings.data_dir)]
    killed = await asyncio.to_thread(
        subprocess.run, [*command, point], cwd=ROOT, env=os.environ, timeout=90, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    (row,) = await jobs_on_record(desk.house)
    assert (row["state"], row["file_key"], await desk.written()) == ("running", None, [])
    async with desk.house.database.transaction() as tx:  # as if it had been silent for long
        await tx.connection.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 hour'")
    await Worker(desk.house, [export_job(lambda: desk.schema)]).drain()
    result = (await desk.watched(desk.one, job))["result"]
    assert (await desk.one.get(result["path"])).status_code == 200
    assert len(await desk.written()) == 1
    assert list((settings.data_dir / "making").glob("*")) == []
