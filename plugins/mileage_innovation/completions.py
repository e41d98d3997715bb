"""Taking a training centre's roster in: filed, checked and credited in one transaction, or refused cell by cell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from core.activities import Row, draft_filing, require_may_file, submit_filing
from core.activities.problems import IN_THE_FUTURE, NO_EDITION, SAME_CONTENT
from core.actor import Actor
from core.documents.spreadsheets import CellProblem, CellsRefused
from core.errors import Refused, Violation
from core.house import House
from core.identity import Organization, organization_by_number, parse_business_number
from core.work import Work
from plugins.mileage_innovation.facts import TrainingCompletion
from plugins.mileage_innovation.problems import PROVIDER_UNKNOWN
from plugins.mileage_innovation.program import CODE, TRAINING
from plugins.mileage_innovation.roster import Roster, RosterLine, open_roster, read_roster, roster_digest

Progress = Callable[[str, int, int], None]
PROVIDER_INPUT = "providerBusinessNumber"
COLUMN_OF_FACT = {
    "course": "course",
    "session": "session",
    "startsOn": "starts_on",
    "completedOn": "completed_on",
    "hours": "hours",
    "completers": "completers",
    "company": "company_name",
    "businessNumber": "business_number",
    "name": "company_name",
}
COLUMN_OF_PROBLEM = {NO_EDITION.code: "completed_on", IN_THE_FUTURE.code: "completed_on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """처리 결과: the filing, how many rows and companies, and the mileage. `already`: it was there, nothing changed."""

    filing_id: int
    number: str
    rows: int
    companies: int
    points: int
    already: bool = False


class RosterRefused(CellsRefused):
    """The roster has faults: every bad cell, none of it stored."""


async def import_completions(
    house: House,
    actor: Actor,
    data: bytes,
    *,
    provider_number: str,
    progress: Progress | None = None,
    request_id: str | None = None,
    filing_in: Callable[[], AbstractAsyncContextManager[Work]] | None = None,
    filed: Callable[[Imported], None] = lambda imported: None,
    patience: float = 60,
) -> Imported:
    """교육 이수 통보: all of the roster, or none of it. A roster that is on record already changes nothing and says so.

    `progress` is told a stage (`read`, `file`, `credit`) with rows done and rows in all. Raises `RosterRefused` with
    every bad cell, or `Refused` for what concerns the whole. `filing_in` opens the transaction all is written in, when
    it is to hold more than this; `filed` is told in it. The file waits at most `patience` seconds for a reader.
    """
    tell = progress or (lambda _stage, _done, _total: None)
    number = parse_business_number(provider_number, PROVIDER_INPUT)
    async with house.work(actor, request_id) as work:  # who may not send a roster has none read
        provider = await require_may_send(work, provider_number)
    roster = await _read(house, actor, data, tell, patience)
    if roster.problems:
        raise RosterRefused(roster.problems)
    lines, total = roster.lines, len(roster.lines)
    digest = roster_digest(lines)
    try:
        async with filing_in() if filing_in is not None else house.work(actor, request_id) as work:
            drafted = await draft_filing(
                work,
                program=CODE,
                type_code=TRAINING.code,
                organization_id=provider.id,
                rows=[_row(line, number) for line in lines],
                title=f"{lines[0].course} 외" if total > 1 else lines[0].course,
                content_hash=digest,
            )
            tell("file", total, total)
            filing = await submit_filing(work, drafted.id)
            tell("credit", total, total)
            points = await work.tx.connection.fetchval(
                "SELECT coalesce(sum(points_subject), 0)::bigint FROM activity WHERE filing_id = $1", filing.id
            )
            imported = Imported(
                filing_id=filing.id,
                number=filing.number or "",
                rows=total,
                companies=len({line.business_number for line in lines}),
                points=points,
            )
            filed(imported)
    except Refused as refused:
        if any(each.code == SAME_CONTENT.code for each in refused.violations):
            return await _on_record(house, number, digest)
        raise _at_cells(refused, roster) from refused
    return imported


async def require_may_send(work: Work, provider_number: str) -> Organization:
    """The provider of this business number, if the actor may send its rosters.

    A number that is not on record is refused to members like another organization's.
    """
    provider = await organization_by_number(work.tx, parse_business_number(provider_number, PROVIDER_INPUT))
    await require_may_file(work, CODE, TRAINING.code, 0 if provider is None else provider.id)
    if provider is None:
        raise PROVIDER_UNKNOWN.refuse(PROVIDER_INPUT, name=provider_number)
    return provider


async def _read(house: House, actor: Actor, data: bytes, tell: Progress, patience: float) -> Roster:
    today = house.clock().date()
    asker = actor.organization_id or actor.member_id
    opened = await open_roster(house.readers, data, asker=asker, patience=patience)
    return await asyncio.to_thread(
        read_roster, opened, today=today, progress=lambda done, total: tell("read", done, total)
    )


async def _on_record(house: House, provider_number: str, digest: str) -> Imported:
    """The filing that already has this content."""
    async with house.database.reading() as tx:
        row = await tx.connection.fetchrow(
            "SELECT f.id, f.number, count(*) AS rows, count(DISTINCT a.organization_id) AS companies,"
            " coalesce(sum(a.points_subject) FILTER (WHERE a.status = 'approved'), 0)::bigint AS points"
            " FROM filing f JOIN activity a ON a.filing_id = f.id"
            " JOIN organization o ON o.id = f.organization_id WHERE o.business_number = $1 AND f.content_hash = $2"
            " AND f.program = $3 AND f.status NOT IN ('cancelled', 'rejected') GROUP BY f.id",
            provider_number,
            digest,
            CODE,
        )
    assert row is not None, "somebody else has just filed it"
    return Imported(
        filing_id=row["id"],
        number=row["number"] or "",
        rows=row["rows"],
        companies=row["companies"],
        points=row["points"],
        already=True,
    )


def _row(line: RosterLine, provider: str) -> Row:
    return Row(
        facts=TrainingCompletion(
            provider=provider,
            course=line.course,
            session=line.session,
            starts_on=line.starts_on,
            completed_on=line.completed_on,
            hours=line.hours,
            completers=line.completers,
        ),
        business_number=line.business_number,
        stated_name=line.company_name,
    )


def _at_cells(refused: Refused, roster: Roster) -> Refused:
    """Objections to rows become complaints at cells; if any concerns the whole, they stay as they are."""
    of_whole = [each for each in refused.violations if not _is_of_row(each, len(roster.lines))]
    if of_whole:
        return Refused(*{each.message: _at_input(each) for each in of_whole}.values())
    return RosterRefused([_cell(each, roster) for each in refused.violations])


def _at_input(violation: Violation) -> Violation:
    of_provider = violation.path[-1:] in (("provider",), (PROVIDER_INPUT,))
    return replace(violation, path=(PROVIDER_INPUT,) if of_provider else ("file", *violation.path))


def _is_of_row(violation: Violation, rows: int) -> bool:
    """Not so when every row has the same provider to complain of."""
    match violation.path:
        case ("rows", int(place), *_):
            return place < rows and violation.path[-1] != "provider"
        case _:
            return False


def _cell(violation: Violation, roster: Roster) -> CellProblem:
    line = roster.lines[int(violation.path[1])]
    key = COLUMN_OF_PROBLEM.get(violation.code) or COLUMN_OF_FACT.get(str(violation.path[-1]), "course")
    return roster.problem_at(line, key, violation.code, violation.message)
