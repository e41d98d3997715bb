"""A workbook read as one typed table: every sheet that carries the header, every row, every complaint."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.documents.spreadsheets import problems
from core.documents.spreadsheets.columns import Column, Heading
from core.documents.spreadsheets.container import inspect
from core.documents.spreadsheets.marks import Marks
from core.documents.spreadsheets.problems import CellProblem, Unreadable
from core.documents.spreadsheets.sheet import Sheet
from core.documents.spreadsheets.values import Raw, read_value, seen
from core.errors import Violation
from core.language import Text

Progress = Callable[[int, int], None]
"""Told now and then how many rows are done, and of how many."""

PROGRESS_EVERY = 500  # rows


@dataclass(frozen=True, slots=True)
class Row:
    """One row read whole (행): its sheet, its number as Excel shows it, its values, and the cells as they stood."""

    sheet: str
    number: int
    values: Mapping[str, object]
    cells: Mapping[str, Raw] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """What was read (표): the rows without a fault, the complaints, and where each sheet keeps its columns.

    A row with a bad cell is not among `rows`; each of its bad cells is among `problems`. `warnings` are no faults.
    """

    rows: tuple[Row, ...] = ()
    problems: tuple[CellProblem, ...] = ()
    headings: Mapping[str, Mapping[str, Heading]] = field(default_factory=dict)
    warnings: tuple[CellProblem, ...] = ()

    def problem_at(self, row: Row, key: str, code: str, reason: Text) -> CellProblem:
        """A complaint that a rule has about one cell of a row read here, in the same form as the reader's own."""
        heading = self.headings[row.sheet].get(key)
        raw = row.cells.get(key, "")
        return _complaint(row.sheet, row.number, heading, raw, Violation(code=code, message=reason))


def read_table(
    data: bytes,
    columns: Sequence[Column],
    *,
    sheet: str | None = None,
    max_rows: int = 50_000,
    max_bytes: int = 10 * 1024**2,
    max_inflated: int = 200 * 1024**2,
    plain_only: bool = False,
    progress: Progress | None = None,
) -> Table:
    """Reads an .xlsx or .xls by its columns.

    Title rows above the header, blank rows, total rows (합계) and columns nobody asked for are passed over, and so are
    hidden sheets and sheets without the header; every visible sheet with it is read, or only the one named `sheet`.
    A cell merged down over several rows holds for each of them. With `plain_only` what nobody sees is not taken: a
    formula and a hidden row are faults, and a hidden sheet with the header is warned of. Limits are in rows under all
    headers, bytes of the file, and bytes unpacked. Never raises for what is in the file: all of it is in the table's
    `problems`.
    """
    try:
        marks = inspect(data, max_bytes=max_bytes, max_inflated=max_inflated)
        sheets = list(_sheets(data, sheet, marks))
        hidden = list(_sheets(data, sheet, marks, hidden=True)) if plain_only and sheet is None else []
    except Unreadable as refusal:
        return Table(problems=(CellProblem(code=refusal.violation.code, reason=refusal.violation.message),))
    found = [page for page in sheets if page.find_header(columns)]
    if not found:
        return Table(problems=tuple(_missing_columns(sheets, columns)))
    complaints = [problem for page in sheets if page not in found and page.almost for problem in named_missing(page)]
    complaints += [problem for page in found for problem in twice_named(page)]
    if complaints:
        return Table(problems=tuple(complaints))
    unread = [problems.HIDDEN_SHEET.at(name=page.name) for page in hidden if page.find_header(columns)]
    table = rows_of(found, columns, max_rows=max_rows, plain_only=plain_only, progress=progress)
    return replace(table, warnings=tuple(_of_file(each) for each in unread))


