"""Memory while files come in, one after another, and how fast they do."""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from contenders import POOL, Server, free_port, running
from data import FOLDER, SEED, Dataset, copy, drop
from report import Report

from core.plugins import Plugins

STEPS = 5
FILE = 10 * 1024 * 1024  # bytes: the largest that is taken by default
PIECE = 64 * 1024
REQUEST = """mutation ($size: BigInt!) {
  requestUpload(input: {fileName: "photo.jpg", size: $size}) { upload { path } errors { message } }
}"""


async def uploads(report: Report, server: str, source: Dataset, plugins: Plugins, *, megabytes: int) -> None:
    """Send so many megabytes in files of ten, each of its own content, to one server with a database of its own."""
    report.say("## Uploads", "")
    data = await copy(server, source, "bench_uploads", plugins)  # what is sent counts against who sends it
    folder = Path(tempfile.mkdtemp(dir=FOLDER))
    try:
        with _dure(data.url, folder) as here:
            told, seconds = await _over_time(here, data.operator, megabytes * 1_000_000 // FILE)
    finally:
        shutil.rmtree(folder)
        await drop(server, "bench_uploads")
    report.table(
        (
            "resident memory, MB",
            "at start",
            *(f"{megabytes * step // STEPS:,} MB sent" for step in range(1, STEPS + 1)),
        ),
        [("Dure", *(f"{each:.0f}" for each in told))],
    )
    report.judged("resident memory of Dure, MB, after all uploads", told[-1], 150, "≤")
    report.judged("its growth from the first step to the last", told[-1] / told[1], 1.1, "≤")
    report.say(
        f"Files of {FILE:,} bytes, one after another: announced, sent by PUT, digested, checked, stored on a local"
        f" disk: {megabytes / seconds:.0f} MB a second, the sender's work included.",
        "",
    )


def _dure(url: str, folder: Path) -> Any:
    port = free_port()
    keys = FOLDER / "personal.key"  # those the database has been written with by the other parts
    if keys.exists():
        shutil.copy(keys, folder)
    env = {"DURE_DATABASE_URL": url, "DURE_PORT": str(port), "DURE_DATA_DIR": str(folder), "DURE_POOL_SIZE": str(POOL)}
    return running("uploads", [Path(sys.executable).with_name("dure"), "serve"], port, env)


async def _over_time(server: Server, token: str, files: int) -> tuple[list[float], float]:
    """Resident memory at the start and after each step, and the seconds it all took."""
    found, noise = [server.memory()], random.Random(SEED)
    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=120) as http:
        for place in range(1, files + 1):
            await _send(http, token, b"\xff\xd8\xff\xe0" + noise.randbytes(FILE - 4))
            if place % max(files // STEPS, 1) == 0 and len(found) <= STEPS:
                found.append(server.memory())
    return found, time.perf_counter() - began


async def _send(http: httpx.AsyncClient, token: str, content: bytes) -> None:
    asked = {"query": REQUEST, "variables": {"size": len(content)}}
    answer = (await http.post("/graphql", json=asked, headers={"authorization": f"Bearer {token}"})).json()
    path = answer["data"]["requestUpload"]["upload"]["path"]

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), PIECE):
            yield content[at : at + PIECE]
            await asyncio.sleep(0)

    sent = await http.put(path, content=pieces())
    if sent.status_code != 201:
        raise RuntimeError(f"an upload was refused: {sent.text}")
