"""The report: ratios beside their targets, in Markdown."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from compare import Ratio, Series

HERE = Path(__file__).parent


@dataclass
class Report:
    """Lines of Markdown, and what was missed."""

    lines: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    section: str = ""

    def say(self, *lines: str) -> None:
        for line in lines:
            if line.startswith("#"):
                self.section = line.lstrip("# ")
        self.lines += lines

    def progress(self, title: str, series: Mapping[str, Series]) -> None:
        rates = "  ".join(f"{name} {found.middle:,.1f}" for name, found in series.items())
        print(f"{title}: {rates}", flush=True)

    def compared(
        self, label: str, clients: int | None, above: Series, below: Series, target: float | None = None
    ) -> tuple[str, ...]:
        """A row of a table of ratios of rates; the target is the least that will do."""
        ratio = Ratio.of(above, below)
        verdict = ""
        if target is not None:
            verdict = self.judged(f"{label}, {counted(clients)}", ratio.middle, target, "≥")
        return (label, "" if clients is None else str(clients), str(ratio), verdict)

    def judged(self, what: str, value: float, target: float, sign: str) -> str:
        """The target and whether it is met; kept for the summary."""
        good = value >= target if sign == "≥" else value <= target
        line = f"{self.section}: {what} {value:.2f} ({sign} {target:g})"
        (self.held if good else self.missed).append(line)
        return f"{sign} {target:g} {'met' if good else '**missed**'}"

    def ratios(self, rows: Sequence[Sequence[str]]) -> None:
        self.table(("rates", "clients", "median (lowest–highest of the rounds)", "target"), rows)

    def table(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.lines += [f"| {' | '.join(heading)} |", "|---" * len(heading) + "|"]
        self.lines += [f"| {' | '.join(row)} |" for row in rows]
        self.lines.append("")

    def text(self, settings: Sequence[str]) -> str:
        head = [
            "# Benchmarks",
            "",
            "Written by `make bench`; `make bench-quick` runs the same in under two minutes on less data and does not"
            " write here.",
            "",
            *settings,
            "",
            "## How to read it",
            "",
            "Every figure that counts is a ratio of two contenders measured in turn (A B C, B C A, …) in one run on one"
            " machine, the median of the rounds and beside it the lowest and the highest round. 2 means twice as fast."
            " Absolute figures stand below the ratios to show how large things are; they belong to this machine and to"
            " whatever else it did. Contenders share one PostgreSQL with the settings it comes with (fsync on; 300"
            " connections), over its socket; servers are one process each and listen on the loopback. The"
            " load is `load.py`: keep-alive"
            " connections on uvloop that send the next request when the answer is whole; it takes a share of the same"
            " cores, which draws ratios of fast contenders towards 1. Any answer with an error ends the run.",
            "",
            "## Targets",
            "",
            *(f"- met: {line}" for line in self.held),
            *(f"- **missed**: {line}" for line in self.missed),
            "",
        ]
        return "\n".join([*head, *self.lines]).rstrip() + "\n"


def machine(postgres: str, node: str) -> list[str]:
    """What it ran on, without names of machines."""
    names = (
        re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        if Path("/proc/cpuinfo").exists()
        else []
    )
    memory = psutil.virtual_memory().total / 2**30
    parts = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools", "asyncpg", "orjson")
    return [
        f"{datetime.now(UTC).date()}: {os.cpu_count()} cores of {names[0] if names else platform.machine()},"
        f" {memory:.0f} GiB,"
        f" {platform.system()} {platform.release().split('-')[0]}. {postgres}; Python {platform.python_version()},"
        f" {', '.join(f'{part} {version(part)}' for part in parts)}; node {node}, {_locked('postgraphile')},"
        f" {_locked('pg')}.",
    ]


def counted(clients: int | None) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"


def _locked(name: str) -> str:
    found = json.loads((HERE / "package-lock.json").read_text())["packages"][f"node_modules/{name}"]["version"]
    return f"{name} {found}"


def node_version(node: Path) -> str:
    return subprocess.run([node, "--version"], capture_output=True, check=True, text=True).stdout.strip()
