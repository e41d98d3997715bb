"""Workbooks that mean harm, or that no program ever wrote: each small, each of another kind."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial

from tests.core.documents.old_excel import compound_file, old_workbook, record, sheet_records
from tests.core.documents.workbooks import GOOD, HEADER, SHEET, repacked, with_rows, workbook

STRINGS, BOOK, RELATIONS, STYLES = (
    "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
)  # fmt: skip
HUGE = "4000000000"


def hostile_workbooks() -> Iterator[tuple[str, bytes]]:
    """Each with a name of its kind."""
    yield from _new()
    yield from _old()


def mutated(seed: int) -> bytes:
    """A good workbook of either format, some bytes of it changed; the bytes of an .xlsx within one of its parts."""
    rng = random.Random(seed)
    if seed % 3 == 0:
        data = bytearray(old_workbook({"명단": sheet_records([HEADER, ["가", "나", 1.0, "다", 3.0, None]])}))
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)
    part = rng.choice((SHEET, STRINGS, BOOK, RELATIONS, STYLES, "_rels/.rels"))
    good = workbook([HEADER, GOOD, GOOD])

    def changed(content: bytes) -> bytes:
        found = bytearray(content)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(found))
            match rng.randrange(4):
                case 0:
                    found[at] = rng.randrange(256)
                case 1:
                    del found[at : at + rng.randint(1, 30)]
                case 2:
                    found[at:at] = rng.choice((b"9" * rng.randint(1, 20), b"<c>", b"</c>", b'"', b"&#0;", b"]]>"))
                case _:
                    found[at:at] = bytes(found[at : at + rng.randint(1, 80)])
        return bytes(found)

    return repacked(good, {part: changed})


def _new() -> Iterator[tuple[str, bytes]]:
    good = workbook([HEADER, GOOD])

    def changed(part: str, old: bytes, new: bytes) -> bytes:
        def put(content: bytes) -> bytes:
            assert old in content, (part, old)
            return content.replace(old, new, 1)

        return repacked(good, {part: put})

    for attribute in ("count", "uniqueCount"):
        name = f' {attribute}="'.encode()
        yield f"strings {attribute}", repacked(good, {STRINGS: partial(_stated, name=name)})
    for address in (
        f"A{HUGE}", "A9999999999", "A18446744073709551617", "A0000000000000000000000001", "A0", "A00", "A",
        "XFE1", "ZZZZ1", "AAAAAAAAAA1", "A1048577", "A-1", "A1A", "1A", "", "A1:B2", "$A$1", "R1C1", "Ａ1", "A１",
        "A" * 5_000 + "1", "A" + "9" * 5_000, " A1", "A1 ", "&#65;1", "A&#49;048577",
    ):  # fmt: skip
        cell = f'<row><c r="{address}"><v>1</v></c></row>'
        yield f"cell {address[:30]}", with_rows(cell.encode())
    for row in (HUGE, "99999999999999999999", "0", "00000000000001", "-5", "1048577", "1.5", "", " 1", "x"):
        yield f"row {row}", with_rows(f'<row r="{row}"><c><v>1</v></c></row>'.encode())
    yield (
        "far cells",
        with_rows(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    )
    yield "rows backwards", with_rows(b'<row r="9"><c r="A9"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>')
    yield "a cell twice", with_rows(b'<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>')
    yield "cells of other rows", with_rows(b'<row r="5"><c r="A1"><v>1</v></c><c r="B9"><v>2</v></c></row>')
    for hint in (f"A1:XFD{HUGE}", "A0:H2", "H2:A1", "", "junk", "A1:XFD1048576", "A1:A1", "A1:ZZZZZ9", "A1:B2:C3"):
        yield f"dimension {hint}", changed(SHEET, b"<sheetData>", f'<dimension ref="{hint}"/><sheetData>'.encode())
    for text in ("9" * 5_000, "1e999999999", "nan", "-inf", "0x10", "1_0", "", " ", "<f/>", "<v>1</v>"):
        yield f"number {text[:12]}", with_rows(f"<row><c><v>{text}</v></c></row>".encode())
    for place in ("-1", HUGE, "18446744073709551616", "x", "", "1.5", "0x1"):
        yield f"text {place}", with_rows(f'<row><c t="s"><v>{place}</v></c></row>'.encode())
    for style in ("-1", HUGE, "18446744073709551616", "x"):
        yield f"style {style}", with_rows(f'<row><c s="{style}"><v>1</v></c></row>'.encode())
    for kind in ("", "x", "S", "n ", "shared"):
        yield f"kind {kind}", with_rows(f'<row><c t="{kind}"><v>1</v></c></row>'.encode())
    yield "styles", changed(STYLES, b"<cellXfs count=", f'<cellXfs count="{HUGE}" was='.encode())
    yield (
        "format codes",
        changed(
            STYLES,
            b"<fonts",
            b'<numFmts count="4000000000"><numFmt numFmtId="99999999999999999999" formatCode="'
            + b"y" * 50_000
            + b'"/></numFmts><fonts',
        ),
    )
    yield (
        "number formats",
        repacked(good, {STYLES: lambda content: content.replace(b'numFmtId="0"', b'numFmtId="4294967296000"')}),
    )
    yield "many styles", changed(STYLES, b"</cellXfs>", b'<xf numFmtId="14"/>' * 400_000 + b"</cellXfs>")
    merge = f'<mergeCells count="{HUGE}"><mergeCell ref="A1:XFD1048576"/></mergeCells>'.encode()
    yield "merges", changed(SHEET, b"</sheetData>", b"</sheetData>" + merge)
    yield "merge beyond", changed(SHEET, b"</sheetData>", b"</sheetData>" + merge.replace(b"XFD1048576", HUGE.encode()))
    many = b"".join(b'<mergeCell ref="A%d:A%d"/>' % (n, n + 900_000) for n in range(1, 100_000))
    yield "many merges", changed(SHEET, b"</sheetData>", b"</sheetData><mergeCells>" + many + b"</mergeCells>")
    area = b'<row r="1"><c r="A1"><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
    yield "array formula", with_rows(area + b'<row r="300"><c r="A300"><v>1</v></c></row>')
    yield (
        "many array formulas",
        with_rows(
            b'<row r="1">'
            + b'<c><f t="array" ref="A1:ALL1000">1</f><v>1</v></c>' * 3_000
            + b'</row><row r="300"><c><v>1</v></c></row>'
        ),
    )
    yield "nested", with_rows(b"<row><c><is>" + b"<r>" * 100_000 + b"</r>" * 100_000 + b"</is></c></row>")
    yield "never closed", with_rows(b"<row>" * 1_000_000)
    yield "attributes", with_rows(b"<row " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>")
    yield "an attribute twice", with_rows(b'<row r="1" r="2"><c><v>1</v></c></row>')
    yield "a long text", with_rows(b'<row><c t="inlineStr"><is><t>' + b"x" * 50_000_000 + b"</t></is></c></row>")
    yield "a text in many cells", workbook([HEADER, *[["x" * 32_000] * 6] * 3_000])
    yield "hidden in a comment", with_rows(b'<!-- <row><c r="A1"> --><row><c><v>1</v></c></row>')
    yield "data", with_rows(b"<row><c><v><![CDATA[1]]></v></c></row>")
    yield "instructions", with_rows(b"<?xml-stylesheet href='x'?><row><c><v>1</v></c></row>")
    yield "alternatives", with_rows(b"<AlternateContent><Choice><row><c><v>1</v></c></row></Choice></AlternateContent>")
    laughs = b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for part in (SHEET, STRINGS, BOOK, RELATIONS, STYLES):
        yield f"entities {part}", repacked(good, {part: lambda content: laughs + content.partition(b"?>")[2]})
    yield (
        "an outside entity",
        repacked(
            good, {SHEET: lambda content: b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + content.partition(b"?>")[2]}
        ),
    )
    for encoding in ("utf-16", "utf-7", "cp949", "utf-32", "shift_jis"):
        head = f'<?xml version="1.0" encoding="{encoding}"?>'
        yield f"in {encoding}", repacked(good, {SHEET: partial(_encoded, head=head, encoding=encoding)})
    yield "two sections", changed(SHEET, b"<sheetData>", b"<sheetData/><sheetData>")
    yield (
        "sheets of one part",
        changed(
            BOOK,
            b"</sheets>",
            b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n) for n in range(2, 900)) + b"</sheets>",
        ),
    )
    yield (
        "too many sheets",
        changed(
            BOOK,
            b"</sheets>",
            b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n) for n in range(2, 20_000)) + b"</sheets>",
        ),
    )
    yield (
        "sheets of one name",
        changed(BOOK, b"</sheets>", '<sheet name="명단" sheetId="9" r:id="rId1"/></sheets>'.encode()),
    )
    yield "a sheet of no part", changed(RELATIONS, b"worksheets/sheet1.xml", b"worksheets/none.xml")
    yield "a sheet outside", changed(RELATIONS, b"worksheets/sheet1.xml", b"../../../../etc/passwd")
    yield "a sheet that is the workbook", changed(RELATIONS, b"worksheets/sheet1.xml", b"workbook.xml")
    yield "a name too long", changed(BOOK, 'name="명단"'.encode(), b'name="' + b"x" * 1_000_000 + b'"')
    yield from _zips(good)
    yield (
        "a binary workbook",
        _zip({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": struct.pack("<II", 0, 2**32 - 1)}),
    )
    binary = good.replace(b"xl/workbook.xml", b"xl/workbook.bin")
    yield "a binary workbook by name", binary
    sheet = b'<d xmlns:table="t"><table:table-cell table:number-columns-repeated="4000000000"/></d>'
    yield (
        "an open document",
        _zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": sheet}),
    )
    yield (
        "an open document beside",
        _zip(
            {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": sheet, BOOK: b"<workbook/>"}
        ),
    )


def _zips(good: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    yield "a part twice", _zip(parts, more={SHEET.upper(): b"<worksheet/>"})
    yield "a part by another slash", _zip(parts, more={SHEET.replace("/", "\\"): b"<worksheet/>"})
    yield "a bomb", _zip(parts | {SHEET: b"<worksheet>" + b" " * 190_000_000 + b"</worksheet>"})
    yield "a bomb of parts", _zip(parts | {f"xl/media/{n}": bytes(30_000_000) for n in range(10)})
    yield "many parts", _zip(parts | {f"x/{n}": b"" for n in range(12_000)})
    size = struct.pack("<I", len(parts[SHEET]))
    for stated in (0, 1, 2**32 - 1):
        yield f"a size of {stated}", good.replace(size, struct.pack("<I", stated))
    yield "a directory of another place", good[:-6] + struct.pack("<I", 2**31) + good[-2:]
    yield "cut", good[: len(good) // 2]
    yield "nested", _zip({BOOK: good})
    locked = bytearray(good)
    at = 0
    while (at := locked.find(b"PK\x01\x02", at + 1)) > 0:
        locked[at + 8] |= 1
    yield "locked", bytes(locked)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield f"method {method}", _zip(parts, method=method)


def _old() -> Iterator[tuple[str, bytes]]:
    def book(more: bytes, globals_: bytes = b"") -> bytes:
        return old_workbook({"명단": sheet_records([HEADER], more=more)}, globals_=globals_)

    for count in (2**32 - 1, 2**31, 10**9):
        strings = struct.pack("<II", count, count) + struct.pack("<HBB", 1, 0, 65)
        yield f"xls strings {count}", book(b"", record(0xFC, strings))
    yield "xls strings cut", book(b"", record(0xFC, struct.pack("<IIH", 1, 1, 65_000)))
    yield "xls strings rich", book(b"", record(0xFC, struct.pack("<IIHBHI", 1, 1, 5, 0x0C, 65_535, 2**32 - 1)))
    for shape in ((0, 2**32 - 1, 0, 65_535), (2**32 - 1, 0, 65_535, 0), (5, 1, 9, 2), (0, 65_536, 0, 256)):
        yield f"xls dimensions {shape}", book(record(0x200, struct.pack("<IIHHH", *shape, 0)))
    for row, column in ((65_535, 255), (65_535, 65_535), (0, 65_535)):
        yield f"xls cell {row} {column}", book(record(0x203, struct.pack("<HHHd", row, column, 0, 1.0)))
    yield "xls numbers", book(record(0xBD, struct.pack("<HH", 1, 0) + bytes(6) + struct.pack("<H", 65_535)))
    yield "xls numbers backwards", book(record(0xBD, struct.pack("<HH", 1, 9) + bytes(6) + struct.pack("<H", 2)))
    yield "xls blanks", book(record(0xBE, struct.pack("<HHHH", 1, 0, 0, 65_535)))
    yield "xls a record too long", book(b"\x03\x02\xff\xff" + bytes(20))
    yield "xls a record of nothing", book(record(0x203) + record(0x205) + record(0x06) + record(0xFD) + record(0x204))
    yield "xls a label cut", book(record(0x204, struct.pack("<HHHHB", 1, 0, 0, 65_535, 1)))
    yield "xls a text that is none", book(record(0xFD, struct.pack("<HHHI", 1, 0, 0, 2**32 - 1)))
    yield "xls merges", book(record(0xE5, struct.pack("<H", 65_535)))
    yield "xls merge", book(record(0xE5, struct.pack("<5H", 1, 0, 65_535, 0, 65_535)))
    yield "xls never ends", book(record(0x809, bytes(16)) * 200)
    yield "xls a formula", book(record(0x06, struct.pack("<HHH", 1, 0, 0) + bytes(14) + struct.pack("<H", 65_535)))
    yield "xls formats", book(b"", record(0x41E, struct.pack("<HHB", 200, 65_535, 1)))
    yield "xls a sheet elsewhere", book(b"", record(0x85, struct.pack("<IBBBB", 2**32 - 1, 0, 0, 1, 0) + b"x"))
    yield "xls a sheet of the globals", book(b"", record(0x85, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"x"))
    yield "xls sheets", book(b"", record(0x85, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"x") * 3_000)
    good = old_workbook({"명단": sheet_records([HEADER])})
    for at in (44, 48, 56, 60, 64, 68, 72, 76):
        yield f"xls header at {at}", good[:at] + struct.pack("<I", 0xFFFFFF00) + good[at + 4 :]
    for place in (0, 1, 5):
        table = bytearray(good)
        struct.pack_into("<I", table, 512 + 4 * place, place)
        yield f"xls chain at {place}", bytes(table)
    directory = good.find("Root Entry".encode("utf-16-le"))
    for at, value in ((116, 2**31), (120, 2**32 - 1), (68, 0), (76, 1)):
        for entry in (0, 128):
            changed = bytearray(good)
            struct.pack_into("<I", changed, directory + entry + at, value)
            yield f"xls entry {entry} at {at}", bytes(changed)
    yield "xls two workbooks", compound_file({"Workbook": b"x" * 100, "Book": b"y" * 100, "WORKBOOK": b"z"})


def _stated(content: bytes, name: bytes) -> bytes:
    """The shared strings with another count in place of the true one."""
    head, _, rest = content.partition(name)
    return head + name + HUGE.encode() + b'"' + rest.partition(b'"')[2]


def _encoded(content: bytes, head: str, encoding: str) -> bytes:
    text = head + content.decode().partition("?>")[2]
    return text.encode(encoding, "replace")


def _zip(
    parts: Mapping[str, bytes], *, more: Mapping[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in [*parts.items(), *(more or {}).items()]:
            info = zipfile.ZipInfo("x" if "\\" in name else name)
            info.filename = name
            archive.writestr(info, content, method)
    return target.getvalue()
