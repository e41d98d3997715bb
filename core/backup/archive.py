"""What a backup holds, and whether it is still what was written."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import orjson
from pydantic import TypeAdapter, ValidationError

from core.errors import DureError
from core.language import Text

BACKUP_VERSION = 2
MANIFEST, DATABASE, DOCUMENTS = "manifest.json", "database.dump", "documents.txt"
CHUNK = 1024 * 1024
NOT_A_BACKUP = Text("{path}은(는) 쓸 수 있는 백업이 아닙니다: {why}.", "{path} is not a usable backup: {why}.")
NEWER_FORMAT = Text(
    "{path}은(는) 더 새로운 Dure의 백업입니다(형식 {version}, 이 설치는 {known}까지). Dure를 올린 뒤 복원하세요.",
    "{path} was made by a newer Dure (format {version}, this installation reads up to {known}). Upgrade Dure, then"
    " restore.",
)
THERE_ALREADY = Text("{path}이(가) 이미 있습니다. 다른 이름을 쓰세요.", "{path} exists already. Choose another name.")
ALTERED = Text("백업의 {part}이(가) 기록된 내용과 다릅니다.", "{part} of the backup is not what was written.")
NO_ROOM = Text(
    "{path}에 남은 공간이 부족합니다({free}바이트, 필요 {needed}바이트).",
    "There is not enough free space at {path}: {free} bytes, {needed} are needed.",
)


class BackupFailed(DureError):
    """A backup could not be made or restored; `text` says why and what to do."""

    def __init__(self, text: Text, **values: object) -> None:
        self.text = text.format(values)
        super().__init__(self.text.both)


class OutcomeUnknown(BackupFailed):
    """The database was told to commit and did not answer: it has done so, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """목록: of what and when a backup is; digests are SHA-256, sizes are bytes.

    What has a default came with version 2. `checksum` is the digest of everything else.
    """

    version: int
    made_at: str
    server: int  # PostgreSQL's major version
    revisions: list[str]
    database: str
    database_size: int
    documents: str
    document_count: int
    document_size: int
    plugins: list[str] | None = None  # those with programs or tables
    keys: list[str] | None = None  # ids of the master keys that encrypted personal data
    restored_size: int | None = None  # of the tables and indexes in a database
    checksum: str | None = None

    def write(self, folder: Path) -> None:
        sealed = replace(self, checksum=self._checksum())
        (folder / MANIFEST).write_bytes(orjson.dumps(asdict(sealed), option=orjson.OPT_INDENT_2))

    def _checksum(self) -> str:
        content = asdict(replace(self, checksum=None))
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @classmethod
    def read(cls, folder: Path, source: Path | None = None) -> Manifest:
        """Raises `BackupFailed` when there is none, it is damaged, or of a later version than this Dure knows."""
        path = source or folder
        try:
            content = (folder / MANIFEST).read_bytes()
            given = orjson.loads(content)
        except OSError as error:
            raise BackupFailed(NOT_A_BACKUP, path=path, why=error.strerror or type(error).__name__) from error
        except ValueError as error:
            raise BackupFailed(ALTERED, part=MANIFEST) from error
        version = given.get("version") if isinstance(given, dict) else None
        if isinstance(version, int) and version > BACKUP_VERSION:
            raise BackupFailed(NEWER_FORMAT, path=path, version=str(version), known=str(BACKUP_VERSION))
        try:
            found = TypeAdapter(cls).validate_json(content, strict=True)
        except ValidationError as error:
            raise BackupFailed(NOT_A_BACKUP, path=path, why=MANIFEST) from error
        if found.version < 1 or (found.version > 1 and found.checksum != found._checksum()):
            raise BackupFailed(ALTERED, part=MANIFEST)
        return found

    def check(self, folder: Path) -> None:
        """Raises `BackupFailed`, naming the part that was altered or is missing."""
        for part, digest in ((DATABASE, self.database), (DOCUMENTS, self.documents)):
            if not (folder / part).is_file() or digest_of(folder / part) != digest:
                raise BackupFailed(ALTERED, part=part)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_what_is_there(target: Path) -> None:
    """Raises `BackupFailed`: a backup is never written over."""
    if target.exists():
        raise BackupFailed(THERE_ALREADY, path=target)


def require_room(folder: Path, needed: int) -> None:
    """Raises `BackupFailed` when so many bytes do not fit into the file system of this folder, or its next parent."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise BackupFailed(NO_ROOM, path=folder, free=free, needed=needed)


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A folder to write a backup into, which becomes `target` when the block ends well: whole, or not at all.

    Everything is on the disk before it bears the name: a backup that can be seen survives a power cut.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as making:
        folder = Path(making) / "backup"
        folder.mkdir(mode=0o700)
        yield folder
        if target.suffix == ".tar":
            import tarfile  # a server imports this module, and does without

            packed = Path(making) / target.name
            with tarfile.open(packed, "w") as tar:
                tar.add(folder, arcname=".")
            packed.chmod(0o600)
            _flush(packed)
            refuse_what_is_there(target)
            packed.rename(target)
        else:
            for each in folder.rglob("*"):
                _flush(each)
            _flush(folder)
            refuse_what_is_there(target)
            folder.rename(target)
        _flush(target.parent)


def _flush(path: Path) -> None:
    with suppress(PermissionError):  # a folder, where folders cannot be opened
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that cannot flush folders
                raise
        finally:
            os.close(opened)


@contextmanager
def reading(source: Path) -> Iterator[Path]:
    """The folder of a backup; of a `.tar`, unpacked for as long as the block runs."""
    if source.is_dir():
        yield source
        return
    try:
        size = source.stat().st_size
    except OSError as error:
        raise BackupFailed(NOT_A_BACKUP, path=source, why=error.strerror or type(error).__name__) from error
    import tarfile

    place = source.parent if os.access(source.parent, os.W_OK) else Path(gettempdir())
    require_room(place, size)
    with TemporaryDirectory(prefix=f".{source.name}.", dir=place) as making:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(making, filter="data")
        except tarfile.TarError as error:
            raise BackupFailed(NOT_A_BACKUP, path=source, why=" ".join(str(error).split())) from error
        yield Path(making)
