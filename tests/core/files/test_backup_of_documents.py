"""Documents in a backup: all of them, unaltered, whatever is tidied up meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core.backup import BackupFailed, back_up, restore
from core.backup.documents import listed_documents
from core.database import Database
from core.files import tidy_documents
from core.files.store import DocumentStore
from core.settings import Settings
from tests.core.files.conftest import Desk
from tests.support import databases
from tests.support.files import pdf


@pytest.fixture
async def elsewhere(server_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """An empty database and an empty store."""
    name = await databases.clone(server_url, "template1")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "personal.key").symlink_to(tmp_path / "personal.key")
    yield Settings(data_dir=folder, database_url=databases.database_url(server_url, name))
    await databases.drop(server_url, name)


async def read(settings: Settings, key: str) -> bytes:
    return b"".join([chunk async for chunk in DocumentStore.of(settings).read_all(key)])


async def test_documents_are_in_the_restored_store_where_the_restored_database_says(
    desk: Desk, elsewhere: Settings, tmp_path: Path
) -> None:
    await desk.filed(1, 2)
    stored = await desk.stored()
    manifest = await back_up(desk.house.settings, tmp_path / "backup.tar", plugins=desk.house.plugins)
    assert manifest.document_count == len(stored) > 0
    assert manifest.document_size == sum(each["size"] for each in stored)
    await restore(elsewhere, desk.house.plugins, tmp_path / "backup.tar")
    assert elsewhere.database_url is not None
    database = await Database.connect(databases.application_url(elsewhere.database_url), size=1)
    try:
        async with database.reading() as tx:
            keys = await tx.connection.fetch("SELECT sha256, store_key FROM stored_file ORDER BY id")
    finally:
        await database.close()
    assert [each["sha256"] for each in keys] == [each["sha256"] for each in stored]
    for each in keys:
        assert await read(elsewhere, each["store_key"]) == await read(desk.house.settings, each["store_key"])


async def test_a_document_that_is_lost_or_altered_fails_the_backup_by_its_name(desk: Desk, tmp_path: Path) -> None:
    filing = await desk.drafted(1)
    for words in ("하나", "둘"):
        await desk.attached(filing, None, content=pdf(words))
    first, second = await desk.stored()
    folder = DocumentStore.of(desk.house.settings).folder
    assert folder is not None
    content = (folder / first["store_key"]).read_bytes()
    (folder / first["store_key"]).write_bytes(b"x" + content[1:])
    with pytest.raises(BackupFailed, match=first["sha256"]):
        await back_up(desk.house.settings, tmp_path / "backup", plugins=desk.house.plugins)
    (folder / first["store_key"]).write_bytes(content)
    (folder / second["store_key"]).unlink()
    with pytest.raises(BackupFailed, match=second["sha256"]):
        await back_up(desk.house.settings, tmp_path / "backup", plugins=desk.house.plugins)
    assert not (tmp_path / "backup").exists()


async def test_a_document_altered_in_the_backup_is_never_restored(
    desk: Desk, elsewhere: Settings, tmp_path: Path
) -> None:
    await desk.filed()
    await back_up(desk.house.settings, tmp_path / "backup", plugins=desk.house.plugins)
    document = next((tmp_path / "backup" / "documents").glob("*/*"))
    document.write_bytes(document.read_bytes() + b"x")
    with pytest.raises(BackupFailed, match=document.name):
        await restore(elsewhere, desk.house.plugins, tmp_path / "backup")


async def test_what_is_being_backed_up_is_not_tidied_away_meanwhile(desk: Desk) -> None:
    filing = await desk.drafted(1)
    await desk.attached(filing, "plan")
    await desk.cancel(filing)
    assert desk.house.settings.owner_url is not None
    connection = await asyncpg.connect(desk.house.settings.owner_url)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            listed = await listed_documents(connection)
            desk.house.clock.forward(days=400)  # type: ignore[attr-defined]
            assert (await tidy_documents(desk.house)).files == 0
            assert await read(desk.house.settings, listed[0].key)
    finally:
        await connection.close()
    assert (await tidy_documents(desk.house)).files == 1
