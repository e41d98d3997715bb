"""The operators' tutorial does what it says, from an empty database on; its settings are the settings there are."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from core.settings import Settings
from tests.docs.walking import DOCS, Walk
from tests.support.servers import serving

PAGE = DOCS / "operators.md"


async def test_the_operators_tutorial_can_be_followed(database_url: str, tmp_path: Path) -> None:
    def run() -> None:
        with serving(database_url, tmp_path) as (address, env):
            Walk(address, env, tmp_path).follow(PAGE)

    await asyncio.to_thread(run)


def test_the_table_of_settings_is_whole_and_true() -> None:
    rows = re.findall(r"^\| `DURE_(\w+)` \| `?(.*?)`? \|", PAGE.read_text(encoding="utf-8"), flags=re.M)
    said = {name.lower(): default for name, default in rows}
    defaults = {name: each.default for name, each in Settings.model_fields.items()}
    spoken = {None: "none", True: "true", False: "false"}
    assert said == {
        name: spoken[value] if value is None or isinstance(value, bool) else str(value)
        for name, value in defaults.items()
    }
