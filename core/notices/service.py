"""Telling organizations what is about to be lost: points about to expire, certificates about to lapse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from core.jobs import JobKind, Schedule, Task
from core.language import Text
from core.messages import main_users, queue_messages
from core.notices.queries import CERTIFICATES_LAPSING, POINTS_EXPIRING

if TYPE_CHECKING:
    from core.database.connection import Row
    from core.work import Work

DAYS_BEFORE_EXPIRY = (90, 30, 7)  # the farthest first
DAYS_BEFORE_LAPSE = (30, 7)
MOST_LINES = 20  # that one message lists


async def tell_of_expiring_points(work: Work) -> int:
    """소멸예정 안내: each organization once for a day's lots of an asset and a threshold; how many were told."""
    rows = await work.tx.connection.fetch(POINTS_EXPIRING, work.today, work.now, list(DAYS_BEFORE_EXPIRY))
    return await tell_organizations(work, "points_expiring", rows, lambda row: _points_line(work, row))


async def tell_of_lapsing_certificates(work: Work) -> int:
    """확인서 만료예정 안내: each organization once for a certificate and a threshold; how many were told."""
    rows = await work.tx.connection.fetch(CERTIFICATES_LAPSING, work.today, work.now, list(DAYS_BEFORE_LAPSE))
    return await tell_organizations(work, "certificates_lapsing", rows, _certificate_line)


async def tell_organizations(work: Work, template: str, rows: list[Row], line: Callable[[Row], Text]) -> int:
    """One message an organization, however much it is told of: rows ordered by `organization_id`, each with its `name`.

    Every organization has a main user. How many were told.
    """
    people = await main_users(work.tx, sorted({row["organization_id"] for row in rows}))
    told = []
    for organization_id, its in groupby(rows, key=lambda row: row["organization_id"]):
        listed = list(its)
        lines = [line(row) for row in listed[:MOST_LINES]]
        if more := len(listed) - len(lines):
            lines.append(Text(f"외 {more:,}건", f"and {more:,} more"))
        values = {
            "organization": listed[0]["name"],
            "lines": {"ko": "\n".join(each.ko for each in lines), "en": "\n".join(each.en for each in lines)},
        }
        told.append((people[organization_id], values))
    await queue_messages(work, template, told)
    return len(told)


def _points_line(work: Work, row: Row) -> Text:
    """A lot can be used through the day before it expires."""
    program = work.plugins.programs.get(row["program"])
    asset = None if program is None else next((each for each in program.assets if each.code == row["asset"]), None)
    names = asset.names if asset is not None else Text(row["asset"], row["asset"])
    last = row["expires_on"] - timedelta(days=1)
    return Text(
        f"· {names.ko} {row['points']:,}: {last}까지 사용 가능", f"· {names.en} {row['points']:,}: to be used by {last}"
    )


def _certificate_line(row: Row) -> Text:
    return Text(
        f"· {row['number']} {row['name_ko']} ({row['points']:,}): {row['valid_until']}까지 유효",
        f"· {row['number']} {row['name_en']} ({row['points']:,}): valid through {row['valid_until']}",
    )


async def _tell_all(task: Task) -> None:
    async with task.finishing() as work:
        points = await tell_of_expiring_points(work)
        certificates = await tell_of_lapsing_certificates(work)
        task.result = {"pointsExpiring": points, "certificatesLapsing": certificates}


TELL = JobKind(
    name="core.give_notices",
    names=Text("소멸·만료 예정 안내", "tell what is about to expire or lapse"),
    run=_tell_all,
    schedule=Schedule("0 9 * * *"),
)
