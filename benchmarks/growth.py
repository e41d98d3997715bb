"""What the same request costs as the data grows."""

from __future__ import annotations

import json
from contextlib import ExitStack

from compare import Contender, Ratio, Series, interleaved
from contenders import dure, loaded
from data import Dataset, copy, dataset, drop, new_house
from load import in_turn, post
from postings import Parties, service
from reads import PAGE
from report import Report

from core.database import Database
from core.plugins import Plugins

NEWEST = """query Newest($first: Int!) {
  entries(first: $first) {
    nodes { id amount balanceAfter account { id posted organization { id name } } transaction { id kind reason } }
  }
}"""


async def growth(
    report: Report,
    server: str,
    largest: Dataset,
    plugins: Plugins,
    *,
    factors: tuple[int, ...],
    rounds: int,
    seconds: float,
) -> None:
    """`factors` of the smallest; `largest` is the data of the greatest."""
    report.say(
        "## As the data grows",
        "",
        "The same request to Dure on a hundredth of the data, on a tenth, and on all of it: time over the time on the"
        " smallest. One client reads over HTTP; 16 clients spend through the service, spread over all accounts.",
        "",
    )
    sizes: dict[int, Dataset] = {}
    for factor in factors:
        share = factors[-1] // factor
        sizes[factor] = await copy(
            server,
            await dataset(server, plugins, largest.organizations // share, 20 * largest.organizations // share),
            f"bench_growth_{factor}",
            plugins,
        )
    cells: dict[str, dict[str, Series]] = {}
    try:
        with ExitStack() as stack:
            servers = {factor: stack.enter_context(dure(data.url)) for factor, data in sizes.items()}
            for title, query in (("page of 100 organizations", PAGE), ("100 newest entries", NEWEST)):
                contenders: dict[str, Contender] = {}
                for factor, data in sizes.items():
                    body = json.dumps({"query": query, "variables": {"first": 100}}).encode()

                    def reading(factor: int = factor, request: bytes = post(body, data.auditor)) -> Contender:
                        return lambda: loaded(servers[factor], in_turn([request]), 1, seconds)

                    contenders[f"{factor}×"] = reading()
                cells[title] = await interleaved(contenders, rounds)
                report.progress(f"growth: {title}", cells[title])
        databases = {factor: await Database.connect(data.url, size=16) for factor, data in sizes.items()}
        try:
            spending = {
                f"{factor}×": service(
                    new_house(databases[factor], data.url, plugins), Parties(data, hot=False), "spend", 16, seconds
                )
                for factor, data in sizes.items()
            }
            cells["spend, 16 clients"] = await interleaved(spending, rounds)
            report.progress("growth: spend", cells["spend, 16 clients"])
        finally:
            for database in databases.values():
                await database.close()
    finally:
        for factor in sizes:
            await drop(server, f"bench_growth_{factor}")
    rows = []
    for title, found in cells.items():
        smallest = found[f"{factors[0]}×"]
        for factor in factors[1:]:
            ratio = Ratio.of(smallest, found[f"{factor}×"])
            verdict = ""
            if factor == 100 and title.startswith("page"):
                verdict = report.judged(f"time of the {title}, 100× / 1×", ratio.middle, 1.3, "≤")
            rows.append((f"{title}: {factor}× / 1×", f"{1_000 / smallest.middle:.2f}", str(ratio), verdict))
    report.table(("times", "ms on the smallest (1 ÷ rate)", "median (lowest–highest of the rounds)", "target"), rows)
    told = "; ".join(f"{factor}×: {data.organizations:,} and {data.entries:,}" for factor, data in sizes.items())
    report.say(f"Organizations and entries: {told}.", "")
