"""What a restore is refused for, and what it fails by: the database is as it was, every time."""

from __future__ import annotations

import asyncio
import shutil
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from core.backup import BackupFailed, Unproven, back_up, restore, tools_for
from core.backup.archive import DATABASE, DOCUMENTS, MANIFEST
from core.migrations.run import configuration, on_connection
from core.personal import new_key
from core.plugins import Plugins
from tests.core.backup.scene import Scene, everything, lived_in, scene, settings_of
from tests.core.test_migrations import pending
from tests.schema.test_commands import dure
from tests.support import databases


@pytest.fixture(scope="module")
def there(
    server_url: str, template: str, installed: Plugins, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    with scene(server_url, template, tmp_path_factory.mktemp("refused"), installed) as made:
        yield made


@pytest.fixture
async def empty(server_url: str) -> AsyncIterator[str]:
    name = await databases.clone(server_url, "template1")
    yield databases.database_url(server_url, name)
    await databases.drop(server_url, name)


@pytest.fixture
def copy(there: Scene, tmp_path: Path) -> Path:
    """The backup, to be damaged."""
    return Path(shutil.copytree(there.backup, tmp_path / "copy"))


async def do(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def head_of_core() -> str:
    return str(ScriptDirectory.from_config(configuration(())).get_current_head())


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def refused(there: Scene, plugins: Plugins, source: Path, match: str, **settings: object) -> None:
    with pytest.raises(BackupFailed, match=match):
        await restore(there.settings.model_copy(update=settings), plugins, source, replace=True)
    assert await everything(there.url) == there.holds


async def test_other_personal_keys(there: Scene, installed: Plugins, tmp_path: Path) -> None:
    ended = await asyncio.to_thread(
        dure, "restore", str(there.backup), "--replace",
        DURE_DATA_DIR=str(there.folder), DURE_PERSONAL_KEYS=new_key(), **databases.addresses(there.url),
    )  # fmt: skip
    assert ended.returncode == 2
    assert "DURE_PERSONAL_KEYS" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert await everything(there.url) == there.holds
    await refused(there, installed, there.backup, "personal.key", data_dir=tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere" / "personal.key").exists()


async def test_plugins_that_are_not_installed(there: Scene, installed: Plugins) -> None:
    (one, *_) = installed.owners.values()
    others = Plugins({name: installed._manager.get_plugin(name) for name in installed.names if name != one})
    await refused(there, others, there.backup, one)


@pytest.mark.parametrize("plugins_known", [True, False])
async def test_revisions_that_are_not_known(
    server_url: str, template: str, installed: Plugins, there: Scene, tmp_path: Path, plugins_known: bool
) -> None:
    name = await databases.clone(server_url, template)
    try:
        later = settings_of(databases.database_url(server_url, name), there.folder)
        await do(
            later.owner_url or "",
            f"UPDATE alembic_version SET version_num = '9999_later' WHERE version_num = '{head_of_core()}'",
        )
        await back_up(later, tmp_path / "later", plugins=installed if plugins_known else None)
    finally:
        await databases.drop(server_url, name)
    await refused(there, installed, tmp_path / "later", "9999_later")


async def test_an_older_revision_is_migrated_before_it_counts(
    empty: str, server_url: str, installed: Plugins, tmp_path: Path
) -> None:
    config = configuration(())
    script = ScriptDirectory.from_config(config)
    head = script.get_revision("heads")
    assert head is not None

    def upgrade(connection: object) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, str(head.down_revision))

    await on_connection(empty, upgrade)
    await back_up(settings_of(empty, tmp_path), tmp_path / "older")
    name = await databases.clone(server_url, "template1")
    try:
        newer = databases.database_url(server_url, name)
        found = await restore(settings_of(newer, tmp_path), installed, tmp_path / "older")
        assert found.verification.agrees
        assert found.verification.empty
        assert await pending(newer, installed) == []
    finally:
        await databases.drop(server_url, name)


@pytest.mark.parametrize("part", [MANIFEST, DATABASE, DOCUMENTS])
async def test_a_flipped_bit(there: Scene, installed: Plugins, copy: Path, part: str) -> None:
    content = (copy / part).read_bytes()
    for place in range(0, len(content), max(len(content) // 40, 1)):
        (copy / part).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(BackupFailed):
            await restore(there.settings, installed, copy, replace=True)
    assert await everything(there.url) == there.holds


@pytest.mark.parametrize("share", [0, 0.3, 0.999])
async def test_a_truncated_archive(there: Scene, installed: Plugins, tmp_path: Path, share: float) -> None:
    whole = tmp_path / "whole.tar"
    with tarfile.open(whole, "w") as tar:
        tar.add(there.backup, arcname=".")
    cut = tmp_path / "cut.tar"
    content = whole.read_bytes()
    cut.write_bytes(content[: int(len(content.rstrip(b"\0")) * share)])
    await refused(there, installed, cut, r"cut\.tar|database\.dump|documents\.txt|manifest")
    assert names(tmp_path) == ["cut.tar", "whole.tar"]


async def test_a_dump_that_ends_in_the_middle(there: Scene, installed: Plugins, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    true = tools_for(18)
    (tmp_path / "tools" / "pg_dump").symlink_to(true / "pg_dump")
    script = (
        f'#!/bin/bash\ncase "$*" in *--section=data*) "{true}/pg_restore" "$@" | head -c 3000;;'
        f' *) exec "{true}/pg_restore" "$@";; esac\n'
    )
    (tmp_path / "tools" / "pg_restore").write_text(script)
    (tmp_path / "tools" / "pg_restore").chmod(0o755)
    await refused(there, installed, there.backup, "ends in the middle", postgres_bin=tmp_path / "tools")


async def test_what_does_not_pass_verification_is_undone_unless_it_is_wanted(
    server_url: str, template: str, installed: Plugins, there: Scene, empty: str, tmp_path: Path
) -> None:
    name = await databases.clone(server_url, template)
    try:
        made = await lived_in(databases.database_url(server_url, name), tmp_path, installed)
        await do(
            made.url, "SET session_replication_role = replica", "UPDATE account SET posted = posted + 1 WHERE floored"
        )
        await back_up(made.settings, tmp_path / "altered", plugins=installed)
    finally:
        await databases.drop(server_url, name)
    keys = {"data_dir": tmp_path}
    with pytest.raises(Unproven) as caught:
        await restore(there.settings.model_copy(update=keys), installed, tmp_path / "altered", replace=True)
    assert not caught.value.verification.agrees
    assert await everything(there.url) == there.holds
    settings = settings_of(empty, tmp_path)
    found = await restore(settings, installed, tmp_path / "altered", accept_discrepancies=True)
    assert not found.verification.agrees
