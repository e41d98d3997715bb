"""Reading providers, courses and kinds, and gathering what the checks must know."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.database import any_of, table_of
from core.work import Work
from plugins.mileage_innovation.facts import InnovationActivity, TrainingCompletion
from plugins.mileage_innovation.known import KnownKind, KnownProvider, Period
from plugins.mileage_innovation.models import EligibleCourse, InnovationKind, TrainingProvider

provider = table_of(TrainingProvider)
course = table_of(EligibleCourse)
kind = table_of(InnovationKind)


async def gather_provider(
    work: Work, filer_id: int, facts: Sequence[TrainingCompletion]
) -> Sequence[KnownProvider | None]:
    """The filing organization as a provider, the same for every row; None when it is not one."""
    found = await work.tx.one(TrainingProvider, sa.select(provider).where(provider.c.organization_id == filer_id))
    if found is None:
        return [None] * len(facts)
    courses = {}
    if not found.all_courses:
        rows = await work.tx.all(EligibleCourse, sa.select(course).where(course.c.provider_id == found.id))
        courses = {row.name: Period(row.since, row.until) for row in rows}
        courses = courses or {"": Period(found.since, found.since)}
    return [KnownProvider(period=Period(found.since, found.until), courses=courses)] * len(facts)


async def gather_kinds(work: Work, _filer_id: int, facts: Sequence[InnovationActivity]) -> Sequence[KnownKind | None]:
    codes = sorted({each.kind for each in facts})
    rows = await work.tx.all(InnovationKind, sa.select(kind).where(any_of(kind.c.code, codes)))
    known = {row.code: KnownKind(period=Period(row.since, row.until), max_points=row.max_points) for row in rows}
    return [known.get(each.kind) for each in facts]
