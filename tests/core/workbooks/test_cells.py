"""What a sheet may hold besides values: blank cells with a style, wrong sizes, formulas without a result."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from tests.core.documents.old_excel import old_workbook, record, sheet_records
from tests.core.documents.workbooks import (
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

REMARK = b'<c r="F2" t="str"><f>""</f><v></v></c>'
WITHOUT_VALUE = ["CELL_FORMULA_WITHOUT_VALUE"]


def sheet_changed(change: Callable[[bytes], bytes], *rows: object) -> bytes:
    return repacked(workbook([HEADER, *(rows or (GOOD,))]), {SHEET: change})  # type: ignore[list-item]


def with_more_rows(more: str) -> bytes:
    return sheet_changed(lambda content: content.replace(b"</sheetData>", more.encode() + b"</sheetData>"))


def with_hours(cell: str, more: str = "") -> bytes:
    """The good row, its hours (C2) written like this."""

    def put(content: bytes) -> bytes:
        head, found, tail = content.partition(b'<c r="C2"><v>1.5</v></c>')
        assert found
        return head + cell.encode() + tail.replace(b"</sheetData>", more.encode() + b"</sheetData>")

    return sheet_changed(put)


@pytest.mark.parametrize(
    "more",
    [
        '<row r="1048576"><c r="A1048576" s="1"/><c r="F1048576" s="1"/></row>',
        '<row r="1048576" s="1" customFormat="1"><c r="XFD1048576" s="1"/></row>',
        '<row r="3"><c r="XFD3" s="1"></c></row><row r="900000"><c r="A900000" s="1"><v/></c></row>',
        '<row r="1048575"/><row r="1048576" hidden="1" ht="1"/>',
        '<row r="500000"><c r="ZZ500000" t="s"/><c r="AAA500000" t="str"><v></v></c></row>',
        '<row r="700000"><c r="XA700000" t="inlineStr"><is><t/></is></c><c r="XB700000" t="b"><v> </v></c></row>',
    ],
)
def test_blank_cells_with_a_style_do_not_count_wherever_they_are(more: str) -> None:
    table = read(with_more_rows(more), plain_only=True)
    assert table.problems == ()
    assert [dict(row.values) for row in table.rows] == [READ]


def test_blank_cells_to_the_right_of_ten_thousand_rows_do_not_count() -> None:
    rows = "".join(f'<row r="{n}"><c r="XFD{n}" s="1"/></row>' for n in range(3, 10_000))
    assert [dict(row.values) for row in read(with_more_rows(rows)).rows] == [READ]


@pytest.mark.parametrize(
    "hint",
    [
        "A0:H2", "A1", "A1:A1", "A1:XFD1048576", "F2:A1", "B5:C9", "", "A1:", ":", "junk", "A1:B2:C3", "A1 F2",
        "A1:XFD4000000000", "A1:ZZZZZZZZ99999999999", "A-1:F2", "0:0", "A1:F00000000002",
    ],
)  # fmt: skip
def test_a_wrong_dimension_is_a_hint_and_no_more(hint: str) -> None:
    def put(content: bytes) -> bytes:
        head, _, rest = content.partition(b'<dimension ref="')
        return head + b'<dimension ref="' + hint.encode() + b'"' + rest.partition(b'"')[2]

    table = read(sheet_changed(put))
    assert table.problems == ()
    assert [dict(row.values) for row in table.rows] == [READ]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b'<dimension ref="A1:F2"/>', b""),
        lambda content: content.replace(b'<dimension ref="A1:F2"/>', b"<dimension/>"),
        lambda content: content.replace(b'<dimension ref="A1:F2"/>', b'<dimension ref="A1:A1"/><dimension ref="Z9"/>'),
        lambda content: content.replace(b'spans="1:6"', b'spans="9:4000000000 x"'),
    ],
)
def test_a_missing_dimension_or_wrong_spans_do_not_matter(change: Callable[[bytes], bytes]) -> None:
    assert [dict(row.values) for row in read(sheet_changed(change)).rows] == [READ]


@pytest.mark.parametrize("shape", [(0, 0, 0, 0), (5, 1, 9, 2), (0, 2**32 - 1, 0, 255), (9, 9, 9, 9), (0, 1, 0, 1)])
def test_wrong_dimensions_of_an_old_workbook_are_hints_too(shape: tuple[int, int, int, int]) -> None:
    row = ["안전교육", "2026-03-02", 1.5, "104-82-03590", 3.0, None]
    hint = record(0x200, struct.pack("<IIHHH", *shape, 0))
    table = read(old_workbook({"명단": sheet_records([HEADER, row], more=hint)}))
    assert [dict(row.values) for row in table.rows] == [READ]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="C2"><f>8*2</f></c>',
        '<c r="C2"><f>8*2</f><v/></c>',
        '<c r="C2"><f>8*2</f><v></v></c>',
        '<c r="C2"><v> </v><f>8*2</f></c>',
        '<c r="C2" t="n"><f>8*2</f></c>',
        '<c r="C2" t="str"><f>8*2</f></c>',
        '<c r="C2" t="str"><f>8*2</f><v/></c>',
        '<c r="C2" t="str"><f>8*2</f><v></v></c>',
        '<c r="C2" t="s"><f>8*2</f><v/></c>',
        '<c r="C2" t="b"><f>8*2</f><v/></c>',
        '<c r="C2" t="e"><f>8*2</f></c>',
        '<c r="C2" t="d"><f>8*2</f></c>',
        '<c r="C2" t="inlineStr"><f>8*2</f></c>',
        '<c r="C2" t="inlineStr"><f>8*2</f><is/></c>',
        '<c r="C2" t="inlineStr"><f>8*2</f><is><t/></is></c>',
        '<c r="C2" t="inlineStr"><f>8*2</f><is><r><t></t></r></is></c>',
        '<c r="C2"><f t="shared" si="0"/></c>',
        '<c r="C2"><f t="shared" ref="C2:C9" si="0">8*2</f></c>',
        '<c r="C2"><f t="array" ref="C2">8*2</f></c>',
        '<c r="C2"><f t="array" ref="C2:C3">8*2</f></c>',
        '<c r="C2"><f t="dataTable" ref="C2:C3" r1="A1"/></c>',
        '<c r="C2" s="1"><f/></c>',
        '<c r="C2" cm="1"><f t="array" ref="C2">_xlfn.SEQUENCE(3)</f></c>',
    ],
)
def test_a_formula_without_a_stored_value_is_refused_as_such_and_not_as_empty(cell: str) -> None:
    for plain_only in (False, True):
        table = read(with_hours(cell), plain_only=plain_only)
        assert codes(table) == WITHOUT_VALUE
        assert table.problems[0].place == "명단!C2"
        assert "저장된 계산값" in table.problems[0].reason.ko
        assert "formula without a stored value" in table.problems[0].reason.en


def test_a_cell_within_an_array_formula_is_a_formula_though_only_the_first_says_so() -> None:
    def put(content: bytes) -> bytes:
        content = content.replace(
            b'<c r="C2"><v>1.5</v></c>', b'<c r="C2"><f t="array" ref="C2:C4">1</f><v>1.5</v></c>'
        )
        return content.replace(b'<c r="C3"><v>1.5</v></c>', b'<c r="C3" s="1"/>')

    data = sheet_changed(put, GOOD, GOOD, GOOD)
    table = read(data)
    assert [(each.code, each.place) for each in table.problems] == [("CELL_FORMULA_WITHOUT_VALUE", "명단!C3")]
    found = [(each.code, each.place) for each in read(data, plain_only=True).problems]
    assert found == [
        ("CELL_FORMULA", "명단!C2"),
        ("CELL_FORMULA_WITHOUT_VALUE", "명단!C3"),
        ("CELL_FORMULA", "명단!C4"),
    ]


def test_a_row_of_formulas_without_values_is_no_blank_row() -> None:
    cells = "".join(f'<c r="{letter}3"><f>1</f></c>' for letter in "ABCDE")
    table = read(with_more_rows(f'<row r="3">{cells}</row>'))
    assert [(each.code, each.row) for each in table.problems] == [(WITHOUT_VALUE[0], 3)] * 5


def test_formulas_that_come_to_an_empty_text_are_blank_cells() -> None:
    cells = "".join(f'<c r="{letter}3" t="str"><f>""</f><v></v></c>' for letter in "ABCDEF")
    assert [dict(row.values) for row in read(with_more_rows(f'<row r="3">{cells}</row>')).rows] == [READ]
    optional = sheet_changed(lambda content: content.replace(b"</row></sheetData>", REMARK + b"</row></sheetData>"))
    assert [dict(row.values) for row in read(optional).rows] == [READ]


def test_a_formula_with_its_value_is_read_unless_only_plain_cells_are_taken() -> None:
    stored = with_hours('<c r="C2"><f>3/2</f><v>1.5</v></c>')
    assert [dict(row.values) for row in read(stored).rows] == [READ]
    assert codes(read(stored, plain_only=True)) == ["CELL_FORMULA"]
    after = with_hours('<c r="C2"><v>1.5</v><f>3/2</f></c>')
    assert codes(read(after, plain_only=True)) == ["CELL_FORMULA"]
    commented = with_hours('<c r="C2"><!-- x --><f>3/2</f><v>1.5</v></c>')
    assert codes(read(commented, plain_only=True)) == ["CELL_FORMULA"]


def test_a_formula_in_a_column_nobody_asked_for_does_not_matter() -> None:
    extra = '<c r="C2"><v>1.5</v></c>'
    more = '<row r="3"><c r="H3"><f>1</f></c></row>'
    assert [dict(row.values) for row in read(with_hours(extra, more)).rows] == [READ]


def test_numbers_that_look_like_none_are_told_at_their_cell() -> None:
    for text in ("abc", "nan", "1_0", "0x10", "1e99999"):
        table = read(with_hours(f'<c r="C2"><v>{text}</v></c>'))
        assert [(each.code, each.place) for each in table.problems] == [("CELL_NOT_A_NUMBER", "명단!C2")]


def test_a_text_longer_than_a_cell_can_be_is_told_at_its_cell() -> None:
    long = f'<c r="A2" t="inlineStr"><is><t>{"가" * 40_000}</t></is></c>'

    def put(content: bytes) -> bytes:
        head, _, rest = content.partition(b'<c r="A2"')
        return head + long.encode() + rest.partition(b"</c>")[2]

    assert [each.code for each in read(sheet_changed(put)).problems] == ["CELL_TOO_LONG"]


def test_hidden_rows_are_known_however_they_are_written() -> None:
    for hidden in ('hidden="1"', "hidden='true'", 'x="a>b" hidden="1"', 'hidden="&#49;"'):

        def put(content: bytes, hidden: str = hidden) -> bytes:
            return content.replace(b'<row r="2"', b'<row r="2" ' + hidden.encode())

        assert codes(read(sheet_changed(put), plain_only=True)) == ["SPREADSHEET_HIDDEN_ROW"]


def test_a_cell_with_two_values_or_at_two_places_is_refused() -> None:
    for rows in (
        '<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A2"><v>2</v></c></row>',
    ):
        assert codes(read(with_rows(rows.encode()))) == ["SPREADSHEET_CORRUPT"]
