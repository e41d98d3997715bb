"""Sheets as jobs: a large one is read, checked and filed apart from the request, and tells how far it is."""

from __future__ import annotations

from typing import Any

from core.activities.sheets import Into, NewFiling, Taken, sheet_kind, take_sheet
from core.actor import SYSTEM, Actor
from core.documents.spreadsheets import CellsRefused
from core.errors import NotAllowed
from core.identity import acting_member
from core.jobs import JobKind, Retries, Task, queue_job
from core.language import Text
from core.work import Work
from schema.cells import MOST_CELLS, cell_told
from schema.global_ids import to_global_id

MOST_SHEETS = 10  # of one member, queued or being taken
STEPS = ("read", "file")
QUEUED_PATIENCE = 300  # seconds a queued sheet waits for a reader, before its job rests and tries again
GONE = Text("파일을 보낸 사용자의 계정이 더 이상 유효하지 않습니다.", "Whoever sent the sheet has no account any more.")


async def queue_sheet(work: Work, given: bytes | str, into: Into) -> int:
    """일괄등록 예약: the job's id. Who may not file has no sheet queued."""
    await sheet_kind(work, into)
    arguments: dict[str, Any] = {"text": isinstance(given, str)}
    if isinstance(into, int):
        arguments |= {"filing": into}
    else:
        arguments |= {
            "program": into.program,
            "activityType": into.activity_type,
            "organization": into.organization_id,
            "title": into.title,
        }
    content = given.encode() if isinstance(given, str) else given
    job_id = await queue_job(work, TAKE_SHEET, arguments, content=content)
    work.record("filing.sheet_queued", "job", job_id, organization_id=work.actor.organization_id)
    return job_id


async def _take(task: Task) -> None:
    """Filed in the transaction that finishes the job; who sent it must still be allowed to."""
    actor = await _sender(task)
    content = task.content or b""

    def progress(stage: str, done: int, total: int) -> None:
        task.progress(STEPS.index(stage) * total + done, len(STEPS) * total)

    def filed(taken: Taken) -> None:
        task.result = _told(taken)

    try:
        taken = await take_sheet(
            task.house,
            actor,
            content.decode() if task.arguments["text"] else content,
            _into(task),
            progress=progress,
            request_id=task.request_id,
            filing_in=lambda: task.finishing(actor),
            filed=filed,
            patience=QUEUED_PATIENCE,
        )
    except CellsRefused as refused:
        cells = [cell_told(each) for each in refused.cells[:MOST_CELLS]]
        task.result = {"cells": cells, "cellCount": len(refused.cells)}
        raise
    task.result = _told(taken)


def _into(task: Task) -> Into:
    given = task.arguments
    if "filing" in given:
        return int(given["filing"])
    return NewFiling(
        program=given["program"],
        activity_type=given["activityType"],
        organization_id=given["organization"],
        title=given["title"],
    )


async def _sender(task: Task) -> Actor:
    if task.asked_by is None:
        return SYSTEM
    async with task.house.database.reading() as tx:
        actor = await acting_member(tx, task.asked_by)
    if actor is None:
        raise NotAllowed(GONE)
    return actor


def _told(taken: Taken) -> dict[str, Any]:
    return {
        "filing": to_global_id("Filing", taken.filing_id),
        "already": taken.already,
        "rows": taken.rows,
        "companies": taken.companies,
        "warnings": [
            {"code": each.code, "reasonKo": each.reason.ko, "reasonEn": each.reason.en} for each in taken.warnings
        ],
    }


TAKE_SHEET = JobKind(
    name="core.take_sheet",
    names=Text("적립신청 일괄등록", "take a sheet of activities in"),
    run=_take,
    retries=Retries(attempts=3),
    most_waiting=MOST_SHEETS,
)
