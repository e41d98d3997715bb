"""Receiving a file: counted, digested and set aside on disk as it comes, checked whole, and only then stored.

Whatever goes wrong on the way leaves nothing: the file aside has no name and is gone with its handle, the store writes
all or none, and the upload is free to be tried again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import sqlalchemy as sa

from core.actor import Actor
from core.checking import UploadedDocument
from core.errors import Refused, refuse_any
from core.file_types import FileType
from core.files.archives import inspect_archive
from core.files.kinds import file_type_of, is_archive
from core.files.models import Upload
from core.files.owner import StoreOfAnother, claim_store
from core.files.problems import (
    DIGEST,
    LIES,
    SIZE,
    STORE_FAILED,
    STORE_FULL,
    UPLOAD_BUSY,
    UPLOAD_DONE,
    UPLOAD_EXPIRED,
    UPLOAD_STALLED,
    UPLOAD_UNKNOWN,
)
from core.files.room import has_room
from core.files.store import DocumentStore
from core.files.uploads import upload
from core.identity.hashing import token_hash
from core.language import Text
from core.watch.outages import NO_ROOM

if TYPE_CHECKING:
    from core.house import House

PATIENCE = 30  # seconds without a byte
LONGEST = timedelta(hours=1)  # from the request of the address to the last byte
LEASE = timedelta(seconds=60)  # a claim that was not renewed for so long is of a server that died
RENEWED = timedelta(seconds=10)
WRITTEN = 1024 * 1024  # bytes gathered before they are written
ANYTHING_ELSE = Text("알 수 없는 형식", "something else")
_CHECKING = ThreadPoolExecutor(max_workers=4, thread_name_prefix="documents")  # slow scanners wait for each other only
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """What came: its type by content, its size in bytes, its SHA-256."""

    file_name: str
    file_type: FileType
    size: int
    sha256: str


@dataclass(slots=True)
class _Aside:
    """A file set aside while it comes."""

    file: BinaryIO
    digest: hashlib._Hash
    size: int = 0

    def write(self, content: bytes) -> None:
        self.digest.update(content)
        self.file.write(content)


async def receive_upload(
    house: House, token: str, content: AsyncIterator[bytes], announced: int | None = None
) -> ReceivedFile:
    """Take the file that is sent to an address. Raises `Refused`; the same address may then be tried again.

    `announced` is the size that the sender states, if it does: another one is refused before anything is read.
    """
    claim = secrets.token_hex(16)
    found = await _claimed(house, token, claim)
    try:
        if not await asyncio.to_thread(has_room, house.settings.data_dir, house.settings):
            raise STORE_FULL.refuse("file")
        if announced not in (None, found.size):
            raise SIZE.refuse("file", stated=found.size, came=announced)
        folder = house.settings.data_dir / "receiving"
        with await asyncio.to_thread(_aside, folder) as file:
            aside = _Aside(file, hashlib.sha256())
            await _taken_in(house, found, claim, aside, content)
            sha256 = aside.digest.hexdigest()
            _require_as_announced(found, aside.size, sha256)
            loop = asyncio.get_running_loop()
            file_type = await loop.run_in_executor(_CHECKING, _inspected, found, file, folder)
            document = UploadedDocument(
                organization_id=found.organization_id,
                member_id=found.member_id,
                file_name=found.file_name,
                file_type=file_type,
                size=aside.size,
                sha256=sha256,
                content=file,
            )
            refuse_any(await house.plugins.check_document(document))
            await _stored(house, found, claim, document)
    except BaseException as error:
        await asyncio.shield(_release(house, found, claim, error))
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise STORE_FULL.refuse("file") from error
        raise
    return ReceivedFile(file_name=found.file_name, file_type=file_type, size=document.size, sha256=sha256)


async def _claimed(house: House, token: str, claim: str) -> Upload:
    """The upload of this token, claimed for this request alone."""
    now = house.clock()
    async with house.database.transaction() as tx:
        found = await tx.one(
            Upload, sa.select(upload).where(upload.c.token_hash == token_hash(token)).with_for_update()
        )
        if found is None:
            raise UPLOAD_UNKNOWN.refuse("token")
        if found.file_id is not None:
            raise UPLOAD_DONE.refuse("token")
        if found.expires_at <= now:
            raise UPLOAD_EXPIRED.refuse("token", until=f"{found.expires_at:%Y-%m-%d %H:%M}")
        if found.claimed_at is not None and found.claimed_at > now - LEASE:
            raise UPLOAD_BUSY.refuse("token")
        await tx.execute(sa.update(upload).where(upload.c.id == found.id).values(claim=claim, claimed_at=now))
    return found


async def _taken_in(house: House, found: Upload, claim: str, aside: _Aside, content: AsyncIterator[bytes]) -> None:
    """Write what comes, as it comes; stop at the first byte too many, or when nothing comes any more."""
    gathered: list[bytes] = []
    waiting, renewed = 0, house.clock()
    while True:
        try:
            async with asyncio.timeout(PATIENCE):
                chunk = await anext(content, None)
        except TimeoutError as error:
            raise UPLOAD_STALLED.refuse("file", seconds=PATIENCE) from error
        if house.clock() - found.requested_at > LONGEST:  # a byte now and then is no sending
            raise UPLOAD_EXPIRED.refuse("file", until=f"{found.requested_at + LONGEST:%Y-%m-%d %H:%M}")
        if chunk is not None:
            aside.size += len(chunk)
            if aside.size > found.size:
                raise SIZE.refuse("file", stated=found.size, came=f"{found.size:,}+")
            gathered.append(chunk)
            waiting += len(chunk)
        if gathered and (chunk is None or waiting >= WRITTEN):
            await asyncio.to_thread(aside.write, b"".join(gathered))
            gathered, waiting = [], 0
        if chunk is None:
            return
        if house.clock() - renewed > RENEWED:
            renewed = house.clock()
            async with house.database.transaction() as tx:
                await tx.execute(
                    sa.update(upload).where(upload.c.id == found.id, upload.c.claim == claim).values(claimed_at=renewed)
                )


def _require_as_announced(found: Upload, size: int, sha256: str) -> None:
    if size != found.size:
        raise SIZE.refuse("file", stated=found.size, came=size)
    if found.sha256 is not None and sha256 != found.sha256:
        raise DIGEST.refuse("file")


def _inspected(found: Upload, file: BinaryIO, folder: Path) -> FileType:
    """What the content is, archives unpacked for a look. Raises `Refused` when it is not what the name says."""
    file.flush()
    if is_archive(file):
        inspect_archive(file, folder)
    file_type = file_type_of(file)
    if file_type is None or file_type.value != found.file_type:
        raise LIES.refuse("file", stated=found.file_type, found=file_type or ANYTHING_ELSE)
    return file_type


async def _stored(house: House, found: Upload, claim: str, document: UploadedDocument) -> None:
    """Write the bytes under a key of their own, then say so; the same bytes stored before win, and ours go again.

    They are written even when they are there already: that it took less time would tell that somebody has them.
    """
    store = DocumentStore.of(house.settings)
    key = f"{document.sha256[:2]}/{document.sha256}-{claim[:12]}"
    try:
        await claim_store(house)
    except StoreOfAnother as error:
        log.error("a document was refused: %s", error)
        raise STORE_FAILED.refuse("file") from error
    await store.put(key, document.content)
    try:
        kept = None
        while kept is None:
            kept = await _noted(house, found, claim, document, key)
    except Refused:  # before the commit; after anything else there may be a row, and the sweep knows whether there is
        await asyncio.shield(store.delete(key))
        raise
    if kept != key:
        await store.delete(key)


async def _noted(house: House, found: Upload, claim: str, document: UploadedDocument, key: str) -> str | None:
    """The key under which the content now lies, of this upload or of an earlier one; None when that just went."""
    async with house.work(_sender(found)) as work:
        file = await work.tx.connection.fetchrow(
            "INSERT INTO stored_file (sha256, size, file_type, store_key) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (sha256) DO NOTHING RETURNING id, store_key",
            document.sha256,
            document.size,
            document.file_type.value,
            key,
        ) or await work.tx.connection.fetchrow(  # locked, so that it is not deleted before it is referred to
            "SELECT id, store_key FROM stored_file WHERE sha256 = $1 FOR KEY SHARE", document.sha256
        )
        if file is None:
            return None
        taken = await work.tx.execute(
            sa.update(upload)
            .where(upload.c.id == found.id, upload.c.claim == claim, upload.c.file_id.is_(None))
            .values(file_id=file["id"], received_at=work.now, claim=None, claimed_at=None)
        )
        if not taken:
            raise UPLOAD_BUSY.refuse("token")
        work.record(
            "upload.received", "upload", found.id, organization_id=found.organization_id,
            after={"sha256": document.sha256, "size": document.size, "file_type": document.file_type.value},
        )  # fmt: skip
        return cast(str, file["store_key"])


def _sender(found: Upload) -> Actor:
    return Actor(member_id=found.member_id, organization_id=found.organization_id)


async def _release(house: House, found: Upload, claim: str, error: BaseException) -> None:
    """Let the address be tried again; what was objected to is remembered."""
    try:
        async with house.work(_sender(found)) as work:
            await work.tx.execute(
                sa.update(upload)
                .where(upload.c.id == found.id, upload.c.claim == claim)
                .values(claim=None, claimed_at=None)
            )
            if isinstance(error, Refused):
                work.record(
                    "upload.refused", "upload", found.id, organization_id=found.organization_id,
                    after={"codes": sorted({violation.code for violation in error.violations})},
                )  # fmt: skip
    except Exception:
        log.exception("upload %s could not be set free; it will be in %s", found.id, LEASE)


def _aside(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))
