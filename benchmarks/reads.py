"""Reads: a page of organizations with everything below, and one organization by its number."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from compare import Contender, Series, interleaved
from contenders import POOL, Server, bare, dure, dure_computing, loaded, pgbench, postgraphile, script
from data import Dataset, new_house
from load import fetched, get, in_turn, post
from report import Report, counted

from core.actor import Actor
from core.database import Database
from core.identity import actor_of_token
from core.plugins import Plugins
from schema.build import build_schema
from schema.context import Context
from schema.execution import Executor

PAGE = """query Page($first: Int!) {
  organizations(first: $first) {
    nodes {
      id businessNumber name kind
      accounts(first: 10) {
        nodes { id asset kind posted held entries(first: 10) { nodes { id amount balanceAfter effectiveOn } } }
      }
    }
  }
}"""
PAGE_THERE = """query Page($first: Int!) {
  organizations: allOrganizations(first: $first) {
    nodes {
      id businessNumber name kind
      accounts: accountsByOrganizationId(first: 10) {
        nodes {
          id asset kind posted held
          entries: entriesByAccountId(first: 10, orderBy: PRIMARY_KEY_DESC) {
            nodes { id amount balanceAfter effectiveOn }
          }
        }
      }
    }
  }
}"""
ONE = """query One($number: String!) {
  organization(businessNumber: $number) { id businessNumber name kind address }
}"""
ONE_THERE = """query One($number: String!) {
  organization: organizationByBusinessNumber(businessNumber: $number) { id businessNumber name kind address }
}"""
PAGE_COMPUTED = PAGE.replace("kind\n", "kind label\n", 1).replace("effectiveOn }", "effectiveOn line }")
ORDINARY, TRUSTED, COMPUTED = "Dure", "Dure, trusted document", "Dure, fields in Python"
FIRST = 100
NUMBERS = 64  # different organizations that are asked for in turn


TARGETS: dict[str, list[tuple[str, str, float | None]]] = {
    "page": [
        (ORDINARY, "PostGraphile", 2.3),
        (ORDINARY, "bare", 0.85),
        (ORDINARY, "pgbench", None),
        (TRUSTED, "PostGraphile", None),
        (COMPUTED, "PostGraphile", 0.8),
    ],
    "one": [
        (ORDINARY, "PostGraphile", 1.0),
        (TRUSTED, "PostGraphile", 1.5),
        (ORDINARY, "bare", None),
        (ORDINARY, "pgbench", None),
    ],
}


@dataclass(frozen=True)
class Asked:
    """A query in the words of both servers, the variables in turn, and Dure's SQL for it."""

    title: str
    query: str
    there: str
    variables: list[dict[str, Any]]
    sql: str
    arguments: list[list[Any]]


async def statements(dataset: Dataset, plugins: Plugins) -> list[Asked]:
    """Both queries, with the SQL that Dure sends for them."""
    numbers = [dataset.number(place * 7) for place in range(NUMBERS)]
    made = []
    async with _watched(dataset, plugins) as (ask, seen):
        for title, query, there, variables in (
            ("page of 100 organizations, nested accounts and entries", PAGE, PAGE_THERE, [{"first": FIRST}]),
            ("one organization by its number", ONE, ONE_THERE, [{"number": each} for each in numbers]),
        ):
            arguments = []
            for given in variables:
                seen.clear()
                await ask(query, given)
                assert len(seen) == 1, "a planned read is one statement"
                arguments.append(list(seen[0].args))
            made.append(Asked(title, query, there, variables, seen[0].query, arguments))
    return made


async def reads(
    report: Report, dataset: Dataset, plugins: Plugins, *, clients: tuple[int, ...], rounds: int, seconds: float
) -> None:
    page, one = await statements(dataset, plugins)
    report.say(
        "## Reads",
        "",
        "Rates against each other, the same data and the same SQL role; before anything is timed, the answers are read"
        " and found equal. *Bare* is a Starlette route that answers the JSON of the very statement Dure sends, over"
        " asyncpg as it comes, without GraphQL; *pgbench* runs that statement alone. A *trusted document* is asked for"
        " by its id. *Fields in Python* is the page with a label for each organization and a line for each entry that a"
        " plugin works out in Python; PostGraphile and the others answer the page without them. Who asks Dure is signed"
        " in, and proven by the same statement; who asks the others is nobody.",
        "",
    )
    with ExitStack() as stack:
        ours = stack.enter_context(dure(dataset.url, {"page": PAGE, "one": ONE}))
        servers = {
            ORDINARY: ours,
            TRUSTED: ours,
            COMPUTED: stack.enter_context(dure_computing(dataset.url)),
            "PostGraphile": stack.enter_context(postgraphile(dataset.url)),
            "bare": stack.enter_context(
                bare(dataset.url, {"page": (page.sql, page.arguments), "one": (one.sql, one.arguments)})
            ),
        }
        cells: dict[tuple[str, int], dict[str, Series]] = {}
        for name, asked in (("page", page), ("one", one)):
            taking_part = {key: server for key, server in servers.items() if name == "page" or key != COMPUTED}
            for many in clients:
                _require_equal(name, asked, taking_part, dataset)
                contenders: dict[str, Contender] = {}
                for server_name, server in taking_part.items():
                    contenders[server_name] = _loaded(
                        server, _requests(name, asked, server_name, dataset), many, seconds
                    )
                contenders["pgbench"] = _pgbench(dataset, asked, many, seconds)
                cells[name, many] = await interleaved(contenders, rounds)
                report.progress(f"reads: {name}, {counted(many)}", cells[name, many])
    _write(report, cells, {"page": page, "one": one})


