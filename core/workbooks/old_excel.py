"""The old Excel file (.xls, BIFF in a compound file, [MS-XLS]): walked record by record before it is parsed.

What is looked for is where cells stand, which are errors or formulas, and which rows are hidden; calamine reads the
values, of the same records in a compound file of our own, with the sizes of sheets as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.workbooks.compound import SIGNATURE, compound_file, workbook_stream
from core.workbooks.marks import Cell, Marks
from core.workbooks.refusal import Reason, Refusal, corrupt

OLD_EXCEL = SIGNATURE
MAX_COLUMNS = 256
MAX_SHEETS = 1_000

BOF, EOF, BOUNDSHEET, FILEPASS, DIMENSIONS = 0x809, 0x0A, 0x85, 0x2F, 0x200
FORMULAS, BOOLEAN_OR_ERROR, MANY_NUMBERS, MANY_BLANKS = (0x06, 0x206, 0x406), 0x205, 0xBD, 0xBE
SHARED, STRINGS, CONTINUE, RICH, PHONETIC = 0xFD, 0xFC, 0x3C, 8, 4
ROW, HEIGHT_ZERO, RESULT = 0x208, 0x20, 0x207
CELLS = frozenset((*FORMULAS, BOOLEAN_OR_ERROR, MANY_NUMBERS, SHARED, 0x203, 0x204, 0x27E, 0xD6))
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
TEXT_RESULT, ERROR_RESULT, EMPTY_RESULT = 0, 2, 3  # of a formula, when it is no number
NEVER_CALCULATED = 3  # to be calculated always, and when the file is opened


@dataclass(slots=True)
class OldWorkbook:
    """The file as it may be parsed, and what its values do not show, sheet by sheet."""

    plain: bytes = b""
    marks: list[Marks] = field(default_factory=list)


def inspect_old_excel(data: bytes, *, max_cells: int, max_strings: int) -> OldWorkbook:
    """Raises `Refusal` for another kind of compound file, an encrypted or damaged one, and one whose sheets together
    lay out more than `max_cells` cells or copy more than `max_strings` bytes of shared strings into them.
    """
    try:
        stream = bytearray(workbook_stream(data))
        return _inspect_workbook(stream, max_cells, max_strings)
    except (struct.error, IndexError, KeyError, ValueError, OverflowError) as error:
        raise corrupt() from error


def _inspect_workbook(workbook: bytearray, max_cells: int, max_strings: int) -> OldWorkbook:
    offsets: list[int] = []
    strings: list[bytes] = []
    last_kind = 0
    for _, kind, payload in _records(workbook, 0):
        if kind == FILEPASS:
            raise Refusal(Reason.ENCRYPTED)
        if kind == BOUNDSHEET:
            offsets.append(struct.unpack_from("<I", payload)[0])
        last_kind = last_kind if kind == CONTINUE else kind
        if last_kind == STRINGS:
            strings.append(payload)
    if len(set(offsets)) < len(offsets) or len(offsets) > MAX_SHEETS:
        raise corrupt()
    longest = 3 * _longest(strings)  # bytes, were every letter Korean
    found = OldWorkbook()
    laid_out = visited = shared = 0
    for offset in offsets:
        sheet = _Sheet()
        for at, kind, payload in _records(workbook, offset):
            visited += 1
            if visited > max_cells:
                raise Refusal(Reason.SPREADS, limit=max_cells)
            sheet.take(at, kind, payload)
        sheet.end()
        for at, length in sheet.dimensions:
            shape = struct.pack("<IIHH", 0, sheet.rows, 0, sheet.columns)
            if length < len(shape):
                shape = struct.pack("<HHHH", 0, sheet.rows, 0, sheet.columns)
            workbook[at : at + len(shape)] = shape
        found.marks.append(sheet.marks)
        laid_out += sheet.rows * sheet.columns
        shared += sheet.shared
        if laid_out > max_cells:
            raise Refusal(Reason.SPREADS, limit=max_cells)
        if shared * longest > max_strings:
            raise Refusal(Reason.INFLATES, limit=max_strings)
    found.plain = compound_file(bytes(workbook))
    return found


class _Sheet:
    """One sheet's records: how far its cells reach, and its marks."""

    def __init__(self) -> None:
        self.rows = self.columns = self.shared = 0
        self.marks = Marks()
        self.dimensions: list[tuple[int, int]] = []  # where such records are, and how long
        self._waiting: Cell | None = None  # a formula whose result is the text in a record to come

    def take(self, at: int, kind: int, payload: bytes) -> None:
        if kind == DIMENSIONS:
            if len(payload) < 8:
                raise corrupt()
            self.dimensions.append((at + 4, len(payload)))
        elif kind == RESULT and self._waiting is not None:
            if payload[:2] == b"\0\0":
                self.marks.blank.add(self._waiting)
            self._waiting = None
        elif kind == ROW and payload[12] & HEIGHT_ZERO:
            self.marks.hidden.add(struct.unpack_from("<H", payload)[0])
        elif kind in CELLS or kind == MANY_BLANKS:
            self.end()
            row, column = struct.unpack_from("<HH", payload)
            many = kind in (MANY_NUMBERS, MANY_BLANKS)
            last = struct.unpack_from("<H", payload, len(payload) - 2)[0] if many else column
            if not column <= last < MAX_COLUMNS:
                raise corrupt()
            if kind in CELLS:
                self._cell(row, column, last, kind, payload)

    def end(self) -> None:
        """No record with the text of the last formula has come."""
        if self._waiting is not None:
            self.marks.unstored.add(self._waiting)
            self._waiting = None

    def _cell(self, row: int, column: int, last: int, kind: int, payload: bytes) -> None:
        self.shared += kind == SHARED
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, last + 1)
        if kind == BOOLEAN_OR_ERROR and payload[7]:
            self.marks.errors[row, column] = ERRORS.get(payload[6], "#ERROR")
        if kind not in FORMULAS:
            return
        self.marks.formulas.add((row, column))
        if payload[12:14] != b"\xff\xff":
            return  # a number
        if payload[6] == ERROR_RESULT:
            self.marks.errors[row, column] = ERRORS.get(payload[8], "#ERROR")
        elif payload[6] == TEXT_RESULT:
            self._waiting = (row, column)
        elif payload[6] == EMPTY_RESULT:
            never = payload[14] & NEVER_CALCULATED == NEVER_CALCULATED
            (self.marks.unstored if never else self.marks.blank).add((row, column))


