"""Doing jobs in a process of their own."""

from __future__ import annotations

import asyncio
import signal
from functools import cache

from core.house import House
from core.jobs import Worker
from schema.build import build_schema
from schema.cli.screen import screen
from schema.queued_exports import jobs_with_exports


async def work_until_stopped(house: House) -> None:
    """Do jobs until SIGTERM or SIGINT. What runs then ends, or is put back when it takes too long."""
    worker = Worker(house, jobs_with_exports(house, cache(lambda: build_schema(house.plugins))))
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, worker.stop)
    screen().line("두레 작업 실행기 · worker: ready")
    await worker.run()


async def drain_jobs(house: House) -> int:
    """Do what is due now; how many runs."""
    return await Worker(house, jobs_with_exports(house, cache(lambda: build_schema(house.plugins)))).drain()
