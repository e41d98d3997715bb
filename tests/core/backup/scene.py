"""What the tests of restores share: a database with a backup of what it was before, and all that is in one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.backup import back_up
from core.database import Database
from core.house import House
from core.plugins import Plugins
from core.settings import Settings
from tests.support import databases
from tests.support.clock import SetClock
from tests.support.servers import ROOT
from tests.support.world import give, organization

PROGRAM = "mileage_innovation"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
OBJECTS = """
    SELECT 'relations' AS what, count(*) AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'functions', count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'triggers', count(*) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'schemas', count(*) FROM pg_namespace
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A database by its owner's address, a folder of its settings, a backup, and what the database holds besides."""

    url: str
    folder: Path
    backup: Path
    holds: Mapping[str, object]
    held: Mapping[str, object]  # when the backup was made

    @property
    def settings(self) -> Settings:
        return settings_of(self.url, self.folder)


def settings_of(url: str, folder: Path) -> Settings:
    """Of a database by its owner's address."""
    return Settings(data_dir=folder, database_url=databases.application_url(url), owner_url=url)


async def everything(url: str) -> dict[str, object]:
    """Every row of every table, as a number each; how many objects there are. It waits for locks."""
    connection = await asyncpg.connect(url)
    try:
        found: dict[str, object] = {row["what"]: row["n"] for row in await connection.fetch(OBJECTS)}
        for row in await connection.fetch(TABLES):
            name = row["tablename"]
            found[name] = await connection.fetchval(
                f'SELECT (count(*), coalesce(sum(hashtextextended(t::text, 0)), 0))::text FROM "{name}" t'
            )
        return found
    finally:
        await connection.close()


async def lived_in(url: str, folder: Path, plugins: Plugins) -> Scene:
    """A database where something happened, and more since its backup."""
    settings = settings_of(url, folder)
    database = await Database.connect(databases.application_url(url), size=2)
    house = House(settings=settings, database=database, plugins=plugins, clock=SetClock())
    for serial in (1, 2):
        await give(house, PROGRAM, await organization(house, serial, sme=True), 100 * serial)
    held = await everything(url)
    await back_up(settings, folder / "backup", plugins=plugins)
    await give(house, PROGRAM, await organization(house, 3), 7)
    await database.close()
    return Scene(url=url, folder=folder, backup=folder / "backup", holds=await everything(url), held=held)


@contextmanager
def scene(server_url: str, template: str, folder: Path, plugins: Plugins) -> Iterator[Scene]:
    name = asyncio.run(databases.clone(server_url, template))
    try:
        yield asyncio.run(lived_in(databases.database_url(server_url, name), folder, plugins))
    finally:
        asyncio.run(databases.drop(server_url, name))


@contextmanager
def stopped_at(
    step: str, url: str, folder: Path, backup: Path, *, replace: bool, **env: str
) -> Iterator[subprocess.Popen[str]]:
    """A restore that waits at this step; killed at the end if it is still there."""
    words = [sys.executable, "-m", "tests.core.backup.stopping", url, str(folder), str(backup), step]
    with subprocess.Popen(
        words + ["replace"] * replace, cwd=ROOT, env={**os.environ, **env}, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip() == step:
                    break
            else:
                process.wait()
                raise AssertionError(f"it ended before {step}: {process.stderr and process.stderr.read()}")
            yield process
        finally:
            process.kill()
