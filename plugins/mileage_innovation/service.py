"""The program's own verbs: the registry of providers, courses and kinds, kept by operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import asyncpg
import sqlalchemy as sa

from core.actor import Role
from core.database import any_of
from core.work import Work
from plugins.mileage_innovation.models import EligibleCourse, InnovationKind, TrainingProvider
from plugins.mileage_innovation.problems import KIND_TAKEN, KIND_WITHOUT_POINTS, PERIOD_REVERSED, PROVIDER_MISSING
from plugins.mileage_innovation.program import CODE
from plugins.mileage_innovation.queries import course, provider


async def register_provider(
    work: Work,
    organization_id: int,
    *,
    since: date,
    until: date | None = None,
    courses: Sequence[str] | None = None,
) -> TrainingProvider:
    """적용대상 교육기관 등록: its completions count from `since` on. With `courses`, only those of these names do."""
    work.actor.require_staff(CODE, Role.OPERATOR)
    _require_order(since, until)
    await work.tx.connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('mi_training_provider'), $1)", organization_id
    )
    known = await work.tx.one(
        TrainingProvider, sa.select(provider).where(provider.c.organization_id == organization_id)
    )
    values = {"since": since, "until": until, "all_courses": courses is None}
    if known is None:
        row = await work.tx.insert(TrainingProvider, organization_id=organization_id, **values)
    else:
        changed = sa.update(provider).where(provider.c.id == known.id).values(**values).returning(provider)
        row = await work.tx.one(TrainingProvider, changed) or known
    listed = list(dict.fromkeys(name.strip() for name in courses or ()))
    if courses is not None:
        await work.tx.execute(sa.delete(course).where(course.c.provider_id == row.id, ~any_of(course.c.name, listed)))
    for name in listed:
        await _keep_course(work, row.id, name, since, until)
    work.record(
        "training_provider.registered",
        "training_provider",
        row.id,
        organization_id=organization_id,
        before=None if known is None else {"since": known.since, "until": known.until},
        after={**values, "courses": listed},
    )
    return row


async def add_course(
    work: Work, provider_id: int, name: str, *, since: date, until: date | None = None
) -> EligibleCourse:
    """적용대상 교육과정 등록: one more course of a provider of which not all courses count."""
    work.actor.require_staff(CODE, Role.OPERATOR)
    _require_order(since, until)
    owner = await work.tx.one(TrainingProvider, sa.select(provider).where(provider.c.id == provider_id))
    if owner is None:
        raise PROVIDER_MISSING.refuse("providerId")
    row = await _keep_course(work, provider_id, name.strip(), since, until)
    work.record(
        "eligible_course.added",
        "eligible_course",
        row.id,
        organization_id=owner.organization_id,
        after={"name": row.name, "since": since, "until": until},
    )
    return row


async def define_kind(
    work: Work, *, code: str, name_ko: str, name_en: str, max_points: int, since: date, until: date | None = None
) -> InnovationKind:
    """경영혁신 활동 유형 등록: the notice gives no rate, so staff grant up to `max_points` for one activity of it."""
    work.actor.require_staff(CODE, Role.OPERATOR)
    _require_order(since, until)
    if max_points < 1:
        raise KIND_WITHOUT_POINTS.refuse("maxPoints", given=max_points)
    try:
        row = await work.tx.insert(
            InnovationKind,
            code=code,
            name_ko=name_ko,
            name_en=name_en,
            max_points=max_points,
            since=since,
            until=until,
        )
    except asyncpg.UniqueViolationError as error:
        raise KIND_TAKEN.refuse("code", code=code) from error
    work.record("innovation_kind.defined", "innovation_kind", row.id, after={"code": code, "max_points": max_points})
    return row


def _require_order(since: date, until: date | None) -> None:
    if until is not None and until <= since:
        raise PERIOD_REVERSED.refuse("until", since=since, until=until)


async def _keep_course(work: Work, provider_id: int, name: str, since: date, until: date | None) -> EligibleCourse:
    known = await work.tx.one(
        EligibleCourse,
        sa.update(course)
        .where(course.c.provider_id == provider_id, course.c.name == name)
        .values(since=since, until=until)
        .returning(course),
    )
    if known is not None:
        return known
    return await work.tx.insert(EligibleCourse, provider_id=provider_id, name=name, since=since, until=until)
