"""Comparing what lies in the store with what the database says of it, byte by byte."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from core.database import Database, Transaction
from core.files.store import DocumentStore, store_errors
from core.language import Text
from core.ledgers.verify import LIES_NAMED, Comparison, compare
from core.parts import Check
from core.settings import Settings

if TYPE_CHECKING:
    from core.house import House

AT_ONCE = 4
_BYTES = Text("보관 파일은 저장할 때의 내용 그대로", "Each stored file is, byte for byte, what was stored")
_TRIGGERS = Check(
    Text(
        "첨부의 변경을 막는 트리거가 켜져 있음",
        "The triggers that keep documents as filed are there and on",
    ),
    "trigger",
    "calls",
    """
    SELECT w.on_table || '.' || w.trigger AS id, w.calls AS expected,
        CASE WHEN t.tgenabled IN ('O', 'A') THEN p.proname WHEN t.oid IS NOT NULL THEN 'nothing: it is off' END AS found
    FROM (VALUES ('attachment', 'kept', 'guard_attachment'), ('attachment', 'never_emptied', 'refuse_change'),
        ('stored_file', 'fixed', 'refuse_change'), ('stored_file', 'never_emptied', 'refuse_change')
    ) AS w(on_table, trigger, calls)
    LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass('public.' || w.on_table) AND t.tgname = w.trigger
    LEFT JOIN pg_proc p ON p.oid = t.tgfoid
    """,
)


async def verify_documents(house: House, tx: Transaction) -> list[Comparison]:
    """Read every stored file that `tx` sees and digest it anew; a file that was removed meanwhile is no lie."""
    return await compare_documents(house.settings, tx, house.database)


async def compare_documents(settings: Settings, tx: Transaction, fresh: Database | None) -> list[Comparison]:
    """The same. `fresh` shows what is removed meanwhile; None when nobody but `tx` can remove anything."""
    store, gate = DocumentStore.of(settings), asyncio.Semaphore(AT_ONCE)
    rows = await tx.connection.fetch("SELECT id, sha256, size, store_key FROM stored_file ORDER BY id")

    async def lie(key: int, sha256: str, size: int, store_key: str) -> str | None:
        async with gate:
            found = await _found(store, store_key)
        if found == f"{size} bytes, sha256 {sha256}" or await _is_gone(fresh, key):
            return None
        return f"stored_file {key}: content expected {size} bytes, sha256 {sha256}, found {found}"

    lies: list[str] = []
    for place in range(0, len(rows), 1_000):
        told = await asyncio.gather(*(lie(*row) for row in rows[place : place + 1_000]))
        lies += [each for each in told if each is not None]
    return [
        Comparison(names=_BYTES, compared=len(rows), lies=tuple(lies[:LIES_NAMED])),
        await compare(tx, _TRIGGERS),
    ]


async def _found(store: DocumentStore, store_key: str) -> str:
    digest, size = hashlib.sha256(), 0
    try:
        async for chunk in store.read_all(store_key):
            digest.update(chunk)
            size += len(chunk)
    except FileNotFoundError:
        return "nothing"
    except store_errors() as error:
        return f"no answer from the store ({type(error).__name__})"
    return f"{size} bytes, sha256 {digest.hexdigest()}"


async def _is_gone(fresh: Database | None, key: int) -> bool:
    if fresh is None:
        return False
    async with fresh.reading() as tx:
        return not await tx.connection.fetchval("SELECT true FROM stored_file WHERE id = $1", key)
