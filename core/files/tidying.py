"""Tidying: what was sent and never attached goes after a day, what was filed after its date; nothing else, ever.

Rows go first, and bytes only once nobody refers to them any more: between the two a crash leaves bytes without a row,
which the next time finds, and never a row without bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import sqlalchemy as sa

from core.database import any_of, table_of
from core.files.attachments import attachment, described, record_document
from core.files.models import Attachment, StoredFile
from core.files.owner import is_claimed
from core.files.store import DocumentStore
from core.files.uploads import KEPT_FOR, upload

if TYPE_CHECKING:
    from core.house import House

SLICE = 500
MAKING = "making"  # a folder of the data folder: where jobs make files, each in one of its own
UNFINISHED = timedelta(days=1)  # after which what is half-written is nobody's
stored_file = table_of(StoredFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What went: uploads forgotten, documents past their date, never-filed documents of withdrawn filings, files."""

    uploads: int
    documents: int
    drafts: int
    files: int


async def tidy_documents(house: House) -> Tidied:
    """정리: do all of it, a slice a transaction. For a daily job; two at once do no harm."""
    uploads = await _forget_uploads(house)
    documents = await remove_past_retention(house)
    drafts = await _remove_never_filed(house)
    files = await _remove_unreferenced(house) + await _remove_made(house)
    return Tidied(uploads=uploads, documents=documents, drafts=drafts, files=files + await _sweep(house))


async def remove_past_retention(house: House) -> int:
    """보존기한 경과 삭제: documents whose last day is before today. The audit keeps what they were, but their names."""
    total = 0
    while True:
        async with house.work() as work:
            due = sa.select(attachment).where(attachment.c.retained_until < work.today).order_by(attachment.c.id)
            found = await work.tx.all(Attachment, due.limit(SLICE).with_for_update(skip_locked=True))
            digests = {
                row["id"]: row["sha256"]
                for row in await work.tx.rows(
                    sa.select(stored_file.c.id, stored_file.c.sha256).where(
                        any_of(stored_file.c.id, [each.file_id for each in found])
                    )
                )
            }
            await work.tx.execute(sa.delete(attachment).where(any_of(attachment.c.id, [each.id for each in found])))
            for each in found:
                gone = {"sha256": digests[each.file_id], "retained_until": each.retained_until}
                record_document(work, "document.removed", each, before=described(each) | gone)
        total += len(found)
        if not found:
            return total


async def _forget_uploads(house: House) -> int:
    async with house.work() as work:
        return await work.tx.execute(sa.delete(upload).where(upload.c.requested_at < work.now - KEPT_FOR))


async def _remove_never_filed(house: House) -> int:
    """What was attached to a draft that was withdrawn, and never filed."""
    async with house.work() as work:
        return int(
            await work.tx.connection.fetchval(
                "WITH gone AS (DELETE FROM attachment a USING filing f WHERE f.id = a.filing_id"
                " AND f.status = 'cancelled' AND a.submitted_on IS NULL RETURNING 1) SELECT count(*) FROM gone"
            )
        )


async def _remove_unreferenced(house: House) -> int:
    """Files that nothing refers to: the row, and after the commit the bytes."""
    store, total = DocumentStore.of(house.settings), 0
    while True:
        try:
            rows = await _rows_removed(house)
        except asyncpg.ForeignKeyViolationError:  # one has just been referred to again: look anew
            continue
        for row in rows:
            await store.delete(row["store_key"])
        total += len(rows)
        if not rows:
            return total


async def _rows_removed(house: House) -> list[asyncpg.Record]:
    async with house.work() as work:
        rows: list[asyncpg.Record] = await work.tx.connection.fetch(
            "DELETE FROM stored_file WHERE id IN (SELECT s.id FROM stored_file s"
            " WHERE NOT EXISTS (SELECT FROM attachment a WHERE a.file_id = s.id)"
            " AND NOT EXISTS (SELECT FROM upload u WHERE u.file_id = s.id)"
            f" LIMIT {SLICE} FOR UPDATE SKIP LOCKED) RETURNING id, sha256, size, store_key"
        )
        for row in rows:
            before = {"sha256": row["sha256"], "size": row["size"]}
            work.record("file.removed", "stored_file", row["id"], before=before)
    return rows


async def _remove_made(house: House) -> int:
    """Files that jobs made for whoever asked, once their time is over; and folders in which one was broken off."""
    store, total = DocumentStore.of(house.settings), 0
    await asyncio.to_thread(_forget_broken_off, house.settings.data_dir / MAKING, house.clock() - UNFINISHED)
    while True:
        async with house.work() as work:
            rows = await work.tx.connection.fetch(
                "WITH past AS (SELECT id, file_key FROM job WHERE file_until <= $1"
                f" LIMIT {SLICE} FOR UPDATE SKIP LOCKED)"
                " UPDATE job SET file_key = NULL, file_until = NULL FROM past WHERE job.id = past.id"
                " RETURNING past.id, past.file_key",
                work.now,
            )
            for row in rows:
                work.record("job.file_removed", "job", row["id"])
        for row in rows:
            await store.delete(row["file_key"])
        total += len(rows)
        if not rows:
            return total


def _forget_broken_off(folder: Path, moment: datetime) -> None:
    for each in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if each.stat().st_mtime < moment.timestamp():
                shutil.rmtree(each, ignore_errors=True)


async def _sweep(house: House) -> int:
    """Bytes without a row, left by a process that was killed between the two. Raises `StoreOfAnother`."""
    if not await is_claimed(house):
        return 0
    store, before = DocumentStore.of(house.settings), house.clock() - UNFINISHED
    swept = store.forget_unfinished(before)
    async for keys in store.keys_before(before):
        async with house.database.reading() as tx:
            known = set(
                await tx.connection.fetchval(
                    "SELECT coalesce(array_agg(key), '{}') FROM (SELECT store_key FROM stored_file"
                    " UNION ALL SELECT file_key FROM job WHERE file_key IS NOT NULL) known (key)"
                    " WHERE key = ANY ($1)",
                    keys,
                )
            )
        for key in keys:
            if key not in known:
                await store.delete(key)
                swept += 1
    return swept
