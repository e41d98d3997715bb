"""Taking a sheet in: read, checked cell by cell, and kept as a draft, or refused whole. Nothing is submitted by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa

from core.activities.fact_texts import Row
from core.activities.facts import facts_to_json
from core.activities.intake import EDITABLE, amend_filing, draft_filing, require_may_file, require_status
from core.activities.models import Filing
from core.activities.problems import FILING_NOT_FOUND, SAME_CONTENT
from core.activities.queries import activity_type, filing
from core.activities.sheets.reading import Sheet, open_sheet, read_sheet
from core.actor import Actor
from core.concurrency import ComputingThread, mapped
from core.documents.spreadsheets import CellProblem, OpenedWorkbook
from core.errors import Refused
from core.house import House
from core.program import ActivityType
from core.work import Work

CHECKING = ComputingThread("sheets")

Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFiling:
    """A filing that is to begin with a sheet (일괄등록)."""

    program: str
    activity_type: str
    organization_id: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """등록 결과: the draft, its rows and companies, what to mind. `already`: it was there with this content."""

    filing_id: int
    rows: int
    companies: int
    warnings: tuple[CellProblem, ...] = ()
    already: bool = False


Into: TypeAlias = NewFiling | int  # a filing to begin, or the id of one whose rows are to be replaced


async def take_sheet(
    house: House,
    actor: Actor,
    given: bytes | str,
    into: Into,
    *,
    progress: Progress = lambda _stage, _done, _total: None,
    request_id: str | None = None,
    filing_in: Callable[[], AbstractAsyncContextManager[Work]] | None = None,
    filed: Callable[[Taken], None] = lambda taken: None,
    patience: int = 60,
) -> Taken:
    """일괄등록: all rows of a file (bytes) or a paste (text) become a draft's, or none. It submits nothing.

    What is on record with this content already is answered, unchanged. `progress` is told a stage (`read`, `file`) with
    rows done and rows in all. Raises `CellsRefused` with every bad cell, or `Refused` for what concerns the whole.
    `filing_in` opens the transaction all is written in, when it is to hold more than this; `filed` is told in it. A
    file waits at most `patience` seconds for a reader.
    """
    async with house.work(actor, request_id) as work:  # who may not file has no sheet read
        kind = await sheet_kind(work, into)
    if isinstance(given, bytes):
        asker = actor.organization_id or actor.member_id
        opened: OpenedWorkbook | str = await open_sheet(house, kind, given, asker=asker, patience=patience)
    else:
        opened = given
    sheet = await CHECKING.run(
        read_sheet,
        kind,
        opened,
        max_rows=house.settings.max_sheet_rows,
        progress=lambda done, total: progress("read", done, total),
    )
    numbers = {row.business_number for row in sheet.rows}
    taken = Taken(filing_id=0, rows=len(sheet.rows), companies=len(numbers), warnings=sheet.warnings)
    digest = ""
    try:
        async with filing_in() if filing_in is not None else house.work(actor, request_id) as work:
            digest = await content_digest(work, sheet.rows)
            found = await _written(work, into, sheet, digest)
            taken = replace(taken, filing_id=found.id)
            progress("file", taken.rows, taken.rows)
            filed(taken)
    except Refused as refused:
        if isinstance(into, NewFiling) and any(each.code == SAME_CONTENT.code for each in refused.violations):
            return replace(taken, filing_id=await _on_record(house, into, digest), already=True)
        raise sheet.refusal(refused) from refused
    return taken


async def sheet_kind(work: Work, into: Into) -> ActivityType[Any]:
    """The type a sheet is to be read as. Raises when the actor may not file it there, or the filing is frozen."""
    if isinstance(into, NewFiling):
        await require_may_file(work, into.program, into.activity_type, into.organization_id)
        return activity_type(work, into.program, into.activity_type)
    found = await work.tx.one(Filing, sa.select(filing).where(filing.c.id == into))
    if found is None:
        raise FILING_NOT_FOUND.refuse("id")
    await require_may_file(work, found.program, found.activity_type, found.organization_id)
    require_status(found, *EDITABLE)
    return activity_type(work, found.program, found.activity_type)


async def content_digest(work: Work, rows: Sequence[Row]) -> str:
    """What rows say, in whatever file and order. Keyed, for a plain digest of a name is found by trying names."""
    said = await mapped(_said, rows)
    return work.vault.digest(b"\n".join(sorted(said)))


def _said(row: Row) -> bytes:
    return orjson.dumps([row.business_number, row.stated_name, facts_to_json(row.facts)])


async def _written(work: Work, into: Into, sheet: Sheet, digest: str) -> Filing:
    if isinstance(into, int):
        return await amend_filing(work, into, sheet.rows, content_hash=digest)
    return await draft_filing(
        work,
        program=into.program,
        type_code=into.activity_type,
        organization_id=into.organization_id,
        rows=sheet.rows,
        title=into.title,
        content_hash=digest,
    )


async def _on_record(house: House, into: NewFiling, digest: str) -> int:
    """The filing that has this content already."""
    async with house.database.reading() as tx:
        found = await tx.value(
            sa.select(filing.c.id).where(
                filing.c.program == into.program,
                filing.c.activity_type == into.activity_type,
                filing.c.organization_id == into.organization_id,
                filing.c.content_hash == digest,
                filing.c.status.notin_(("cancelled", "rejected", "revoked")),
            )
        )
    if found is None:  # it was withdrawn in this moment
        raise SAME_CONTENT.refuse(number="-")
    return int(found)