def _requests(name: str, asked: Asked, server: str, dataset: Dataset) -> list[bytes]:
    if server == "bare":
        return [get(f"/{name}/{place}") for place in range(len(asked.arguments))]
    what: dict[str, str] = {"query": asked.query}
    if server == "PostGraphile":
        what = {"query": asked.there}
    elif server == TRUSTED:
        what = {"documentId": name}
    elif server == COMPUTED:
        what = {"query": PAGE_COMPUTED}
    bodies = [json.dumps({**what, "variables": given}).encode() for given in asked.variables]
    return [post(body, None if server == "PostGraphile" else dataset.auditor) for body in bodies]


def _require_equal(name: str, asked: Asked, servers: Mapping[str, Server], dataset: Dataset) -> None:
    """The first answer of every server says the same; ids are each server's own, and so is how a number is printed."""
    answers = {}
    for server_name, server in servers.items():
        found = json.loads(fetched(server.port, _requests(name, asked, server_name, dataset)[0]))
        answers[server_name] = _comparable(found.get("data", found))
    for server_name, answer in answers.items():
        expected = answers[ORDINARY]
        if name == "one" and server_name == "bare":
            expected = expected["organization"]
        elif server_name == "bare":
            expected = expected["organizations"]
        assert answer == expected and dataset.number(0) in str(answer), f"{server_name} answers {answer}"


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _comparable(each) for key, each in value.items() if key not in ("id", "label", "line")}
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    return None if value is None else str(value).casefold()


def _loaded(server: Server, requests: list[bytes], clients: int, seconds: float) -> Contender:
    async def once() -> tuple[float, Mapping[str, float]]:
        return await loaded(server, in_turn(requests), clients, seconds)

    return once


def _pgbench(dataset: Dataset, asked: Asked, clients: int, seconds: float) -> Contender:
    scripts = [script(asked.sql, arguments) for arguments in asked.arguments[:16]]

    async def once() -> float:
        return await pgbench(dataset.url, scripts, clients, seconds)

    return once


def _write(report: Report, cells: dict[tuple[str, int], dict[str, Series]], asked: dict[str, Asked]) -> None:
    for name, each in asked.items():
        report.say(f"### {each.title[0].upper()}{each.title[1:]}", "")
        rows = []
        for clients in sorted({many for _, many in cells}):
            found = cells[name, clients]
            for mine, other, target in TARGETS[name]:
                rows.append(report.compared(f"{mine} / {other}", clients, found[mine], found[other], target))
        report.ratios(rows)
        report.table(
            (
                "clients",
                "contender",
                "answers/s",
                "median latency, ms",
                "server CPU, ms an answer",
                "load CPU, ms an answer",
                "body, bytes",
            ),
            [
                (
                    str(clients),
                    contender,
                    f"{series.middle:,.0f}",
                    *(
                        _shown(series.also(key), form)
                        for key, form in (("latency", ".2f"), ("cpu", ".2f"), ("load", ".2f"), ("size", ",.0f"))
                    ),
                )
                for clients in sorted({many for _, many in cells})
                for contender, series in cells[name, clients].items()
            ],
        )
    report.say(
        f"PostGraphile checks no token. Every server has {POOL} connections. pgbench is all cores' worth of PostgreSQL"
        " and no server, so its distance is not Python's alone.",
        "",
    )


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


@asynccontextmanager
async def _watched(dataset: Dataset, plugins: Plugins) -> AsyncIterator[tuple[Any, list[Any]]]:
    """An executor in this process, and what it sends to the database."""
    database = await Database.connect(dataset.url, size=1)
    house = new_house(database, dataset.url, plugins)
    executor = Executor(build_schema(plugins))
    seen: list[Any] = []
    async with database.reading() as tx:  # the pool's only connection
        actor: Actor | None = await actor_of_token(tx, dataset.auditor, house.clock())
        tx.connection.add_query_logger(seen.append)
    assert actor is not None

    async def ask(query: str, variables: dict[str, Any]) -> bytes:
        context = Context(house=house, request_id="bench", actor=actor)
        answer = await executor.execute(query, variables, None, context)
        await asyncio.sleep(0)  # the driver tells its loggers a little later
        assert b'"errors"' not in answer.body, answer.body
        return answer.body

    try:
        await ask(PAGE, {"first": 1})  # the driver asks about types once
        yield ask, seen
    finally:
        await database.close()
