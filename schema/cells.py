"""Cells of a spreadsheet that cannot be taken, as every answer about one shows them."""

from __future__ import annotations

from typing import Any

import strawberry

from core.documents.spreadsheets import CellProblem
from core.program import Source
from schema.context import Context
from schema.errors import ErrorSource

MOST_CELLS, MOST_ERRORS = 1_000, 20  # told in one answer


@strawberry.type(description="셀 오류 · One cell of a spreadsheet, or of a paste, that cannot be taken.")
class CellError:
    code: str = strawberry.field(description="코드 · What kind of fault, stable.")
    sheet: str | None = strawberry.field(description="시트 · In which sheet; null: the whole file, or a paste.")
    row: int | None = strawberry.field(description="행 · In which row, as Excel counts.")
    column: str | None = strawberry.field(description="열 · In which column, as Excel letters it.")
    header: str | None = strawberry.field(description="항목 · What the column is called.")
    value: str | None = strawberry.field(description="값 · What stands there; null in a column of personal data.")
    reason_ko: str = strawberry.field(description="사유 · Why, in Korean.")
    reason_en: str = strawberry.field(description="사유(영어) · Why, in English.")
    source: ErrorSource | None = strawberry.field(
        default=None, description="근거 · The clause that objects, where there is one."
    )


@strawberry.type(description="주의 · What to mind about a sheet that was taken all the same.")
class SheetWarning:
    code: str = strawberry.field(description="코드 · What kind of warning, stable.")
    reason_ko: str = strawberry.field(description="내용 · What it is, in Korean.")
    reason_en: str = strawberry.field(description="내용(영어) · What it is, in English.")
    source: ErrorSource | None = strawberry.field(description="근거 · The clause it follows from, where there is one.")


def cell_error(problem: CellProblem, context: Context) -> CellError:
    return CellError(
        code=problem.code,
        sheet=problem.sheet,
        row=problem.row,
        column=problem.column,
        header=problem.header,
        value=problem.value,
        reason_ko=problem.reason.ko,
        reason_en=problem.reason.en,
        source=_source(problem.source, context),
    )


def sheet_warning(problem: CellProblem, context: Context) -> SheetWarning:
    return SheetWarning(
        code=problem.code,
        reason_ko=problem.reason.ko,
        reason_en=problem.reason.en,
        source=_source(problem.source, context),
    )


def cell_told(problem: CellProblem) -> dict[str, Any]:
    """The same as a job's result has it."""
    return {
        "code": problem.code,
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "header": problem.header,
        "value": problem.value,
        "reasonKo": problem.reason.ko,
        "reasonEn": problem.reason.en,
    }


def _source(source: Source | None, context: Context) -> ErrorSource | None:
    if source is None:
        return None
    return ErrorSource(document=context.say(source.document.names), clause=source.clause)
