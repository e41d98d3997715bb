"""A spreadsheet file before it is parsed: what it is, how far it would unfold, what its values will not show.

calamine lays every sheet out as a full rectangle from its first to its last cell and copies a shared string into each
cell that shows it, so a few kilobytes can ask for gigabytes; it shows an error cell as an empty one, and says nothing
of formulas and hidden rows. All that is settled here, from the bytes: the directory's sizes first, then each part
inflated under a limit and its cells counted.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import basename

from core.documents.spreadsheets import problems
from core.documents.spreadsheets.marks import Marks
from core.documents.spreadsheets.old_excel import OLD_EXCEL, inspect_old_excel
from core.documents.spreadsheets.problems import Unreadable

MAX_CELLS = 5_000_000  # of one sheet laid out, empty ones counted: about 160 MB
MAX_STRINGS = 1024**3  # bytes of shared strings copied into cells, counted as if each were the longest

DAMAGES = (
    zipfile.BadZipFile,
    NotImplementedError,
    zlib.error,
    struct.error,
    SyntaxError,  # what ElementTree calls XML that is none
    ValueError,
    KeyError,
)

# Attribute values may hold ">", hence the quotes; the quantifiers are possessive so that nothing is tried twice.
TAG = re.compile(rb"""<(?:[^\s<>/:"'=]++:)?(row|c)(?=[\s/>])((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
ADDRESS = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{0,3})(\d{1,9})["']""")
IS_ERROR = re.compile(rb"""(?:^|\s)t\s*=\s*["']e["']""")
ERROR_TEXT = re.compile(rb"<(?:[^\s<>/:]++:)?v>([^<]{1,40})</")
FORMULA = re.compile(rb"\s*<(?:[^\s<>/:]++:)?f[\s/>]")
HIDDEN = re.compile(rb"""(?:^|\s)hidden\s*=\s*["'](?:1|true)["']""")
SHARED = re.compile(rb"""(?:^|\s)t\s*=\s*["']s["']""")
STRING_ITEM = re.compile(rb"<(?:[^\s<>/:]++:)?si[\s>]")


@dataclass(slots=True)
class Part:
    """What one worksheet part asks for: its last row and column from 1, its shared strings, its marks."""

    rows: int = 0
    columns: int = 0
    shared: int = 0
    marks: Marks = field(default_factory=Marks)


def inspect(data: bytes, *, max_bytes: int, max_inflated: int) -> Mapping[str, Marks]:
    """What the values do not show of each sheet, by its name, of a file that is safe to parse.

    Raises `Unreadable` for what is empty, larger than `max_bytes`, no Excel file, encrypted or damaged, unfolds to more
    than `max_inflated` bytes, or lays out more than `MAX_CELLS` cells.
    """
    if not data:
        raise Unreadable(problems.EMPTY_FILE.at())
    if len(data) > max_bytes:
        raise Unreadable(problems.TOO_LARGE.at(limit=max_bytes))
    if data.startswith(OLD_EXCEL):
        return inspect_old_excel(data, max_cells=MAX_CELLS, max_strings=MAX_STRINGS)
    if not data.startswith(b"PK"):
        raise Unreadable(problems.NOT_A_SPREADSHEET.at())
    try:
        return _inspect_zip(data, max_inflated)
    except DAMAGES as error:
        raise Unreadable(problems.CORRUPT.at()) from error


def _inspect_zip(data: bytes, max_inflated: int) -> Mapping[str, Marks]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    if not any(entry.filename.lower() == "xl/workbook.xml" for entry in entries):
        raise Unreadable(problems.NOT_A_SPREADSHEET.at())
    inflates = problems.INFLATES.at(limit=max_inflated)
    if sum(entry.file_size for entry in entries) > max_inflated:
        raise Unreadable(inflates)
    parts: dict[str, Part] = {}
    names: dict[str, bytes] = {}
    left, longest = max_inflated, 0
    for entry in entries:
        content = _inflate(data, entry, left)
        left -= len(content)
        if left < 0:
            raise Unreadable(inflates)
        name = entry.filename.lower()
        if basename(name) in ("workbook.xml", "workbook.xml.rels"):
            names[basename(name)] = content
        if b"<!DOCTYPE" in content:
            raise Unreadable(problems.CORRUPT.at())
        parts[name] = part = _scan(content)
        longest = max(longest, *(len(item) for item in STRING_ITEM.split(content)[1:]), 0)
        if part.rows * part.columns > MAX_CELLS:
            raise Unreadable(problems.SPREADS.at(limit=MAX_CELLS))
    if longest * sum(part.shared for part in parts.values()) > MAX_STRINGS:
        raise Unreadable(inflates)
    marks = {name: part.marks for name, part in parts.items() if part.marks}
    if not marks:
        return {}
    return {sheet: marks[path] for sheet, path in _sheet_paths(names) if path in marks}


def _inflate(data: bytes, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """One part, inflated to at most a byte over `limit`: the directory's size is the sender's word only."""
    if entry.flag_bits & 1:
        raise Unreadable(problems.ENCRYPTED.at())
    name_length, extra_length = struct.unpack_from("<HH", data, entry.header_offset + 26)
    start = entry.header_offset + 30 + name_length + extra_length
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable(problems.CORRUPT.at())
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit + 1)


def _scan(content: bytes) -> Part:
    """Walks rows and cells as calamine does: an address where there is one, else one further than the last."""
    part = Part()
    row, column = -1, 0
    for tag in TAG.finditer(content):
        attributes = tag[2]
        address = ADDRESS.search(attributes)
        if tag[1] == b"row":
            row, column = (int(address[2]) - 1 if address else row + 1), 0
            if HIDDEN.search(attributes):
                part.marks.hidden.add(row)
            continue
        if address and address[1]:
            row, column = int(address[2]) - 1, _column_index(address[1])
        part.rows = max(part.rows, row + 1)
        part.columns = max(part.columns, column + 1)
        if SHARED.search(attributes):
            part.shared += 1
        elif IS_ERROR.search(attributes):
            text = ERROR_TEXT.search(content, tag.end(), tag.end() + 40_000)
            part.marks.errors[row, column] = text[1].decode() if text else "#ERROR"
        if FORMULA.match(content, tag.end()):
            part.marks.formulas.add((row, column))
        column += 1
    return part


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def _sheet_paths(names: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the path of its part, lower case, by the workbook and its relationships."""
    from xml.etree import ElementTree  # a spreadsheet to read

    relations = ElementTree.fromstring(names["workbook.xml.rels"]) if "workbook.xml.rels" in names else ()
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in ElementTree.fromstring(names["workbook.xml"]).iter():
        if element.tag.rpartition("}")[2] != "sheet":
            continue
        relation = next((value for key, value in element.items() if key.endswith("}id")), None)
        target = targets.get(relation, "").lower()
        yield element.get("name", ""), target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
