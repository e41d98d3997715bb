"""A worker that is killed while it writes an export: `python -m tests.schema.killed_export URL FOLDER POINT`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import schema.queued_exports as queued
from core.database import Database
from core.documents.spreadsheets import Book
from core.files import DocumentStore
from core.house import House
from core.jobs import Worker
from core.plugins import Plugins
from core.settings import Settings
from schema.build import build_schema
from tests.support.clock import SetClock


def dying_after(done: Callable[..., Any]) -> Callable[..., Any]:
    """What is done, and then the end of this process, as by a power cut."""

    def then_die(*given: Any) -> None:
        done(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    return then_die


async def work(url: str, folder: Path, point: str) -> None:
    put = DocumentStore.put

    async def put_and_die(*given: Any) -> None:
        await put(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    if point == "writing":
        Book.write = dying_after(Book.write)  # type: ignore[method-assign]
    elif point == "stored":
        DocumentStore.put = put_and_die  # type: ignore[method-assign]
    else:
        queued.record_export = dying_after(queued.record_export)
    database = await Database.connect(url, size=4)
    plugins = Plugins.installed()
    house = House(
        settings=Settings(data_dir=folder, database_url=url), database=database, plugins=plugins, clock=SetClock()
    )
    schema = build_schema(plugins)
    await Worker(house, [queued.export_job(lambda: schema)]).drain()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
