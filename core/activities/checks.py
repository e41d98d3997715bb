"""Every objection to the rows of a filing, collected: dates, doubles, the type's own checks, and other plugins'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.activities.facts import facts_of
from core.activities.models import Activity, Filing
from core.activities.problems import ALREADY_FILED, IN_THE_FUTURE, NO_EDITION
from core.activities.queries import already_filed, subject_of
from core.checking import ActivityContext
from core.concurrency import in_turns, mapped
from core.errors import Violation
from core.identity import organization_views
from core.program import ActivityType
from core.work import Work


async def object_to(work: Work, filing: Filing, kind: ActivityType[Any], rows: Sequence[Activity]) -> list[Violation]:
    """What speaks against these rows, each objection under `rows` and the row's place, counted from 0."""
    facts = await facts_of(work, kind, rows)
    known: Sequence[object] = [None] * len(rows)
    if kind.gather is not None:
        known = await work.plugins.gathered(filing.program, kind.gather(work, filing.organization_id, facts))
    organizations = {filing.organization_id, *(subject_of(row) for row in rows)}
    views = await organization_views(work.tx, sorted(organizations), work.today)
    first = min(kind.editions, key=lambda edition: edition.effective)
    found = await object_to_doubles(work, filing, rows)

    def shown_of(of: tuple[Activity, Any, object]) -> tuple[Any, ActivityContext]:
        row, fact, knows = of
        return fact, ActivityContext(
            program=filing.program,
            activity_type=kind.code,
            filer=views[filing.organization_id],
            subject=views[subject_of(row)],
            filed_on=filing.submitted_on or work.today,
            known=knows,
        )

    shown = await mapped(shown_of, zip(rows, facts, known, strict=True))
    by_the_type = await work.plugins.by_rules(filing.program, "checks", _by_the_type(kind, shown))
    by_plugins = await work.plugins.check_activities(shown)
    async for row, of_type, of_plugins in in_turns(zip(rows, by_the_type, by_plugins, strict=True)):
        objections: list[Violation] = []
        if row.base_date > work.today:
            objections.append(IN_THE_FUTURE.at(day=row.base_date))
        if kind.edition_on(row.base_date) is None:
            objections.append(NO_EDITION.at(source=first.source, day=row.base_date, first=first.effective))
        objections.extend(violation.under("facts") for violation in (*of_type, *of_plugins))
        found.extend(objection.under("rows", row.line - 1) for objection in objections)
    return sorted(found, key=lambda objection: objection.path[1])


def _by_the_type(kind: ActivityType[Any], shown: Sequence[tuple[Any, ActivityContext]]) -> Iterator[list[Violation]]:
    """What the type's own checks object to each row."""
    for fact, context in shown:
        yield [violation for check in kind.checks for violation in check(fact, context)]


async def object_to_doubles(work: Work, filing: Filing, rows: Sequence[Activity]) -> list[Violation]:
    """Which rows say an activity that another filing says too, or an earlier row of this one."""
    elsewhere = await already_filed(work.tx, filing.id, rows)
    seen: dict[tuple[int, str], int] = {}
    found: list[Violation] = []
    async for row in in_turns(rows):
        same = (subject_of(row), row.identity_key)
        if same in elsewhere:
            found.append(ALREADY_FILED.at("rows", row.line - 1, where=elsewhere[same]))
        if same in seen:
            found.append(ALREADY_FILED.at("rows", row.line - 1, where=f"rows.{seen[same]}"))
        seen.setdefault(same, row.line - 1)
    return found
