"""Memory after many requests, and the time from nothing to ready."""

from __future__ import annotations

import json
import random
from statistics import median

from contenders import Server, dure, postgraphile
from data import SEED, Dataset
from load import Requests, in_turn, load, post
from reads import NUMBERS, ONE, ONE_THERE, PAGE, PAGE_THERE
from report import Report

from core.plugins import Plugins

STEPS = 6


async def memory(report: Report, data: Dataset, _plugins: Plugins, *, requests: int, starts: int) -> None:
    report.say("## Memory and start", "")
    begun: dict[str, list[float]] = {"Dure": [], "PostGraphile": []}
    for _ in range(starts):
        for name, server in (("Dure", dure), ("PostGraphile", postgraphile)):
            with server(data.url) as running:
                begun[name].append(running.start)
    rows = []
    with dure(data.url) as here:
        told = await _over_time(here, _mixed(data, PAGE, ONE, data.auditor), requests)
        rows.append(("Dure", *told))
        least, most = float(told[2]), float(told[-1])
        report.judged("resident memory of Dure, MB, after all requests", most, 120, "≤")
        report.judged("its growth over the last two thirds of the requests", most / least, 1.1, "≤")
        count = 1_500
        await load(here.port, _documents(data, count), 8, 120, most=count // 8)
        many = here.memory()
    with postgraphile(data.url) as there:
        rows.append(("PostGraphile", *await _over_time(there, _mixed(data, PAGE_THERE, ONE_THERE, None), requests)))
    report.table(
        (
            "resident memory, MB",
            "at start",
            *(f"{requests * step // STEPS:,} requests" for step in range(1, STEPS + 1)),
        ),
        rows,
    )
    report.say(
        "One page of 100 organizations to nine single organizations, 16 clients. Targets of Dure: at most 120 MB, and"
        " from the second step to the last at most a tenth more."
        f" After {count:,} requests with a document of their own each (1,000 are kept) Dure has {many:.0f} MB.",
        "",
    )
    report.table(
        ("from the command to ready", "seconds, median", "lowest–highest"),
        [(name, f"{median(each):.2f}", f"{min(each):.2f}–{max(each):.2f}") for name, each in begun.items()],
    )
    report.say(
        "Dure: `dure serve` until `/readyz` says so, the migrations looked through and the catalogue compared."
        " PostGraphile: until `{ __typename }` is answered.",
        "",
    )


async def _over_time(server: Server, requests: Requests, count: int) -> list[str]:
    found = [server.memory()]
    for _ in range(STEPS):
        await load(server.port, requests, 16, 300, most=count // STEPS // 16)
        found.append(server.memory())
    return [f"{each:.0f}" for each in found]


def _mixed(data: Dataset, page: str, one: str, token: str | None) -> Requests:
    bodies = []
    for place in range(NUMBERS):
        bodies.append({"query": one, "variables": {"number": data.number(place * 7)}})
        if place % 9 == 0:
            bodies.append({"query": page, "variables": {"first": 100}})
    random.Random(SEED).shuffle(bodies)
    return in_turn([post(json.dumps(body).encode(), token) for body in bodies])


def _documents(data: Dataset, count: int) -> Requests:
    texts = [ONE.replace("query One", f"query One{place}") for place in range(count)]
    bodies = [{"query": text, "variables": {"number": data.number(place)}} for place, text in enumerate(texts)]
    return in_turn([post(json.dumps(body).encode(), data.auditor) for body in bodies])
