"""Where documents' bytes lie: a folder of this machine, or a bucket of any S3, through one small door.

A key is written once and never again, so a reader never meets half of one and a deletion never meets a writer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.files.problems import STORE_FAILED, STORE_FULL
from core.settings import Settings

if TYPE_CHECKING:  # obstore is imported when a document first comes or goes: it takes four megabytes
    from obstore.store import ObjectStore

PART = 5 * 1024 * 1024  # the least an S3 takes as a part, so the most that is in memory of one
MARKER = "dure-house"  # the object that says whose the store is
KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{12}")
UNFINISHED_KEY = re.compile(KEY.pattern + r"#[0-9]+")
FULL = ("No space left", "os error 28", "os error 122", "os error 27", "QuotaExceeded", "StorageFull")


class DocumentStore:
    """A store of bytes by key."""

    def __init__(self, url: str, folder: Path | None = None) -> None:
        self.url = url
        self.folder = folder  # of a local one

    @cached_property
    def store(self) -> ObjectStore:
        from obstore.store import LocalStore, from_url

        return from_url(self.url) if self.folder is None else LocalStore(self.folder)

    @classmethod
    def of(cls, settings: Settings) -> DocumentStore:
        """The store of these settings, opened once a process."""
        return _opened(settings.documents_url, str(settings.data_dir.resolve() / "documents"))

    async def put(self, key: str, content: BinaryIO) -> None:
        """Write the content, all of it or none. Raises `Refused` when there is no room, or no answer."""
        import obstore

        content.seek(0)
        with _refusing():
            await obstore.put_async(self.store, key, content, chunk_size=PART, max_concurrency=2)
            if self.folder is not None:
                await asyncio.to_thread(_flush, self.folder / key)

    async def mark(self) -> str | None:
        """Whose the store is, in the words of whoever marked it; None when nobody has."""
        if self.folder is not None:  # asked whether the server is ready, which is no reason to import more
            try:
                return (self.folder / MARKER).read_bytes().decode()
            except FileNotFoundError:
                return None
        import obstore

        try:
            return bytes(await (await obstore.get_async(self.store, MARKER)).bytes_async()).decode()
        except FileNotFoundError:
            return None

    async def marked(self, mark: str) -> str | None:
        """The mark of whoever came first, this one where nobody had. Raises `Refused` like `put`."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with _refusing():
            found = await self.mark()
            if found is not None:
                return found
            with contextlib.suppress(AlreadyExistsError):  # somebody was quicker
                await obstore.put_async(self.store, MARKER, mark.encode(), mode="create")
                if self.folder is not None:
                    await asyncio.to_thread(_flush, self.folder / MARKER)
            return await self.mark()

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. Raises `FileNotFoundError` before the first."""
        import obstore

        if start >= end:
            return
        found = await obstore.get_async(self.store, key, options={"range": (start, end)})
        async for chunk in found.stream(min_chunk_size=64 * 1024):
            yield bytes(chunk)

    async def read_all(self, key: str) -> AsyncIterator[bytes]:
        """All the bytes there are, however many. Raises `FileNotFoundError` before the first."""
        import obstore

        found = await obstore.get_async(self.store, key)
        async for chunk in found.stream(min_chunk_size=64 * 1024):
            yield bytes(chunk)

    async def delete(self, key: str) -> None:
        """Delete it; no word when it is not there."""
        import obstore

        try:
            await obstore.delete_async(self.store, key)
        except FileNotFoundError:
            return

    async def keys_before(self, moment: datetime) -> AsyncIterator[list[str]]:
        """The keys of documents last written before a moment, page by page; what else lies there is not ours."""
        import obstore

        async for page in obstore.list(self.store):
            yield [each["path"] for each in page if each["last_modified"] < moment and KEY.fullmatch(each["path"])]

    def forget_unfinished(self, moment: datetime) -> int:
        """Delete what a process that was killed left half-written in a local folder; a bucket has rules for that."""
        if self.folder is None:
            return 0
        forgotten = 0
        for each in self.folder.glob("*/*#*"):
            if not UNFINISHED_KEY.fullmatch(each.relative_to(self.folder).as_posix()):
                continue
            with contextlib.suppress(FileNotFoundError):  # it was finished, and has its own name, meanwhile
                if each.stat().st_mtime < moment.timestamp():
                    each.unlink()
                    forgotten += 1
        return forgotten


@lru_cache(maxsize=32)
def _opened(url: str | None, folder: str) -> DocumentStore:
    if url is not None and not url.startswith("file:"):
        return DocumentStore(url)
    path = Path(folder if url is None else url.removeprefix("file://"))
    path.mkdir(parents=True, exist_ok=True)
    return DocumentStore(f"file://{path}", path)


def store_errors() -> tuple[type[Exception], ...]:
    """What a store fails with: for an `except`, which asks only when there is something to catch."""
    from obstore.exceptions import BaseError

    return (BaseError, OSError)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """What the store fails with, said to whoever sends."""
    try:
        yield
    except store_errors() as error:
        problem = STORE_FULL if any(mark in str(error) for mark in FULL) else STORE_FAILED
        raise problem.refuse("file") from error


def _flush(path: Path) -> None:
    """What the database is about to remember must outlast a power cut."""
    for each, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY)):
        try:
            opened = os.open(each, flags)
        except PermissionError:  # a folder, where folders cannot be opened
            continue
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
