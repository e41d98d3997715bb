"""Exports that take long: asked for by the address that a list gave, written by a job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import strawberry

from core.errors import Problem
from core.language import Text
from schema.addresses import AddressExpired, AddressInvalid, listed_at, words_of
from schema.admission import Matter
from schema.context import Info
from schema.mutations import mutation
from schema.queued_exports import EXPORTS_WAITING, export_job, queue_export
from schema.roots.jobs import JobPayload

if TYPE_CHECKING:
    from schema.build import DureSchema

EXPORT_PATH_INVALID = Problem(
    "EXPORT_PATH_INVALID",
    Text(
        "내려받기 주소가 아니거나 다른 회원의 주소입니다. 목록의 export { path }를 그대로 보내세요.",
        "This is no address of an export, or another member's. Send the path of `export` of a list as it is.",
    ),
)
EXPORT_PATH_EXPIRED = Problem(
    "EXPORT_PATH_EXPIRED",
    Text(
        "내려받기 주소의 유효시간이 지났습니다. 목록에서 다시 받으세요.",
        "The address has expired; ask the list for a new one.",
    ),
)
EXPORT_PROBLEMS = (EXPORT_PATH_INVALID, EXPORT_PATH_EXPIRED, EXPORTS_WAITING)
PATH = re.compile(r"/exports/([A-Za-z0-9_-]+)/[A-Za-z0-9_]+\.xlsx")


@strawberry.input(description="내려받기 작업 요청 · A list to be written by a job.")
class QueueExportInput:
    path: str = strawberry.field(description="경로 · The `path` that `export` of a list gave to you.")


@strawberry.type
class ExportMutation:
    """What has a list written beside the requests."""

    @mutation(
        "내려받기 작업 요청 · Have a big list written by a job. Its `result` then has `path` and `expiresAt`: "
        "for 24 hours you, signed in, can fetch it there, and nobody else.",
        matter=Matter.READING,
    )
    async def queue_export(info: Info, input: QueueExportInput) -> JobPayload:
        context = info.context
        await context.house.vault.unlock(context.house.settings, context.house.database)
        async with context.work() as work:
            work.actor.require_ready()
            found = PATH.fullmatch(input.path)
            try:
                member_id, _ = listed_at(context.house, found[1] if found else "")
                words = words_of(context.house, found[1] if found else "")
            except AddressInvalid as error:
                raise EXPORT_PATH_INVALID.refuse("path") from error
            except AddressExpired as error:
                raise EXPORT_PATH_EXPIRED.refuse("path") from error
            if member_id != work.actor.member_id:
                raise EXPORT_PATH_INVALID.refuse("path")
            kind = export_job(lambda: cast("DureSchema", info.schema))
            job_id = await queue_export(work, kind, words)
        return JobPayload(job_id=job_id)
