"""What a child answers about a workbook, message by message, and how it is taken without believing it.

    {"refused": reason, "values": {…}}                       instead of all others
    {"sheet": {name, whole, hidden, row, below, headings, missing, twice}}   every sheet looked at
    {"rows": [place of the sheet, [[row, hidden, cells, faults or null], …]]}

A cell is JSON's own null, text, number or truth, or a pair of a letter and a text: a date, a moment, a time, a span of
seconds, a number that JSON has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from core.workbooks.cells import Raw
from core.workbooks.columns import Column, Header, Heading
from core.workbooks.refusal import Reason, Refusal
from core.workbooks.sheet import FORMULA, MERGED, NO_VALUE, Line, Sheet
from core.workbooks.sheet_part import MAX_LETTERS

MAX_NAME = 255
MAX_SHEETS = 1_000
ROWS_AT_ONCE = 100
TAGGED: dict[str, Callable[[str], Raw]] = {
    "d": date.fromisoformat,
    "m": datetime.fromisoformat,
    "t": time.fromisoformat,
    "s": lambda seconds: timedelta(seconds=float(seconds)),
    "f": float,
}


class Garbled(Exception):
    """An answer that no honest child gives."""


@dataclass(slots=True, kw_only=True)
class Page:
    """A sheet as the child saw it: its header as far as it found one, and the rows under a whole one."""

    name: str
    header: Header
    rows_below: int
    whole: bool
    hidden: bool = False
    lines: Iterable[Line] = field(default_factory=list)

    @property
    def almost(self) -> bool:
        """Whether just one column is missing from what is otherwise the header: a slip, not another kind of sheet."""
        return len(self.header.missing) == 1 and len(self.header.headings) >= 3


def refused(refusal: Refusal) -> dict[str, Any]:
    return {"refused": refusal.reason.value, "values": refusal.values}


def sheet_told(sheet: Sheet, *, whole: bool, hidden: bool) -> dict[str, Any]:
    header = sheet.header
    return {
        "sheet": {
            "name": sheet.name[:MAX_NAME],
            "whole": whole,
            "hidden": hidden,
            "row": header.row,
            "below": sheet.rows_below,
            "headings": {key: _heading_told(heading) for key, heading in header.headings.items()},
            "missing": [column.key for column in header.missing],
            "twice": [[column.key, [_heading_told(each) for each in found]] for column, found in header.twice],
        }
    }


def rows_told(place: int, lines: Iterable[Line], keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of one sheet, some at a time; cells in the order of `keys`."""
    rows: list[list[Any]] = []
    for line in lines:
        faults = [line.faults.get(key) for key in keys] if line.faults else None
        rows.append([line.index, line.hidden, [_cell_told(line.cells[key]) for key in keys], faults])
        if len(rows) == ROWS_AT_ONCE:
            yield {"rows": [place, rows]}
            rows = []
    if rows:
        yield {"rows": [place, rows]}


def taken(messages: Iterable[Any], columns: Sequence[Column], max_rows: int) -> list[Page]:
    """The sheets with their rows. Raises `Refusal` when the child refused the file, `Garbled` for any nonsense."""
    try:
        return _taken(messages, {column.key: column for column in columns}, max_rows)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Garbled(type(error).__name__) from error


def _taken(messages: Iterable[Any], columns: dict[str, Column], max_rows: int) -> list[Page]:
    pages: list[Page] = []
    lines: list[list[Line]] = []
    count = 0
    for message in messages:
        match message:
            case {"refused": str(reason), "values": dict(values)}:
                _require(all(isinstance(each, int | str) and len(str(each)) <= MAX_NAME for each in values.values()))
                raise Refusal(Reason(reason), **values)
            case {"sheet": dict(told)}:
                _require(len(pages) < MAX_SHEETS)
                lines.append([])
                pages.append(_page(told, columns, lines[-1]))
            case {"rows": [int(place), list(rows)]}:
                count += len(rows)
                _require(0 <= place < len(pages) and count <= max_rows + 1)
                keys = tuple(pages[place].header.headings)
                lines[place].extend(_line(row, keys) for row in rows)
            case _:
                raise Garbled("message")
    return pages


def _page(told: dict[str, Any], columns: dict[str, Column], lines: list[Line]) -> Page:
    name, row, below = told["name"], told["row"], told["below"]
    _require(isinstance(name, str) and len(name) <= MAX_NAME)
    _require(type(row) is int and type(below) is int)
    twice = tuple((columns[key], tuple(map(_heading, found))) for key, found in told["twice"])
    return Page(
        name=name,
        header=Header(
            row=row,
            headings={columns[key].key: _heading(each) for key, each in told["headings"].items()},
            missing=tuple(columns[key] for key in told["missing"]),
            twice=twice,
        ),
        rows_below=below,
        whole=told["whole"] is True,
        hidden=told["hidden"] is True,
        lines=lines,
    )


def _line(told: Any, keys: tuple[str, ...]) -> Line:
    index, hidden, cells, faults = told
    _require(type(index) is int)
    found = dict(zip(keys, map(_cell, cells), strict=True))
    if faults is None:
        return Line(index, found, {}, hidden is True)
    faulty = {key: _fault(each) for key, each in zip(keys, faults, strict=True) if each is not None}
    return Line(index, found, faulty, hidden is True)


def _fault(told: Any) -> str:
    _require(isinstance(told, str) and len(told) <= MAX_NAME)
    if told not in (FORMULA, NO_VALUE, MERGED):
        _require(told.startswith("#"))
    return str(told)


def _heading_told(heading: Heading) -> list[Any]:
    return [heading.index, heading.name[:MAX_NAME]]


def _heading(told: Any) -> Heading:
    index, name = told
    _require(type(index) is int and 0 <= index < 16_384 and isinstance(name, str) and len(name) <= MAX_NAME)
    return Heading(index, name)


def _cell_told(raw: Raw) -> Any:
    match raw:
        case "":
            return None
        case str():
            return raw[:MAX_LETTERS]
        case bool() | int():
            return raw
        case float():
            return raw if raw - raw == 0 else ["f", str(raw)]  # neither infinite nor no number
        case datetime():
            return ["m", raw.isoformat()]
        case date():
            return ["d", raw.isoformat()]
        case time():
            return ["t", raw.isoformat()]
        case timedelta():
            return ["s", str(raw.total_seconds())]


def _cell(told: Any) -> Raw:
    if told is None:
        return ""
    if isinstance(told, str):
        _require(len(told) <= MAX_LETTERS)
        return told
    if isinstance(told, bool | int | float):
        return told
    tag, text = told
    _require(isinstance(text, str) and len(text) <= 40)
    return TAGGED[tag](text)


def _require(holds: bool) -> None:
    if not holds:
        raise Garbled("value")
