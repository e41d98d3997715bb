"""Jobs where they really run: in `dure serve`, in `dure worker` beside it, and by `dure worker --drain`."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from core.database import plain_url
from tests.support.mail import SENDER, Post
from tests.support.servers import DURE, ROOT, serving

RESET = """mutation {
  requestPasswordReset(input: {loginId: "yesi", email: "yesi@example.org"}) { errors { message } }
}"""


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    with made.open():
        yield made


@pytest.fixture
def mail(post: Post, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Whatever is started from now on sends its mail there."""
    for name, value in {
        "HOST": "127.0.0.1", "PORT": str(post.port), "TLS": "none", "SENDER": SENDER
    }.items():  # fmt: skip
        monkeypatch.setenv(f"DURE_MAIL_{name}", value)
    return post


def forget_password(address: str) -> None:
    answer = httpx.post(f"{address}/graphql", json={"query": RESET})
    assert answer.json() == {"data": {"requestPasswordReset": {"errors": []}}}


async def arrived(post: Post) -> None:
    async with asyncio.timeout(60):
        while not post.mails:  # noqa: ASYNC110 - another process sends it
            await asyncio.sleep(0.05)


async def one(database_url: str, sql: str) -> object:
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_server_sends_mail_and_does_what_is_due(database_url: str, tmp_path: Path, mail: Post) -> None:
    with serving(database_url, tmp_path, "--demo") as (address, _):
        await asyncio.to_thread(forget_password, address)
        await arrived(mail)
        async with asyncio.timeout(60):
            due = "SELECT count(*) FROM job WHERE name = 'core.expire' AND state = 'done'"
            while not await one(database_url, due):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert mail.to == ["yesi@example.org"]


async def test_a_worker_beside_a_server_does_what_the_server_leaves(
    database_url: str, tmp_path: Path, mail: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURE_WORKER", "false")
    with serving(database_url, tmp_path, "--demo") as (address, env):
        await asyncio.to_thread(forget_password, address)
        assert await one(database_url, "SELECT state FROM job WHERE name = 'core.send_reset_code'") == "queued"
        worker = await asyncio.create_subprocess_exec(DURE, "worker", cwd=ROOT, env=env)
        try:
            await arrived(mail)
            worker.terminate()
            assert await asyncio.wait_for(worker.wait(), 60) == 0
        finally:
            if worker.returncode is None:
                worker.kill()
        assert mail.to == ["yesi@example.org"]


async def test_who_has_only_cron_drains_what_is_due(database_url: str, tmp_path: Path) -> None:
    env = {**os.environ, "DURE_DATABASE_URL": database_url, "DURE_DATA_DIR": str(tmp_path)}
    run = [DURE, "worker", "--drain"]
    first = await asyncio.to_thread(subprocess.run, run, cwd=ROOT, env=env, capture_output=True, check=True)
    assert first.stdout.decode().strip().endswith(" jobs run")
    assert await one(database_url, "SELECT bool_and(state = 'done') FROM job") is True
