"""Files that are no table, or mean harm: each refused whole, in words, before it is parsed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date

import pytest

from core.workbooks import reading
from core.workbooks.old_excel import inspect_old_excel
from core.workbooks.package import Package
from core.workbooks.query import Query
from core.workbooks.refusal import Reason, Refusal
from tests.core.documents.old_excel import compound_file, old_workbook, record, sheet_records, workbook_stream
from tests.core.documents.workbooks import (
    COLUMNS,
    GOOD,
    HEADER,
    READ,
    SHEET,
    codes,
    read,
    repacked,
    with_rows,
    workbook,
)


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_an_old_workbook_whose_table_of_sectors_names_itself_is_refused() -> None:
    data = bytearray(old_workbook({"교육": sheet_records([["과정명"]])}))
    inspect_old_excel(bytes(data), max_cells=100, max_strings=1_000)
    struct.pack_into("<I", data, 68, len(data) // 512 - 1)  # the table goes on in one more sector
    data += struct.pack("<128I", *[0] * 127, len(data) // 512 - 1)  # of which each part is the first sector, for ever
    with pytest.raises(Refusal):
        inspect_old_excel(bytes(data), max_cells=100, max_strings=1_000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "SPREADSHEET_EMPTY"),
        ("과정명,교육일\n".encode("cp949"), "SPREADSHEET_NOT_RECOGNIZED"),
        (b"<html><table></table></html>", "SPREADSHEET_NOT_RECOGNIZED"),
        (b"%PDF-1.7", "SPREADSHEET_NOT_RECOGNIZED"),
        (zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<d/>"}), "SPREADSHEET_NOT_RECOGNIZED"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "SPREADSHEET_NOT_RECOGNIZED"),
        (zipped({"xl/workbook.bin": b""}), "SPREADSHEET_NOT_RECOGNIZED"),
        (zipped({"xl/workbook.xml": b"<workbook"}), "SPREADSHEET_CORRUPT"),
        (zipped({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><workbook/>'}), "SPREADSHEET_CORRUPT"),
        (b"PK\x03\x04" + bytes(200), "SPREADSHEET_CORRUPT"),
        (workbook([HEADER, GOOD])[:-300], "SPREADSHEET_CORRUPT"),
        (compound_file({"EncryptedPackage": b"x"}), "SPREADSHEET_ENCRYPTED"),
        (compound_file({"WordDocument": b"x"}), "SPREADSHEET_NOT_RECOGNIZED"),
        (compound_file({"Workbook": b""})[:900], "SPREADSHEET_CORRUPT"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(5000), "SPREADSHEET_CORRUPT"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(data: bytes, code: str) -> None:
    table = read(data)
    assert codes(table) == [code]
    assert table.problems[0].reason.ko
    assert table.problems[0].place == ""


@pytest.mark.parametrize("at", range(0, 6000, 97))
def test_a_file_damaged_anywhere_never_raises(at: int) -> None:
    data = bytearray(workbook([HEADER, GOOD]))
    data[at % len(data) : at % len(data) + 8] = b"\xff\x00DAMAGED"[:8]
    read(bytes(data))
    old = bytearray(old_workbook({"명단": sheet_records([HEADER])}))
    old[at % len(old) : at % len(old) + 4] = b"\xff\xff\x01\x7f"
    read(bytes(old))


def test_a_file_over_the_limit_is_refused_by_its_size() -> None:
    assert codes(read(workbook([HEADER, GOOD]), max_bytes=1000)) == ["SPREADSHEET_TOO_LARGE"]


def test_a_zip_bomb_is_refused_by_its_directory_before_it_is_unpacked() -> None:
    bomb = repacked(workbook([HEADER, GOOD]), {"docProps/app.xml": lambda _: bytes(300 * 1024**2)})
    assert len(bomb) < 1024**2
    with pytest.raises(Refusal, match=Reason.INFLATES):
        Package(bomb, 200 * 1024**2)
    assert codes(read(bomb)) == ["SPREADSHEET_INFLATES"]


def test_a_zip_bomb_whose_directory_lies_is_refused_while_it_is_unpacked() -> None:
    bomb = bytearray(repacked(workbook([HEADER, GOOD]), {SHEET: lambda _: b" " * (8 * 1024**2)}))
    true_size = struct.pack("<I", 8 * 1024**2)
    while (at := bomb.find(true_size)) >= 0:
        bomb[at : at + 4] = struct.pack("<I", 100)
    assert codes(read(bytes(bomb), max_inflated=1024**2)) == ["SPREADSHEET_INFLATES"]


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"""<x:row r='1048576'><x:c><v>1</v></x:c></x:row><row r = "1"><c s=">" r = 'XFD1'><v>1</v></c></row>""",
        b'<row r="1048575"/><row><c r="XFC3"><v>1</v></c><c><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
    ],
)
def test_two_cells_far_apart_do_not_make_a_sheet_of_billions(rows: bytes) -> None:
    assert codes(read(with_rows(rows))) == ["SPREADSHEET_SPREADS"]


def test_one_long_text_shown_in_very_many_cells_is_refused() -> None:
    cells = b'<row><c t="s"><v>0</v></c></row>' * 60_000
    sheet = b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"
    long = b"<sst><si><t>" + b"x" * 32_000 + b"</t></si></sst>"
    bomb = repacked(workbook([HEADER, GOOD]), {SHEET: lambda _: sheet, "xl/sharedStrings.xml": lambda _: long})
    assert codes(read(bomb)) == ["SPREADSHEET_INFLATES"]


def test_cells_without_addresses_are_not_taken_for_far_ones() -> None:
    def cell(value: object) -> str:
        return f'<c t="str"><v>{value}</v></c>'

    lines = [HEADER, *[("안전교육", "2026-03-02", 1.5, "104-82-03590", 3)] * 2000]
    rows = "".join("<row>" + "".join(map(cell, line)) + "</row>" for line in lines).encode()
    table = read(with_rows(rows))
    assert table.problems == ()
    assert [dict(row.values) for row in table.rows] == [READ] * 2000


def test_when_no_row_is_a_header_all_its_names_are_said() -> None:
    table = read(workbook([["가", "나"], [1, 2]]))
    assert codes(table) == ["SPREADSHEET_NO_HEADER"]
    assert table.problems[0].reason.ko.endswith("과정명, 교육일, 교육시간, 사업자등록번호, 인원")
    assert codes(read(workbook([]))) == ["SPREADSHEET_NO_HEADER"]


def test_when_columns_are_missing_each_is_named_at_the_header() -> None:
    table = read(workbook([["제목"], ["과정명", "교육일", "교육시간(분)", "인원"], ["가", "나", 90, 1]]))
    assert codes(table) == ["SPREADSHEET_COLUMN_MISSING"] * 2
    assert [(p.row, p.header) for p in table.problems] == [(2, "교육시간"), (2, "사업자등록번호")]


def test_a_column_there_twice_is_refused_with_both_places() -> None:
    table = read(workbook([(*HEADER, "교육과정"), (*GOOD, "다른과정")]))
    assert codes(table) == ["SPREADSHEET_COLUMN_TWICE"]
    assert "A 과정명, G 교육과정" in table.problems[0].reason.ko
    assert table.problems[0].place == "명단!G1"


def test_no_rows_too_many_rows_and_no_such_sheet() -> None:
    assert codes(read(workbook([HEADER, [], ["합계"]]))) == ["SPREADSHEET_NO_ROWS"]
    assert codes(read(workbook([HEADER, GOOD, GOOD, GOOD]), max_rows=2)) == ["SPREADSHEET_TOO_MANY_ROWS"]
    assert len(read(workbook([HEADER, GOOD, GOOD, [], ["합계"]]), max_rows=2).rows) == 2
    assert codes(read(workbook([HEADER, GOOD]), sheet="없음")) == ["SPREADSHEET_SHEET_MISSING"]


OLD_GOOD = ("안전교육", "2026-03-02", 1.5, "104-82-03590", 3.0, None)


def test_an_old_workbook_reads_like_a_new_one_merges_and_errors_too() -> None:
    rows = [["제목"], HEADER, OLD_GOOD, [None, *OLD_GOOD[1:]], [*OLD_GOOD[:2], "#REF!", *OLD_GOOD[3:]]]
    table = read(old_workbook({"표지": sheet_records([["표지"]]), "명단": sheet_records(rows, merges=[(2, 3, 0, 0)])}))
    assert [(p.code, p.place, p.value) for p in table.problems] == [("CELL_ERROR_VALUE", "명단!C5", "#REF!")]
    assert [(row.number, dict(row.values)) for row in table.rows] == [(3, READ), (4, READ)]


def _far() -> bytes:
    return record(0x203, struct.pack("<HHHd", 65_535, 255, 0, 1.0))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: old_workbook({"명단": sheet_records([HEADER], more=_far())}), "SPREADSHEET_SPREADS"),
        (
            lambda: old_workbook(
                {"명단": sheet_records([], more=record(0x200, struct.pack("<IIHHH", 0, 2**32 - 1, 0, 2**16 - 1, 0)))}
            ),
            "SPREADSHEET_NO_HEADER",
        ),
        (
            lambda: old_workbook({"명단": sheet_records([HEADER])}, globals_=record(0x2F, bytes(6))),
            "SPREADSHEET_ENCRYPTED",
        ),
        (lambda: compound_file({"Workbook": workbook_stream({})}), "SPREADSHEET_NO_HEADER"),
    ],
)
def test_old_workbooks_that_spread_or_are_locked_are_refused(make: Callable[[], bytes], code: str) -> None:
    assert codes(read(make())) == [code]


def _shared(letters: int) -> bytes:
    """Shared strings, the second so long that it runs on in the next record, whose letters are two bytes wide."""
    first = struct.pack("<II", 3, 3) + struct.pack("<HBH", 1, 8, 1) + b"a" + bytes(4)
    second = struct.pack("<HB", letters, 0) + b"x" * 100
    return record(0xFC, first + second) + record(
        0x3C, b"\1" + b"x\0" * (letters - 100) + struct.pack("<HB", 1, 0) + b"z"
    )


@pytest.mark.parametrize(("cells", "code"), [(10, "SPREADSHEET_NO_HEADER"), (500, "SPREADSHEET_INFLATES")])
def test_one_long_text_in_very_many_cells_of_an_old_workbook_is_refused(
    cells: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_TEXT", 1_000_000)
    shown = b"".join(record(0xFD, struct.pack("<HHHI", row, 0, 0, 1)) for row in range(cells))
    data = old_workbook({"명단": sheet_records([], more=shown)}, globals_=_shared(1000))
    query = Query(columns=COLUMNS, max_rows=10, max_inflated=10**6).to_json()
    messages = list(reading.answer(query, data))
    assert ("refused" in messages[0]) == (code == "SPREADSHEET_INFLATES")


def test_dates_of_a_workbook_that_counts_from_1904_are_the_days_excel_shows() -> None:
    data = workbook([HEADER, GOOD])
    shifted = repacked(
        data, {"xl/workbook.xml": lambda xml: xml.replace(b"<workbookPr ", b'<workbookPr date1904="1" ', 1)}
    )
    assert [row.values["held_on"] for row in read(shifted).rows] == [date(2030, 3, 3)]
    assert zlib.crc32(data) != zlib.crc32(shifted)
