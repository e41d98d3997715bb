"""The training centre's completion roster (수료자 명단): a spreadsheet in, completions and complaints out.

One row is one company's people in one session of a course. Pure: "today" is passed in, nothing is stored, and what is
wrong with a row is said at the cell, all of it at once.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.documents.spreadsheets import (
    CellProblem,
    Column,
    Heading,
    Kind,
    OpenedWorkbook,
    Row,
    Table,
    open_workbook,
    read_table,
)
from core.errors import Problem, Violation
from core.language import Text
from core.readers.pool import Readers
from core.sameness import sameness, session_sameness
from plugins.mileage_innovation.problems import DATES_REVERSED, HOURS_IMPOSSIBLE
from plugins.mileage_innovation.tables import HOUR_STEP, HOURS_IN_A_DAY

COLUMNS = (
    Column(key="course", names=Text("과정명", "Course"), aliases=("교육과정", "교육과정명", "교육명")),
    Column(
        key="session",
        names=Text("회차", "Session"),
        aliases=("차수", "기수", "교육회차", "교육차수"),
        max_length=60,
    ),
    Column(
        key="starts_on",
        names=Text("교육시작일", "Starts on"),
        aliases=("시작일", "교육개시일", "개강일", "Start date"),
        kind=Kind.DATE,
    ),
    Column(
        key="completed_on",
        names=Text("수료일", "Completed on"),
        aliases=("수료일자", "Completion date"),
        fallbacks=("교육종료일", "종료일", "종강일", "Ends on", "End date"),
        kind=Kind.DATE,
    ),
    Column(
        key="hours",
        names=Text("교육시간", "Hours"),
        aliases=("시간", "이수시간", "수료시간", "교육시수"),
        kind=Kind.DECIMAL,
        minimum=HOUR_STEP,
        step=HOUR_STEP,
        units=("시간", "hours", "hour", "h"),
        other_units=("분", "min", "minutes", "일", "days"),
    ),
    Column(
        key="business_number",
        names=Text("사업자등록번호", "Business number"),
        aliases=("사업자번호", "사업자 등록 번호", "Business registration number"),
        kind=Kind.BUSINESS_NUMBER,
    ),
    Column(
        key="company_name",
        names=Text("기업명", "Company"),
        aliases=("회사명", "업체명", "상호", "소속기업", "소속", "Company name"),
    ),
    Column(
        key="completers",
        names=Text("수료인원", "Completers"),
        aliases=("수료자수", "수료자 수", "수료 인원수", "Completed"),
        kind=Kind.INTEGER,
        minimum=1,
        maximum=100_000,
        units=("명", "인"),
        merges=False,
    ),
    Column(
        key="enrolled",
        names=Text("참여인원", "Enrolled"),
        aliases=("교육인원", "신청인원", "수강인원"),
        kind=Kind.INTEGER,
        required=False,
        minimum=0,
        maximum=100_000,
        units=("명", "인"),
        merges=False,
    ),
)
"""What a roster's columns are called. 수료일 is the day mileage is earned; 교육종료일 stands in where there is none."""

NOT_YET = Problem(
    "MILEAGE_INNOVATION_ROSTER_NOT_YET",
    Text(
        "수료일이 오늘({today}) 이후입니다. 수료한 뒤에 올리세요.",
        "Completed after today, {today}. Send it once the course is completed.",
    ),
)
MORE_THAN_ENROLLED = Problem(
    "MILEAGE_INNOVATION_ROSTER_MORE_THAN_ENROLLED",
    Text("수료인원이 참여인원({enrolled}명)보다 많습니다.", "More completed than the {enrolled} enrolled."),
)
TWICE = Problem(
    "MILEAGE_INNOVATION_ROSTER_TWICE",
    Text(
        "과정, 회차, 수료일, 사업자등록번호가 같은 행이 또 있습니다: {others}. 한 행으로 합치세요.",
        "Course, session, completion date and business number are also those of {others}. Make them one row.",
    ),
)
ROSTER_PROBLEMS = (NOT_YET, MORE_THAN_ENROLLED, TWICE)
"""What only a roster can be refused for; the rest are the reader's own and the program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """One company's completion of one session (수료 내역). `row` is as Excel shows it; hours are each person's."""

    sheet: str
    row: int
    course: str
    session: str
    starts_on: date
    completed_on: date
    hours: Decimal
    business_number: str  # ten digits
    company_name: str
    completers: int  # people who completed, not those enrolled


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster as read: the lines without a fault, every complaint, and where each sheet keeps its columns."""

    lines: tuple[RosterLine, ...]
    problems: tuple[CellProblem, ...]
    headings: Mapping[str, Mapping[str, Heading]] = field(default_factory=dict)

    def problem_at(self, line: RosterLine, key: str, code: str, reason: Text) -> CellProblem:
        """A complaint about one cell of a line, as the reader would make it."""
        heading = self.headings.get(line.sheet, {}).get(key)
        return CellProblem(
            code=code,
            reason=reason,
            sheet=line.sheet,
            row=line.row,
            column=None if heading is None else heading.letter,
            header=None if heading is None else heading.name,
            value=str(getattr(line, key)),
        )


