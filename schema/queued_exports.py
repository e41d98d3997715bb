"""Exports as jobs: a big list written beside the requests, kept a day for whoever asked."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.errors import NotAllowed, Problem, Refused
from core.files import DocumentStore
from core.files.owner import claim_store
from core.files.tidying import MAKING
from core.house import House
from core.identity import actor_by_id
from core.jobs import JobFailed, JobKind, JobLost, Task, queue_job
from core.language import Text
from core.upkeep import jobs_of
from core.work import Work
from schema.addresses import AddressInvalid, listed_in
from schema.exports import record_export, write_list
from schema.queued_sheets import TAKE_SHEET

if TYPE_CHECKING:
    from schema.build import DureSchema

EXPORT = "core.export"
MOST = 20  # exports of one member, waiting or kept
KEPT = timedelta(hours=24)
AT_ONCE = 2  # over all workers
CHUNK = 1024 * 1024
NOT_ANY_MORE = Text("이 계정으로는 더 이상 받을 수 없습니다.", "The account that asked for it may not any more.")
NO_LIST = Text("이 서버에 더 이상 없는 목록입니다. 새로 요청하세요.", "This list is no more; ask for the export anew.")

EXPORTS_WAITING = Problem(
    "EXPORTS_WAITING",
    Text(
        "대기 중이거나 보관 중인 내려받기 파일이 이미 {most}건입니다. 24시간이 지나 삭제된 뒤 다시 요청하세요.",
        "You have {most} exports waiting or kept already; ask again when the 24 hours of one are over.",
    ),
)


def jobs_with_exports(house: House, schema: Callable[[], DureSchema]) -> list[JobKind]:
    """Every job of a house, those that need its schema too."""
    return [*jobs_of(house).values(), export_job(schema), TAKE_SHEET]


async def queue_export(work: Work, kind: JobKind, words: bytes) -> int:
    """Queue the list of a signed address for the member who acts; the job's id. Raises `EXPORTS_WAITING`."""
    tx, member_id = work.tx.connection, work.actor.member_id
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"export:{member_id}")
    waiting = await tx.fetchval(
        "SELECT count(*) FROM job WHERE asked_by = $1 AND name = $2"
        " AND (state IN ('queued', 'running') OR file_until > $3)",
        member_id, kind.name, work.now,
    )  # fmt: skip
    if waiting >= MOST:
        raise EXPORTS_WAITING.refuse(most=MOST)
    job_id = await queue_job(work, kind, {}, content=words)
    work.record("export.queued", "job", job_id, organization_id=work.actor.organization_id)
    return job_id


def export_job(schema: Callable[[], DureSchema]) -> JobKind:
    """The kind; the schema is asked for when the first export runs."""
    return JobKind(
        name=EXPORT,
        names=Text("목록 내려받기", "write a list as a spreadsheet"),
        run=_Exporting(schema),
        at_once=AT_ONCE,
    )


@dataclass(frozen=True, slots=True)
class _Exporting:
    schema: Callable[[], DureSchema]

    async def __call__(self, task: Task) -> None:
        """Written aside, stored under a key of its own, and only then told of, in the transaction that ends the job.

        Killed before that, it leaves bytes that nobody refers to, which the tidying finds.
        """
        folder = task.house.settings.data_dir / MAKING / f"export-{task.job_id}"
        await asyncio.to_thread(_emptied, folder)
        try:
            await self._write(task, folder / f"{secrets.token_hex(6)}.xlsx")
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _write(self, task: Task, path: Path) -> None:
        house = task.house
        member_id, _, listed = listed_in(task.content or b"")
        async with house.database.reading() as tx:
            actor = await actor_by_id(tx, member_id)
        if actor is None or actor.must_change_password or member_id != task.asked_by:
            raise NotAllowed(NOT_ANY_MORE)
        await house.vault.unlock(house.settings, house.database)
        try:
            written = await write_list(house, self.schema(), actor, listed, path, task.request_id, task.progress)
        except AddressInvalid as error:
            raise JobFailed(NO_LIST, for_good=True) from error
        store, until = DocumentStore.of(house.settings), house.clock() + KEPT
        with await asyncio.to_thread(path.open, "rb") as file:
            sha256, size = await asyncio.to_thread(_digest, file)
            key = f"{sha256[:2]}/{sha256}-{secrets.token_hex(6)}"
            try:
                await claim_store(house)
                await store.put(key, file)
            except Refused as error:  # no room, or no answer: it may be otherwise soon
                raise JobFailed(error.violations[0].message) from error
        task.file = (key, until)
        task.result = {
            "path": f"/documents/exports/{task.job_id}.xlsx",
            "expiresAt": until.isoformat(),
            "name": written.name,
            "rows": written.rows,
            "size": size,
        }
        try:
            async with task.finishing(actor) as work:
                record_export(work, listed, written)
        except JobLost:
            await store.delete(key)
            raise


def _emptied(folder: Path) -> None:
    """A folder of the job's own; what a run before this one was killed over goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _digest(file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
