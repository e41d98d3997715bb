"""The embedded PostgreSQL: kept up while anybody uses it, ended with the last of them, refused with a reason."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import asyncpg
import httpx
import pytest

from core.database.embedded import keeper
from core.database.embedded.folder import socket_folder
from tests.schema.test_commands import dure
from tests.support.servers import DURE, ROOT, free_port

USING = """
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from core.database.embedded import embedded_url
print(embedded_url(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
pytestmark = pytest.mark.xdist_group("embedded")


def until(happened: Callable[[], object], what: str) -> None:
    """Wait until it has happened, two minutes at most."""
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


@dataclass
class User:
    """A process that uses the embedded server of a folder, and what it was told as its address."""

    process: subprocess.Popen[str]
    url: str

    def leave(self) -> None:
        """End as a process should."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(120) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)


@contextmanager
def using(folder: Path) -> Iterator[User]:
    process = subprocess.Popen(
        [sys.executable, "-c", USING, folder], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url, "it could not be used"
        yield User(process, url)
    finally:
        process.kill()
        process.wait(60)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def ask(url: str, sql: str = "SELECT 1") -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(url, timeout=5, command_timeout=5)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(asked())


def answers(url: str) -> bool:
    try:
        return ask(url) == 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


def running_on(folder: Path) -> list[int]:
    """Every process of the folder: its PostgreSQL, and its keeper."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            words = (each / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and ("postgres\0-D" in words or "keeper.py" in words):
            found.append(int(each.name))
    return found


def keeper_of(folder: Path) -> int:
    (found,) = [pid for pid in running_on(folder) if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return found


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's user may pass: pytest closes its own to everybody else, whenever a session begins."""
    with TemporaryDirectory(prefix="dure-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def cluster(place: Path) -> Path:
    """A data folder as `dure migrate` leaves it."""
    folder = place / "cluster"
    ended = dure("migrate", DURE_DATA_DIR=str(folder))
    assert ended.returncode == 0, ended.stderr
    assert running_on(folder / "postgres") == []  # a command that started it has ended it, by the time it ends
    return folder


@pytest.fixture
def data(cluster: Path, place: Path) -> Iterator[Path]:
    """A copy of it, which nobody uses any more when the test is over."""
    folder = Path(mkdtemp(dir=place)) / "data"
    subprocess.run(["cp", "-a", cluster, folder], check=True)
    yield folder
    until(lambda: not running_on(folder / "postgres"), "the end of the embedded server")


def refused(data: Path, **env: str) -> str:
    """What `dure serve` says on this folder: one line, and 2."""
    ended = dure("serve", DURE_DATA_DIR=str(data), DURE_PORT=str(free_port()), **env)
    assert ended.returncode == 2, ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_is_started_again_when_it_is_killed(data: Path, how: signal.Signals) -> None:
    folder = data / "postgres"
    with using(folder) as user:
        before = keeper.postmaster(str(folder))
        os.kill(before, how)
        until(lambda: keeper.postmaster(str(folder)) not in (0, before) and answers(user.url), "another PostgreSQL")
        os.kill(keeper.postmaster(str(folder)), how)
        until(lambda: answers(user.url), "another again")
        user.leave()
        assert running_on(folder) == []


def test_a_keeper_that_is_killed_is_replaced_and_so_is_its_server(data: Path) -> None:
    folder = data / "postgres"
    with using(folder) as user:
        first, before = keeper_of(folder), keeper.postmaster(str(folder))
        os.kill(first, signal.SIGKILL)
        until(lambda: not keeper.is_alive(before), "the end of a server without its keeper")
        until(lambda: answers(user.url), "another keeper")
        assert keeper_of(folder) != first
        assert len(running_on(folder)) == 2


def test_a_keeper_that_is_asked_to_end_stays_for_whoever_uses_the_server(data: Path) -> None:
    folder = data / "postgres"
    with using(folder) as user:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(keeper_of(folder), each)
        assert answers(user.url)


def test_it_stays_for_the_others_and_ends_with_the_last_however_that_ends(data: Path) -> None:
    folder = data / "postgres"
    with using(folder) as first, using(folder) as second, using(folder) as third:
        server = keeper.postmaster(str(folder))
        first.kill()  # it had started the server
        assert answers(second.url)
        second.leave()
        assert answers(third.url) and keeper.postmaster(str(folder)) == server
        third.kill()
        until(lambda: not running_on(folder), "the end with the last")
    with using(folder) as again:
        assert answers(again.url)
        again.leave()
        assert running_on(folder) == []


def test_many_that_come_at_once_share_one_server(data: Path) -> None:
    folder = data / "postgres"
    command = [sys.executable, "-c", USING, folder]
    together = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(5)
    ]
    urls = {each.stdout.readline().strip() for each in together if each.stdout is not None}
    assert len(urls) == 1 and answers(urls.pop())
    assert len(running_on(folder)) == 2
    for each in together:
        each.communicate()
        assert each.returncode == 0


def test_a_server_says_that_its_database_is_down_and_goes_on_when_it_is_back(data: Path) -> None:
    port = free_port()
    env = {**os.environ, "DURE_DATA_DIR": str(data), "DURE_PORT": str(port)}
    folder = data / "postgres"

    def ready() -> tuple[int, str]:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60)
        except httpx.TransportError:
            return 0, ""
        return answer.status_code, answer.json()["checks"]["database"]

    with (data / "server.log").open("w") as log:
        process = subprocess.Popen([DURE, "serve"], cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            until(lambda: ready()[0] == 200 or process.poll() is not None, "a server that is ready")
            assert process.poll() is None, (data / "server.log").read_text()
            os.kill(keeper_of(folder), signal.SIGSTOP)  # nobody starts it again for the moment
            server = keeper.postmaster(str(folder))
            os.kill(server, signal.SIGKILL)
            until(lambda: not keeper.is_alive(server), "the end of PostgreSQL")
            assert ready() == (503, "the embedded PostgreSQL has ended and is being started again")
            os.kill(keeper_of(folder), signal.SIGCONT)
            until(lambda: ready() == (200, "ok"), "a server that is ready again")
            query = {"query": "{ viewer { signedIn } benefits(first: 1) { nodes { id } } }"}
            answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json=query, timeout=60).json()
            assert "errors" not in answer
        finally:
            process.terminate()
            process.wait(120)
    assert running_on(folder) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: folder.chmod(0o777), "has invalid permissions. Permissions should be u=rwx (0700)"),
        (
            lambda folder: (folder / "PG_VERSION").write_text("16\n"),
            "initialized by PostgreSQL version 16, which is not compatible with this version 18",
        ),
        (lambda folder: (folder / "PG_VERSION").unlink(), "holds no PostgreSQL"),
        (lambda folder: (folder / "global" / "pg_control").unlink(), "pg_control"),
        (lambda folder: (folder / "postgresql.conf").write_text("shared_buffers = lots\n"), '"shared_buffers": "lots"'),
        (lambda folder: (shutil.rmtree(folder), folder.touch()), "it is no folder"),
        (lambda folder: (shutil.rmtree(folder), folder.symlink_to("/nowhere/at/all")), "it is a link to nothing"),
        (lambda folder: (folder.with_name("postgres.keeper").unlink(), folder.with_name("postgres.keeper").mkdir()),
         "postgres.keeper"),
    ],
    ids=["mode", "version", "no cluster", "control file", "setting", "file", "link", "lock"],
)  # fmt: skip
def test_a_folder_that_cannot_be_used_is_told_in_one_line(
    data: Path, spoil: Callable[[Path], object], says: str
) -> None:
    spoil(data / "postgres")
    said = refused(data)
    assert says in said
    assert str(data / "postgres") in said


