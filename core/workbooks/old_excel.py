"""The old Excel file (.xls, BIFF in a compound file), as far as it must be known before it is parsed.

[MS-CFB] for the compound file, [MS-XLS] for the records. Nothing is read here but where cells stand, which are
errors or formulas, and which rows are hidden; calamine reads the values.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence

from core.workbooks.marks import Marks
from core.workbooks.refusal import Reason, Refusal, corrupt

OLD_EXCEL = bytes.fromhex("D0CF11E0A1B11AE1")
MARKS = 0xFFFFFFFA  # from here up a sector number is a mark: free, end of chain, part of the table itself
FULL_SHEET = 65_536 * 256
STREAM, ROOT = 2, 5

BOF, EOF, BOUNDSHEET, FILEPASS, DIMENSIONS = 0x809, 0x0A, 0x85, 0x2F, 0x200
FORMULAS, BOOLEAN_OR_ERROR, MANY_NUMBERS = (0x06, 0x206, 0x406), 0x205, 0xBD
SHARED, STRINGS, CONTINUE, RICH, PHONETIC = 0xFD, 0xFC, 0x3C, 8, 4
ROW, HEIGHT_ZERO = 0x208, 0x20
CELLS = frozenset((*FORMULAS, BOOLEAN_OR_ERROR, MANY_NUMBERS, SHARED, 0x203, 0x204, 0x27E, 0xD6))
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def inspect_old_excel(data: bytes, *, max_cells: int, max_strings: int) -> Mapping[str, Marks]:
    """What the values do not show of each sheet, by its name.

    Raises `Refusal` for another kind of compound file, an encrypted or damaged one, and one whose sheets together
    lay out more than `max_cells` cells or copy more than `max_strings` bytes of shared strings into them.
    """
    try:
        return _inspect_workbook(_workbook_stream(data), max_cells, max_strings)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise corrupt() from error


def _inspect_workbook(workbook: bytes, max_cells: int, max_strings: int) -> Mapping[str, Marks]:
    sheets: list[tuple[str, int]] = []
    strings: list[bytes] = []
    last_kind = 0
    for kind, payload in _records(workbook, 0):
        if kind == FILEPASS:
            raise Refusal(Reason.ENCRYPTED)
        if kind == BOUNDSHEET:
            sheets.append((_sheet_name(payload), struct.unpack_from("<I", payload)[0]))
        last_kind = last_kind if kind == CONTINUE else kind
        if last_kind == STRINGS:
            strings.append(payload)
    longest = 3 * _longest(strings)  # bytes, were every letter Korean
    found: dict[str, Marks] = {}
    laid_out = visited = shared = 0
    for name, offset in sheets:
        rows = columns = 0
        marks = found[name] = Marks()
        for kind, payload in _records(workbook, offset):
            if kind == DIMENSIONS and len(payload) >= 12:
                _, bottom, _, right = struct.unpack_from("<IIHH", payload)
                if bottom * right > FULL_SHEET:
                    raise Refusal(Reason.SPREADS, limit=FULL_SHEET)
            visited += 1
            if visited > max_cells:
                raise Refusal(Reason.SPREADS, limit=max_cells)
            if kind == ROW and payload[12] & HEIGHT_ZERO:
                marks.hidden.add(struct.unpack_from("<H", payload)[0])
            if kind not in CELLS:
                continue
            row, column = struct.unpack_from("<HH", payload)
            last = struct.unpack_from("<H", payload, len(payload) - 2)[0] if kind == MANY_NUMBERS else column
            shared += kind == SHARED
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            if kind in FORMULAS:
                marks.formulas.add((row, column))
            code = _error_code(kind, payload)
            if code is not None:
                marks.errors[row, column] = ERRORS.get(code, "#ERROR")
        laid_out += rows * columns
        if laid_out > max_cells:
            raise Refusal(Reason.SPREADS, limit=max_cells)
        if shared * longest > max_strings:
            raise Refusal(Reason.INFLATES, limit=max_strings)
    return found


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


def _error_code(kind: int, payload: bytes) -> int | None:
    if kind == BOOLEAN_OR_ERROR and payload[7]:
        return payload[6]
    if kind in FORMULAS and payload[6] == 2 and payload[12:14] == b"\xff\xff":
        return payload[8]
    return None


def _sheet_name(payload: bytes) -> str:
    length, flags = payload[6], payload[7]
    if flags & 1:
        return payload[8 : 8 + 2 * length].decode("utf-16-le", "replace")
    return payload[8 : 8 + length].decode("latin-1")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the workbook, from its BOF at `at` to its EOF, what is nested in it included."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length
        depth += (kind == BOF) - (kind == EOF)
        if kind == EOF and depth <= 0:
            return


def _workbook_stream(data: bytes) -> bytes:
    """The one stream of a compound file that holds the workbook. Raises `Refusal` when it is none or locked away."""
    sector_bits, mini_bits = struct.unpack_from("<HH", data, 30)
    if sector_bits not in (9, 12) or mini_bits != 6:
        raise ValueError("not a compound file's sector sizes")
    directory_start, _, mini_cutoff, mini_start, _, difat_next, _ = struct.unpack_from("<7I", data, 48)
    size = 1 << sector_bits

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    difat = list(struct.unpack_from("<109I", data, 76))
    for _ in range(len(data) // size):
        if difat_next >= MARKS:
            break
        *more, difat_next = struct.unpack(f"<{size // 4}I", sector(difat_next))
        difat += [number for number in more if number < MARKS]
        if len(difat) > len(data) // size + 109:
            raise ValueError("more tables of sectors than sectors")
    table = _table(b"".join(sector(number) for number in difat if number < MARKS))

    def read(start: int) -> bytes:
        return b"".join(sector(number) for number in _chain(start, table, len(data) // size))

    directory = read(directory_start)
    entries: dict[str, bytes] = {}
    for at in range(0, len(directory) - 127, 128):
        entry = directory[at : at + 128]
        name_length, kind = struct.unpack_from("<HB", entry, 64)
        if kind in (STREAM, ROOT):
            entries.setdefault(entry[: max(name_length - 2, 0)].decode("utf-16-le") if kind == STREAM else "", entry)
    if "" not in entries:
        raise ValueError("a compound file without its root")
    if "EncryptedPackage" in entries:
        raise Refusal(Reason.ENCRYPTED)
    workbook = entries.get("Workbook") or entries.get("Book")
    if workbook is None:
        raise Refusal(Reason.NOT_A_SPREADSHEET)
    start, length = struct.unpack_from("<II", workbook, 116)
    if length >= mini_cutoff:
        return read(start)[:length]
    mini_stream = read(struct.unpack_from("<I", entries[""], 116)[0])
    pieces = _chain(start, _table(read(mini_start)), len(mini_stream) // 64)
    return b"".join(mini_stream[number * 64 : number * 64 + 64] for number in pieces)[:length]


def _table(content: bytes) -> array[int]:
    table = array("I")
    table.frombytes(content[: len(content) // 4 * 4])
    return table


def _chain(start: int, table: Sequence[int], limit: int) -> Iterator[int]:
    """The sectors of one stream in order; a chain longer than the file is a circle."""
    for _ in range(limit + 1):
        if start >= MARKS:
            return
        yield start
        start = table[start]
    raise ValueError("a chain of sectors runs in a circle")
