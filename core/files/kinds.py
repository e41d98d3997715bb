"""What a file is, by its content: the marks each type begins with, and what lies in the containers.

A hwp and an xls are both compound files, a hwpx and an xlsx both zip archives; only what they contain tells which.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import BinaryIO

from core.file_types import FileType

COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
FIRST_BYTES = {
    b"\xff\xd8\xff": FileType.JPG,
    b"\x89PNG\r\n\x1a\n": FileType.PNG,
}
BEFORE_PDF = b"\xef\xbb\xbf\r\n\t "  # what some programs put in front
MARKS = 0xFFFFFFFA  # from here up a sector number of a compound file is a mark, not a place
MOST_DIRECTORY_SECTORS = 4_096


def file_type_of(file: BinaryIO) -> FileType | None:
    """What the content is; None for anything that is not taken. An archive must have passed `inspect_archive`."""
    file.seek(0)
    head = file.read(512)
    for first, found in FIRST_BYTES.items():
        if head.startswith(first):
            return found
    if head.lstrip(BEFORE_PDF).startswith(b"%PDF-"):
        return FileType.PDF
    if head.startswith(COMPOUND):
        return _compound(file, head)
    if head.startswith(ZIP):
        return _archive(file)
    return None


def is_archive(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(4) in ZIP


def _archive(file: BinaryIO) -> FileType | None:
    with zipfile.ZipFile(file) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        if {"[content_types].xml", "xl/workbook.xml"} <= names.keys():
            return FileType.ZIP if "xl/vbaproject.bin" in names else FileType.XLSX  # with macros it is an .xlsm
        if "mimetype" in names:
            with archive.open(names["mimetype"]) as mimetype:
                if mimetype.read(64).strip() == b"application/hwp+zip":
                    return FileType.HWPX
    return FileType.ZIP


def _compound(file: BinaryIO, head: bytes) -> FileType | None:
    try:
        names = _stream_names(file, head)
    except (struct.error, ValueError):
        return None
    if "EncryptedPackage" in names:
        return None
    if "FileHeader" in names and "DocInfo" in names:
        return FileType.HWP
    return FileType.XLS if names & {"Workbook", "Book"} else None


def _stream_names(file: BinaryIO, head: bytes) -> set[str]:
    """The names in a compound file's directory, read sector by sector ([MS-CFB])."""
    sector_bits = struct.unpack_from("<H", head, 30)[0]
    if sector_bits not in (9, 12):
        raise ValueError("not a compound file's sector size")
    size = 1 << sector_bits
    per_sector = size // 4
    start, difat_next = struct.unpack_from("<I", head, 48)[0], struct.unpack_from("<I", head, 68)[0]
    tables = list(struct.unpack_from("<109I", head, 76))
    end = file.seek(0, io.SEEK_END)

    def sector(number: int) -> bytes:
        if (number + 1) * size >= end:
            raise ValueError("a sector past the end of the file")
        file.seek((number + 1) * size)
        return file.read(size)

    names: set[str] = set()
    for _ in range(MOST_DIRECTORY_SECTORS):
        if start >= MARKS:
            return names
        directory = sector(start)  # it lies in the file, so there are few tables until the one that names it
        for at in range(0, len(directory) - 127, 128):
            length = struct.unpack_from("<H", directory, at + 64)[0]
            names.add(directory[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace"))
        while start // per_sector >= len(tables) and difat_next < MARKS:
            *more, difat_next = struct.unpack(f"<{per_sector}I", sector(difat_next))
            tables += more
        if start // per_sector >= len(tables):
            raise ValueError("a sector that no table names")
        start = struct.unpack_from("<I", sector(tables[start // per_sector]), 4 * (start % per_sector))[0]
    raise ValueError("the directory runs in a circle")
