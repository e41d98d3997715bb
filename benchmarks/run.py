"""`make bench`: everything measured in one run, and the report written. `--quick` takes less than two minutes."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import uvloop
from beside import beside
from bulk import bulk
from contenders import NODE
from data import FOLDER, dataset, server_url
from filings import filings
from growth import growth
from memory import memory
from postings import postings
from reads import reads
from report import Report, machine, node_version
from uploads import uploads

from core.plugins import Plugins

HERE = Path(__file__).parent
PARTS = ["reads", "postings", "bulk", "filings", "growth", "memory", "uploads", "beside"]


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    organizations: int
    entries: int
    rounds: int
    seconds: float  # of load by one contender in one round
    clients: tuple[int, ...]
    bulk: tuple[int, ...]
    factors: tuple[int, ...]
    requests: int
    megabytes: int  # of files sent
    history: int  # filings of 1,000 rows of each kind that are there before others are timed
    heavy: tuple[float, int, int]  # seconds of one heavy kind in a round, rows of its sheets, and rounds at most


FULL = Scale(
    organizations=20_000,
    entries=400_000,
    rounds=5,
    seconds=1.5,
    clients=(1, 16, 64),
    bulk=(1_000, 100_000),
    factors=(1, 10, 100),
    requests=30_000,
    megabytes=1_000,
    history=5,
    heavy=(6.0, 9_000, 5),
)
QUICK = Scale(
    organizations=2_000,
    entries=40_000,
    rounds=2,
    seconds=0.4,
    clients=(16,),
    bulk=(1_000, 5_000),
    factors=(1, 10),
    requests=1_800,
    megabytes=100,
    history=1,
    heavy=(1.5, 1_000, 1),
)


async def everything(server: str, scale: Scale, parts: set[str]) -> str:
    plugins = Plugins.installed()
    began, before = time.perf_counter(), _load()
    data = await dataset(server, plugins, scale.organizations, scale.entries)
    print(f"data: {data.organizations:,} organizations, {data.entries:,} entries", flush=True)
    report = Report()
    if "reads" in parts:
        await reads(report, data, plugins, clients=scale.clients[:2], rounds=scale.rounds, seconds=scale.seconds)
    if "postings" in parts:
        await postings(report, server, data, plugins, clients=scale.clients, rounds=scale.rounds, seconds=scale.seconds)
    if "bulk" in parts:
        await bulk(report, server, data, plugins, sizes=scale.bulk, rounds=scale.rounds)
    if "filings" in parts:
        await filings(report, server, data, plugins, rounds=scale.rounds, history=scale.history)
    if "growth" in parts:
        await growth(
            report, server, data, plugins, factors=scale.factors, rounds=scale.rounds, seconds=scale.seconds / 2
        )
    if "memory" in parts:
        await memory(report, data, plugins, requests=scale.requests, starts=scale.rounds)
    if "uploads" in parts:
        await uploads(report, server, data, plugins, megabytes=scale.megabytes)
    if "beside" in parts:
        seconds, rows, most = scale.heavy
        await beside(report, server, data, plugins, rounds=min(scale.rounds, most), seconds=seconds, rows=rows)
    connection = await asyncpg.connect(server)
    try:
        postgres = (await connection.fetchval("SELECT version()")).split(" on ")[0]
    finally:
        await connection.close()
    took = time.perf_counter() - began
    settings = [
        *machine(postgres, node_version(NODE)),
        f"{data.organizations:,} organizations, {data.entries:,} entries; {scale.rounds} rounds of {scale.seconds:g} s"
        f" a contender; {took / 60:.0f} minutes in all. Load average (1, 5, 15 minutes), the benchmark's own processes"
        f" included: {before} before, {_load()} after. Other work on the machine widens the ranges.",
    ]
    return report.text(settings)


def _load() -> str:
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="less data, fewer rounds")
    asked.add_argument("--rounds", type=int, help="how often each contender has its turn")
    asked.add_argument("parts", nargs="*", default=PARTS)
    given = asked.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    scale = QUICK if given.quick else FULL
    scale = replace(scale, rounds=given.rounds or scale.rounds)
    text = uvloop.run(everything(server_url(), scale, set(given.parts)))
    whole = len(given.parts) == len(PARTS) and not given.quick
    path = HERE / "README.md" if whole else FOLDER / "report.md"
    path.write_text(text, encoding="utf-8")
    print(text if given.quick else f"{path.name} is written")


if __name__ == "__main__":
    main()
