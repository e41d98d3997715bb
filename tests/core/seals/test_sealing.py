"""Sealing trails behind the writers: it passes over nothing, seals nothing twice, and lets nobody in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from random import Random

import asyncpg
import pytest

from core.house import House
from core.seals import Sealed, head_line, latest_seal, seal_backlog, seal_by_number, seal_waiting, verify_seals
from tests.support.ledger import Points, as_owner, organizations, rows_of

EVENT = "INSERT INTO audit_event (action, subject_type, subject_id, request_id) VALUES ($1, 'b', 'c', 'd') RETURNING id"


@pytest.fixture
def points(house: House) -> Points:
    return Points(house)


async def lies_of(house: House) -> list[str]:
    async with house.database.transaction() as tx:
        return [lie for each in await verify_seals(tx) for lie in each.lies]


async def seals_of_events(house: House) -> dict[int, int]:
    found = await rows_of(house, "SELECT row_id, seal_id FROM seal_leaf WHERE of = 'audit_event'")
    return {row["row_id"]: row["seal_id"] for row in found}


async def waits(house: House) -> int:
    async with house.database.reading() as tx:
        return (await seal_backlog(tx)).rows


async def test_a_row_that_commits_late_under_a_low_id_is_not_passed_over(house: House) -> None:
    async with as_owner(house) as early, as_owner(house) as late:
        slow = late.transaction()
        await slow.start()
        low = await late.fetchval(EVENT, "commits late")
        high = await early.fetchval(EVENT, "commits early")
        assert low < high
        assert await seal_waiting(house) == Sealed(1, 1)
        await slow.commit()
    assert await seal_waiting(house) == Sealed(1, 1)
    assert await seals_of_events(house) == {high: 1, low: 2}
    assert await lies_of(house) == []


async def test_what_is_rolled_back_leaves_nothing_waiting(house: House) -> None:
    async with as_owner(house) as connection:
        undone = connection.transaction()
        await undone.start()
        await connection.execute(EVENT.replace("$1", "'undone'"))
        await undone.rollback()
    assert await waits(house) == 0
    assert await seal_waiting(house) == Sealed()


async def test_writers_and_sealers_at_once_leave_every_row_sealed_once(points: Points) -> None:
    """Eight writers that hold their transactions open for different times, three sealers among them all the while."""
    house, random = points.house, Random(7)
    companies = await organizations(house, 4)
    ended = asyncio.Event()

    async def write(serial: int) -> None:
        for turn in range(12):
            async with house.work() as work:
                work.record("tried", "thing", f"{serial}.{turn}")
                await work.write_events()
                work.events.clear()
                for _ in range(random.randrange(4)):
                    await work.tx.connection.execute("SELECT pg_sleep(0.004)")
            await points.earn(companies[serial % 4], 10)
            if turn % 3 == 0:
                hold = (await points.hold(companies[serial % 4], 5)).hold_id
                await (points.use if turn % 2 else points.release)(hold or 0)

    async def seal() -> int:
        rows = 0
        while not ended.is_set():
            rows += (await seal_waiting(house, most=9)).rows
        return rows

    sealers = [asyncio.create_task(seal()) for _ in range(3)]
    await asyncio.gather(*(write(serial) for serial in range(8)))
    ended.set()
    rows = sum(await asyncio.gather(*sealers)) + (await seal_waiting(house)).rows
    (found,) = await rows_of(house, "SELECT count(*) AS leaves, count(DISTINCT seal_id) AS seals FROM seal_leaf")
    assert found["leaves"] == rows
    assert found["seals"] > 10
    assert await waits(house) == 0
    assert len(await seals_of_events(house)) == 8 * 12
    assert await lies_of(house) == []


async def test_a_transaction_is_sealed_whole_however_many_lines_it_has(points: Points) -> None:
    companies = await organizations(points.house, 300)
    today = points.house.clock().date()
    await points.earn_all(("all at once", [(company, 10, today, None) for company in companies]))
    await seal_waiting(points.house, most=1)
    of = "SELECT l.of, count(*) AS n, count(DISTINCT seal_id) AS seals FROM seal_leaf l GROUP BY l.of"
    found = {row["of"]: (row["n"], row["seals"]) for row in await rows_of(points.house, of)}
    assert found["entry"] == (301, 1)
    assert found["lot"] == found["lot_move"] == (300, 1)
    assert found["account"] == (301, 301)
    assert await lies_of(points.house) == []


async def test_the_backlog_says_how_much_waits_and_since_when(house: House) -> None:
    async with house.database.reading() as tx:
        assert (await seal_backlog(tx)).oldest_seconds == 0
        await tx.connection.execute(EVENT.replace("$1", "'a'"))
        first = await seal_backlog(tx)
        await tx.connection.execute("SELECT pg_sleep(0.01)")
        later = await seal_backlog(tx)
    assert first.rows == later.rows == 1
    assert later.oldest_seconds > first.oldest_seconds > 0


async def test_a_head_is_the_digest_of_a_line_that_names_the_head_before(house: House) -> None:
    for action in ("one", "two"):
        async with house.work() as work:
            work.record(action, "thing", 1)
        await seal_waiting(house)
    async with house.database.reading() as tx:
        first, second, none = [await seal_by_number(tx, number) for number in (1, 2, 3)]
        assert await latest_seal(tx) == second
    assert first is not None
    assert second is not None
    assert none is None
    assert first.previous == "0" * 64
    assert second.previous == first.digest == sha256(head_line(first).encode()).hexdigest()
    assert second.digest == sha256(head_line(second).encode()).hexdigest()
    assert head_line(second).startswith(f"dure seal 1 2 {first.digest} {second.root} 1 20")


# ------------------------------------------------------------------------------------------- what must never happen


@pytest.fixture
async def sealed(house: House) -> AsyncIterator[House]:
    async with house.work() as work:
        work.record("done", "thing", 1)
    await seal_waiting(house)
    async with house.work() as work:
        work.record("waits", "thing", 1)
    yield house


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO {} DEFAULT VALUES", "UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
)
async def test_the_application_cannot_write_a_table_of_seals(sealed: House, statement: str) -> None:
    async with sealed.database.reading() as tx:
        for table, column in (("seal", "root"), ("seal_leaf", "digest"), ("seal_waiting", "source")):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.connection.execute(statement.format(table, column, column))


@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
async def test_not_even_the_owner_alters_a_seal(sealed: House, statement: str) -> None:
    async with as_owner(sealed) as connection:
        for table, column in (("seal", "root"), ("seal_leaf", "digest")):
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.execute(statement.format(table, column))
            assert caught.value.sqlstate == "DU000"


async def test_what_a_certificate_says_and_a_business_number_never_change(busy: House) -> None:
    async with as_owner(busy) as connection:
        for statement in (
            "UPDATE certificate SET effect_amount = 9",
            "UPDATE certificate SET valid_until = valid_until + 1",
            "DELETE FROM certificate",
            "UPDATE organization SET business_number = '0000000029'",
        ):
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.execute(statement)
            assert caught.value.sqlstate == "DU000", statement


async def test_no_seal_has_two_that_follow_it(sealed: House) -> None:
    async with as_owner(sealed) as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "INSERT INTO seal (id, version, leaves, root, previous, digest, salt, sealed_at)"
                " SELECT 2, 1, 1, root, previous, root, salt, sealed_at FROM seal"
            )


# -------------------------------------------------------------------------------------------------------- the tree


def root_by_definition(leaves: list[bytes]) -> bytes:
    """The tree hash as RFC 6962 defines it."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root_by_definition(leaves[:split]) + root_by_definition(leaves[split:])).digest()


def root_by_path(leaf: bytes, sides: list[str], hashes: list[bytes]) -> bytes:
    for side, beside in zip(sides, hashes, strict=True):
        leaf = sha256(b"\x01" + (beside + leaf if side == "left" else leaf + beside)).digest()
    return leaf


async def test_the_tree_is_that_of_rfc_6962_and_every_path_leads_to_its_root(house: House) -> None:
    async with house.database.reading() as tx:
        for size in (*range(1, 18), 31, 32, 33, 100):
            leaves = [sha256(bytes([number])).digest() for number in range(size)]
            root = await tx.connection.fetchval("SELECT seal_root($1)", leaves)
            assert root == root_by_definition(leaves), size
            for place in {1, 2, size // 2, size - 1, size} - {0} if size > 1 else {1}:
                row = await tx.connection.fetchrow("SELECT * FROM seal_path($1, $2)", leaves, place)
                assert root_by_path(leaves[place - 1], row["sides"], row["hashes"]) == root, (size, place)
