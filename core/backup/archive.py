"""What a backup holds, and whether what lies there is still what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from core.errors import DureError
from core.language import Text

BACKUP_VERSION = 1
MANIFEST, DATABASE, DOCUMENTS = "manifest.json", "database.dump", "documents.txt"
CHUNK = 1024 * 1024
NOT_A_BACKUP = Text(
    "{path}은(는) 백업이 아닙니다: {why}.", "{path} is not a backup that can be used: {why}."
)  # fmt: skip
THERE_ALREADY = Text("{path}이(가) 이미 있습니다. 다른 이름을 쓰세요.", "{path} is there already; choose another name.")
ALTERED = Text("백업의 {part}이(가) 기록된 내용과 다릅니다.", "{part} of the backup is not what was written.")


class BackupFailed(DureError):
    """A backup could not be made or restored; `text` says why and what to do."""

    def __init__(self, text: Text, **values: object) -> None:
        self.text = text.format(values)
        super().__init__(self.text.both)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """목록: of what and when a backup is; digests are SHA-256, sizes are bytes."""

    version: int
    made_at: str
    server: int  # PostgreSQL's major version
    revisions: list[str]
    database: str
    database_size: int
    documents: str
    document_count: int
    document_size: int

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises `BackupFailed` when there is none, or it is of a later version than this Dure knows."""
        try:
            given = orjson.loads((folder / MANIFEST).read_bytes())
            found = cls(**given)
        except (OSError, ValueError, TypeError) as error:
            raise BackupFailed(NOT_A_BACKUP, path=folder, why=type(error).__name__) from error
        if found.version > BACKUP_VERSION:
            raise BackupFailed(NOT_A_BACKUP, path=folder, why=f"version {found.version} > {BACKUP_VERSION}")
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


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A folder to write a backup into, which becomes `target` when the block ends well: whole, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as making:
        folder = Path(making) / "backup"
        folder.mkdir(mode=0o700)
        yield folder
        if target.suffix == ".tar":
            import tarfile

            packed = Path(making) / target.name
            with tarfile.open(packed, "w") as tar:
                tar.add(folder, arcname=".")
            packed.chmod(0o600)
            packed.rename(target)
        else:
            folder.rename(target)


@contextmanager
def reading(source: Path) -> Iterator[Path]:
    """The folder of a backup; of a `.tar`, unpacked for as long as the block runs."""
    if source.is_dir():
        yield source
        return
    import tarfile

    with TemporaryDirectory(prefix=f".{source.name}.", dir=source.parent) as making:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(making, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise BackupFailed(NOT_A_BACKUP, path=source, why=type(error).__name__) from error
        yield Path(making)
