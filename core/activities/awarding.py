"""What rows earn by the rules: for certain when they are approved, and as it looks when they are filed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from core.activities.facts import facts_of
from core.activities.models import Activity
from core.activities.problems import AWARD_IMPOSSIBLE
from core.activities.queries import Series, past_of_series, series_of
from core.concurrency import mapped
from core.personal import personal_kinds
from core.program import ActivityType, Award, Edition, Party, Past, Rounding
from core.work import Work

Excused: TypeAlias = type[Exception] | tuple[type[Exception], ...]
REASONS = (ValueError, ArithmeticError)  # what a rule says that it cannot award
MOST_POINTS = 1_000_000_000_000  # that one activity earns a party


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One row as rules are shown it: the facts (personal ones masked), and what it is added up with."""

    facts: Any
    base_date: date
    subject: int | None  # None: a company that is not on record yet, which has no past
    number: str | None
    series_key: str | None

    @property
    def series(self) -> Series | tuple[str, str] | None:
        if self.series_key is None:
            return None
        return (self.number or "", self.series_key) if self.subject is None else (self.subject, self.series_key)


Expected = tuple[int, int] | None
"""신청마일리지: what the filer and the subject would get by a row; None when the rules cannot say."""


async def awards_of(work: Work, program: str, kind: ActivityType[Any], rows: Sequence[Activity]) -> list[Award]:
    """What each row earns by the edition of its base date, series added up in the rows' order, and locked."""
    series = sorted({of for row in rows if (of := series_of(row)) is not None})
    await work.tx.connection.execute(  # in order, so that two reviewers of one agreement take turns
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))"
        " FROM (SELECT key FROM unnest($1::text[]) WITH ORDINALITY AS g(key, place) ORDER BY place) AS ordered",
        [f"{program}:{kind.code}:{subject}:{key}" for subject, key in series],
    )
    found = await _awards(work, program, kind, await stated_rows(work, kind, rows), REASONS)
    awards = []
    for award, row in zip(found, rows, strict=True):
        if award is None:
            raise AWARD_IMPOSSIBLE.refuse("rows", row.line - 1, "facts", most=MOST_POINTS)
        awards.append(award)
    return awards


async def expected_points(work: Work, program: str, kind: ActivityType[Any], rows: Sequence[Stated]) -> list[Expected]:
    """What each row would earn if all of them were approved now, in their order.

    Rules are asked about facts that nobody has checked yet, and may fail at them in any way.
    """
    return [
        None if award is None else (int(award.points.get(Party.FILER, 0)), int(award.points.get(Party.SUBJECT, 0)))
        for award in await _awards(work, program, kind, rows, Exception)
    ]


async def stated_rows(work: Work, kind: ActivityType[Any], rows: Sequence[Activity]) -> list[Stated]:
    """Rows on record as rules are shown them."""

    def stated(of: tuple[Activity, Any]) -> Stated:
        row, facts = of
        return Stated(
            facts=facts,
            base_date=row.base_date,
            subject=row.organization_id,
            number=row.subject_number,
            series_key=row.series_key,
        )

    return await mapped(stated, zip(rows, await facts_of(work, kind, rows, masked=True), strict=True))


def masked_facts(kind: ActivityType[Any], facts: Any) -> Any:
    """Facts as rules are shown them: what says who somebody is, masked."""
    told = {name: getattr(facts, name) for name in personal_kinds(kind.facts)}
    masked = {name: personal_kinds(kind.facts)[name].masked(value) for name, value in told.items() if value is not None}
    return replace(facts, **masked) if masked else facts


async def _awards(
    work: Work, program: str, kind: ActivityType[Any], rows: Sequence[Stated], excused: Excused
) -> list[Award | None]:
    known = sorted({(row.subject, row.series_key) for row in rows if row.subject is not None and row.series_key})
    past: dict[Any, Past[Any]] = dict(await past_of_series(work, kind, program, known)) if known else {}
    rounding = work.plugins.programs[program].asset(kind.asset).rounding
    return await work.plugins.by_rules(program, "award", _added_up(kind, rounding, rows, past, excused))


def _added_up(
    kind: ActivityType[Any], rounding: Rounding, rows: Sequence[Stated], past: dict[Any, Past[Any]], excused: Excused
) -> Iterator[Award | None]:
    for row in rows:
        of = row.series
        so_far = Past() if of is None else past.get(of, Past())
        award = _awarded(kind.edition_on(row.base_date), row.facts, so_far, rounding, excused)
        if of is not None and award is not None:
            granted = so_far.granted + int(max(award.points.values(), default=0))
            past[of] = Past(facts=(*so_far.facts, row.facts), granted=granted)
        yield award


def _awarded(
    edition: Edition[Any] | None, facts: Any, past: Past[Any], rounding: Rounding, excused: Excused
) -> Award | None:
    """What the rule says, in whole points; None when it cannot say, or says too much."""
    if edition is None:
        return None
    try:
        award = edition.award(facts, past).rounded(rounding)
    except excused:
        return None
    return award if max(award.points.values(), default=0) <= MOST_POINTS else None
