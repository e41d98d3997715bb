"""The front-end tutorial does what it says, block by block, on a fresh demo."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.docs.walking import DOCS, Walk
from tests.support.servers import serving


async def test_the_front_end_tutorial_can_be_followed(database_url: str, tmp_path: Path) -> None:
    def run() -> None:
        with serving(database_url, tmp_path, "--demo") as (address, env):
            Walk(address, env, tmp_path).follow(DOCS / "front-end.md")

    await asyncio.to_thread(run)