async def open_roster(readers: Readers, data: bytes, *, asker: Hashable, patience: float = 60) -> OpenedWorkbook:
    """An .xlsx or .xls file's bytes, gone through by a reader. Raises `ReaderFailed` and `ReaderBusy`."""
    return await open_workbook(readers, data, COLUMNS, asker=asker, patience=patience)


def read_roster(opened: OpenedWorkbook, *, today: date, progress: Callable[[int, int], None] | None = None) -> Roster:
    """Reads an opened roster. `progress` is told rows done and rows in all, now and then.

    Never raises for what is in the file. A line that any complaint is about is not among the lines.
    """
    table = read_table(opened, progress=progress)
    complaints: list[CellProblem] = list(table.problems)
    lines: list[RosterLine] = []
    twins = _twins(table)
    for row in table.rows:
        found = [
            table.problem_at(row, key, violation.code, violation.message)
            for key, violation in _objections(row.values, today)
        ]
        if others := twins.get((row.sheet, row.number)):
            twice = TWICE.at(others=_places(others))
            found.append(table.problem_at(row, "business_number", twice.code, twice.message))
        complaints += found
        if not found:
            lines.append(_line(row))
    order = {name: at for at, name in enumerate(table.headings)}
    complaints.sort(key=lambda problem: (order.get(problem.sheet or "", -1), problem.row or 0))
    return Roster(tuple(lines), tuple(complaints), table.headings)


def roster_digest(lines: Iterable[RosterLine]) -> str:
    """A SHA-256, in hex, of what the lines say, whatever file, sheet and order they stood in.

    A workbook saved again with the same content has the same digest; a number changed, or a row more, another.
    """
    said = sorted(json.dumps(_content(line), ensure_ascii=False) for line in lines)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _objections(values: Any, today: date) -> Iterator[tuple[str, Violation]]:
    """What a row that reads well is still refused for, by the column it is about."""
    starts_on, completed_on = values["starts_on"], values["completed_on"]
    hours, completers, enrolled = values["hours"], values["completers"], values["enrolled"]
    days = (completed_on - starts_on).days + 1
    if days < 1:
        yield "completed_on", DATES_REVERSED.at()
    elif hours > days * HOURS_IN_A_DAY:
        yield "hours", HOURS_IMPOSSIBLE.at(given=str(hours), days=days)
    if completed_on > today:
        yield "completed_on", NOT_YET.at(today=str(today))
    if enrolled is not None and enrolled < completers:
        yield "completers", MORE_THAN_ENROLLED.at(enrolled=enrolled)


def _twins(table: Table) -> dict[tuple[str, int], list[Row]]:
    """For each row that says the same completion as another, those others; by sheet and row."""
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in table.rows:
        groups[_completion(row.values)].append(row)
    return {
        (row.sheet, row.number): [other for other in group if other is not row]
        for group in groups.values()
        if len(group) > 1
        for row in group
    }


def _completion(values: Any) -> tuple[object, ...]:
    """What makes two rows the same completion, however course and session are spelled."""
    names = (sameness(str(values["course"])), session_sameness(str(values["session"])))
    return (*names, values["completed_on"], values["business_number"])


def _places(rows: list[Row]) -> Text:
    """Rows as a person finds them in Excel; the first five."""
    more = "…" if len(rows) > 5 else ""
    return Text(
        ", ".join(f"{row.sheet} {row.number}행" for row in rows[:5]) + more,
        ", ".join(f"{row.sheet} row {row.number}" for row in rows[:5]) + more,
    )


def _line(row: Row) -> RosterLine:
    values: Any = {key: value for key, value in row.values.items() if key != "enrolled"}
    return RosterLine(sheet=row.sheet, row=row.number, **values)


def _content(line: RosterLine) -> list[str | int]:
    return [
        line.course,
        line.session,
        line.starts_on.isoformat(),
        line.completed_on.isoformat(),
        format(line.hours.normalize(), "f"),
        line.business_number,
        line.company_name,
        line.completers,
    ]
