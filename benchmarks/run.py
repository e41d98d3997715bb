"""`make bench`: everything measured in one run, and the report written. `--quick` takes less than two minutes."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import uvloop
from contenders import NODE
from data import FOLDER, dataset, server_url
from reads import reads
from report import Report, machine, node_version

from core.plugins import Plugins

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    organizations: int
    entries: int
    rounds: int
    seconds: float  # of load by one contender in one round


FULL = Scale(organizations=20_000, entries=400_000, rounds=7, seconds=2.0)
QUICK = Scale(organizations=2_000, entries=40_000, rounds=3, seconds=0.6)


async def everything(server: str, scale: Scale, parts: set[str]) -> str:
    plugins = Plugins.installed()
    began = time.perf_counter()
    data = await dataset(server, plugins, scale.organizations, scale.entries)
    print(f"data: {data.organizations:,} organizations, {data.entries:,} entries", flush=True)
    report = Report()
    if "reads" in parts:
        await reads(report, data, plugins, rounds=scale.rounds, seconds=scale.seconds)
    connection = await asyncpg.connect(server)
    try:
        postgres = (await connection.fetchval("SELECT version()")).split(" on ")[0]
    finally:
        await connection.close()
    took = time.perf_counter() - began
    settings = [
        *machine(postgres, node_version(NODE)),
        f"{data.organizations:,} organizations, {data.entries:,} entries; {scale.rounds} rounds of {scale.seconds:g} s"
        f" a contender; {took / 60:.0f} minutes in all.",
    ]
    return report.text(settings)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="less data, fewer rounds")
    asked.add_argument("parts", nargs="*", default=["reads", "postings", "bulk", "growth", "memory"])
    given = asked.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = uvloop.run(everything(server_url(), QUICK if given.quick else FULL, set(given.parts)))
    whole = len(given.parts) == 5 and not given.quick
    path = HERE / "README.md" if whole else FOLDER / "report.md"
    path.write_text(text, encoding="utf-8")
    print(text if given.quick else f"{path.name} is written")


if __name__ == "__main__":
    main()
