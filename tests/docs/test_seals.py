"""The page on seals does what it says: a head is kept, and a certificate checked with nothing of ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.docs.walking import DOCS, Walk
from tests.support.servers import serving


async def test_the_page_on_seals_can_be_followed(database_url: str, tmp_path: Path) -> None:
    def run() -> None:
        with serving(database_url, tmp_path, "--demo") as (address, env):
            Walk(address, env, tmp_path).follow(DOCS / "seals.md")

    await asyncio.to_thread(run)
