"""Postings: the services and a GraphQL mutation, against the same function called by pgbench and by PostGraphile."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from typing import Any

import asyncpg
from compare import Contender, Series, interleaved
from contenders import dure, loaded, pgbench, postgraphile
from data import ASSET, PROGRAM, SEED, Dataset, copy, drop, new_house
from load import Requests, post
from report import Report, counted

from core.calendar import now_in_seoul
from core.database import Database
from core.house import House
from core.ledgers import Credit, Earning, earn, hold, spend
from core.plugins import Plugins
from schema.global_ids import to_global_id

MOST = 20_000  # postings of one client in one slice
TRANSFER = """mutation Transfer($input: TransferPointsInput!) {
  transferPoints(input: $input) { transaction { id } errors { code } }
}"""
TRANSFER_THERE = """mutation Transfer($input: LedgerTransferInput!) {
  ledgerTransfer(input: $input) { result { transactionId replayed } }
}"""
HASH = "0" * 64
KEY = "'pgbench:' || :run || ':' || :client_id || ':' || :i"
SCRIPTS = {
    "spend": "ledger_spend('{program}', '{asset}', 'spend', {key}, '{hash}', '{today}', NULL, '사용', '', :from, 1)",
    "hold": "ledger_hold('{program}', '{asset}', {key}, '{hash}', '{today}', NULL, '사용', '', :from, 1)",
    "transfer": "ledger_transfer('{program}', '{asset}', {key}, '{hash}', '{today}', NULL,"
    " '이전', '', :from, :to, 1, NULL, NULL, NULL)",
}


class Parties:
    """Who posts: any organization, or the hot one."""

    def __init__(self, data: Dataset, *, hot: bool) -> None:
        self.first, self.last, self.hot = data.first, data.first + data.organizations - 1, hot
        self._chance = random.Random(SEED)

    def giver(self) -> int:
        return self.first if self.hot else self._chance.randint(self.first + 1, self.last)

    def taker(self, giver: int) -> int:
        taker = self._chance.randint(self.first + 1, self.last)
        return taker if taker != giver else self.first + 1 + (taker - self.first) % (self.last - self.first)

    def script(self, verb: str) -> str:
        """The same in pgbench's language."""
        giver = str(self.first) if self.hot else f"random({self.first + 1}, {self.last})"
        call = SCRIPTS[verb].format(program=PROGRAM, asset=ASSET, hash=HASH, key=KEY, today=now_in_seoul().date())
        taker = f"random({self.first + 1}, {self.last - 1})"
        lines = ["\\set i :i + 1", f"\\set from {giver}", f"\\set to {taker}"]
        lines.append("\\set to case when :to = :from then :to + 1 else :to end")
        return "\n".join([*lines, f"SELECT * FROM {call};", ""])


async def postings(
    report: Report,
    server: str,
    source: Dataset,
    plugins: Plugins,
    *,
    clients: tuple[int, ...],
    rounds: int,
    seconds: float,
) -> None:
    report.say(
        "## Postings",
        "",
        "`core.ledgers.spend` and `hold` through `House.work` in one Python process, with a connection for each client,"
        " against pgbench that calls the same PL/pgSQL function with the same arguments; one point each, from any"
        " account (*spread*) or from one (*hot*), where everybody waits for the same row.",
        "",
    )
    data = await copy(server, source, "bench_postings", plugins)
    try:
        await _fill_hot(data, plugins)
        cells: dict[tuple[str, bool, int], dict[str, Series]] = {}
        for verb, numbers in (("spend", clients), ("hold", (16,))):
            for many in numbers:
                await _services(report, cells, data, plugins, verb, many, rounds, seconds)
        _write_services(report, cells)
        with ExitStack() as stack:
            here, there = stack.enter_context(dure(data.url)), stack.enter_context(postgraphile(data.url))
            found: dict[tuple[bool, int], dict[str, Series]] = {}
            for hot in (False, True):
                for many in clients:
                    parties = Parties(data, hot=hot)

                    def mutating(
                        port: Any, requests: Callable[[Dataset, Parties], Requests], parties: Parties = parties,
                        many: int = many,
                    ) -> Contender:  # fmt: skip
                        return lambda: loaded(port, requests(data, parties), many, seconds)

                    found[hot, many] = await interleaved(
                        {
                            "Dure": mutating(here, transfers),
                            "PostGraphile": mutating(there, transfers_there),
                            "pgbench": _pgbench(data, parties, "transfer", many, seconds),
                        },
                        rounds,
                    )
                    report.progress(f"transferPoints, {_where(hot)}, {counted(many)}", found[hot, many])
        _write_mutations(report, found)
    finally:
        await drop(server, "bench_postings")


async def _services(
    report: Report, cells: dict[tuple[str, bool, int], dict[str, Series]], data: Dataset, plugins: Plugins, verb: str,
    clients: int, rounds: int, seconds: float,
) -> None:  # fmt: skip
    database = await Database.connect(data.url, size=clients)
    house = new_house(database, data.url, plugins)
    try:
        for hot in (False, True):
            parties = Parties(data, hot=hot)
            cells[verb, hot, clients] = found = await interleaved(
                {
                    "Dure": service(house, parties, verb, clients, seconds),
                    "pgbench": _pgbench(data, parties, verb, clients, seconds),
                },
                rounds,
            )
            report.progress(f"{verb}, {_where(hot)}, {counted(clients)}", found)
    finally:
        await database.close()


