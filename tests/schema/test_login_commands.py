"""Which login a command takes: the application's serves, the owner's migrates, and neither does the other's work."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from core.backup import back_up
from core.house import House
from tests.schema.test_commands import dure
from tests.support import databases
from tests.support.pooler import pooled
from tests.support.servers import DURE, ROOT, free_port, running


@pytest.fixture
async def empty(server_url: str) -> AsyncIterator[str]:
    """An empty database, by its owner's login."""
    name = await databases.clone(server_url, "template1")
    yield databases.database_url(server_url, name)
    await databases.drop(server_url, name)


def one_line(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 2, ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


@pytest.mark.parametrize("words", [("serve",), ("worker",), ("verify",)])
def test_nothing_serves_as_the_owner(owner_url: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    env = {"DURE_DATABASE_URL": owner_url, "DURE_DATA_DIR": str(tmp_path), "DURE_PORT": str(free_port())}
    said = one_line(dure(*words, **env))
    assert "logs in as postgres and acts as postgres. Dure serves as dure_app only" in said
    assert "CREATE ROLE dure_app LOGIN" in said and "DURE_OWNER_URL" in said


def test_a_server_needs_no_owner_while_nothing_is_to_migrate(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path, DURE_OWNER_URL="") as (address, _, _):
        assert httpx.get(f"{address}/readyz").json()["ready"] is True


async def test_what_is_missing_is_told_to_who_has_no_owner(empty: str, tmp_path: Path) -> None:
    env = {"DURE_DATABASE_URL": databases.application_url(empty), "DURE_DATA_DIR": str(tmp_path)}
    for words in (("serve", "--port", str(free_port())), ("migrate",)):
        assert "Set DURE_OWNER_URL to the owner's login and run dure migrate" in one_line(dure(*words, **env))
    for words in (("backup", str(tmp_path / "b")), ("restore", str(tmp_path))):
        assert "needs the login of the database's owner" in one_line(dure(*words, **env))
    assert "Set DURE_DATABASE_URL" in one_line(dure("verify", DURE_OWNER_URL=empty, DURE_DATA_DIR=str(tmp_path)))


async def test_the_owner_alone_migrates_and_then_the_application_alone_works(empty: str, tmp_path: Path) -> None:
    migrated = dure("migrate", DURE_OWNER_URL=empty, DURE_DATA_DIR=str(tmp_path))
    assert migrated.returncode == 0, migrated.stderr
    again = dure("migrate", DURE_DATABASE_URL=empty, DURE_DATA_DIR=str(tmp_path))  # one address for all, as it was
    assert again.returncode == 0 and "Dure serves as dure_app only" in again.stderr
    verified = dure("verify", DURE_DATABASE_URL=databases.application_url(empty), DURE_DATA_DIR=str(tmp_path))
    assert verified.returncode == 0, verified.stderr


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.ConnectError:  # it does not listen yet
        return False


async def test_a_server_and_its_worker_stand_behind_a_transaction_pooler(database_url: str, tmp_path: Path) -> None:
    """Signed in, read, written, and a job done: each transaction on whichever session is next."""
    async with pooled(database_url, sessions=3) as (url, pooler):
        port = free_port()
        env = {
            **os.environ, "DURE_DATABASE_URL": url, "DURE_PORT": str(port), "DURE_DATA_DIR": str(tmp_path),
            "DURE_LOG_FORMAT": "json",
        }  # fmt: skip
        server = await asyncio.create_subprocess_exec(
            DURE, "serve", "--demo", cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            assert server.stdout is not None
            async with asyncio.timeout(120):
                said = b""
                while b'"serving at' not in said:
                    line = await server.stdout.readline()
                    assert line, said.decode()
                    said += line
            address = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=address, timeout=60) as http:
                async with asyncio.timeout(60):
                    while not await is_ready(http):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                sign_in = 'mutation { signIn(input: {loginId: "operator", password: "Dure-demo-26"}) { token } }'
                token = (await http.post("/graphql", json={"query": sign_in})).json()["data"]["signIn"]["token"]
                http.headers["Authorization"] = f"Bearer {token}"
                query = {
                    "query": "{ organizations(first: 3) { nodes { id } } transactions(first: 3) { nodes { id } } }"
                }
                answers = await asyncio.gather(*(http.post("/graphql", json=query) for _ in range(40)))
                assert {"errors" in answer.json() for answer in answers} == {False}
                owner = await asyncpg.connect(databases.owner_url(database_url))
                async with asyncio.timeout(60):
                    while not await owner.fetchval("SELECT bool_or(state = 'done') FROM job"):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                await owner.close()
            assert pooler.opened == 3 and pooler.served > 100
        finally:
            server.terminate()
            await asyncio.wait_for(server.wait(), 60)


async def test_a_backup_restored_into_an_empty_database_works_by_the_applications_login(
    house: House, empty: str, tmp_path: Path
) -> None:
    await back_up(house.settings, tmp_path / "b.tar")
    restored = dure("restore", str(tmp_path / "b.tar"), **databases.addresses(empty), DURE_DATA_DIR=str(tmp_path / "d"))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    env = {"DURE_DATABASE_URL": databases.application_url(empty), "DURE_DATA_DIR": str(tmp_path / "d")}
    assert dure("verify", **env).returncode == 0
