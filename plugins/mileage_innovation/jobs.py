"""What this program does apart from a request: taking a large roster in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.actor import SYSTEM, Actor
from core.errors import NotAllowed
from core.identity import acting_member
from core.jobs import JobKind, Retries, Task, queue_job
from core.language import Text
from core.work import Work
from plugins.mileage_innovation.completions import Imported, RosterRefused, import_completions, require_may_send
from schema.cells import MOST_CELLS, cell_told
from schema.global_ids import to_global_id

STEPS = ("read", "file", "credit")
QUEUED_PATIENCE = 300  # seconds a queued roster waits for a reader, before its job rests and tries again
GONE = Text(
    "명단을 보낸 사용자의 계정이 더 이상 유효하지 않습니다.", "Whoever sent the roster has no account any more."
)


async def queue_import(work: Work, content: bytes, *, provider_number: str) -> int:
    """이수 통보 예약: the job's id. Who may not send a roster has none queued."""
    await require_may_send(work, provider_number)
    job_id = await queue_job(work, IMPORT, {"providerBusinessNumber": provider_number}, content=content)
    work.record("completions.queued", "job", job_id, organization_id=work.actor.organization_id)
    return job_id


async def _import(task: Task) -> None:
    """Credited in the transaction that finishes the job; who sent it must still be allowed to."""
    actor = await _sender(task)

    def progress(stage: str, done: int, total: int) -> None:
        task.progress(STEPS.index(stage) * total + done, len(STEPS) * total)

    def filed(imported: Imported) -> None:
        task.result = _told(imported)

    try:
        imported = await import_completions(
            task.house,
            actor,
            task.content or b"",
            provider_number=task.arguments["providerBusinessNumber"],
            progress=progress,
            request_id=task.request_id,
            filing_in=lambda: task.finishing(actor),
            filed=filed,
            patience=QUEUED_PATIENCE,
        )
    except RosterRefused as refused:
        task.result = {
            "cells": [cell_told(each) for each in refused.cells[:MOST_CELLS]],
            "cellCount": len(refused.cells),
        }
        raise
    task.result = _told(imported)


async def _sender(task: Task) -> Actor:
    if task.asked_by is None:
        return SYSTEM
    async with task.house.database.reading() as tx:
        actor = await acting_member(tx, task.asked_by)
    if actor is None:
        raise NotAllowed(GONE)
    return actor


def _told(imported: Imported) -> dict[str, Any]:
    told = asdict(imported)
    return {"filing": to_global_id("Filing", told.pop("filing_id")), **told}


IMPORT = JobKind(
    name="mileage_innovation.import_completions",
    names=Text("이수 통보 처리", "take a roster in"),
    run=_import,
    retries=Retries(attempts=3),
)
