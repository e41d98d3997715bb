"""Evidence (증빙): what a type of activity requires, what a filing lacks of it, and how long what was filed is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from core.activities.facts import facts_of
from core.activities.models import Activity, Filing
from core.errors import Violation
from core.files.attachments import Place, any_document, attachments_of, freeze
from core.files.problems import LINE_GONE, MISSING, OTHER, REQUIREMENT_UNKNOWN
from core.program import ActivityType
from core.requirement import Per, Requirement, Retention
from core.work import Work

MOST_OTHER = 20  # documents that nothing asks for, of the whole filing and of each row


def place_of(work: Work, found: Filing) -> Place:
    """The filing, as what documents are attached to."""
    return Place(
        organization_id=found.organization_id,
        program=found.program,
        permission=work.plugins.programs[found.program].filing_permission(found.activity_type),
        filing_id=found.id,
    )


def requirement_of(kind: ActivityType[Any], code: str | None) -> Requirement:
    """The declared requirement; none named: documents that nothing asks for. `Refused` for an unknown one."""
    if code is None:
        return any_document(OTHER, most=MOST_OTHER)
    found = next((each for each in kind.requirements if each.code == code), None)
    if found is None:
        known = ", ".join(each.code for each in kind.requirements) or "-"
        raise REQUIREMENT_UNKNOWN.refuse("requirement", given=code, known=known)
    return found


async def object_to_documents(
    work: Work, found: Filing, kind: ActivityType[Any], rows: Sequence[Activity]
) -> list[Violation]:
    """What is missing, requirement by requirement, each with its clause; and what is attached to rows that are gone."""
    attached = await attachments_of(work.tx, place_of(work, found))
    counts = Counter((each.requirement, each.line) for each in attached)
    gone = [
        LINE_GONE.at("documents", each.requirement or "other", name=each.file_name, line=each.line)
        for each in attached
        if each.line is not None and each.line > len(rows)
    ]
    return [*gone, *_missing(kind, len(rows), counts)]


def _missing(kind: ActivityType[Any], rows: int, counts: Counter[tuple[str | None, int | None]]) -> Iterator[Violation]:
    for each in kind.requirements:
        lines: list[int | None] = [None] if each.per is Per.FILING else [*range(1, rows + 1)]
        for line in lines:
            given = counts[each.code, line]
            if given < each.least:
                path = () if line is None else ("rows", line - 1)
                yield MISSING.at(
                    *path, "documents", each.code, source=each.source, name=each.names, least=each.least, given=given
                )


async def freeze_evidence(work: Work, found: Filing, kind: ActivityType[Any], rows: Sequence[Activity]) -> int:
    """What was attached is filed now, and kept as long as the program says; how many documents."""
    place = place_of(work, found)
    if not await attachments_of(work.tx, place):
        return 0
    program = work.plugins.programs[found.program]
    facts = await facts_of(work, kind, rows, masked=True)
    by_day: dict[date | None, list[str | None]] = defaultdict(list)
    for code, retention in _retentions(kind, program.retention):
        by_day[None if retention is None else retention.until(facts, work.today)].append(code)
    return sum([await freeze(work, place, day, codes) for day, codes in by_day.items()])


def _retentions(kind: ActivityType[Any], of_program: Retention | None) -> Iterator[tuple[str | None, Retention | None]]:
    yield None, of_program
    for each in kind.requirements:
        yield each.code, each.retention or of_program
