"""Readers: child processes that die, overrun or talk nonsense cost the one file they were reading, and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.documents.spreadsheets import open_workbook, read_table
from core.readers.failures import ReaderBusy, ReaderFailed
from core.readers.pool import Readers
from core.readers.turns import TooMany, Turns
from core.workbooks.query import Query
from tests.core.documents.workbooks import COLUMNS, GOOD, HEADER, with_rows, workbook
from tests.support.processes import is_gone, wait_until
from tests.support.servers import ROOT

SMALL = workbook([HEADER, GOOD])
LONG = workbook([HEADER, *[[*GOOD[:5], "가" * 20]] * 5_000])  # more than a pipe holds, as an answer
QUERY = Query(columns=COLUMNS, max_rows=50_000, max_inflated=200 * 1024**2).to_json()


@pytest.fixture
def readers() -> Iterator[Readers]:
    found = Readers(at_once=1)
    yield found
    found.close()


async def rows_of(readers: Readers, data: bytes) -> int:
    table = read_table(await open_workbook(readers, data, COLUMNS, asker=None))
    assert table.problems == ()
    return len(table.rows)


def killing(readers: Readers) -> Callable[[Iterator[Any]], int]:
    """Takes the first message of an answer, ends the child, and waits for the rest."""

    def take(messages: Iterator[Any]) -> int:
        next(messages)
        (process_id,) = readers.process_ids
        os.kill(process_id, signal.SIGKILL)
        return sum(1 for _ in messages)

    return take


async def test_a_child_stays_warm_for_the_next_file(readers: Readers) -> None:
    assert readers.process_ids == ()
    assert await rows_of(readers, SMALL) == 1
    first = readers.process_ids
    assert len(first) == 1
    assert await rows_of(readers, LONG) == 5_000
    assert readers.process_ids == first


async def test_a_child_killed_amid_a_file_refuses_that_file_and_is_replaced(readers: Readers) -> None:
    with pytest.raises(ReaderFailed) as caught:
        await readers.read("workbook", QUERY, LONG, killing(readers), asker=None)
    assert [each.code for each in caught.value.violations] == ["READER_ENDED"]
    assert caught.value.text.ko and caught.value.text.en
    assert readers.process_ids == ()
    assert await rows_of(readers, SMALL) == 1


async def test_a_child_killed_while_idle_costs_no_file(readers: Readers) -> None:
    await rows_of(readers, SMALL)
    (process_id,) = readers.process_ids
    os.kill(process_id, signal.SIGKILL)
    assert await rows_of(readers, SMALL) == 1
    assert readers.process_ids != (process_id,)


async def test_what_tells_a_whole_service_to_stop_ends_no_child_amid_a_file(readers: Readers) -> None:
    def take(messages: Iterator[Any]) -> int:
        next(messages)
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(readers.process_ids[0], each)
        return sum(1 for _ in messages)

    assert await readers.read("workbook", QUERY, LONG, take, asker=None) == 50


async def test_an_answer_that_is_none_refuses_the_file(readers: Readers) -> None:
    def take(messages: Iterator[Any]) -> None:
        raise ValueError("not what was asked for")

    with pytest.raises(ReaderFailed):
        await readers.read("workbook", QUERY, SMALL, take, asker=None)
    with pytest.raises(ReaderFailed):
        await readers.read("nothing_of_the_kind", {}, SMALL, list, asker=None)
    assert await rows_of(readers, SMALL) == 1


async def test_a_child_has_no_secrets_no_connections_and_limits(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURE_PERSONAL_KEYS", "a secret")
    await rows_of(readers, SMALL)
    (process_id,) = readers.process_ids
    there = Path(f"/proc/{process_id}")
    assert (there / "environ").read_bytes() == b"LC_ALL=C.UTF-8\0"
    opened = [str(each.readlink()) for each in (there / "fd").iterdir()]
    assert [each for each in opened if not each.startswith("pipe:") and each != os.devnull] == []
    limits = {line[:25].strip(): line[26:].split() for line in (there / "limits").read_text().splitlines()[1:]}
    memory = str(768 * 1024**2)
    assert limits["Max address space"][:2] == [memory, memory]
    assert limits["Max data size"][:2] == [memory, memory]
    assert limits["Max open files"][:2] == ["16", "16"]
    assert limits["Max file size"][:2] == ["0", "0"]
    assert limits["Max core file size"][:2] == ["0", "0"]
    assert int(limits["Max cpu time"][0]) <= 30
    assert "NoNewPrivs:\t1" in (there / "status").read_text()


async def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_is_read() -> None:
    readers = Readers(at_once=1, megabytes=128)
    try:
        rows = b" " * 140_000_000
        with pytest.raises(ReaderFailed) as caught:
            await open_workbook(readers, with_rows(rows), COLUMNS, asker=None)
        assert caught.value.violations[0].code in ("READER_MEMORY", "READER_ENDED")
        assert await rows_of(readers, SMALL) == 1
    finally:
        readers.close()


async def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read() -> None:
    readers = Readers(at_once=1, seconds=1)
    try:
        with pytest.raises(ReaderFailed) as caught:
            await open_workbook(
                readers, with_rows((b"<row>" + b"<c/>" * 16_000 + b"</row>") * 700), COLUMNS, asker=None
            )
        assert [each.code for each in caught.value.violations] == ["READER_SLOW"]
        assert await rows_of(readers, SMALL) == 1
    finally:
        readers.close()


async def test_a_caller_that_gives_up_ends_its_child_and_frees_the_turn(readers: Readers) -> None:
    begun, loop = asyncio.Event(), asyncio.get_running_loop()

    def take(messages: Iterator[Any]) -> int:
        next(messages)
        loop.call_soon_threadsafe(begun.set)
        wait_until(lambda: is_gone(ids[0]))
        return len(list(messages))

    await rows_of(readers, SMALL)
    ids = readers.process_ids
    reading = asyncio.create_task(readers.read("workbook", QUERY, LONG, take, asker=None))
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.to_thread(wait_until, lambda: is_gone(ids[0]))


PARENT = """
import asyncio, sys, time
from core.documents.spreadsheets import open_workbook
from core.readers.pool import Readers
from tests.core.readers.test_pool import COLUMNS, LONG, QUERY, SMALL

