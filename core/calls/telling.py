"""Telling organizations that a call of interest has opened, or is about to close: each of it once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.calls.queries import CLOSING, OPENED
from core.calls.service import told
from core.jobs import JobKind, Schedule, Task
from core.language import Text
from core.notices import tell_organizations

if TYPE_CHECKING:
    from core.database.connection import Row
    from core.work import Work

BEFORE_CLOSING = timedelta(days=3)
EVER = timedelta(days=36_500)


async def tell_of_calls(work: Work) -> tuple[int, int]:
    """관심사업 안내: how many organizations were told of calls that opened, and of calls that are about to close."""
    opened = await work.tx.connection.fetch(OPENED, work.now, EVER)
    closing = await work.tx.connection.fetch(CLOSING, work.now, BEFORE_CLOSING)
    return (
        await tell_organizations(work, "calls_opened", opened, _line),
        await tell_organizations(work, "calls_closing", closing, _line),
    )


def _line(row: Row) -> Text:
    opens, closes = told(row["opens_at"]), told(row["closes_at"])
    return Text(
        f"· {row['title']} ({row['name_ko']}): {opens} ~ {closes}",
        f"· {row['title']} ({row['name_en']}): {opens} – {closes}",
    )


async def _tell(task: Task) -> None:
    async with task.finishing() as work:
        opened, closing = await tell_of_calls(work)
        task.result = {"opened": opened, "closing": closing}


TELL_OF_CALLS = JobKind(
    name="core.tell_of_calls",
    names=Text("관심사업 공고 안내", "tell of calls of interest"),
    run=_tell,
    schedule=Schedule("4 * * * *"),
)
