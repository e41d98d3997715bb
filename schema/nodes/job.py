"""Jobs as the API shows them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import strawberry

from core.database import table_of
from core.jobs import JobState
from core.jobs.models import Job as JobRow
from schema.enums import described
from schema.mapping import Node, column, shows, to_one
from schema.nodes.organization import Member, Organization
from schema.scalars import BigInt, Json
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table, auditors_and_operators

described(
    JobState,
    "JobState",
    "작업 상태 · Where a job stands.",
    {
        "QUEUED": "대기 · Nobody does it now: for the first time, or between two attempts.",
        "RUNNING": "실행중 · It is being done.",
        "DONE": "완료 · It is done, and so is what it was to change.",
        "REFUSED": "거절 · Understood and objected to: `problems` says why; nothing was changed.",
        "DEAD": "중단 · It failed for good; an operator may have it tried again.",
    },
)


def visible_job(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whoever asked for it; operators of every program and auditors see all."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all or viewer.operator:
        return EVERYBODY
    return table.c.asked_by == viewer.member_id


@shows(table_of(JobRow), visible=visible_job, descending=True)
@strawberry.type(description="작업 · Something done apart from a request: how far it is, and what became of it.")
class Job(Node):
    name: str = column("종류 · What is done, e.g. `core.expire`.", filterable=True)
    state: JobState = column("상태 · Where it stands.", filterable=True)
    done: BigInt = column("완료 건수 · How many steps are done.")
    total: BigInt | None = column("전체 건수 · How many there are; null: not known yet.")
    attempts: int = column("시도 횟수 · How often it was begun.", filterable=True)
    queued_at: datetime = column("등록 시각 · When it was asked for.", filterable=True, sortable=True)
    started_at: datetime | None = column("시작 시각 · When it was first begun.")
    finished_at: datetime | None = column("종료 시각 · When it ended, in whatever state.", filterable=True)
    result: Json | None = column("결과 · What it answers; its shape depends on the kind. Ids are global ids.")
    problems: Json | None = column("거절 사유 · Why it was refused: a list of `{code, path, ko, en}`.")
    reason_ko: str | None = column("실패 사유 · Why the last attempt failed, in Korean.", sql=lambda t: t.c.error_ko)
    reason_en: str | None = column(
        "실패 사유(영어) · Why the last attempt failed, in English.", sql=lambda t: t.c.error_en
    )
    arguments: Json | None = column(
        "인자 · What it was given, by id; for operators and auditors.", shown=auditors_and_operators
    )
    asked_by: Member | None = to_one("요청자 · Who asked for it; null: the system.", local="asked_by")
    organization: Organization | None = to_one("기관 · For which organization.", local="organization_id")
