"""Keeps one embedded PostgreSQL up for as long as a process uses it, and ends it with the last of them.

Run as a script, by whoever uses the server first; it only waits, so it loads little. A process uses the server while
it holds the shared lock of `users`. The keeper waits for the exclusive one: the kernel gives it when the last user is
gone, however that ended. Whoever holds the lock of `keeper` is the only keeper of the folder.
"""

# ruff: noqa: PTH108, PTH110, PTH118, PTH123, PTH202

import ctypes
import fcntl
import json
import os
import re
import select
import signal
import sys
import threading
import time
from types import FrameType
from typing import TypedDict

PAUSES = (0.1, 0.5, 1, 2, 5, 10)  # seconds before PostgreSQL is started again
STEADY = 60  # seconds it has to run for its failures to be forgotten
PATIENCE = 60  # seconds it has to end by itself
LOOK_EVERY = 0.02
PR_SET_PDEATHSIG = 1
SAID = re.compile(r"\b(LOG|FATAL|PANIC|DETAIL|HINT):\s+(.*)$")
CAUSE = re.compile("could not|invalid|unrecognized|syntax error")  # what comes before the failure, and explains it


class Given(TypedDict):
    """What a keeper is told: paths, the command, whom it runs as, and two open files."""

    folder: str
    users: str
    command: list[str]
    user: tuple[int, int] | None
    lock: int
    report: int


class Failed(Exception):
    """PostgreSQL cannot run on this folder; what it says about it."""