def take(messages):
    next(messages)
    print(*readers.process_ids, flush=True)
    time.sleep(600)

async def main():
    if sys.argv[1] == "busy":
        await readers.read("workbook", QUERY, LONG, take, asker=None)
    await open_workbook(readers, SMALL, COLUMNS, asker=None)
    print(*readers.process_ids, flush=True)
    await asyncio.sleep(600)

readers = Readers(at_once=1)
asyncio.run(main())
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_child_ends_with_a_parent_that_is_killed(state: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, state], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
        parent.wait(30)
        wait_until(lambda: is_gone(child))
    finally:
        parent.kill()
        parent.wait(30)
        if parent.stdout:
            parent.stdout.close()


async def test_who_waits_too_long_is_told_to_come_back(readers: Readers) -> None:
    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    go_on = asyncio.Event()

    def take(messages: Iterator[Any]) -> int:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(60)
        return len(list(messages))

    first = asyncio.create_task(readers.read("workbook", QUERY, SMALL, take, asker="one"))
    await begun.wait()
    with pytest.raises(ReaderBusy):
        await readers.read("workbook", QUERY, SMALL, list, asker="another", patience=0.01)
    go_on.set()
    await first
    assert await rows_of(readers, SMALL) == 1


def test_nobodys_second_file_comes_before_everybodys_first() -> None:
    turns = Turns(1, most=10, each=5)
    assert turns.take("a").done()
    waiting = {name: turns.take(name[0]) for name in ("a1", "a2", "a3", "b1", "b2", "c1")}
    order = []
    while waiting:
        turns.done()
        (begun,) = [name for name, turn in waiting.items() if turn.done()]
        order.append(begun)
        del waiting[begun]
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_those_who_wait_are_limited_and_those_who_left_do_not_count() -> None:
    turns = Turns(1, most=3, each=2)
    turns.take("a")
    first, second = turns.take("a"), turns.take("a")
    with pytest.raises(TooMany):
        turns.take("a")
    third = turns.take("b")
    with pytest.raises(TooMany):
        turns.take("c")
    assert first.cancel()
    fourth = turns.take("c")
    turns.done()
    assert (second.done(), third.done(), fourth.done()) == (True, False, False)
    assert third.cancel()
    turns.done()
    assert fourth.done()
    turns.done()
    assert turns.take("d").done()
