"""Using an embedded PostgreSQL: held by a lock that the kernel takes back from whoever ends, however it ends."""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core.database.embedded import keeper
from core.database.embedded.folder import (
    SUPERUSER,
    FolderUnusable,
    make_cluster,
    programs,
    socket_folder,
    user_for,
)

LOOK_EVERY = 0.05
KEEPER_LOOKED_AFTER_EVERY = 0.5
NOTICED_WITHIN = 2.0  # seconds a keeper needs at most to notice that nobody is left
PATIENCE = 60.0  # seconds a server that starts again is waited for


class Held:
    """An embedded server this process uses. Its keeper is started when there is none, and again when it is killed."""

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        self.folder = folder
        self.options = options
        self.sockets = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._working = threading.Lock()
        self._users = _lock_file(folder, "users")
        fcntl.flock(self._users, fcntl.LOCK_SH)  # waits for a keeper that is about to end
        try:
            self._until_ready()
        except BaseException:
            os.close(self._users)
            raise
        atexit.register(self.let_go)
        threading.Thread(target=self._look_after_keeper, name="embedded-postgres", daemon=True).start()

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={self.sockets}"

    def is_up(self) -> bool:
        return keeper.status(str(self.folder))[1] == "ready" and keeper.is_alive(keeper.postmaster(str(self.folder)))

    def let_go(self) -> None:
        """Use it no more. The last who does waits until PostgreSQL has ended."""
        with self._working:
            if self._users < 0:
                return
            users, self._users = self._users, -1
            alone = _try_lock(users, fcntl.LOCK_EX)
            os.close(users)
        begun = time.monotonic()
        while alone and time.monotonic() - begun < PATIENCE:
            if self._can_lock("keeper", fcntl.LOCK_EX):  # there is no keeper any more
                return
            if time.monotonic() - begun > NOTICED_WITHIN and self._can_lock("users", fcntl.LOCK_SH):
                return  # somebody else has come meanwhile: the keeper stays
            time.sleep(LOOK_EVERY)

    def _can_lock(self, name: str, kind: int) -> bool:
        file = _lock_file(self.folder, name)
        try:
            return _try_lock(file, kind)
        finally:
            os.close(file)

    def _until_ready(self) -> None:
        until = time.monotonic() + PATIENCE
        while not (self._start_keeper() or self.is_up()):
            if time.monotonic() > until:
                raise FolderUnusable(self.folder, keeper.reason(str(self.folder / "log")))
            time.sleep(LOOK_EVERY)
        self.sockets = socket_folder(self.folder, user_for(self.folder))

    def _start_keeper(self) -> bool:
        """Whether there was no keeper, and one was started, with PostgreSQL ready."""
        lock = _lock_file(self.folder, "keeper")
        try:
            if not _try_lock(lock, fcntl.LOCK_EX):
                return False
            user = user_for(self.folder)
            make_cluster(self.folder, user)
            sockets = socket_folder(self.folder, user)
            self._spawn(lock, sockets, None if user is None else (user.uid, user.gid))
            return True
        except (OSError, subprocess.SubprocessError) as error:
            raise FolderUnusable(self.folder, error) from error
        finally:
            os.close(lock)  # the keeper has it now

    def _spawn(self, lock: int, sockets: Path, user: tuple[int, int] | None) -> None:
        reading, writing = os.pipe()
        command = [programs() / "postgres", "-D", self.folder, "-k", sockets]
        for option in ("listen_addresses=", "lc_messages=C", *self.options):
            command += ["-c", option]
        given = {
            "folder": str(self.folder), "command": [str(each) for each in command], "user": user, "lock": lock,
            "report": writing, "users": str(_lock_path(self.folder, "users")),
        }  # fmt: skip
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-W", "ignore", keeper.__file__, json.dumps(given)],
                pass_fds=(lock, writing), start_new_session=True, cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as report:
            said = report.read()
        if said != "ready":
            raise FolderUnusable(
                self.folder, said.partition("failed ")[2].partition("failed ")[0] or "its keeper ended at once"
            )

    def _look_after_keeper(self) -> None:
        while True:
            time.sleep(KEEPER_LOOKED_AFTER_EVERY)
            with self._working:
                if self._users < 0:
                    return
                with suppress(FolderUnusable):  # told by whoever asks the database; tried again
                    self._start_keeper()


def _lock_path(folder: Path, name: str) -> Path:
    return folder.with_name(f"{folder.name}.{name}")


def _lock_file(folder: Path, name: str) -> int:
    return os.open(_lock_path(folder, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
