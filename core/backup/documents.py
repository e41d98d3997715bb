"""The documents of a backup: each under its digest, copied in pieces, checked on the way in and on the way out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.backup.archive import CHUNK, DOCUMENTS, BackupFailed
from core.files.store import DocumentStore
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
# Whoever tidies up passes over rows that are locked, so what is listed stays in the store until it is copied.
LISTED = "SELECT sha256, size, store_key FROM stored_file ORDER BY sha256 FOR KEY SHARE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One document: its digest, its bytes, and where the database says it lies in the store."""

    sha256: str
    size: int
    key: str


async def listed_documents(connection: asyncpg.Connection) -> list[Listed]:
    """Every document the database knows, locked until the transaction ends."""
    rows = await connection.fetch(LISTED)
    return [Listed(sha256=row["sha256"], size=row["size"], key=row["store_key"]) for row in rows]


async def save_documents(settings: Settings, folder: Path, documents: Sequence[Listed]) -> int:
    """Copy them out of the store; how many bytes. Raises `BackupFailed` for one that is not what it was."""
    store = DocumentStore.of(settings)
    with (folder / DOCUMENTS).open("w", encoding="utf-8") as listing:
        for each in documents:
            listing.write(f"{each.sha256} {each.size} {each.key}\n")
            await _save(store, folder, each)
    return sum(each.size for each in documents)


async def restore_documents(settings: Settings, folder: Path) -> None:
    """Check all of them, then put them into the store. Raises `BackupFailed` for one that is missing or altered."""
    found = list(_listing(folder))
    for each in found:
        path = _path(folder, each)
        if not path.is_file() or _digest(path) != each.sha256:
            raise BackupFailed(ALTERED, sha256=each.sha256)
    store = DocumentStore.of(settings)
    for each in found:
        with _path(folder, each).open("rb") as content:
            await store.put(each.key, content)


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


def _listing(folder: Path) -> Iterator[Listed]:
    with (folder / DOCUMENTS).open(encoding="utf-8") as listing:
        for line in listing:
            sha256, size, key = line.rstrip("\n").split(" ", 2)
            yield Listed(sha256=sha256, size=int(size), key=key)


def _path(folder: Path, document: Listed) -> Path:
    return folder / FOLDER / document.sha256[:2] / document.sha256


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