def _longest(strings: Sequence[bytes]) -> int:
    """The letters of the longest shared string. Where a record ends amid one, the next says anew how wide they are."""
    longest, record, at = 0, 0, 8
    while record < len(strings):
        if at >= len(strings[record]):
            record, at = record + 1, 0
            continue
        letters, flags = struct.unpack_from("<HB", strings[record], at)
        at += 3
        after = 0
        if flags & RICH:
            after += 4 * struct.unpack_from("<H", strings[record], at)[0]
            at += 2
        if flags & PHONETIC:
            after += struct.unpack_from("<I", strings[record], at)[0]
            at += 4
        longest = max(longest, letters)
        while letters:
            wide = flags & 1
            here = min(letters, (len(strings[record]) - at) >> wide)
            letters -= here
            at += here << wide
            if letters:
                record, at = record + 1, 1
                flags = strings[record][0]
        while after > len(strings[record]) - at:
            after -= len(strings[record]) - at
            record, at = record + 1, 0
        at += after
    return longest


def _records(stream: bytearray, at: int) -> Iterator[tuple[int, int, bytes]]:
    """The records of one part of the workbook, from its BOF at `at` to its EOF, what is nested in it included.

    Of each its place, its kind and its content; one that reaches beyond the stream is damage.
    """
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if at + 4 + length > len(stream):
            raise corrupt()
        yield at, kind, bytes(stream[at + 4 : at + 4 + length])
        at += 4 + length
        depth += (kind == BOF) - (kind == EOF)
        if kind == EOF and depth <= 0:
            return
