"""From a spreadsheet or a paste to the rows of a filing, or to every cell that cannot be taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.activities.fact_texts import Row
from core.activities.problems import FACT_INVALID
from core.activities.sheets.columns import NAME, NUMBER, SheetField, sheet_fields
from core.activities.sheets.problems import SHEET_LONG, SHEET_REFUSED
from core.documents.spreadsheets import (
    CellProblem,
    CellsRefused,
    OpenedWorkbook,
    Table,
    open_workbook,
    read_pasted,
    read_table,
)
from core.documents.spreadsheets import Row as Line
from core.errors import Refused, Violation
from core.house import House
from core.program import ActivityType

FILE, TEXT = "file", "text"  # what a sheet is called in an input


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read: its rows as they are filed, where each stands, and what to warn of."""

    kind: ActivityType[Any]
    called: str
    rows: tuple[Row, ...]
    table: Table
    warnings: tuple[CellProblem, ...]

    def refusal(self, refused: Refused) -> Refused:
        """What was objected to in rows, as complaints at their cells; if any concerns the whole, they stay."""
        if any(not self._is_of_row(each) for each in refused.violations):
            return refused
        return _refused(self.kind, self.called, self.table, [self._at_cell(each) for each in refused.violations])

    def _is_of_row(self, violation: Violation) -> bool:
        return violation.path[:1] == ("rows",) and len(violation.path) > 1

    def _at_cell(self, violation: Violation) -> CellProblem:
        _, place, *below = violation.path
        line = self.table.rows[int(place)]
        key = ".".join(map(str, below))
        found = self.table.problem_at(line, key if key in line.cells else NUMBER, violation.code, violation.message)
        return replace(found, source=violation.source)


async def open_sheet(
    house: House, kind: ActivityType[Any], data: bytes, *, asker: Hashable, patience: int
) -> OpenedWorkbook:
    """A file of the type's columns, gone through by a reader. Raises `ReaderFailed` and `ReaderBusy`."""
    return await open_workbook(
        house.readers,
        data,
        [each.column for each in sheet_fields(kind)],
        asker=asker,
        max_rows=house.settings.max_sheet_rows,
        plain_only=True,
        patience=patience,
    )


def read_sheet(
    kind: ActivityType[Any],
    given: OpenedWorkbook | str,
    *,
    max_rows: int,
    progress: Callable[[int, int], None] | None = None,
) -> Sheet:
    """An opened workbook, or pasted text. Raises `CellsRefused` with every bad cell, when there is one."""
    called = TEXT if isinstance(given, str) else FILE
    fields = sheet_fields(kind)
    columns = [each.column for each in fields]
    if isinstance(given, str):
        table = read_pasted(given, columns, max_rows=max_rows, progress=progress)
    else:
        table = read_table(given, progress=progress)
    rows, complaints = [], list(table.problems)
    for line in table.rows:
        try:
            rows.append(_row(kind, fields, line))
        except (ValueError, TypeError, ArithmeticError) as error:  # the facts' own word against it
            violation = FACT_INVALID.at(value=str(error)[:80])
            complaints.append(table.problem_at(line, NUMBER, violation.code, violation.message))
    if complaints:
        raise _refused(kind, called, table, complaints)
    warnings = list(table.warnings)
    most = kind.sheet.recommended_rows
    if len(rows) > most:
        said = SHEET_LONG.at(most=most, given=len(rows))
        warnings.append(CellProblem(code=said.code, reason=said.message, source=kind.sheet.source))
    return Sheet(kind, called, tuple(rows), table, tuple(warnings))


def _refused(kind: ActivityType[Any], called: str, table: Table, cells: Sequence[CellProblem]) -> CellsRefused:
    """Each complaint by its own clause, or by that which asks for the form; what says who somebody is, is not repeated.

    An answer may be kept, as a job's is.
    """
    source = kind.sheet.source
    personal = {each.column.key for each in sheet_fields(kind) if each.personal}
    unsaid = {
        (sheet, heading.letter)
        for sheet, headings in table.headings.items()
        for key, heading in headings.items()
        if key in personal
    }
    told = [
        replace(
            each,
            source=each.source or source,
            value=None if (each.sheet or "", each.column) in unsaid else each.value,
        )
        for each in cells
    ]
    return CellsRefused(told, called, whole=[SHEET_REFUSED.at(called, source=source)])


def _row(kind: ActivityType[Any], fields: Sequence[SheetField], line: Line) -> Row:
    values: Any = line.values
    stated = {each.fact: values[each.column.key] for each in fields if each.fact is not None}
    facts = kind.facts(**{name: value for name, value in stated.items() if value is not None})
    return Row(facts=facts, business_number=values[NUMBER], stated_name=values[NAME])
