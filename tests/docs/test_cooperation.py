"""The walk through the university-industry mileage does what it says, from an empty database on."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.docs.walking import DOCS, Walk
from tests.support.servers import serving


async def test_the_walk_through_cooperation_can_be_followed(database_url: str, tmp_path: Path) -> None:
    def run() -> None:
        with serving(database_url, tmp_path) as (address, env):
            Walk(address, env, tmp_path).follow(DOCS / "cooperation.md")

    await asyncio.to_thread(run)
