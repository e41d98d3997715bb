"""Jobs: watching one's own, and having dead ones tried again."""

from __future__ import annotations

from typing import Annotated

import strawberry

from core import jobs
from schema.connections import Connection
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import connection, to_one
from schema.mutations import Payload, mutation
from schema.nodes.job import Job
from schema.reading import load_one

ID = Annotated[strawberry.ID, strawberry.argument(description="전역 ID · Which job.")]


@strawberry.type(description="작업 결과 · The job as it stands now.")
class JobPayload(Payload):
    job_id: strawberry.Private[int | None] = None
    job: Job | None = to_one("작업 · The job.", local="job_id")


@strawberry.input(description="작업 지정 · One job.")
class RetryJobInput:
    id: strawberry.ID = strawberry.field(description="작업 · Which job.")


@strawberry.type
class JobQuery:
    """What can be asked of jobs."""

    jobs: Connection[Job] = connection(
        "작업 목록 · The jobs you may see, the newest first; dead ones by `where: {state}`."
    )

    @strawberry.field(description="작업 · One job, to be asked for again while it is queued or running.")  # type: ignore[untyped-decorator]
    async def job(self, info: Info, id: ID) -> Job | None:
        found: Job | None = await load_one(info.context, Job, key_of(id, "Job", "id"))
        return found


@strawberry.type
class JobMutation:
    """What can be done with jobs."""

    @mutation("작업 재시도 · Have a dead job tried again, with all its attempts. Operators only.")
    async def retry_job(info: Info, input: RetryJobInput) -> JobPayload:
        async with info.context.work() as work:
            again = await jobs.retry_job(work, key_of(input.id, "Job", "id"))
        return JobPayload(job_id=again.id)
