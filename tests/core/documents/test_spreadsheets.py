"""Tables as people keep them, read."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from core.documents.spreadsheets import CellProblem
from core.language import Text
from tests.core.documents.workbooks import (
    COLUMNS,
    GOOD,
    HEADER,
    READ,
    codes,
    read,
    read_rows,
    with_cell,
    workbook,
)


def test_a_plain_table_reads_row_by_row_with_the_numbers_excel_shows() -> None:
    table = read_rows(GOOD, GOOD)
    assert table.problems == ()
    assert [(row.sheet, row.number, dict(row.values)) for row in table.rows] == [("명단", 2, READ), ("명단", 3, READ)]


def test_title_rows_blank_rows_and_other_columns_stand_in_nobodys_way() -> None:
    rows = [
        ["교육 수료 현황"],
        [],
        ["", "작성: 예시센터"],
        [None, "번호", *HEADER],
        [None, 1, *GOOD],
        [],
        [None, 2, *GOOD],
        [],
    ]
    table = read(workbook(rows))
    assert table.problems == ()
    assert [row.number for row in table.rows] == [5, 7]
    assert table.headings["명단"]["people"].letter == "G"


@pytest.mark.parametrize(
    "header",
    [
        ("과 정 명", "교육\n일", "교육시간(H)", "사업자 등록번호", "인원 (명)", "비고"),
        ("Course", "HELD ON", "hours", "Business number", "people", "Remark"),
        ("교육과정", "날짜", "교육시간（ｈ）", "사업자등록번호*", " 인원", "비고"),
        ("과정명/교육과정", "교육일", "교육시간\r\n[시간]", "사업자-등록-번호", "인원:", "비고"),
    ],
)
def test_a_header_is_known_however_it_is_typed(header: tuple[str, ...]) -> None:
    table = read(workbook([header, GOOD]))
    assert table.problems == ()
    assert [dict(row.values) for row in table.rows] == [READ]


def test_a_fallback_name_counts_only_where_no_better_one_stands() -> None:
    table = read(workbook([(*HEADER, "날짜"), (*GOOD, "무시")]))
    assert [dict(row.values) for row in table.rows] == [READ]


def test_an_optional_column_may_be_missing() -> None:
    table = read(workbook([HEADER[:-1], GOOD[:-1]]))
    assert [dict(row.values) for row in table.rows] == [READ]


def test_cells_merged_down_hold_for_every_row_and_the_header_may_take_two_rows() -> None:
    def touch(_book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:F1", "교육 현황")
        for letter, name in zip("ABCDEF", HEADER, strict=True):
            sheet.merge_range(f"{letter}2:{letter}3", name)
        sheet.merge_range("A4:A6", "안전교육")

    below = [None, *GOOD[1:]]
    table = read(workbook([[], [], [], below, below, below, GOOD], touch))
    assert table.problems == ()
    assert [(row.number, row.values["course"]) for row in table.rows] == [(at, "안전교육") for at in (4, 5, 6, 7)]


def test_a_count_merged_over_two_companies_is_refused_but_not_one_merged_over_a_blank_row() -> None:
    def touch(_book: Any, sheet: Any) -> None:
        sheet.merge_range("E2:E3", 3)
        for letter, value in zip("AE", ("안전교육", 3), strict=True):
            sheet.merge_range(f"{letter}4:{letter}5", value)

    table = read(workbook([HEADER, with_cell("people", None), with_cell("people", None), GOOD], touch))
    assert [(p.code, p.row, p.column, p.value) for p in table.problems] == [
        ("CELL_MERGED", 2, "E", "3"),
        ("CELL_MERGED", 3, "E", "3"),
    ]
    assert [row.number for row in table.rows] == [4]


@pytest.mark.parametrize("word", ["합계", "합  계", "계", "총계", "소계(3건)", "Total", "총 계 :"])
def test_a_total_row_is_no_data(word: str) -> None:
    table = read_rows(GOOD, [word, None, 1.5, None, 3, None])
    assert table.problems == ()
    assert len(table.rows) == 1


def test_a_course_called_like_a_total_is_data_when_its_row_is_whole() -> None:
    table = read_rows([*with_cell("course", "계")[:-1], "있음"])
    assert [row.values["course"] for row in table.rows] == ["계"]


def test_notes_under_the_table_and_the_header_said_again_are_no_data() -> None:
    table = read_rows(GOOD, HEADER, GOOD, [None, "※ 수료자 기준입니다."], ["- 이하 여백 -"])
    assert table.problems == ()
    assert [row.number for row in table.rows] == [2, 4]


def test_every_sheet_with_the_header_is_read_and_the_others_are_not() -> None:
    sheets = {
        "표지": [["표지"]],
        "1월": [HEADER, GOOD],
        "기업": [["기업명", "사업자등록번호"], ["가", "나"]],
        "2월": [[], HEADER, GOOD],
    }
    table = read(workbook(sheets))
    assert table.problems == ()
    assert [(row.sheet, row.number) for row in table.rows] == [("1월", 2), ("2월", 3)]
    assert [row.sheet for row in read(workbook(sheets), sheet="2월").rows] == ["2월"]


def test_a_sheet_that_lacks_just_one_column_of_the_header_is_complained_of_not_skipped() -> None:
    slip = [name if name != "교육시간" else "교육시관" for name in HEADER]
    table = read(workbook({"1월": [HEADER, GOOD], "2월": [slip, GOOD]}))
    assert codes(table) == ["SPREADSHEET_COLUMN_MISSING"]
    assert (table.problems[0].sheet, table.problems[0].row, table.problems[0].header) == ("2월", 1, "교육시간")


def test_a_hidden_sheet_is_not_read() -> None:
    table = read(workbook({"명단": [HEADER, GOOD], "작년": [HEADER, GOOD]}, lambda _book, sheet: sheet.hide()))
    assert [row.sheet for row in table.rows] == ["명단"]


def test_error_cells_are_refused_with_the_error_as_excel_shows_it_even_where_a_cell_may_be_blank() -> None:
    def touch(book: Any, sheet: Any) -> None:
        sheet.write_formula("C2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("F2", "=다른시트!A1", None, "#REF!")
        book.add_worksheet("다음")

    table = read(workbook([HEADER, GOOD, GOOD], touch))
    assert [(p.code, p.place, p.header, p.value) for p in table.problems] == [
        ("CELL_ERROR_VALUE", "명단!C2", "교육시간", "#DIV/0!"),
        ("CELL_ERROR_VALUE", "명단!F2", "비고", "#REF!"),
    ]


def test_every_bad_cell_of_every_row_is_reported_in_both_languages() -> None:
    table = read_rows([None, "어제", 0, "1", "둘", None], GOOD, with_cell("people", None))
    assert [(p.row, p.column, p.value) for p in table.problems] == [
        (2, "A", ""),
        (2, "B", "어제"),
        (2, "C", "0"),
        (2, "D", "1"),
        (2, "E", "둘"),
        (4, "E", ""),
    ]
    assert all(p.reason.ko and p.reason.en and p.reason.ko != p.reason.en for p in table.problems)
    assert table.problems[2].violation("file").path == ("file", "명단", 2, "C")


def test_a_rule_complains_in_the_readers_own_form() -> None:
    table = read_rows(GOOD)
    assert table.problem_at(table.rows[0], "hours", "RULE", Text("안 됩니다.", "No.")) == CellProblem(
        code="RULE", reason=Text("안 됩니다.", "No."), sheet="명단", row=2, column="C", header="교육시간", value="1.5"
    )


def test_one_bad_row_among_ten_thousand_is_reported_and_nothing_else() -> None:
    told: list[tuple[int, int]] = []
    rows = [list(GOOD) for _ in range(10_000)]
    rows[7_776][2] = "한나절"
    table = read(workbook([["제목"], HEADER, *rows]), progress=lambda done, total: told.append((done, total)))
    (problem,) = table.problems
    assert (problem.code, problem.place, problem.value) == ("CELL_NOT_A_NUMBER", "명단!C7779", "한나절")
    assert len(table.rows) == 9_999
    assert len(told) > 10
    assert told == sorted(told)
    assert told[-1] == (10_000, 10_000)


def test_a_workbook_written_by_openpyxl_reads_the_same() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "명단"
    for cells in (HEADER, GOOD):
        sheet.append(cells)
    target = io.BytesIO()
    book.save(target)
    assert [dict(row.values) for row in read(target.getvalue()).rows] == [READ]
    assert {column.key for column in COLUMNS} == set(READ)
