"""A database that is away, read-only or full: what clients are told, what `/readyz` says, and that all of it ends."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from core.benefits import write_declared_benefits
from core.calendar import now_in_seoul
from core.database import Database
from core.database.login import application_url
from core.house import House
from core.migrations import migrate
from core.migrations.login import make_login
from core.plugins import Plugins
from core.settings import Settings
from schema.build import DureSchema
from schema.http.app import application
from tests.schema.test_http import GRAPHQL, JSON
from tests.schema.test_queued_exports import QUEUE
from tests.support.api import SIGN_IN, Account, company
from tests.support.own_postgres import OwnPostgres
from tests.support.servers import running

VIEWER = {"query": "{ viewer { member { loginId } } }"}
PLAIN = {"query": "{ organizations(first: 1) { nodes { id } } }"}
SIGN_OUT = {"query": "mutation { signOut { errors { code } } }"}
SIGNING_IN = {"query": SIGN_IN, "variables": {"input": {"loginId": "hanbit", "password": "Sunrise-2026"}}}
ASKED = 'requestUpload(input: {fileName: "a.pdf", size: 9}) { upload { path } }'
UPLOAD = {"query": f"mutation {{ {ASKED} }}"}
EXPORT = {"query": "{ organizations(first: 1) { export { path } } }"}
PAGES = ("/verify/2026-AAAA", "/seals/latest", "/documents/attachments/1", "/documents/certificates/x.pdf")


@asynccontextmanager
async def asking(house: House, schema: DureSchema) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application(house, schema), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield http


async def post(
    http: httpx.AsyncClient, body: dict[str, Any], who: Account | None = None, accept: str = JSON
) -> httpx.Response:
    headers = {"accept": accept, "accept-language": "en"}
    if who is not None:
        headers["authorization"] = f"Bearer {who.token}"
    return await http.post("/graphql", json=body, headers=headers)


def told(response: httpx.Response) -> tuple[int, str, bool]:
    """The status, the code, and whether a time to try again is given; nothing but errors is answered."""
    answer = response.json()
    assert "data" not in answer
    return response.status_code, answer["errors"][0]["extensions"]["code"], "retry-after" in response.headers


async def checks(http: httpx.AsyncClient) -> tuple[int, bool, dict[str, str]]:
    response = await http.get("/readyz")
    answer = response.json()
    return response.status_code, answer["writable"], answer["checks"]


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await happened():  # noqa: ASYNC110 - a server is waited for
            await asyncio.sleep(0.05)


# ----------------------------------------------------------------------------------------- a database of its own


@pytest.fixture(scope="module")
def own_postgres(installed: Plugins) -> Iterator[OwnPostgres]:
    """A PostgreSQL with a database of the newest shape. Its houses share a folder: that has the keys."""
    postgres = OwnPostgres()
    postgres.start()

    async def prepare() -> None:
        connection = await asyncpg.connect(postgres.url())
        async with connection.transaction():
            await make_login(connection, application_url(postgres.url()))
        await connection.execute("CREATE DATABASE dure")
        await connection.execute("REVOKE CREATE, TEMPORARY ON DATABASE dure FROM PUBLIC")
        await connection.close()
        await migrate(postgres.url("dure"), installed.tables, application_url(postgres.url("dure")))

    asyncio.run(prepare())
    yield postgres
    with suppress(subprocess.CalledProcessError):
        postgres.stop()
    shutil.rmtree(postgres.folder)


@pytest.fixture
async def own(own_postgres: OwnPostgres, installed: Plugins) -> AsyncIterator[House]:
    """A house on it."""
    url = application_url(own_postgres.url("dure"))
    settings = Settings(data_dir=own_postgres.folder / "files", database_url=url, min_free_bytes=0)
    database = await Database.connect(url, size=4)
    house = House(settings=settings, database=database, plugins=installed, clock=now_in_seoul)
    async with house.work() as work:
        await write_declared_benefits(work)
    yield house
    with suppress(Exception):
        await asyncio.wait_for(database.close(), 10)
    house.readers.close()


async def test_while_the_database_is_away_everything_is_503_and_recovers_by_itself(
    own: House, own_postgres: OwnPostgres, schema: DureSchema
) -> None:
    who = await company(own, "hanbit")
    async with asking(own, schema) as http:
        assert (await post(http, VIEWER, who)).status_code == 200
        for mode in ("immediate", "fast"):
            await asyncio.to_thread(own_postgres.stop, mode)
            try:
                for accept in (GRAPHQL, JSON):
                    for body in (VIEWER, PLAIN, SIGN_OUT, SIGNING_IN, UPLOAD):
                        for somebody in (who, None):
                            if somebody is None and body in (SIGN_OUT, UPLOAD):
                                continue  # who is nobody is refused without a look at the database
                            response = await post(http, body, somebody, accept)
                            assert told(response) == (503, "UNAVAILABLE", True)
                            assert response.headers["content-type"].startswith(accept)
                for path in PAGES:
                    response = await http.get(path, headers={"authorization": f"Bearer {who.token}"})
                    assert (response.status_code, "retry-after" in response.headers) == (503, True), path
                response = await http.put("/documents/uploads/x", content=b"1")
                assert (response.status_code, response.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
                status, writable, said = await checks(http)
                assert (status, writable) == (503, False)
                assert said["database"].startswith("failed: ")
                assert (await http.get("/healthz")).status_code == 200
            finally:
                await asyncio.to_thread(own_postgres.start)
            answers = await asyncio.gather(*[post(http, body, who) for body in (VIEWER, PLAIN, UPLOAD) * 4])
            assert {each.status_code for each in answers} == {200}
            assert not [each.text for each in answers if "errors" in each.json()]
            assert (await checks(http))[:2] == (200, True)
        assert own.database.connections.in_use == 0


async def test_who_waits_for_a_connection_is_told_too_when_there_is_none_to_wait_for(
    own: House, own_postgres: OwnPostgres, schema: DureSchema
) -> None:
    who = await company(own, "daon")
    async with asking(own, schema) as http:
        held = [await own.database.connections.take() for _ in range(4)]
        waiting = [asyncio.create_task(post(http, VIEWER, who)) for _ in range(12)]
        await until(lambda: _is(len(own.database.connections.waiting) == 12))
        await asyncio.to_thread(own_postgres.stop)
        try:
            for each in held:
                await own.database.connections.drop(each)
            assert {told(each) for each in await asyncio.gather(*waiting)} == {(503, "UNAVAILABLE", True)}
        finally:
            await asyncio.to_thread(own_postgres.start)
        assert (await post(http, VIEWER, who)).status_code == 200


async def test_a_served_dure_and_its_worker_outlast_a_restart_of_the_database(
    own: House, own_postgres: OwnPostgres
) -> None:
    """Sign-in is 503 meanwhile; then all goes on in the same process, jobs included."""
    who = await company(own, "byeol")
    folder = own_postgres.folder / "files"
    folder.mkdir(exist_ok=True)
    url = own_postgres.url("dure")
    with running(application_url(url), folder, DURE_OWNER_URL=url) as (address, _, process):
        async with httpx.AsyncClient(base_url=address, timeout=60) as http:
            assert (await post(http, VIEWER, who)).status_code == 200
            await asyncio.to_thread(own_postgres.stop)
            for body in (VIEWER, SIGNING_IN, UPLOAD):
                assert told(await post(http, body, who)) == (503, "UNAVAILABLE", True)
            assert (await http.get("/readyz")).status_code == 503
            await asyncio.to_thread(own_postgres.start)
            assert (await post(http, VIEWER, who)).json()["data"]["viewer"]["member"] == {"loginId": "byeol"}
            signed = (await post(http, SIGNING_IN)).json()["data"]["signIn"]
            assert signed["errors"][0]["code"].startswith("IDENTITY_"), "nobody of that name, and no outage"
            await until(lambda: _writable(http))
            path = (await post(http, EXPORT, who)).json()["data"]["organizations"]["export"]["path"]
            queued = await post(http, {"query": QUEUE, "variables": {"path": path}}, who)
            assert queued.json()["data"]["queueExport"]["errors"] == []
            done = "SELECT count(*) FROM job WHERE asked_by = $1 AND state = 'done'"
            await until(lambda: _exists(own, done, who.member_id))
            assert process.poll() is None


async def _exists(house: House, sql: str, *arguments: object) -> bool:
    async with house.database.reading() as tx:
        return bool(await tx.connection.fetchval(sql, *arguments))


async def _is(value: bool) -> bool:
    return value


async def test_a_read_only_database_is_told_from_one_that_is_away(
    own: House, own_postgres: OwnPostgres, schema: DureSchema
) -> None:
    who = await company(own, "sori")
    owner = await asyncpg.connect(own_postgres.url())
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dure'"
    async with asking(own, schema) as http:
        await owner.execute("ALTER DATABASE dure SET default_transaction_read_only = on")
        await owner.fetch(others)
        assert (await post(http, VIEWER, who)).json()["data"]["viewer"]["member"] == {"loginId": "sori"}
        for accept in (GRAPHQL, JSON):
            assert told(await post(http, UPLOAD, who, accept)) == (503, "READ_ONLY", True)
        status, writable, said = await checks(http)
        assert (status, writable, said["database"]) == (503, False, "ok")
        assert said["writes"] == "the database is read-only"
        await owner.execute("ALTER DATABASE dure RESET default_transaction_read_only")
        # nobody ends the connections that are read-only: each is given up at the write it refuses
        await until(lambda: _done(http, who))
        await until(lambda: _writable(http))
    await owner.close()


async def _done(http: httpx.AsyncClient, who: Account) -> bool:
    return (await post(http, UPLOAD, who)).status_code == 200


async def _writable(http: httpx.AsyncClient) -> bool:
    return (await checks(http))[1]


@pytest.fixture
def small_disk(own_postgres: OwnPostgres) -> Iterator[Path]:
    """A disk of eight megabytes that PostgreSQL may write to."""
    folder = own_postgres.folder / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this user may not mount a small disk")
    if own_postgres.server.system_user is not None:
        shutil.chown(folder, own_postgres.server.system_user)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_disk_that_is_full_is_507_and_not_ready(
    own: House, own_postgres: OwnPostgres, schema: DureSchema, small_disk: Path
) -> None:
    """The audit lies on a small disk, and something else fills it."""
    who = await company(own, "maru")
    owner = await asyncpg.connect(own_postgres.url("dure"))
    await owner.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    await owner.execute("ALTER TABLE audit_event SET TABLESPACE small")
    await owner.execute("CREATE TABLE filler (a text) TABLESPACE small")
    await owner.execute("ALTER TABLE filler ALTER a SET STORAGE PLAIN")
    with pytest.raises(asyncpg.DiskFullError):
        while True:
            await owner.execute("INSERT INTO filler SELECT repeat('x', 7000) FROM generate_series(1, 10)")
    async with asking(own, schema) as http:
        answers = [await post(http, UPLOAD, who, GRAPHQL) for _ in range(60)]
        failed = [each for each in answers if each.status_code != 200]
        assert failed, "sixty events do not fit into what was left of a page"
        assert {told(each) for each in failed} == {(507, "STORAGE_FULL", True)}
        assert {each.status_code for each in answers if each not in failed} <= {200}
        status, writable, said = await checks(http)
        assert (status, writable) == (503, False)
        assert said["room"].startswith("something could not be written")
        await owner.execute("DROP TABLE filler")
        await owner.execute("CHECKPOINT")
        assert (await post(http, UPLOAD, who)).status_code == 200
        own.watch.full_at = None  # half a minute later
        assert (await checks(http))[:2] == (200, True)
    await owner.execute("ALTER TABLE audit_event SET TABLESPACE pg_default")
    await owner.execute("DROP TABLESPACE small")
    await owner.close()


async def test_too_little_room_in_the_data_folder_is_not_ready(house: House, schema: DureSchema) -> None:
    async with house.work() as work:
        await write_declared_benefits(work)
    free = shutil.disk_usage(house.settings.data_dir).free
    for wanted, ready in ((0, True), (free * 1_000, free * 20 > shutil.disk_usage(house.settings.data_dir).total)):
        settings = house.settings.model_copy(update={"min_free_bytes": wanted})
        changed = House(settings=settings, database=house.database, plugins=house.plugins, clock=house.clock)
        async with asking(changed, schema) as http:
            _, writable, said = await checks(http)
            assert (writable, said["room"] == "ok") == (ready, ready), said


# ------------------------------------------------------------------------------------ whether a change was stored


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


ENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"
)
WAITS = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
AT_COMMIT = """
CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
"""
FULL = """
CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{}'; END $$;
CREATE TRIGGER is_full BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION is_full();
"""


async def test_a_commit_without_an_answer_is_not_told_as_a_failure(
    client: httpx.AsyncClient, house: House, owner: asyncpg.Connection
) -> None:
    who = await company(house, "hanbit")
    await owner.execute(AT_COMMIT)
    await owner.execute("SELECT pg_advisory_lock(4711)")
    asked = asyncio.create_task(post(client, SIGN_OUT, who, GRAPHQL))
    await until(lambda: owner.fetchval(WAITS))
    await owner.fetch(ENDS)
    response = await asked
    assert told(response) == (503, "OUTCOME_UNKNOWN", True)
    assert "idempotencyKey" in response.json()["errors"][0]["message"]
    assert "nothing was stored" not in response.text


async def test_a_connection_lost_before_the_commit_is_told_as_nothing_stored(
    client: httpx.AsyncClient, house: House, owner: asyncpg.Connection
) -> None:
    who = await company(house, "hanbit")
    await owner.execute(AT_COMMIT.replace("DEFERRABLE INITIALLY DEFERRED", ""))
    await owner.execute("SELECT pg_advisory_lock(4711)")
    asked = asyncio.create_task(post(client, SIGN_OUT, who, GRAPHQL))
    await until(lambda: owner.fetchval(WAITS))
    await owner.fetch(ENDS)
    assert told(await asked) == (503, "UNAVAILABLE", True)
    assert (await post(client, VIEWER, who)).json()["data"]["viewer"]["member"] == {"loginId": "hanbit"}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("53100", (507, "STORAGE_FULL", True)),
        ("53200", (503, "OVERLOADED", True)),
        ("53300", (503, "OVERLOADED", True)),
        ("53400", (503, "OVERLOADED", True)),
        ("57P01", (503, "UNAVAILABLE", True)),
        ("25006", (503, "READ_ONLY", True)),
        ("58030", (503, "UNAVAILABLE", True)),
    ],
)
async def test_what_postgresql_is_short_of_is_told_by_its_kind(
    client: httpx.AsyncClient, house: House, owner: asyncpg.Connection, state: str, expected: tuple[int, str, bool]
) -> None:
    who = await company(house, "hanbit")
    await owner.execute(FULL.format(state))
    for accept in (GRAPHQL, JSON):
        assert told(await post(client, SIGN_OUT, who, accept)) == expected
    _, writable, said = await checks(client)
    assert writable is (state != "53100"), said
    assert (await post(client, VIEWER, who)).status_code == 200


async def test_of_several_mutations_those_that_were_done_are_named(
    client: httpx.AsyncClient, house: House, owner: asyncpg.Connection
) -> None:
    who = await company(house, "hanbit")
    only = FULL.format("53100").replace("EACH ROW EXECUTE", "EACH ROW WHEN (new.action = 'member.signed_out') EXECUTE")
    await owner.execute(only)
    both = f"mutation {{ one: {ASKED} two: signOut {{ errors {{ code }} }} three: {ASKED} }}"
    response = await post(client, {"query": both}, who, GRAPHQL)
    assert told(response) == (507, "STORAGE_FULL", True)
    (error,) = response.json()["errors"]
    assert (error["path"], error["extensions"]["done"]) == (["two"], ["one"])
    assert await owner.fetchval("SELECT count(*) FROM upload") == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_temporary_file_that_finds_no_room_is_507(
    client: httpx.AsyncClient, house: House, monkeypatch: pytest.MonkeyPatch, small_tmp: Path
) -> None:
    """An export is written to the folder of temporary files, whose disk is full."""
    who = await company(house, "hanbit")
    path = (await post(client, EXPORT, who)).json()["data"]["organizations"]["export"]["path"]
    monkeypatch.setattr("tempfile.tempdir", str(small_tmp))
    os.write(os.open(small_tmp / "filler", os.O_CREAT | os.O_WRONLY), bytes(64 * 1024))
    response = await client.get(path, headers={"authorization": f"Bearer {who.token}"})
    assert (response.status_code, "retry-after" in response.headers) == (507, True)
    assert not (await checks(client))[1]
    gc.collect()  # the archive that could not be closed complains once more


@pytest.fixture
def small_tmp(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