def service(house: House, parties: Parties, verb: str, clients: int, seconds: float) -> Contender:
    """Postings a second of this many tasks that each post, wait for the commit, and post again."""
    call: Any = {"spend": spend, "hold": hold}[verb]

    async def once() -> tuple[float, dict[str, float]]:
        run = time.time_ns()
        start, own = time.perf_counter(), time.process_time()

        async def client(number: int) -> int:
            for place in range(MOST):
                if time.perf_counter() - start > seconds:
                    return place
                async with house.work() as work:
                    await call(
                        work,
                        program=PROGRAM,
                        asset=ASSET,
                        organization_id=parties.giver(),
                        amount=1,
                        key=f"bench:{run}:{number}:{place}",
                        reason="사용",
                    )
            return MOST

        done = sum(await asyncio.gather(*(client(number) for number in range(clients))))
        return done / (time.perf_counter() - start), {"cpu": (time.process_time() - own) * 1_000 / done}

    return once


def transfers(data: Dataset, parties: Parties) -> Requests:
    run, place = time.time_ns(), 0

    def following() -> bytes:
        nonlocal place
        place += 1
        giver = parties.giver()
        given = {
            "program": PROGRAM,
            "asset": ASSET,
            "fromOrganizationId": to_global_id("Organization", giver),
            "toOrganizationId": to_global_id("Organization", parties.taker(giver)),
            "amount": 1,
            "reason": "이전",
            "idempotencyKey": f"bench:{run}:{place}",
        }
        return post(json.dumps({"query": TRANSFER, "variables": {"input": given}}).encode(), data.operator)

    return following


def transfers_there(data: Dataset, parties: Parties) -> Requests:
    run, place, today = time.time_ns(), 0, str(now_in_seoul().date())

    def following() -> bytes:
        nonlocal place
        place += 1
        giver = parties.giver()
        given = {
            "pProgram": PROGRAM,
            "pAsset": ASSET,
            "pKey": f"there:{run}:{place}",
            "pHash": HASH,
            "pEffective": today,
            "pActor": None,
            "pReason": "이전",
            "pReference": "",
            "pFrom": str(giver),
            "pTo": str(parties.taker(giver)),
            "pAmount": "1",
            "pHold": None,
            "pEarned": None,
            "pExpires": None,
        }
        return post(json.dumps({"query": TRANSFER_THERE, "variables": {"input": given}}).encode())

    return following


def _pgbench(data: Dataset, parties: Parties, verb: str, clients: int, seconds: float) -> Contender:
    async def once() -> float:
        return await pgbench(data.url, [parties.script(verb)], clients, seconds, run=time.time_ns(), i=0)

    return once


async def _fill_hot(data: Dataset, plugins: Plugins) -> None:
    """The hot organization has more than can be spent."""
    database = await Database.connect(data.url, size=1)
    credit = Credit(organization_id=data.first, amount=10**9, earned_on=date(2026, 1, 1), expires_on=date(2036, 1, 1))
    try:
        async with new_house(database, data.url, plugins).work() as work:
            earnings = [Earning(key=f"hot:{n}", reference="", credits=(credit,)) for n in range(10)]
            await earn(work, program=PROGRAM, asset=ASSET, earnings=earnings, reason="bench")
    finally:
        await database.close()
    connection = await asyncpg.connect(data.owner)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _where(hot: bool) -> str:
    return "hot" if hot else "spread"


def _write_services(report: Report, cells: dict[tuple[str, bool, int], dict[str, Series]]) -> None:
    rows = []
    for (verb, hot, clients), found in cells.items():
        target = 0.75 if clients > 1 else None
        rows.append(
            report.compared(f"{verb}, {_where(hot)}: Dure / pgbench", clients, found["Dure"], found["pgbench"], target)
        )
    report.ratios(rows)
    report.table(
        ("posting", "clients", "Dure, a second", "pgbench, a second", "Dure's CPU, ms a posting"),
        [
            (
                f"{verb}, {_where(hot)}",
                str(clients),
                f"{found['Dure'].middle:,.0f}",
                f"{found['pgbench'].middle:,.0f}",
                f"{found['Dure'].also('cpu'):.2f}",
            )
            for (verb, hot, clients), found in cells.items()
        ],
    )


def _write_mutations(report: Report, cells: dict[tuple[bool, int], dict[str, Series]]) -> None:
    report.say(
        "### A posting over GraphQL",
        "",
        "`transferPoints` by an operator (token, role, the transfer, two audit events; the transaction's id is told)"
        " against PostGraphile that calls `ledger_transfer` alone, and pgbench likewise. Transfers that come at once"
        " share a commit in Dure. One client waits for the same flush of the same disk whoever serves it, so no target"
        " is set there.",
        "",
    )
    rows = []
    for (hot, clients), found in cells.items():
        wanted = None if clients == 1 else 3.0 if hot else 1.1
        for other, target in (("PostGraphile", wanted), ("pgbench", None)):
            label = f"{_where(hot)}: Dure / {other}"
            rows.append(report.compared(label, clients, found["Dure"], found[other], target))
    report.ratios(rows)
    report.table(
        ("accounts", "clients", "contender", "postings/s", "median latency, ms", "server CPU, ms a posting"),
        [
            (
                _where(hot),
                str(clients),
                name,
                f"{series.middle:,.0f}",
                "" if (latency := series.also("latency")) is None else f"{latency:.2f}",
                "" if (cpu := series.also("cpu")) is None else f"{cpu:.2f}",
            )
            for (hot, clients), found in cells.items()
            for name, series in found.items()
        ],
    )
