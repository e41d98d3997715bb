"""Making a backup: one snapshot for the dump and the list of documents, and every document checked as it is copied."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import asyncpg

from core.backup.archive import BACKUP_VERSION, DATABASE, DOCUMENTS, Manifest, digest_of, refuse_what_is_there, writing
from core.backup.documents import listed_documents, save_documents
from core.backup.tools import run_tool, tools_for
from core.calendar import now_in_seoul
from core.database import plain_url
from core.settings import Settings


async def back_up(settings: Settings, target: Path, *, now: datetime | None = None) -> Manifest:
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
            revisions = await connection.fetch("SELECT version_num FROM alembic_version ORDER BY 1")
            documents = await listed_documents(connection)
            with writing(target) as folder:
                await run_tool(
                    tools, "pg_dump", url, "--format=custom", f"--snapshot={snapshot}",
                    f"--file={folder / DATABASE}",
                )  # fmt: skip
                size = await save_documents(settings, folder, documents)
                manifest = Manifest(
                    version=BACKUP_VERSION,
                    made_at=(now or now_in_seoul()).isoformat(timespec="seconds"),
                    server=server,
                    revisions=[row["version_num"] for row in revisions],
                    database=digest_of(folder / DATABASE),
                    database_size=(folder / DATABASE).stat().st_size,
                    documents=digest_of(folder / DOCUMENTS),
                    document_count=len(documents),
                    document_size=size,
                )
                manifest.write(folder)
    finally:
        await connection.close()
    return manifest
