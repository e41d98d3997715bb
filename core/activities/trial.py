"""A dry check: everything that a submission would object to, and what the rows would earn. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass

from core.activities.awarding import Expected, expected_points, stated_rows
from core.activities.checks import object_to
from core.activities.evidence import object_to_documents
from core.activities.intake import EDITABLE, know_subjects, require_may_file, require_status
from core.activities.problems import EMPTY
from core.activities.queries import activity_type, locked_filing, rows_of
from core.errors import Violation
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a submission would come to (접수 전 확인): its objections, and what each row would earn, in their order."""

    filing_id: int
    objections: tuple[Violation, ...]
    expected: tuple[Expected, ...]


class _Undone(Exception):
    """What was written to see what it would be."""


async def check_filing(work: Work, filing_id: int) -> Trial:
    """접수 전 확인: of a draft, or of a filing to be supplemented, by who may submit it."""
    found = await locked_filing(work, filing_id)
    await require_may_file(work, found.program, found.activity_type, found.organization_id)
    require_status(found, *EDITABLE)
    kind = activity_type(work, found.program, found.activity_type)
    rows = await rows_of(work.tx, filing_id)
    if not rows:
        return Trial(filing_id=filing_id, objections=(EMPTY.at("rows"),), expected=())
    objections: list[Violation] = []
    expected: list[Expected] = []
    told = len(work.events)
    try:
        async with work.tx.connection.transaction():
            await know_subjects(work, rows)
            objections = await object_to(work, found, kind, rows)
            objections += await object_to_documents(work, found, kind, rows)
            expected = await expected_points(work, found.program, kind, await stated_rows(work, kind, rows))
            raise _Undone
    except _Undone:
        del work.events[told:]
    return Trial(filing_id=filing_id, objections=tuple(objections), expected=tuple(expected))
