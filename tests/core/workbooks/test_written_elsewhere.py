"""Workbooks of every library that writes them, and of every shape the format allows, read alike.

The files in `samples` were written by PyExcelerate 0.13, xlwt 1.3, ExcelJS 4.4 and SheetJS 0.18; the rest is made here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.core.documents.workbooks import GOOD, HEADER, READ, SHEET, codes, read, repacked, workbook

SAMPLES = Path(__file__).parent / "samples"
WITHOUT_VALUE = ["CELL_FORMULA_WITHOUT_VALUE"]
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = (SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml")


def by_openpyxl(*, formula: bool = False, **options: object) -> bytes:
    book = openpyxl.Workbook(write_only=bool(options.get("write_only")))
    sheet = book.create_sheet("명단") if book.write_only else book.active
    assert sheet is not None
    if options.get("since_1904"):
        book.epoch = CALENDAR_MAC_1904
    book.iso_dates = bool(options.get("iso_dates"))
    sheet.append(HEADER)
    sheet.append([*GOOD[:2], "=3/2" if formula else GOOD[2], *GOOD[3:]])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlsxwriter(options: dict[str, object]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet = book.add_worksheet("명단")
        sheet.write_row(0, 0, HEADER)
        sheet.write_rich_string(1, 0, "안전", bold, "교육")
        sheet.write_datetime(1, 1, date(2026, 3, 2), day)
        sheet.write_row(1, 2, GOOD[2:5])
    return target.getvalue()


def without_addresses(data: bytes) -> bytes:
    def bare(content: bytes) -> bytes:
        return re.sub(rb'(<(?:c|row)) r="\w+"', rb"\1", content)

    return repacked(data, {SHEET: bare})


def prefixed(data: bytes) -> bytes:
    """As the Open XML SDK writes: every element with a prefix."""

    def put(content: bytes) -> bytes:
        content = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", content).replace(b"<?x:xml", b"<?xml")
        return content.replace(b' xmlns="' + MAIN, b' xmlns:x="' + MAIN)

    return repacked(data, dict.fromkeys(PARTS, put))


def strict(data: bytes) -> bytes:
    """As Excel saves a "Strict Open XML Spreadsheet": other namespaces, other types of relationships."""

    def put(content: bytes) -> bytes:
        content = content.replace(MAIN, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        return content.replace(OFFICE, b"http://purl.oclc.org/ooxml/officeDocument/relationships")

    return repacked(data, dict.fromkeys((*PARTS, "_rels/.rels", "xl/_rels/workbook.xml.rels"), put))


def with_absolute_targets(data: bytes) -> bytes:
    return repacked(
        data,
        {
            "_rels/.rels": lambda content: content.replace(b'Target="xl/', b'Target="/xl/'),
            "xl/_rels/workbook.xml.rels": lambda content: content.replace(b'Target="', b'Target="/xl/'),
        },
    )


def in_utf_16(data: bytes) -> bytes:
    def put(content: bytes) -> bytes:
        return content.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")

    return repacked(data, dict.fromkeys(PARTS, put))


PLAIN = workbook([HEADER, GOOD])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(by_openpyxl, id="openpyxl"),
        pytest.param(lambda: by_openpyxl(write_only=True), id="openpyxl, write-only"),
        pytest.param(lambda: by_openpyxl(since_1904=True), id="openpyxl, since 1904"),
        pytest.param(lambda: by_openpyxl(iso_dates=True), id="openpyxl, ISO dates"),
        pytest.param(lambda: by_xlsxwriter({}), id="xlsxwriter"),
        pytest.param(lambda: by_xlsxwriter({"constant_memory": True}), id="xlsxwriter, texts in place"),
        pytest.param(lambda: by_xlsxwriter({"date_1904": True}), id="xlsxwriter, since 1904"),
        pytest.param(lambda: by_xlsxwriter({"use_zip64": True}), id="xlsxwriter, ZIP64"),
        pytest.param(lambda: without_addresses(PLAIN), id="no addresses"),
        pytest.param(lambda: prefixed(PLAIN), id="prefixed"),
        pytest.param(lambda: strict(PLAIN), id="strict"),
        pytest.param(lambda: with_absolute_targets(PLAIN), id="absolute targets"),
        pytest.param(lambda: in_utf_16(PLAIN), id="UTF-16"),
        *(
            pytest.param((SAMPLES / name).read_bytes, id=name)
            for name in (
                "pyexcelerate.xlsx", "xlwt.xls", "exceljs.xlsx", "exceljs-stream.xlsx", "sheetjs.xlsx", "sheetjs.xls",
            )
        ),
    ],
)  # fmt: skip
def test_a_workbook_reads_alike_whoever_wrote_it(make: Callable[[], bytes]) -> None:
    table = read(make())
    assert table.problems == ()
    assert [dict(row.values) for row in table.rows] == [READ]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: by_openpyxl(formula=True), id="openpyxl"),
        pytest.param((SAMPLES / "xlwt-formula.xls").read_bytes, id="xlwt"),
        pytest.param((SAMPLES / "exceljs-formula.xlsx").read_bytes, id="exceljs"),
    ],
)
def test_a_formula_that_no_program_has_calculated_is_refused_as_such(make: Callable[[], bytes]) -> None:
    for plain_only in (False, True):
        table = read(make(), plain_only=plain_only)
        assert codes(table) == WITHOUT_VALUE
        assert table.problems[0].place.endswith("!C2")