class Keeper:
    """One folder, its PostgreSQL, and whether anybody still uses it."""

    def __init__(self, given: Given) -> None:
        self.folder = given["folder"]
        self.command = given["command"]
        self.user = given["user"]
        self.lock = given["lock"]
        self.report: int | None = given["report"]
        self.log = os.path.join(self.folder, "log")
        self.child = 0
        self.offset = 0  # in the log, where this start began
        self.unused = threading.Event()
        self.wakes, self.wake = os.pipe()
        for end in (self.wakes, self.wake):
            os.set_blocking(end, False)
        for fd in (given["lock"], given["report"]):
            os.set_inheritable(fd, False)
        self.users = os.open(given["users"], os.O_RDWR)
        self.libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def run(self) -> None:
        """Until nobody uses the server."""
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # meant for the servers, which end in their own time
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)
        threading.Thread(target=self._wait_for_last_user, daemon=True).start()
        failures = 0
        while not self.unused.is_set():
            started = time.monotonic()
            try:
                self._free_folder()
                self._start()
                self._until_ready()
                self._tell("ready")
                self._until_ended()
            except (Failed, OSError) as error:
                self._stop()
                if self.report is not None:
                    if not self.unused.is_set():
                        self._tell(f"failed {error}")
                    return
            if self.unused.is_set():
                break
            failures = 0 if time.monotonic() - started > STEADY else failures + 1
            self.unused.wait(PAUSES[min(failures, len(PAUSES) - 1)])
        self._stop()

    def _wait_for_last_user(self) -> None:
        fcntl.flock(self.users, fcntl.LOCK_EX)
        self.unused.set()
        os.write(self.wake, b"u")

    def _tell(self, what: str) -> None:
        if self.report is not None:
            os.write(self.report, what.encode("utf-8", "replace"))
            os.close(self.report)
            self.report = None

    def _free_folder(self) -> None:
        """Wait for the PostgreSQL of a keeper that was killed; remove what one that was killed itself has left."""
        pid = postmaster(self.folder)
        if not pid or not is_alive(pid):
            return
        if not is_postgres(pid):  # the number is another process's by now
            os.unlink(os.path.join(self.folder, "postmaster.pid"))
            return
        if pid not in (self._kept_before(), leftover(self.folder, pid)):
            raise Failed(f"another PostgreSQL (process {pid}) runs on this folder")
        os.kill(pid, signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while is_alive(pid):
            if time.monotonic() > until:
                raise Failed(f"the PostgreSQL that ran on this folder (process {pid}) does not end")
            time.sleep(LOOK_EVERY)

    def _kept_before(self) -> int:
        return int(os.pread(self.lock, 20, 0) or b"0")

    def _start(self) -> None:
        self.offset = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        mine = os.getpid()
        self.child = os.fork()
        if self.child:
            os.ftruncate(self.lock, 0)
            os.pwrite(self.lock, str(self.child).encode(), 0)
            return
        try:
            signal.set_wakeup_fd(-1)
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(each, signal.SIG_DFL)
            if self.user is not None:
                os.setgroups([])
                os.setgid(self.user[1])
                os.setuid(self.user[0])
            if self.libc is not None:  # a PostgreSQL without its keeper would stay for ever: it ends with it
                self.libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
                if os.getppid() != mine:
                    os._exit(1)
            os.umask(0o077)
            out = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.execve(self.command[0], self.command, environment())
        except OSError as error:
            if self.report is not None:
                os.write(self.report, f"failed {error}".encode())
            os._exit(1)

    def _until_ready(self) -> None:
        while status(self.folder) != (self.child, "ready"):
            if self._has_ended():
                raise Failed(reason(self.log, self.offset))
            if self.unused.is_set():
                return
            self._wait(LOOK_EVERY)

    def _until_ended(self) -> None:
        while not self.unused.is_set() and not self._has_ended():
            self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        if select.select([self.wakes], [], [], seconds)[0]:
            os.read(self.wakes, 100)

    def _has_ended(self) -> bool:
        if self.child and os.waitpid(self.child, os.WNOHANG)[0]:
            self.child = 0
        return not self.child

    def _stop(self) -> None:
        """Ask PostgreSQL to end; what waits for nobody after that."""
        for ask in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._has_ended():
                return
            os.kill(self.child, ask)
            until = time.monotonic() + PATIENCE
            while not self._has_ended() and time.monotonic() < until:
                self._wait(LOOK_EVERY)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """A handler, so that the end of a child wakes who waits."""


def environment() -> dict[str, str]:
    """Without variables that steer PostgreSQL, and with its messages in English, as they are looked through."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    everything = kept.pop("LC_ALL", None)
    return {**kept, **({"LANG": everything} if everything else {}), "LC_MESSAGES": "C"}


def postmaster(folder: str) -> int:
    """The process that runs on the folder, as its `postmaster.pid` says; 0 for none."""
    return status(folder)[0]


def status(folder: str) -> tuple[int, str]:
    try:
        with open(os.path.join(folder, "postmaster.pid"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return 0, ""
    first = lines[0].strip() if lines else ""
    return (int(first) if first.isdigit() else 0), (lines[7].strip() if len(lines) > 7 else "")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def is_postgres(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"postgres" in file.read().split(b"\0")[0]
    except OSError:
        return True  # it cannot be told here: rather refuse than run a second one


def leftover(folder: str, pid: int) -> int | None:
    """This process, when it was started by a version of Dure that counted its users in a file, and they are gone."""
    try:
        with open(os.path.join(folder, ".handle_pids.json"), encoding="utf-8") as file:
            users = json.load(file)
    except (OSError, ValueError):
        return None
    return None if any(is_alive(each) for each in users) else pid


def reason(log: str, offset: int = 0) -> str:
    """Why PostgreSQL ended, in its own words: the last failure in its log, on one line."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            file.seek(offset)
            lines = [line.strip() for line in file.read().splitlines() if line.strip()]
    except OSError as error:
        return str(error)
    found: list[str] = []
    before: list[str] = []
    for line in lines:
        said = SAID.search(line)
        if said and said[1] in ("FATAL", "PANIC"):
            found = [*before, said[2]]
        elif said and said[1] == "LOG":
            before = [said[2]] if CAUSE.search(said[2]) else before
        elif said and found:
            found.append(said[2])
    return ". ".join(each.rstrip(".") for each in found or lines[-3:]) or "it ended without a word"


if __name__ == "__main__":
    keeper = Keeper(json.loads(sys.argv[1]))
    keeper.run()
