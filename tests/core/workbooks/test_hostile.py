"""Whatever stands in a file: it is read or refused, by the same child, and the next file is read like the first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from core.documents.spreadsheets import Table, open_workbook, read_table
from core.readers.failures import ReaderFailed
from core.readers.pool import Readers
from tests.core.documents.workbooks import COLUMNS, GOOD, HEADER, workbook
from tests.support.hostile import hostile_workbooks, mutated

READ_AS_IF_NOTHING_WERE = ("strings", "dimension", "styles", "merges", "format codes")


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    found = Readers(at_once=1, megabytes=512)
    yield found
    found.close()


def read(readers: Readers, data: bytes) -> Table | ReaderFailed:
    try:
        return read_table(asyncio.run(open_workbook(readers, data, COLUMNS, asker=None)))
    except ReaderFailed as failed:
        return failed


@pytest.mark.parametrize(("name", "data"), [pytest.param(*each, id=each[0]) for each in hostile_workbooks()])
def test_a_hostile_workbook_is_refused_in_words_and_ends_no_reader(readers: Readers, name: str, data: bytes) -> None:
    read(readers, workbook([HEADER, GOOD]))
    before = readers.process_ids
    table = read(readers, data)
    assert isinstance(table, Table), table
    assert table.problems or name.startswith(READ_AS_IF_NOTHING_WERE) or len(table.rows) == 1
    assert all(each.reason.ko and each.reason.en for each in table.problems)
    if name.startswith("dimension"):
        assert (len(table.rows), table.problems) == (1, ())
    assert readers.process_ids in (before, ())  # none when a fat one made room


@pytest.mark.parametrize("begin", range(0, 600, 100))
def test_files_changed_at_random_are_read_or_refused(readers: Readers, begin: int) -> None:
    for seed in range(begin, begin + 100):
        found = read(readers, mutated(seed))
        assert isinstance(found, Table), f"seed {seed}: {found}"
        assert found.rows or found.problems, f"seed {seed}"
    assert isinstance(read(readers, workbook([HEADER, GOOD])), Table)
