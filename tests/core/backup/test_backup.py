"""Backing up and restoring: real tools, real data, and everything that may be wrong with a backup or its target."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core.backup import BackupFailed, back_up, refuse_unfinished, restore, tools_for
from core.backup.archive import DATABASE, MANIFEST
from core.backup.tools import without_password
from core.house import House
from core.settings import Settings
from tests.schema.test_commands import dure
from tests.support import databases
from tests.support.world import counts, give, organization, rows

PROGRAM = "mileage_innovation"


@pytest.fixture
async def empty(server_url: str) -> AsyncIterator[str]:
    """Another database of the same server, with nothing in it."""
    name = await databases.clone(server_url, "template1")
    yield databases.database_url(server_url, name)
    await databases.drop(server_url, name)


@pytest.fixture
async def lived_in(house: House) -> House:
    """A house where something happened."""
    for serial in (1, 2, 3):
        await give(house, PROGRAM, await organization(house, serial, sme=True), 100 * serial)
    return house


def settings_of(url: str, folder: Path) -> Settings:
    return Settings(data_dir=folder, database_url=url)


async def ask(url: str, sql: str, before: str = "SELECT") -> object:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(before)
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
async def test_what_was_backed_up_is_there_again_with_its_grants_and_triggers(
    lived_in: House, empty: str, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    manifest = await back_up(lived_in.settings, target)
    assert manifest.revisions
    before = await counts(lived_in)
    await give(lived_in, PROGRAM, await organization(lived_in, 4), 7)  # what came later is not in it
    ended = await asyncio.to_thread(
        dure,
        "restore",
        str(target),
        **databases.addresses(empty),
        DURE_DATA_DIR=str(tmp_path),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "All agree." in ended.stdout
    connection = await asyncpg.connect(empty)
    try:
        found = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in before}
        found |= {"benefit": before["benefit"], "benefit_terms": before["benefit_terms"]}  # written down at the start
        assert found | {"audit_event": 0} == before | {"audit_event": 0}
        await connection.execute("SET ROLE dure_app")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("INSERT INTO entry DEFAULT VALUES")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM audit_event")
        await connection.execute("RESET ROLE")
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await connection.execute("UPDATE entry SET amount = amount + 1")
    finally:
        await connection.close()


async def test_a_damaged_database_is_replaced_by_its_backup(lived_in: House, tmp_path: Path) -> None:
    url = lived_in.settings.owner_url
    assert url is not None
    await back_up(lived_in.settings, tmp_path / "backup")
    await lived_in.database.close()
    await ask(url, "UPDATE account SET posted = posted + 1", "SET session_replication_role = replica")
    env = {**databases.addresses(url), "DURE_DATA_DIR": str(tmp_path)}
    damaged = await asyncio.to_thread(dure, "verify", **env)
    assert damaged.returncode == 1
    refused = await asyncio.to_thread(dure, "restore", str(tmp_path / "backup"), **env)
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    restored = await asyncio.to_thread(dure, "restore", str(tmp_path / "backup"), "--replace", **env)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "All agree." in restored.stdout


async def test_a_backup_that_was_altered_is_refused(lived_in: House, empty: str, tmp_path: Path) -> None:
    await back_up(lived_in.settings, tmp_path / "backup")
    dump = tmp_path / "backup" / DATABASE
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)
    with pytest.raises(BackupFailed, match=r"database\.dump"):
        await restore(settings_of(empty, tmp_path), lived_in.plugins, tmp_path / "backup")
    (tmp_path / "backup" / MANIFEST).unlink()
    with pytest.raises(BackupFailed, match="is not a usable backup"):
        await restore(settings_of(empty, tmp_path), lived_in.plugins, tmp_path / "backup")
    assert await ask(empty, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_a_database_in_use_is_not_replaced(lived_in: House, tmp_path: Path) -> None:
    await back_up(lived_in.settings, tmp_path / "backup")
    with pytest.raises(BackupFailed, match="dure serve"):
        await restore(lived_in.settings, lived_in.plugins, tmp_path / "backup", replace=True)
    assert await rows(lived_in, "SELECT 1 FROM entry LIMIT 1")


async def test_a_backup_is_never_written_over(lived_in: House, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(BackupFailed, match="exists already"):
        await back_up(lived_in.settings, tmp_path / "backup")


async def test_a_backup_that_fails_leaves_nothing(lived_in: House, tmp_path: Path) -> None:
    settings = lived_in.settings.model_copy(update={"postgres_bin": tmp_path})
    with pytest.raises(BackupFailed, match="DURE_POSTGRES_BIN"):
        await back_up(settings, tmp_path / "copies" / "backup")
    assert not (tmp_path / "copies").exists()


def test_tools_that_are_too_old_are_not_taken(tmp_path: Path) -> None:
    for tool in ("pg_dump", "pg_restore"):
        (tmp_path / tool).write_text(f"#!{sys.executable}\nprint('{tool} (PostgreSQL) 15.4')\n")
        (tmp_path / tool).chmod(0o755)
    assert tools_for(14, tmp_path) == tmp_path
    with pytest.raises(BackupFailed, match="found: 15"):
        tools_for(16, tmp_path)
    assert subprocess.run([tools_for(18) / "pg_dump", "--version"], capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("url", "address", "password"),
    [
        ("postgresql://dure:p%40ss@host:5432/dure?sslmode=require", "postgresql://dure@host:5432/dure?sslmode=require",
         "p@ss"),
        ("postgresql://postgres:@/dure?host=/run/pg", "postgresql://postgres@/dure?host=/run/pg", ""),
        ("postgresql://host/dure?user=me&password=p", "postgresql://host/dure?user=me", "p"),
    ],
)  # fmt: skip
def test_the_tools_are_given_no_password_that_others_could_see(url: str, address: str, password: str) -> None:
    assert without_password(url) == (address, password)


async def test_what_an_early_version_left_aside_is_put_back_before_anything_is_served(
    lived_in: House, tmp_path: Path
) -> None:
    url = lived_in.settings.owner_url
    assert url is not None
    await back_up(lived_in.settings, tmp_path / "backup")
    before = await counts(lived_in)
    await lived_in.database.close()
    await ask(url, "SELECT 1", "ALTER SCHEMA public RENAME TO before_restore; CREATE SCHEMA public")
    connection = await asyncpg.connect(url)
    try:
        with pytest.raises(BackupFailed, match="dure restore"):
            await refuse_unfinished(connection)
    finally:
        await connection.close()
    with pytest.raises(BackupFailed, match="--replace"):
        await restore(lived_in.settings, lived_in.plugins, tmp_path / "backup")
    assert await ask(url, "SELECT count(*) FROM entry") == before["entry"]
    await ask(
        url, "SELECT 1", "ALTER SCHEMA public RENAME TO before_restore; CREATE SCHEMA public; CREATE TABLE later ()"
    )
    with pytest.raises(BackupFailed, match="before_restore"):
        await restore(lived_in.settings, lived_in.plugins, tmp_path / "backup", replace=True)
    assert await ask(url, "SELECT count(*) FROM before_restore.entry") == before["entry"]
