"""Bulk accrual: many rows earned at once, against the same rows when they lie in PostgreSQL already."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import Any

import asyncpg
from compare import Contender, Ratio, Series, interleaved
from data import ASSET, PROGRAM, SEED, Dataset, copy, drop, new_house
from report import Report

from core.calendar import now_in_seoul
from core.database import Database
from core.house import House
from core.ledgers import Credit, Earning, earn
from core.plugins import Plugins

LINES = 10  # credits of a transaction
COLUMNS = ("place", "key", "organization", "amount", "earned", "expires")
HASH = "0" * 64

STAGED = """CREATE TEMPORARY TABLE {name}
    (place int, key text, organization bigint, amount bigint, earned date, expires date)"""

# The function, given rows that are there.
EARN = """SELECT count(*) FROM ledger_earn($1, $2, 'earn', $3, NULL, '교육 수료',
    (SELECT array_agg(key || $4 ORDER BY place) FROM (SELECT DISTINCT place, key FROM {name}) AS t),
    (SELECT array_agg($5::text) FROM (SELECT DISTINCT place FROM {name}) AS t),
    (SELECT array_agg(key ORDER BY place) FROM (SELECT DISTINCT place, key FROM {name}) AS t),
    (SELECT array_agg(place) FROM {name}), (SELECT array_agg(organization) FROM {name}),
    (SELECT array_agg(amount) FROM {name}), (SELECT array_agg(earned) FROM {name}),
    (SELECT array_agg(expires) FROM {name}))"""

# The least that leaves the same rows behind: no keys compared, no locks, no balances after.
PLAIN = """WITH posted AS (
        INSERT INTO ledger_transaction
            (program, kind, idempotency_key, request_hash, effective_on, reason, reference)
        SELECT $1, 'earn', key || $4, $5, $3, '교육 수료', key FROM (SELECT DISTINCT place, key FROM {name}) AS t
        RETURNING id, idempotency_key
    ), line AS (
        SELECT p.id AS posting, a.id AS account, r.organization, r.amount, r.earned, r.expires FROM {name} AS r
        JOIN posted AS p ON p.idempotency_key = r.key || $4
        JOIN account AS a ON a.program = $1 AND a.asset = $2 AND a.kind = 'holder'
            AND a.organization_id = r.organization
    ), lots AS (
        INSERT INTO lot
            (account_id, organization_id, program, asset, transaction_id, earned_on, expires_on, amount, remaining)
        SELECT account, organization, $1, $2, posting, earned, expires, amount, amount FROM line
        RETURNING id, transaction_id, organization_id, amount
    ), moves AS (
        INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
        SELECT transaction_id, id, organization_id, amount FROM lots
    ), entries AS (
        INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
        SELECT posting, account, organization, $2, amount, amount, $3 FROM line
        UNION ALL
        SELECT posting, (SELECT id FROM account WHERE program = $1 AND asset = $2 AND kind = 'issuance'), NULL, $2,
            -sum(amount), NULL, $3 FROM line GROUP BY posting
        RETURNING id, account_id, amount, balance_after
    ), unfolded AS (
        INSERT INTO entry_unfolded (entry_id, account_id, amount)
        SELECT id, account_id, amount FROM entries WHERE balance_after IS NULL
    )
    UPDATE account AS a SET posted = a.posted + t.total
    FROM (SELECT account, sum(amount) AS total FROM line GROUP BY account) AS t WHERE a.id = t.account"""


async def bulk(
    report: Report, server: str, source: Dataset, plugins: Plugins, *, sizes: tuple[int, ...], rounds: int
) -> None:
    report.say(
        "## Bulk accrual",
        "",
        f"`core.ledgers.earn`, {LINES} rows a transaction, commit included, every row with its lot, its lot move and"
        " its entries. *Inside* is the same function given rows that lie in a table of PostgreSQL already; *COPY* sends"
        " them into such a table first; *plain* is one `INSERT … SELECT` chain over those rows that leaves as many rows"
        " behind without keys compared, locks or running balances.",
        "",
    )
    data = await copy(server, source, "bench_bulk", plugins)
    database = await Database.connect(data.url, size=1)
    owner = await asyncpg.connect(data.owner)
    cells = {}
    try:
        house = new_house(database, data.url, plugins)
        for size in sizes:
            rows = _rows(data, size)
            name = f"rows_{size}"
            await owner.execute(STAGED.format(name=name))
            await owner.copy_records_to_table(name, records=rows, columns=COLUMNS)
            await owner.execute(f"ANALYZE {name}")
            cells[size] = await interleaved(
                {
                    "Dure": _service(house, rows),
                    "inside": _inside(owner, EARN, name),
                    "COPY": _copied(owner, rows),
                    "plain": _inside(owner, PLAIN, name),
                },
                rounds,
            )
            report.progress(f"bulk, {size:,} rows, rows a second", cells[size])
    finally:
        await owner.close()
        await database.close()
        await drop(server, "bench_bulk")
    _write(report, cells)


def _rows(data: Dataset, size: int) -> list[tuple[Any, ...]]:
    chance = random.Random(SEED)
    made = []
    for line in range(size):
        earned = date(2026, 1, 1) - timedelta(days=chance.randint(0, 300))
        organization = data.first + chance.randrange(data.organizations)
        place = line // LINES + 1
        made.append((place, f"row:{place}", organization, chance.randint(1, 500), earned, date(2034, 1, 1)))
    return made


def _service(house: House, rows: list[tuple[Any, ...]]) -> Contender:
    async def once() -> float:
        run = time.time_ns()
        start = time.perf_counter()
        grouped: dict[int, list[Credit]] = {}
        for place, _, organization, amount, earned, expires in rows:
            credit = Credit(organization_id=organization, amount=amount, earned_on=earned, expires_on=expires)
            grouped.setdefault(place, []).append(credit)
        earnings = [
            Earning(key=f"row:{place}:{run}", reference=f"row:{place}", credits=tuple(credits))
            for place, credits in grouped.items()
        ]
        async with house.work() as work:
            await earn(work, program=PROGRAM, asset=ASSET, earnings=earnings, reason="교육 수료")
        return len(rows) / (time.perf_counter() - start)

    return once


def _inside(owner: asyncpg.Connection, sql: str, name: str) -> Contender:
    async def once() -> float:
        count = await owner.fetchval(f"SELECT count(*) FROM {name}")
        start = time.perf_counter()
        await owner.execute("BEGIN")
        await owner.fetch(sql.format(name=name), PROGRAM, ASSET, now_in_seoul().date(), f":{time.time_ns()}", HASH)
        await owner.execute("COMMIT")
        return float(count / (time.perf_counter() - start))

    return once


def _copied(owner: asyncpg.Connection, rows: list[tuple[Any, ...]]) -> Contender:
    async def once() -> float:
        start = time.perf_counter()
        await owner.execute("BEGIN")
        await owner.execute(STAGED.format(name="copied") + " ON COMMIT DROP")
        await owner.copy_records_to_table("copied", records=rows, columns=COLUMNS)
        await owner.fetch(EARN.format(name="copied"), PROGRAM, ASSET, now_in_seoul().date(), f":{time.time_ns()}", HASH)
        await owner.execute("COMMIT")
        return len(rows) / (time.perf_counter() - start)

    return once


def _write(report: Report, cells: dict[int, dict[str, Series]]) -> None:
    rows = []
    for size, found in cells.items():
        for other in ("inside", "COPY", "plain"):
            ratio = Ratio.of(found[other], found["Dure"])  # rates turned round: time over time
            target = 1.25 if other == "inside" and size == 100_000 else None
            verdict = (
                ""
                if target is None
                else report.judged(f"time of Dure / {other}, {size:,} rows", ratio.middle, target, "≤")
            )
            rows.append((f"Dure / {other}", f"{size:,}", str(ratio), verdict))
    report.table(("times", "rows", "median (lowest–highest of the rounds)", "target"), rows)
    report.table(
        ("rows", "contender", "seconds", "rows/s"),
        [
            (f"{size:,}", name, f"{size / series.middle:.3f}", f"{series.middle:,.0f}")
            for size, found in cells.items()
            for name, series in found.items()
        ],
    )
