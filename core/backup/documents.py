"""The documents of a backup: each under its digest, copied in pieces, checked on the way in and on the way out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.backup.archive import CHUNK, DOCUMENTS, BackupFailed, Manifest, OutcomeUnknown, require_room
from core.errors import Refused
from core.files.store import KEY, DocumentStore, store_errors
from core.language import Text
from core.settings import Settings

FOLDER = "documents"
LOST = Text(
    "문서 {sha256}이(가) 저장소에 없거나 내용이 다릅니다. dure verify로 확인하세요.",
    "The document {sha256} is not in the store, or is not what was stored: see `dure verify`.",
)
ALTERED = Text(
    "백업의 문서 {sha256}이(가) 없거나 내용이 다릅니다.", "The document {sha256} of the backup is missing or altered."
)
LISTING_ALTERED = Text(
    "백업의 문서 목록이 형식에 맞지 않습니다: {line}.",
    "The backup's list of documents has a line that is none: {line}.",
)
STORE_FAILED = Text("문서 저장소에 쓸 수 없습니다: {why}.", "The store of documents cannot be written to: {why}.")
SHA256 = re.compile("[0-9a-f]{64}")
# Whoever tidies up passes over rows that are locked, so what is listed stays in the store until it is copied.
LISTED = "SELECT sha256, size, store_key FROM stored_file ORDER BY sha256 FOR KEY SHARE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One document: its digest, its bytes, and its key in the store."""

    sha256: str
    size: int
    key: str


async def listed_documents(connection: asyncpg.Connection) -> list[Listed]:
    """Every document the database knows, locked until the transaction ends."""
    rows = await connection.fetch(LISTED)
    return [Listed(sha256=row["sha256"], size=row["size"], key=row["store_key"]) for row in rows]


async def save_documents(settings: Settings, folder: Path, documents: Sequence[Listed]) -> None:
    """Copy them out of the store. Raises `BackupFailed` for one that is not what it was."""
    store = DocumentStore.of(settings)
    with (folder / DOCUMENTS).open("w", encoding="utf-8") as listing:
        for each in documents:
            listing.write(f"{each.sha256} {each.size} {each.key}\n")
            await _save(store, folder, each)


def checked_documents(folder: Path, manifest: Manifest) -> list[Listed]:
    """Every document of a backup, read and found unaltered. Raises `BackupFailed`."""
    found = _listing(folder)
    if (len(found), sum(each.size for each in found)) != (manifest.document_count, manifest.document_size):
        raise BackupFailed(LISTING_ALTERED, line=f"{len(found)} ≠ {manifest.document_count}")
    for each in found:
        path = _path(folder, each)
        if not path.is_file() or _digest(path) != each.sha256:
            raise BackupFailed(ALTERED, sha256=each.sha256)
    return found


@asynccontextmanager
async def documents_put(settings: Settings, folder: Path, documents: Sequence[Listed]) -> AsyncIterator[None]:
    """Put them into the store; when the block fails, those that were not there before are removed again.

    A key belongs to one content for good, so nothing that another database refers to is altered. What a process that
    is killed leaves behind has no row, and `dure tidy` removes it.
    """
    store = DocumentStore.of(settings)
    if store.folder is not None:
        require_room(store.folder, sum(each.size for each in documents))
    put: list[str] = []
    try:
        for each in documents:
            there = await _in_store(store, each)
            if there is None:
                put.append(each.key)
            if not there:
                with _path(folder, each).open("rb") as content:
                    await store.put(each.key, content)
        yield
    except OutcomeUnknown:
        raise
    except BaseException as error:
        for key in put:
            with suppress(*store_errors()):
                await store.delete(key)
        if isinstance(error, Refused):
            raise BackupFailed(STORE_FAILED, why=error.violations[0].message) from error
        raise


async def _in_store(store: DocumentStore, document: Listed) -> bool | None:
    """Whether the store has it unaltered; None when it does not have it at all."""
    digest = hashlib.sha256()
    try:
        async for chunk in store.read_all(document.key):
            digest.update(chunk)
    except FileNotFoundError:
        return None
    except store_errors() as error:
        raise BackupFailed(STORE_FAILED, why=type(error).__name__) from error
    return digest.hexdigest() == document.sha256


async def _save(store: DocumentStore, folder: Path, document: Listed) -> None:
    path, digest = _path(folder, document), hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as file:
            async for chunk in store.read_all(document.key):
                digest.update(chunk)
                file.write(chunk)
    except FileNotFoundError as error:
        raise BackupFailed(LOST, sha256=document.sha256) from error
    if digest.hexdigest() != document.sha256:
        raise BackupFailed(LOST, sha256=document.sha256)


def _listing(folder: Path) -> list[Listed]:
    found = []
    for line in (folder / DOCUMENTS).read_text(encoding="utf-8").splitlines():
        sha256, _, rest = line.partition(" ")
        size, _, key = rest.partition(" ")
        if not (SHA256.fullmatch(sha256) and size.isdecimal() and KEY.fullmatch(key)):
            raise BackupFailed(LISTING_ALTERED, line=line)
        found.append(Listed(sha256=sha256, size=int(size), key=key))
    return found


def _path(folder: Path, document: Listed) -> Path:
    return folder / FOLDER / document.sha256[:2] / document.sha256


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