def test_a_folder_on_which_another_server_runs_is_told_and_that_one_left_alone(data: Path) -> None:
    folder = data / "postgres"
    with using(folder) as user:
        copy = data.with_name("copy")
        (copy / "postgres").mkdir(parents=True)
        for name in ("PG_VERSION", "postmaster.pid"):
            shutil.copy(folder / name, copy / "postgres" / name)
        shutil.copystat(folder, copy / "postgres")
        shutil.chown(copy / "postgres", folder.stat().st_uid, folder.stat().st_gid)
        said = refused(copy)
        assert f"another PostgreSQL (process {keeper.postmaster(str(folder))}) runs on this folder" in said
        assert answers(user.url)


def test_what_a_killed_server_left_is_no_hindrance_when_its_number_is_anothers(data: Path) -> None:
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n 1 1\nready   \n")
    with using(data / "postgres") as user:
        assert answers(user.url)


def test_a_path_that_is_too_long_for_a_socket_will_do(cluster: Path, place: Path) -> None:
    data = place / ("a" * 60) / ("b" * 60)
    data.parent.mkdir()
    subprocess.run(["cp", "-a", cluster, data], check=True)
    folder = data / "postgres"
    with using(folder) as user:
        assert answers(user.url)
        sockets = Path(user.url.partition("host=")[2])
        assert sockets != folder and (sockets.stat().st_mode & 0o777) == 0o700
        user.leave()
    shutil.rmtree(sockets)
    sockets.symlink_to(place)  # somebody else was first
    try:
        with pytest.raises(Exception, match="is somebody else's"):
            socket_folder(folder, None)
    finally:
        sockets.unlink()
