"""Filing by sheet: a spreadsheet or a paste becomes a draft, at once or as a job."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.file_uploads import Upload
from strawberry.types.unset import UNSET

from core.activities.sheets import Into, NewFiling, take_sheet
from core.activities.sheets.problems import SHEET_INPUT
from core.documents.spreadsheets import CellsRefused
from schema.cells import MOST_CELLS, MOST_ERRORS, CellError, SheetWarning, cell_error, sheet_warning
from schema.context import Info
from schema.errors import user_error
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes import Filing, Job
from schema.queued_sheets import queue_sheet
from schema.roots.filing import KEY, own_or_given
from schema.texts import SHEET

FILE = "파일 · An .xlsx or .xls file, sent by the GraphQL multipart request specification; or `text`."
TEXT = "붙여넣기 · Cells copied out of Excel, with or without their headings; or `file`."


@strawberry.type(description="일괄등록 결과 · What became of a sheet.")
class FilingSheetPayload(Payload):
    already: bool = strawberry.field(
        default=False, description="기등록 여부 · Whether the same content was on record, so that nothing changed."
    )
    rows: int = strawberry.field(default=0, description="행 수 · How many rows it has.")
    companies: int = strawberry.field(default=0, description="기업 수 · How many companies are in it.")
    cells: list[CellError] = strawberry.field(
        default_factory=list, description="셀 오류 · Every bad cell; when there is one, nothing was stored."
    )
    cell_count: int = strawberry.field(
        default=0, description="셀 오류 수 · How many bad cells there are; `cells` tells the first 1,000, `errors` 20."
    )
    warnings: list[SheetWarning] = strawberry.field(
        default_factory=list, description="주의 · What to mind about it; it was taken all the same."
    )
    filing_id: strawberry.Private[int | None] = None
    filing: Filing | None = to_one("적립신청 · The draft it became; it is not submitted yet.", local="filing_id")


@strawberry.type(description="일괄등록 예약 결과 · The job that takes a sheet in.")
class QueueSheetPayload(Payload):
    job_id: strawberry.Private[int | None] = None
    job: Job | None = to_one("작업 · How far it is; its `result` is the filing, or the bad cells.", local="job_id")


@strawberry.input(description="일괄등록 · A new filing from a sheet.")
class DraftFilingFromSheetInput:
    program: str = strawberry.field(description="사업 · The program's code.")
    activity_type: str = strawberry.field(description="적립 활동 · The activity type's code.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="신청기관 · Who files; null: one's own organization."
    )
    title: str = strawberry.field(default="", description="제목 · What the filer calls it.")
    file: Upload | None = strawberry.field(default=None, description=FILE)
    text: str | None = strawberry.field(default=None, description=TEXT, metadata=SHEET)


@strawberry.input(description="일괄수정 · A sheet in place of a draft's rows.")
class AmendFilingFromSheetInput:
    id: strawberry.ID = strawberry.field(description=KEY)
    file: Upload | None = strawberry.field(default=None, description=FILE)
    text: str | None = strawberry.field(default=None, description=TEXT, metadata=SHEET)


@strawberry.type
class SheetMutation:
    """What a sheet can be sent for."""

    @mutation(
        "일괄등록 · Begin a filing from a spreadsheet or a paste: all its rows, or every bad cell and nothing stored."
        " It is not submitted yet."
    )
    async def draft_filing_from_sheet(info: Info, input: DraftFilingFromSheetInput) -> FilingSheetPayload:
        return await _taken(info, input, _new(info, input))

    @mutation("일괄수정 · Replace the rows of a draft, or of a filing to be supplemented, by a spreadsheet or a paste.")
    async def amend_filing_from_sheet(info: Info, input: AmendFilingFromSheetInput) -> FilingSheetPayload:
        return await _taken(info, input, key_of(input.id, "Filing", "id"))

    @mutation(
        "일괄등록 예약 · The same apart from the request, for thousands of rows: the job tells how far it is, and its"
        " `result` the filing, or the bad cells."
    )
    async def queue_filing_from_sheet(info: Info, input: DraftFilingFromSheetInput) -> QueueSheetPayload:
        return await _queued(info, input, _new(info, input))

    @mutation("일괄수정 예약 · `amendFilingFromSheet` apart from the request.")
    async def queue_amendment_from_sheet(info: Info, input: AmendFilingFromSheetInput) -> QueueSheetPayload:
        return await _queued(info, input, key_of(input.id, "Filing", "id"))


def _new(info: Info, input: DraftFilingFromSheetInput) -> NewFiling:
    return NewFiling(
        program=input.program,
        activity_type=input.activity_type,
        organization_id=own_or_given(info, input.organization_id),
        title=input.title,
    )


def _given(input: DraftFilingFromSheetInput | AmendFilingFromSheetInput) -> bytes | str:
    """What was sent. Raises `SHEET_INPUT` unless it is one of the two."""
    file, text = (None if each is UNSET else each for each in (input.file, input.text))
    if (file is None) == (text is None):
        raise SHEET_INPUT.refuse("file")
    if text is not None:
        return str(text)
    content: bytes = getattr(file, "content")  # noqa: B009 - the scalar has no type of its own
    return content


async def _taken(info: Info, input: Any, into: Into) -> FilingSheetPayload:
    context = info.context
    context.actor.require_ready()
    try:
        taken = await take_sheet(context.house, context.actor, _given(input), into, request_id=context.request_id)
    except CellsRefused as refused:
        return FilingSheetPayload(
            errors=[user_error(each, context.language) for each in refused.violations[:MOST_ERRORS]],
            cells=[cell_error(each, context) for each in refused.cells[:MOST_CELLS]],
            cell_count=len(refused.cells),
        )
    return FilingSheetPayload(
        already=taken.already,
        rows=taken.rows,
        companies=taken.companies,
        warnings=[sheet_warning(each, context) for each in taken.warnings],
        filing_id=taken.filing_id,
    )


async def _queued(info: Info, input: Any, into: Into) -> QueueSheetPayload:
    async with info.context.work() as work:
        work.actor.require_ready()
        job_id = await queue_sheet(work, _given(input), into)
    return QueueSheetPayload(job_id=job_id)
