"""A restore that is killed: at every step what was there is there, whichever of its processes goes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backup import BackupFailed, Step, restore, tools_for
from core.plugins import Plugins
from tests.core.backup.scene import Scene, everything, lived_in, scene, stopped_at
from tests.schema.test_commands import dure
from tests.support import databases
from tests.support.servers import DURE, ROOT

BEFORE_COMMIT = [step.name for step in Step if step is not Step.DONE]
SECTIONS = ("pre-data", "data", "post-data")


@pytest.fixture(scope="module")
def there(
    server_url: str, template: str, installed: Plugins, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    with scene(server_url, template, tmp_path_factory.mktemp("killed") / "data", installed) as made:
        yield made


@pytest.fixture
def empty(server_url: str) -> Iterator[str]:
    name = asyncio.run(databases.clone(server_url, "template1"))
    yield databases.database_url(server_url, name)
    asyncio.run(databases.drop(server_url, name))


def halting_tools(folder: Path, section: str, *, wait_for: Path | None = None) -> Path:
    """The true tools, but that `pg_restore` writes its process into `pid` and halts in the middle of this section.

    With `wait_for` it halts before it begins, until that file is there, and then is the true one.
    """
    true = tools_for(18)
    folder.mkdir()
    (folder / "pg_dump").symlink_to(true / "pg_dump")
    halt = f'"{true}/pg_restore" "$@" | head -c 3000\nexec sleep 600'
    if wait_for is not None:
        halt = f'while ! [ -e "{wait_for}" ]; do sleep 0.05; done\nexec "{true}/pg_restore" "$@"'
    (folder / "pg_restore").write_text(
        f'#!/bin/bash\ncase "$*" in *--section={section}*) ;; *) exec "{true}/pg_restore" "$@";; esac\n'
        f'echo $$ > "{folder}/pid.new"; mv "{folder}/pid.new" "{folder}/pid"\n{halt}\n'
    )
    (folder / "pg_restore").chmod(0o755)
    return folder


def process_of(tools: Path) -> int:
    for _ in range(1200):
        if (tools / "pid").exists():
            return int((tools / "pid").read_text())
        time.sleep(0.05)
    raise AssertionError("pg_restore was not started")


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.parametrize("step", BEFORE_COMMIT)
def test_killed_at_any_step_what_was_there_is_there(there: Scene, step: str) -> None:
    with stopped_at(step, there.url, there.folder, there.backup, replace=True) as process:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert asyncio.run(everything(there.url)) == there.holds


@pytest.mark.parametrize("step", ["DOCUMENTS", "ROWS", "COMMIT"])
def test_killed_at_any_step_an_empty_database_is_empty(there: Scene, empty: str, step: str) -> None:
    before = asyncio.run(everything(empty))
    with stopped_at(step, empty, there.folder, there.backup, replace=False) as process:
        process.kill()
    assert asyncio.run(everything(empty)) == before


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("killed", ["pg_restore", "both"])
def test_killed_with_its_tool_what_was_there_is_there(there: Scene, tmp_path: Path, section: str, killed: str) -> None:
    tools = halting_tools(tmp_path / "tools", section)
    step = {"pre-data": "SHAPE", "data": "ROWS", "post-data": "INDEXES"}[section]
    env = {"DURE_POSTGRES_BIN": str(tools)}
    with stopped_at(step, there.url, there.folder, there.backup, replace=True, **env) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write("\n")
        process.stdin.flush()
        tool = process_of(tools)
        if killed == "both":
            process.kill()
        os.kill(tool, signal.SIGKILL)
        said = process.stderr.read()
        assert process.wait() != 0
    assert killed == "both" or "pg_restore" in said
    assert asyncio.run(everything(there.url)) == there.holds


def test_the_tool_ends_with_the_restore_that_started_it(there: Scene, tmp_path: Path) -> None:
    go = tmp_path / "go"
    tools = halting_tools(tmp_path / "tools", "pre-data", wait_for=go)
    env = {"DURE_POSTGRES_BIN": str(tools)}
    with stopped_at("SHAPE", there.url, there.folder, there.backup, replace=True, **env) as process:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        tool = process_of(tools)
        process.kill()
    go.touch()
    for _ in range(1200):
        if not is_running(tool):
            break
        time.sleep(0.05)
    assert not is_running(tool)
    assert asyncio.run(everything(there.url)) == there.holds


def test_nothing_is_served_or_restored_while_a_restore_runs(there: Scene) -> None:
    env = {**databases.addresses(there.url), "DURE_DATA_DIR": str(there.folder)}
    with stopped_at("ROWS", there.url, there.folder, there.backup, replace=True):
        for words in (("migrate",), ("verify",), ("restore", str(there.backup), "--replace")):
            ended = dure(*words, **env)
            assert ended.returncode == 2, ended.stdout + ended.stderr
            assert "under way" in ended.stderr
            assert len(ended.stderr.splitlines()) == 1
    assert asyncio.run(everything(there.url)) == there.holds


async def test_after_a_killed_restore_the_next_one_succeeds(
    server_url: str, template: str, installed: Plugins, tmp_path: Path
) -> None:
    name = await databases.clone(server_url, template)
    try:
        made = await lived_in(databases.database_url(server_url, name), tmp_path / "data", installed)
        with stopped_at("VERIFICATION", made.url, made.folder, made.backup, replace=True) as process:
            process.kill()
        with pytest.raises(BackupFailed, match="--replace"):
            await restore(made.settings, installed, made.backup)
        await restore(made.settings, installed, made.backup, replace=True)
        assert await everything(made.url) == made.held
    finally:
        await databases.drop(server_url, name)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_told_to_stop_it_ends_quietly(there: Scene, tmp_path: Path, sent: signal.Signals, code: int) -> None:
    tools = halting_tools(tmp_path / "tools", "data")
    env = {**databases.addresses(there.url), "DURE_DATA_DIR": str(there.folder), "DURE_POSTGRES_BIN": str(tools)}
    with subprocess.Popen(
        [DURE, "restore", str(there.backup), "--replace"], cwd=ROOT, env={**os.environ, **env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        tool = process_of(tools)
        process.send_signal(sent)
        _, said = process.communicate()
    assert (process.returncode, "Traceback" in said) == (code, False), said
    assert not is_running(tool)
    assert asyncio.run(everything(there.url)) == there.holds


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_backup_that_is_killed_is_not_there(there: Scene, tmp_path: Path, sent: signal.Signals, code: int) -> None:
    true, tools = tools_for(18), tmp_path / "tools"
    tools.mkdir()
    (tools / "pg_restore").symlink_to(true / "pg_restore")
    (tools / "pg_dump").write_text(
        f'#!/bin/bash\n[ "$1" = --version ] && exec "{true}/pg_dump" --version\necho $$ > "{tools}/pid.new"\n'
        f'mv "{tools}/pid.new" "{tools}/pid"\n"{true}/pg_dump" "$@" | head -c 3000\nexec sleep 600\n'
    )
    (tools / "pg_dump").chmod(0o755)
    env = {**databases.addresses(there.url), "DURE_DATA_DIR": str(there.folder), "DURE_POSTGRES_BIN": str(tools)}
    target = tmp_path / "copies" / "backup.tar"
    with subprocess.Popen([DURE, "backup", str(target)], cwd=ROOT, env={**os.environ, **env}) as process:
        tool = process_of(tools)
        process.send_signal(sent)
    assert process.returncode == code
    assert not target.exists()
    if sent is signal.SIGTERM:
        assert list(target.parent.iterdir()) == []
        assert not is_running(tool)
    else:
        os.kill(tool, signal.SIGKILL)
