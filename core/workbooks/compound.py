"""Compound files ([MS-CFB]), which old Excel files are: the workbook's stream out, and one in a file of its own."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence

from core.workbooks.refusal import Reason, Refusal

SIGNATURE = bytes.fromhex("D0CF11E0A1B11AE1")
MARKS = 0xFFFFFFFA  # from here up a sector number is a mark: free, end of chain, part of the table itself
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STREAM, ROOT = 2, 5
SECTOR = 4096  # of a file written here
MINI_CUTOFF = 4096
TABLES_IN_HEADER = 109


def workbook_stream(data: bytes) -> bytes:
    """The one stream of a compound file that holds the workbook.

    Raises `Refusal` when there is none or it is locked away, and `ValueError` and the like for what is damaged.
    """
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


def compound_file(workbook: bytes) -> bytes:
    """A compound file that holds this stream and nothing else."""
    content = workbook.ljust(MINI_CUTOFF, b"\0")
    sectors = -(-len(content) // SECTOR)
    per_table = SECTOR // 4
    tables = -(-(sectors + 2) // (per_table - 1))  # they stand in themselves
    if tables > TABLES_IN_HEADER:
        raise ValueError("a stream too long")
    first = tables + 2  # after the directory, and a sector of small streams, of which there are none
    chain = array("I", [TABLE] * tables + [END, END] + list(range(first + 1, first + sectors)) + [END])
    chain.extend([FREE] * (tables * per_table - len(chain)))
    header = SIGNATURE + bytes(16) + struct.pack("<HHHHH", 0x3E, 4, 0xFFFE, 12, 6) + bytes(6)
    header += struct.pack("<9I", 1, tables, tables, 0, MINI_CUTOFF, END, 0, END, 0)
    header += struct.pack(f"<{TABLES_IN_HEADER}I", *range(tables), *[FREE] * (TABLES_IN_HEADER - tables))
    directory = _entry("Root Entry", ROOT, tables + 1, 0, child=1) + _entry("Workbook", STREAM, first, len(content))
    body = directory.ljust(2 * SECTOR, b"\0") + content.ljust(sectors * SECTOR, b"\0")
    return header.ljust(SECTOR, b"\0") + chain.tobytes() + body


def _entry(name: str, kind: int, start: int, size: int, *, child: int = FREE) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    head = written.ljust(64, b"\0") + struct.pack("<HBB", len(written), kind, 1)
    return head + struct.pack("<III", FREE, FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
