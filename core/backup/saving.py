"""Making a backup: one snapshot for the dump and the list of documents, and every document checked as it is copied."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import asyncpg

from core.backup.archive import (
    BACKUP_VERSION,
    CHUNK,
    DATABASE,
    DOCUMENTS,
    BackupFailed,
    Manifest,
    digest_of,
    refuse_what_is_there,
    require_room,
    writing,
)
from core.backup.documents import listed_documents, save_documents
from core.backup.tools import output_of, tools_for
from core.calendar import now_in_seoul
from core.database import Transaction, plain_url
from core.language import Text
from core.migrations import database_revisions
from core.plugins import Plugins
from core.settings import Settings

NOTHING = Text(
    "데이터베이스가 비어 있어 백업할 것이 없습니다. 먼저 dure migrate를 실행하세요.",
    "The database is empty: there is nothing to back up. Run dure migrate first.",
)

KEYS = """
    SELECT key_id FROM house_secret
    UNION SELECT DISTINCT key_id FROM personal_fact WHERE key_id IS NOT NULL ORDER BY 1
"""
SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm', 'S')
"""


async def back_up(
    settings: Settings, target: Path, *, plugins: Plugins | None = None, now: datetime | None = None
) -> Manifest:
    """백업: everything as of one moment, while others go on working. Raises `BackupFailed`."""
    refuse_what_is_there(target)
    url = settings.owner_database_url
    assert url is not None
    connection = await asyncpg.connect(plain_url(url))
    try:
        server = connection.get_server_version().major
        tools = tools_for(server, settings.postgres_bin)
        async with connection.transaction(isolation="repeatable_read"):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            revisions = await database_revisions(Transaction(connection))
            if not revisions:
                raise BackupFailed(NOTHING)
            encrypts = await connection.fetchval("SELECT to_regclass('house_secret') IS NOT NULL")
            keys = await connection.fetch(KEYS) if encrypts else []
            size = await connection.fetchval(SIZE)
            documents = await listed_documents(connection)
            document_size = sum(each.size for each in documents)
            require_room(target.parent, document_size)
            with writing(target) as folder:
                options = ("--format=custom", f"--snapshot={snapshot}")
                async with output_of(tools, "pg_dump", *options, url=url) as stream:
                    with (folder / DATABASE).open("wb") as dump:
                        while chunk := await stream.read(CHUNK):
                            dump.write(chunk)
                await save_documents(settings, folder, documents)
                manifest = Manifest(
                    version=BACKUP_VERSION,
                    made_at=(now or now_in_seoul()).isoformat(timespec="seconds"),
                    server=server,
                    revisions=revisions,
                    database=digest_of(folder / DATABASE),
                    database_size=(folder / DATABASE).stat().st_size,
                    documents=digest_of(folder / DOCUMENTS),
                    document_count=len(documents),
                    document_size=document_size,
                    plugins=None if plugins is None else list(plugins.with_data),
                    keys=[row["key_id"] for row in keys],
                    restored_size=size,
                )
                manifest.write(folder)
    finally:
        await connection.close()
    return manifest
