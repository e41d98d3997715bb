"""Uploads into a real server: a connection that breaks, a disk that is full, a process that is killed."""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from core.actor import Actor
from core.files import UploadAddress, tidy_documents
from core.house import House
from tests.support.api import company
from tests.support.files import announced, files_of, files_of_documents, pdf
from tests.support.servers import running
from tests.support.world import rows

CONTENT = pdf(size=3_000_000)


def break_off(address: str, upload: UploadAddress, size: int) -> socket.socket:
    """Begin to send the content, and stop after so many bytes; the connection is still there."""
    host = urlsplit(address)
    sending = socket.create_connection((str(host.hostname), host.port or 80))
    head = f"PUT {upload.path} HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Length: {len(CONTENT)}\r\n\r\n"
    sending.sendall(head.encode() + CONTENT[:size])
    return sending


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.02)


async def claimed(house: House) -> bool:
    return bool((await rows(house, "SELECT claim FROM upload"))[0]["claim"])


async def put(address: str, upload: UploadAddress, content: bytes = CONTENT) -> httpx.Response:
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        return await http.put(upload.path, content=content, headers={"accept-language": "en"})


async def sender(house: House) -> Actor:
    return (await company(house, "hanbit")).actor


@pytest.fixture
def now(house: House) -> House:
    """The house by the clock on the wall, as a server of its own has it."""
    from core.calendar import now_in_seoul

    return replace(house, clock=now_in_seoul)


async def test_a_connection_that_breaks_leaves_nothing_and_the_address_free(
    now: House, database_url: str, tmp_path: Path
) -> None:
    upload = await announced(now, await sender(now), CONTENT)
    with running(database_url, tmp_path) as (address, _, _):
        sending = break_off(address, upload, 1_500_000)
        await until(lambda: claimed(now))
        assert (await put(address, upload)).status_code == 409, "one sender at a time"
        sending.close()

        async def free() -> bool:
            return not await claimed(now)

        await until(free)
        assert files_of_documents(tmp_path) == []
        assert (await put(address, upload)).status_code == 201


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set on Linux")
async def test_a_full_disk_is_said_clearly_and_leaves_nothing(now: House, database_url: str, tmp_path: Path) -> None:
    who = await sender(now)
    large, small = await announced(now, who, CONTENT), await announced(now, who, pdf())
    with running(database_url, tmp_path) as (address, _, process):
        unlimited = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1_000_000, unlimited[1]))
        refused = await put(address, large)
        assert refused.status_code == 507
        (error,) = refused.json()["errors"]
        assert (error["code"], error["message"][:31]) == ("DOCUMENT_STORE_FULL", "The server has no room left, so")
        assert (files_of_documents(tmp_path), await rows(now, "SELECT * FROM stored_file")) == ([], [])
        assert (await put(address, small, pdf())).status_code == 201, "the server goes on"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert (await put(address, large)).status_code == 201, "the same address, once there is room"


async def test_a_killed_server_leaves_no_row_without_bytes_and_no_bytes_for_good(
    now: House, database_url: str, tmp_path: Path
) -> None:
    who = await sender(now)
    uploads = [await announced(now, who, CONTENT) for _ in range(6)]
    with running(database_url, tmp_path) as (address, _, process):
        sending = [asyncio.create_task(put(address, each)) for each in uploads]
        half = break_off(address, await announced(now, who, CONTENT), 2_000_000)

        async def one_is_there() -> bool:
            return bool(await rows(now, "SELECT 1 FROM upload WHERE file_id IS NOT NULL"))

        await until(one_is_there)
        process.kill()
        await asyncio.gather(*sending, return_exceptions=True)
        half.close()
    stored = {row["store_key"] for row in await rows(now, "SELECT store_key FROM stored_file")}
    there = {str(path.relative_to(tmp_path / "documents")) for path in files_of_documents(tmp_path)}
    assert stored <= there
    much_later = replace(now, clock=lambda: now.clock().replace(year=2999))
    await tidy_documents(much_later)
    assert files_of_documents(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_store_that_is_full_is_said_clearly_and_leaves_nothing(
    now: House, database_url: str, tmp_path: Path, small_disk: Path
) -> None:
    """The file comes whole, and there is no room where it is to be kept."""
    who = await sender(now)
    large, small = await announced(now, who, CONTENT), await announced(now, who, pdf())
    with running(database_url, tmp_path, DURE_DOCUMENTS_URL=f"file://{small_disk}") as (address, _, _):
        refused = await put(address, large)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (507, "DOCUMENT_STORE_FULL")
        assert (files_of(small_disk), files_of_documents(tmp_path)) == ([small_disk / "dure-house"], [])
        assert await rows(now, "SELECT * FROM stored_file") == []
        assert (await put(address, small, pdf())).status_code == 201
