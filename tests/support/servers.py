"""A real server in a process of its own, for tests that go in by the front door."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.databases import owner_url

ROOT = Path(__file__).parents[2]
DURE = Path(sys.executable).with_name("dure")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def serving(database_url: str, folder: Path, *options: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Run `dure serve` until the block ends; its address, and the environment it runs in."""
    with running(database_url, folder, *options) as (address, env, _):
        yield address, env


@contextmanager
def running(
    database_url: str, folder: Path, *options: str, **settings: str
) -> Iterator[tuple[str, dict[str, str], subprocess.Popen[bytes]]]:
    """The same with these settings, and the process. What it says lies in `server.log` of the folder."""
    port = free_port()
    env = {**os.environ, "DURE_DATABASE_URL": database_url, "DURE_PORT": str(port), "DURE_DATA_DIR": str(folder)}
    env["DURE_OWNER_URL"] = owner_url(database_url)  # the server brings its database up to date
    env |= settings
    log = (folder / "server.log").open("w+")
    process = subprocess.Popen([DURE, "serve", *options], cwd=ROOT, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1_200):  # a machine may be busy; a server that ends is noticed at once
            if process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                    yield address, env, process
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        log.seek(0)
        raise RuntimeError(f"the server did not start:\n{log.read()}")
    finally:
        process.terminate()
        process.wait(20)
        log.close()
