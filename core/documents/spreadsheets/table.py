"""A workbook read as one typed table: every sheet that carries the header, every row, every complaint."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.documents.spreadsheets import problems
from core.documents.spreadsheets.problems import CellProblem, Unreadable
from core.documents.spreadsheets.values import read_value, seen
from core.errors import Violation
from core.language import Text
from core.readers.pool import Readers
from core.workbooks.answer import Page, taken
from core.workbooks.cells import Raw
from core.workbooks.columns import Column, Heading
from core.workbooks.query import Query
from core.workbooks.refusal import Refusal
from core.workbooks.sheet import FORMULA, MERGED, NO_VALUE, Sheet

Progress = Callable[[int, int], None]
"""Told now and then how many rows are done, and of how many."""

PROGRESS_EVERY = 500  # rows
FAULTS = {FORMULA: problems.FORMULA, NO_VALUE: problems.NO_VALUE, MERGED: problems.MERGED}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedWorkbook:
    """A workbook (통합 문서) that a reader has gone through: its sheets, or why it is refused as a whole."""

    columns: Sequence[Column]
    pages: Sequence[Page] = ()
    refusal: Violation | None = None
    max_rows: int
    plain_only: bool


async def open_workbook(
    readers: Readers,
    data: bytes,
    columns: Sequence[Column],
    *,
    asker: Hashable,
    sheet: str | None = None,
    max_rows: int = 50_000,
    max_bytes: int = 10 * 1024**2,
    max_inflated: int = 200 * 1024**2,
    plain_only: bool = False,
    patience: float = 60,
) -> OpenedWorkbook:
    """Goes through an .xlsx or .xls in a child process, by its columns; `read_table` then reads the cells.

    Every visible sheet with the header is read, or only the one named `sheet`. With `plain_only` what nobody sees is
    not taken: a formula and a hidden row are faults, and a hidden sheet with the header is warned of. Limits are in
    rows under all headers, bytes of the file, and bytes unpacked. Raises `ReaderFailed` when the file ended its reader
    or overran its limits, `ReaderBusy` when `asker` had no turn within `patience` seconds; every other fault of a file
    is in the table.
    """
    opened = OpenedWorkbook(columns=tuple(columns), max_rows=max_rows, plain_only=plain_only)
    if not data:
        return replace(opened, refusal=problems.EMPTY_FILE.at())
    if len(data) > max_bytes:
        return replace(opened, refusal=problems.TOO_LARGE.at(limit=max_bytes))
    query = Query(columns=columns, sheet=sheet, max_rows=max_rows, max_inflated=max_inflated, plain_only=plain_only)

    def take(messages: Iterator[object]) -> OpenedWorkbook:
        try:
            return replace(opened, pages=taken(messages, columns, max_rows))
        except Refusal as refusal:
            problem = getattr(problems, refusal.reason)
            return replace(opened, refusal=problem.at(**refusal.values))

    return await readers.read("workbook", query.to_json(), data, take, asker=asker, patience=patience)


def read_table(opened: OpenedWorkbook, *, progress: Progress | None = None) -> Table:
    """Reads the cells of an opened workbook.

    Title rows above the header, blank rows, total rows (합계) and columns nobody asked for are passed over, and so are
    hidden sheets and sheets without the header. A cell merged down over several rows holds for each of them. Never
    raises for what is in the file: all of it is in the table's `problems`.
    """
    columns, refusal = opened.columns, opened.refusal
    if refusal is not None:
        return Table(problems=(_of_file(refusal),))
    sheets = [page for page in opened.pages if not page.hidden or not opened.plain_only]
    found = [page for page in sheets if page.whole]
    if not found:
        return Table(problems=tuple(_missing_columns(sheets, columns)))
    complaints = [problem for page in sheets if not page.whole and page.almost for problem in named_missing(page)]
    complaints += [problem for page in found for problem in twice_named(page)]
    if complaints:
        return Table(problems=tuple(complaints))
    hidden = [page for page in opened.pages if page.hidden and page.whole and opened.plain_only]
    unread = [problems.HIDDEN_SHEET.at(name=page.name) for page in hidden]
    table = rows_of(found, columns, max_rows=opened.max_rows, plain_only=opened.plain_only, progress=progress)
    return replace(table, warnings=tuple(_of_file(each) for each in unread))


def rows_of(
    found: Sequence[Page], columns: Sequence[Column], *, max_rows: int, plain_only: bool, progress: Progress | None
) -> Table:
    """The rows under the headers of these sheets."""
    rows: list[Row] = []
    complaints: list[CellProblem] = []
    total = sum(page.rows_below for page in found)
    above = counted = 0
    for page in found:
        headings = page.header.headings
        for line in page.lines:
            if progress and counted % PROGRESS_EVERY == 0:
                progress(min(above + line.index - page.header.row - 1, total), total)
            counted += 1
            if counted > max_rows:
                return Table(problems=(_of_file(problems.TOO_MANY_ROWS.at(limit=max_rows)),))
            if plain_only and line.hidden:
                complaints.append(_complaint(page.name, line.index + 1, None, "", problems.HIDDEN_ROW.at()))
                continue
            values: dict[str, object] = {column.key: None for column in columns}
            bad = len(complaints)
            for column in columns:
                heading = headings.get(column.key)
                if heading is None:
                    continue
                raw, fault = line.cells[column.key], line.faults.get(column.key)
                try:
                    if fault is not None:
                        raise Unreadable(FAULTS.get(fault, problems.ERROR_VALUE).at())
                    values[column.key] = read_value(column, raw)
                except Unreadable as refusal:
                    seen_there = fault if fault is not None and fault not in FAULTS else raw
                    complaints.append(_complaint(page.name, line.index + 1, heading, seen_there, refusal.violation))
            if len(complaints) == bad:
                rows.append(Row(page.name, line.index + 1, values, line.cells))
        above += page.rows_below
    if progress:
        progress(total, total)
    if not counted:
        complaints.append(_of_file(problems.NO_ROWS.at(), found[0].name or None))
    return Table(tuple(rows), tuple(complaints), {page.name: page.header.headings for page in found})


def _missing_columns(sheets: Sequence[Page], columns: Sequence[Column]) -> Iterator[CellProblem]:
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


def named_missing(page: Page | Sheet) -> Iterator[CellProblem]:
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


def twice_named(page: Page | Sheet) -> Iterator[CellProblem]:
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
