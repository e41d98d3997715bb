"""엑셀 샘플: an empty workbook of an activity type to fill in, which reads back, and a sheet that explains it."""

from __future__ import annotations

import io
from typing import Any

from core.activities.sheets.columns import SheetField, sheet_fields
from core.documents.spreadsheets import Kind
from core.program import ActivityType
from core.workbooks.columns import column_letter

ROOM = 5_000  # rows with drop-downs
LIST_LETTERS = 250  # that Excel takes of choices spelled out in a cell's rule
HINTS = "작성요령"
SHEET_NAME_LETTERS = 31
FORMS = {
    Kind.TEXT: "글자",
    Kind.INTEGER: "숫자",
    Kind.DECIMAL: "숫자(소수점 가능)",
    Kind.DATE: "날짜",
    Kind.BUSINESS_NUMBER: "사업자등록번호 숫자 10자리",
    Kind.FLAG: "예 또는 아니오",
    Kind.CHOICE: "목록에서 선택",
}
LIKE = {
    Kind.INTEGER: "1000",
    Kind.DECIMAL: "1.5",
    Kind.DATE: "20260302",
    Kind.BUSINESS_NUMBER: "0000000000",
    Kind.FLAG: "예",
}
DIGITS = "특수기호(-, * 등)와 공백 없이 숫자만 적습니다."
DAY_DIGITS = "연월일 8자리(YYYYMMDD) 숫자만 적습니다."


def sample_workbook(kind: ActivityType[Any]) -> bytes:
    """The .xlsx: headings with notes, drop-downs for choices, text cells where leading zeros count; no rows."""
    import xlsxwriter

    fields = sheet_fields(kind)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        styles = {
            "needed": book.add_format({"bold": True, "bottom": 1, "bg_color": "#FCE8D5", "text_wrap": True}),
            "free": book.add_format({"bold": True, "bottom": 1, "bg_color": "#E9EEF5", "text_wrap": True}),
            "text": book.add_format({"num_format": "@"}),
            "number": book.add_format({"num_format": "0"}),
            "plain": book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"}),
        }
        sheet = book.add_worksheet(_sheet_name(kind))
        hints = book.add_worksheet(HINTS)
        for place, each in enumerate(fields):
            _write_column(sheet, place, each, styles)
        sheet.freeze_panes(1, 0)
        _write_hints(hints, kind, fields, styles)
    return target.getvalue()


def what_it_takes(field: SheetField) -> str:
    """What a cell of the column is, and how it is written, in a few words."""
    column = field.column
    said = [FORMS[column.kind]]
    if column.digits_only:
        said.append(DAY_DIGITS if column.kind is Kind.DATE else DIGITS)
    if field.unit is not None:
        said.append(f"단위: {field.unit.ko}")
    return ". ".join(each.rstrip(".") for each in said)


def _write_column(sheet: Any, place: int, field: SheetField, styles: Any) -> None:
    column = field.column
    numeric = column.kind in (Kind.INTEGER, Kind.DECIMAL)
    sheet.set_column(place, place, 16 if numeric else 20, styles["number" if column.kind is Kind.INTEGER else "text"])
    if column.kind is Kind.DECIMAL:
        sheet.set_column(place, place, 16)
    sheet.write_string(0, place, field.heading, styles["needed" if column.required else "free"])
    needed = "필수" if column.required else "선택"
    notes = [needed, what_it_takes(field)] + ([] if field.note is None else [field.note.ko])
    sheet.write_comment(0, place, "\n".join(notes))
    words = _words(field)
    if words:
        spelled = ",".join(words)
        fits = len(spelled) <= LIST_LETTERS and not any("," in word for word in words)
        last = column_letter(4 + len(words))
        source: Any = words if fits else f"={HINTS}!$F${place + 2}:${last}${place + 2}"
        sheet.data_validation(
            1, place, ROOM, place,
            {
                "validate": "list", "source": source, "error_title": "목록에서 선택",
                "error_message": "목록에 있는 값만 쓸 수 있습니다.",
            },
        )  # fmt: skip


def _words(field: SheetField) -> list[str]:
    if field.column.kind is Kind.FLAG:
        return ["예", "아니오"]
    return [words[0] for _, words in field.column.choices]


def _write_hints(sheet: Any, kind: ActivityType[Any], fields: tuple[SheetField, ...], styles: Any) -> None:
    """A line for each column, its choices to the right; then what holds for the whole file."""
    for place, (heading, width) in enumerate((("열", 26), ("필수", 6), ("형식", 44), ("설명", 50), ("예", 14))):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, styles["free"])
    sheet.write_string(0, 5, "선택할 수 있는 값", styles["free"])
    for row, each in enumerate(fields, 1):
        words = _words(each)
        note = each.note.ko if each.note else ""
        like = words[0] if words else LIKE.get(each.column.kind, "")
        needed = "필수" if each.column.required else ""
        for place, said in enumerate((each.heading, needed, what_it_takes(each), note, like, *words)):
            sheet.write_string(row, place, said, styles["plain"])
    whole = [
        f"※ 첫 시트의 제목 행 아래에 한 행씩 적습니다. {kind.sheet.recommended_rows:,}행 이하를 권장합니다.",
        "※ 수식과 숨긴 행은 등록되지 않습니다. 값으로 붙여넣고 모든 행을 표시하세요.",
        "※ 형식에 맞지 않는 값이 하나라도 있으면 아무것도 등록되지 않으며, 잘못된 셀을 모두 알려 드립니다.",
        "※ 파일을 올려도 신청되지 않습니다. 등록한 내용을 확인한 뒤 신청하세요.",
    ]
    for row, line in enumerate(whole, len(fields) + 2):
        sheet.write_string(row, 0, line)


def _sheet_name(kind: ActivityType[Any]) -> str:
    name = "".join(" " if letter in "[]:*?/\\'" else letter for letter in kind.names.ko).strip()
    return name[:SHEET_NAME_LETTERS].strip() or "자료"
