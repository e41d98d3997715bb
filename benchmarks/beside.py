"""The worst wait of a small request while eight of one heavy kind run, against eight processes that only burn CPU."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from compare import Ratio, Series, interleaved
from contenders import Server, free_port, running
from data import FOLDER, Dataset, copy, drop
from heavy import Scene, scene
from report import Report

from core.plugins import Plugins

HERE = Path(__file__).parent
AT_ONCE = 8
TARGET = 3
BURN = "while True: pass"

Work = Callable[[httpx.AsyncClient, int], Awaitable[None]]


async def beside(
    report: Report, server: str, source: Dataset, plugins: Plugins, *, rounds: int, seconds: float, rows: int
) -> None:
    report.say(
        "## Small requests beside heavy ones",
        "",
        f"One client asks a small query every 10 ms while {AT_ONCE} clients do one heavy thing over and over on the"
        f" same server: the worst wait of a round, over that of the same round while {AT_ONCE} processes that only"
        " burn CPU run beside an idle server. Other work on the machine makes both worse; each ratio is of one round,"
        f" in turn, and the median of the rounds counts. Pastes and sheets have {rows:,} rows.",
        "",
    )
    data = await copy(server, source, "bench_beside", plugins)
    folder = Path(tempfile.mkdtemp(dir=FOLDER))
    try:
        found = await scene(data, plugins, folder, rows=rows, clients=AT_ONCE)
        port = free_port()
        env = {
            "DURE_DATABASE_URL": data.url, "DURE_PORT": str(port), "DURE_DATA_DIR": str(folder),
            "DURE_LOG_LEVEL": "warning", "DURE_WORKER": "false", "DURE_MAX_SECONDS": "600",
        }  # fmt: skip
        with running("beside", [Path(sys.executable).with_name("dure"), "serve"], port, env) as here:
            contenders: dict[str, Any] = {"burning": _burning(here, found, seconds)}
            for kind, work in found.kinds.items():
                contenders[kind] = _heavy(here, found, work, seconds)
            series = await interleaved(contenders, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        await drop(server, "bench_beside")
    _write(report, series)


def _burning(here: Server, found: Scene, seconds: float) -> Any:
    async def once() -> tuple[float, dict[str, float]]:
        burning = [await asyncio.create_subprocess_exec(sys.executable, "-c", BURN) for _ in range(AT_ONCE)]
        try:
            waits = await _probe(here.port, found.token, seconds)
        finally:
            for each in burning:
                each.kill()
                await each.wait()
        return max(waits), {"median": median(waits), "done": 0.0}

    return once


def _heavy(here: Server, found: Scene, work: Work, seconds: float) -> Any:
    async def once() -> tuple[float, dict[str, float]]:
        done = 0

        async def again(client: int) -> None:
            nonlocal done
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{here.port}", timeout=300) as http:
                while True:
                    await work(http, client)
                    done += 1

        tasks = [asyncio.create_task(again(client)) for client in range(AT_ONCE)]
        try:
            probing = asyncio.create_task(_probe(here.port, found.token, seconds))
            await asyncio.wait([probing, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for each in tasks:
                if each.done():
                    each.result()
            waits = await probing
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await _quiet(here)
        return max(waits), {"median": median(waits), "done": float(done)}

    return once


async def _probe(port: int, token: str, seconds: float) -> list[float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, HERE / "probe.py", str(port), str(seconds), token, stdout=subprocess.PIPE
    )
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the small request failed")
    waits: list[float] = json.loads(told)
    return waits


async def _quiet(here: Server) -> None:
    """Wait until the server has ended what its clients no longer wait for."""
    before = here.cpu()
    for _ in range(600):
        await asyncio.sleep(0.2)
        now = here.cpu()
        if now - before < 0.02:
            return
        before = now


def _write(report: Report, series: dict[str, Series]) -> None:
    burning = series["burning"]
    ratios, waits = [], []
    for kind, found in series.items():
        shown = [f"{each * 1000:.0f}" for each in (found.also("median") or 0, found.middle, max(found.rates))]
        waits.append((kind, *shown, f"{found.also('done') or 0:.0f}"))
        if kind != "burning":
            ratio = Ratio.of(found, burning)
            verdict = report.judged(
                f"worst wait beside {AT_ONCE} of {kind} / beside burning", ratio.middle, TARGET, "≤"
            )
            ratios.append((kind, str(ratio), verdict))
    report.table(
        ("worst wait beside eight / beside burning", "median (lowest–highest of the rounds)", "target"), ratios
    )
    report.table(
        ("beside eight of", "median wait, ms", "worst wait, ms, median of rounds", "worst of all", "done in a round"),
        waits,
    )
