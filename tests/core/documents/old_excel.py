"""Writes the smallest .xls there is, since no library in the house does: BIFF8 records in a compound file."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

SECTOR = 512
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Grid = Sequence[Sequence[str | float | None]]


def record(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(payload)) + payload


def _text(text: str) -> bytes:
    return text.encode("utf-16-le")


def sheet_records(grid: Grid, *, merges: Sequence[tuple[int, int, int, int]] = (), more: bytes = b"") -> bytes:
    """A worksheet: texts, numbers, `#…` texts as error cells; merges as (top, bottom, left, right)."""
    records = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, cells in enumerate(grid):
        for column, cell in enumerate(cells):
            head = struct.pack("<HHH", row, column, 0)
            if cell == "#REF!":
                records += record(0x205, head + bytes((23, 1)))
            elif isinstance(cell, str):
                records += record(0x204, head + struct.pack("<HB", len(cell), 1) + _text(cell))
            elif cell is not None:
                records += record(0x203, head + struct.pack("<d", cell))
    if merges:
        records += record(0xE5, struct.pack("<H", len(merges)) + b"".join(struct.pack("<4H", *m) for m in merges))
    return records + more + record(0x0A)


def workbook_stream(sheets: Mapping[str, bytes], *, globals_: bytes = b"") -> bytes:
    start = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0)) + record(0x42, struct.pack("<H", 1200))
    start += globals_
    offset = len(start) + sum(4 + 8 + len(_text(name)) for name in sheets) + 4
    bounds = b""
    for name, records in sheets.items():
        bounds += record(0x85, struct.pack("<IBBBB", offset, 0, 0, len(name), 1) + _text(name))
        offset += len(records)
    return start + bounds + record(0x0A) + b"".join(sheets.values())


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """Streams padded to 4,096 bytes each, so that none goes where small streams go."""
    contents = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    table = [TABLE, END]
    entries = [_entry("Root Entry", 5, END, 0, child=1)]
    body = b""
    for at, (name, content) in enumerate(contents.items(), start=1):
        count = -(-len(content) // SECTOR)
        first = len(table)
        table += [*range(first + 1, first + count), END]
        body += content.ljust(count * SECTOR, b"\0")
        entries.append(_entry(name, 2, first, len(content), right=at + 1 if at < len(contents) else FREE))
    table += [FREE] * (128 - len(table))
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108)
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    return header + struct.pack("<128I", *table) + directory + body


def _entry(name: str, kind: int, start: int, size: int, *, child: int = FREE, right: int = FREE) -> bytes:
    written = _text(name) + b"\0\0"
    head = written.ljust(64, b"\0") + struct.pack("<HBB", len(written), kind, 1)
    return head + struct.pack("<III", FREE, right, child) + bytes(36) + struct.pack("<IQ", start, size)


def old_workbook(sheets: Mapping[str, bytes], *, globals_: bytes = b"") -> bytes:
    return compound_file({"Workbook": workbook_stream(sheets, globals_=globals_)})
