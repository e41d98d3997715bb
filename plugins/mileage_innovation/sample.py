"""A roster as a training centre keeps it, to try an upload with: every company in it is made up.

`python -m plugins.mileage_innovation.sample` writes it to `samples/completions-sample.xlsx`.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parent / "samples" / "completions-sample.xlsx"

HEADERS = (
    "번호",
    "과정명",
    "회차",
    "교육\n시작일",
    "수료일",
    "교육시간(H)",
    "사업자등록번호",
    "기업명",
    "참여인원",
    "수료인원",
    "비고",
)
NOTES = {
    "교육\n시작일": "2026-03-02처럼 네 자리 연도로 적습니다.",
    "교육시간(H)": "1인당 교육시간입니다. 0.5시간 단위로 적습니다.",
    "사업자등록번호": "숫자 10자리. 앞자리 0이 지워지지 않도록 텍스트 서식으로 두었습니다.",
    "수료인원": "신청한 인원이 아니라 수료한 인원입니다.",
}
WIDTHS = (6, 30, 8, 14, 14, 12, 18, 20, 10, 10, 12)

Cell = str | int | float | date
Company = tuple[str, str]

# Numbers in the range 000, which is never issued.
PRECISION: Company = ("000-00-00015", "예시정밀(주)")
LIGHTING: Company = ("0000000029", "㈜보기조명")
ELECTRIC: Company = ("000-00-00034", "견본전기")
OPTICS: Company = ("０００-００-０００４８", "본보기광학(주)")
SYSTEMS: Company = (" 0000000053 ", "시범시스템")

# Course, session, and for each company: start, completion, hours, who, enrolled, completed, remark.
SESSIONS: tuple[tuple[str, str | int, tuple[tuple[Cell, Cell, Cell, Company, Cell, Cell, str], ...]], ...] = (
    (
        "LED 조명 설계 실무",
        "2024-1",
        (
            (date(2024, 5, 13), date(2024, 5, 17), 40, PRECISION, 7, 6, ""),
            (date(2024, 5, 13), date(2024, 5, 17), 40, LIGHTING, 3, 3, ""),
            (date(2024, 5, 13), date(2024, 5, 17), 40, ELECTRIC, 2, 2, ""),
            (date(2024, 5, 13), date(2024, 5, 17), 40, OPTICS, 4, 3, "1명 미수료"),
        ),
    ),
    (
        "조명 품질관리 과정",
        "2025-2",
        (
            ("2025.9.22", "2025.9.24", "20시간", PRECISION, "5명", "5명", ""),
            ("2025.9.22", "2025.9.24", "20시간", ELECTRIC, "1명", "1명", ""),
            ("2025-09-22", "2025-09-24", "20", SYSTEMS, 10, "１０", ""),
        ),
    ),
    (
        "스마트조명 제어 기초 (온라인)",
        3,
        (
            ("20260209", "2026년 2월 9일", 1.5, PRECISION, 2, 2, ""),
            ("20260209", "2026년 2월 9일", 1.5, LIGHTING, 12, 11, "1명 미수료"),
            ("2026/02/09", "2026/02/09", 1.5, OPTICS, 1, 1, ""),
            ("2026/02/09", "2026/02/09", "1.5 ", SYSTEMS, 4, 4, ""),
            (date(2026, 2, 9), date(2026, 2, 9), 1.5, ELECTRIC, 1, 1, ""),
        ),
    ),
)


def sample_workbook() -> bytes:
    """The sample as an .xlsx file: twelve rows, three courses, five companies. The same bytes each time."""
    target = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"title": "교육과정 수료 현황 (예시)", "created": datetime(2026, 3, 2)})  # noqa: DTZ001
        sheet = book.add_worksheet("수료현황")
        styles = _styles(book)
        last = len(HEADERS) - 1
        sheet.merge_range(0, 0, 0, last, "교육과정 수료 현황 (예시)", styles["title"])
        sheet.merge_range(1, 0, 1, last, "예시 교육훈련센터 · 작성일 2026. 2. 27.", styles["plain"])
        for column, (header, width) in enumerate(zip(HEADERS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(3, column, header, styles["header"])
            if header in NOTES:
                sheet.write_comment(3, column, NOTES[header])
        below = _write_sessions(sheet, styles)
        for row in range(below, below + 3):
            for column in range(last + 1):
                sheet.write_blank(row, column, None, styles["plain"])
        total = below + 3
        sheet.merge_range(total, 0, total, 7, "합  계", styles["header"])
        sheet.write_formula(total, 8, "=12", styles["header"], "12건")
        sheet.write_number(total, 9, sum(_people(line[5]) for _, _, lines in SESSIONS for line in lines))
        sheet.freeze_panes(4, 0)
        book.add_worksheet("작성요령").write_string(0, 0, "제목과 합계는 그대로 두고 표만 채우십시오.")
    return target.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "header": book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True}),
        "plain": book.add_format({"border": 1, "valign": "vcenter"}),
        "date": book.add_format({"border": 1, "num_format": "yyyy-mm-dd"}),
        "text": book.add_format({"border": 1, "num_format": "@"}),
    }


def _write_sessions(sheet: Any, styles: dict[str, Any]) -> int:
    """Writes the sessions under the header, course and session merged down; the row after the last."""
    row = 4
    number = 1
    for course, session, lines in SESSIONS:
        sheet.merge_range(row, 1, row + len(lines) - 1, 1, course, styles["plain"])
        sheet.merge_range(row, 2, row + len(lines) - 1, 2, session, styles["text"])
        for starts_on, completed_on, hours, (business_number, company), enrolled, completed, remark in lines:
            sheet.write_number(row, 0, number, styles["plain"])
            cells = (starts_on, completed_on, hours, business_number, company, enrolled, completed, remark)
            for column, cell in enumerate(cells, start=3):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, styles["date"])
                elif isinstance(cell, str):
                    sheet.write_string(row, column, cell, styles["text"])
                else:
                    sheet.write_number(row, column, cell, styles["plain"])
            row += 1
            number += 1
    return row


def _people(written: Cell) -> int:
    return int("".join(letter for letter in str(written) if letter.isdigit()))


if __name__ == "__main__":
    SAMPLE.parent.mkdir(exist_ok=True)
    SAMPLE.write_bytes(sample_workbook())
