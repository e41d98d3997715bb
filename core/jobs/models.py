"""Jobs on record: what was asked to be done, how far it is, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.database import columns


class JobState(StrEnum):
    """Where a job stands (작업 상태)."""

    QUEUED = "queued"  # 대기: nobody does it now, be it for the first time or after a failure
    RUNNING = "running"  # 실행중
    DONE = "done"  # 완료
    REFUSED = "refused"  # 거절: understood and objected to; trying again would change nothing
    DEAD = "dead"  # 중단: failed for good; an operator may have it tried again


class Job(SQLModel, table=True):
    """작업: written with the change that asks for it, and marked done with the change it makes."""

    __tablename__ = "job"
    __table_args__ = (
        sa.CheckConstraint("state IN ('queued','running','done','refused','dead')", name="job_state_known"),
        sa.CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="job_progress"),
        sa.CheckConstraint("(state IN ('queued','running')) = (finished_at IS NULL)", name="job_finished"),
        sa.CheckConstraint("state <> 'running' OR runner IS NOT NULL", name="job_run_by_somebody"),
        sa.CheckConstraint("(file_key IS NULL) = (file_until IS NULL)", name="job_file_whole"),
        sa.CheckConstraint("file_key IS NULL OR state = 'done'", name="job_file_once_done"),
        sa.UniqueConstraint("file_key"),
        sa.UniqueConstraint("name", "scheduled_for"),
        sa.Index(
            "job_one_scheduled_at_once",
            "name",
            unique=True,
            postgresql_where=sa.text("scheduled_for IS NOT NULL AND state IN ('queued','running')"),
        ),
        sa.Index("job_open", "id", postgresql_where=sa.text("state IN ('queued','running')")),
        sa.Index("job_turn", "organization_id", "turn", postgresql_where=sa.text("state IN ('queued','running')")),
        sa.Index("job_state", "state", "id"),
        sa.Index("job_asked_by", "asked_by", "id"),
        sa.Index("job_file_until", "file_until", postgresql_where=sa.text("file_until IS NOT NULL")),
    )
    id: int = columns.identity()
    name: str = columns.text()
    arguments: dict[str, Any] = columns.document()
    content: bytes | None = Field(default=None, sa_type=sa.LargeBinary, nullable=True)  # dropped when it is done
    state: str = columns.text(default="queued")
    done: int = columns.number(default=0)
    total: int | None = columns.number(nullable=True)
    attempts: int = columns.number(default=0)
    runner: str | None = columns.text(nullable=True)  # who has it now; whoever had it before can finish it no more
    scheduled_for: datetime | None = columns.moment(nullable=True)
    asked_by: int | None = columns.reference("member", nullable=True, index=False)
    organization_id: int | None = columns.reference("organization", nullable=True)
    request_id: str | None = columns.text(nullable=True)
    queued_at: datetime = columns.moment(now=True)
    started_at: datetime | None = columns.moment(nullable=True)
    finished_at: datetime | None = columns.moment(nullable=True)
    result: dict[str, Any] | None = columns.document(nullable=True)
    problems: list[dict[str, Any]] | None = columns.document(nullable=True)
    file_key: str | None = columns.text(nullable=True)  # in the store of documents: what it made for whoever asked
    file_until: datetime | None = columns.moment(nullable=True)  # from then on it is gone
    error_ko: str | None = columns.text(nullable=True)
    error_en: str | None = columns.text(nullable=True)
    turn: int = columns.number(default=0)  # whose job is next: the lowest; see fairness.py