def rows_of(
    found: Sequence[Sheet], columns: Sequence[Column], *, max_rows: int, plain_only: bool, progress: Progress | None
) -> Table:
    """The rows under the headers of these sheets."""
    rows: list[Row] = []
    complaints: list[CellProblem] = []
    total = sum(page.rows_below for page in found)
    done = counted = 0
    for page in found:
        headings = page.header.headings
        for index in range(page.header.row + 1, page.height):
            if progress and done % PROGRESS_EVERY == 0:
                progress(done, total)
            done += 1
            if page.passes_over(index):
                continue
            counted += 1
            if counted > max_rows:
                return Table(problems=(_of_file(problems.TOO_MANY_ROWS.at(limit=max_rows)),))
            if plain_only and page.is_hidden(index):
                complaints.append(_complaint(page.name, index + 1, None, "", problems.HIDDEN_ROW.at()))
                continue
            cells = {key: page.cell(index, heading) for key, heading in headings.items()}
            values: dict[str, object] = {column.key: None for column in columns}
            bad = len(complaints)
            for column in columns:
                heading = headings.get(column.key)
                if heading is None:
                    continue
                try:
                    page.check_cell(index, heading, column, plain_only=plain_only)
                    values[column.key] = read_value(column, cells[column.key])
                except Unreadable as refusal:
                    raw = page.error(index, heading) or cells[column.key]
                    complaints.append(_complaint(page.name, index + 1, heading, raw, refusal.violation))
            if len(complaints) == bad:
                rows.append(Row(page.name, index + 1, values, cells))
    if progress:
        progress(total, total)
    if not counted:
        complaints.append(_of_file(problems.NO_ROWS.at(), found[0].name or None))
    return Table(tuple(rows), tuple(complaints), {page.name: page.header.headings for page in found})


def _sheets(data: bytes, wanted: str | None, marks: Mapping[str, Marks], *, hidden: bool = False) -> Iterator[Sheet]:
    """The visible worksheets, or the hidden ones, or the one wanted.

    Raises `Unreadable` for what calamine cannot make sense of.
    """
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            metas = workbook.sheets_metadata
            names = [
                meta.name
                for meta in metas
                if meta.typ == SheetTypeEnum.WorkSheet
                and (
                    meta.name == wanted
                    if wanted is not None
                    else (meta.visible == SheetVisibleEnum.Visible) is not hidden
                )
            ]
            if wanted is not None and not names:
                raise Unreadable(problems.SHEET_MISSING.at(name=wanted))
            for name in names:
                yield Sheet.of(name, workbook.get_sheet_by_name(name), marks.get(name))
    except Unreadable:
        raise
    except PasswordError as error:
        raise Unreadable(problems.ENCRYPTED.at()) from error
    except BaseException as error:
        # A panic in calamine is no Exception; anything else that is none (an interrupt) is not about the file.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise Unreadable(problems.CORRUPT.at()) from error
        raise


def _missing_columns(sheets: Sequence[Sheet], columns: Sequence[Column]) -> Iterator[CellProblem]:
    """What to say when no sheet has the header: the columns missing where most of them are, else all their names."""
    nearest = max(sheets, key=lambda page: len(page.header.headings), default=None)
    required = [column for column in columns if column.required]
    if nearest is not None and len(nearest.header.headings) >= max(2, len(required) // 2):
        yield from named_missing(nearest)
    else:
        names = Text(
            ", ".join(column.names.ko for column in required), ", ".join(column.names.both for column in required)
        )
        yield _of_file(problems.NO_HEADER.at(names=names))


def named_missing(page: Sheet) -> Iterator[CellProblem]:
    """The columns that a header lacks."""
    for column in page.header.missing:
        violation = problems.COLUMN_MISSING.at(name=Text(column.names.ko, column.names.both))
        yield CellProblem(
            code=violation.code,
            reason=violation.message,
            sheet=page.name or None,
            row=page.header.row + 1,
            header=column.names.ko,
        )


def twice_named(page: Sheet) -> Iterator[CellProblem]:
    """The columns that a header names more than once."""
    for column, headings in page.header.twice:
        places = ", ".join(f"{heading.letter} {heading.name}" for heading in headings)
        violation = problems.COLUMN_TWICE.at(name=Text(column.names.ko, column.names.both), columns=places)
        yield _complaint(page.name, page.header.row + 1, headings[-1], headings[-1].name, violation)


def _of_file(violation: Violation, sheet: str | None = None) -> CellProblem:
    return CellProblem(code=violation.code, reason=violation.message, sheet=sheet)


def _complaint(sheet: str, row: int, heading: Heading | None, raw: Raw, violation: Violation) -> CellProblem:
    return CellProblem(
        code=violation.code,
        reason=violation.message,
        sheet=sheet or None,
        row=row,
        column=heading.letter if heading else None,
        header=heading.name if heading else None,
        value=seen(raw) if heading else None,
        source=violation.source,
    )
