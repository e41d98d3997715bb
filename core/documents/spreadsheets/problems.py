"""What a spreadsheet is refused for: each complaint says where, what stands there, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Problem, Refused, Violation
from core.language import Text

if TYPE_CHECKING:
    from core.program import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """One complaint about a spreadsheet (오류 항목). What concerns the whole file has no sheet, row or column.

    `row` counts from 1 and `column` is a letter, both as Excel shows them; `value` is what stands in the cell.
    """

    code: str
    reason: Text
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    header: str | None = None
    value: str | None = None
    source: Source | None = None

    @property
    def place(self) -> str:
        """The cell as Excel writes it, such as `명단!C7`; empty for the whole file."""
        cell = f"{self.column or ''}{self.row or ''}"
        return "!".join(part for part in (self.sheet, cell) if part)

    def violation(self, *path: str | int) -> Violation:
        """The same complaint as an answer carries it; the place follows `path`."""
        place = tuple(part for part in (self.sheet, self.row, self.column) if part is not None)
        return Violation(code=self.code, message=self.reason, path=(*path, *place), source=self.source)


class CellsRefused(Refused):
    """A spreadsheet has faults: every bad cell, none of it stored. `whole` is said before them."""

    def __init__(self, cells: Sequence[CellProblem], *path: str | int, whole: Sequence[Violation] = ()) -> None:
        self.cells = tuple(cells)
        super().__init__(*whole, *(cell.violation(*(path or ("file",))) for cell in self.cells))


class Unreadable(Exception):
    """Why a cell or a file cannot be taken. Never leaves this room."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation
        super().__init__(violation.message.en)


# The whole file

EMPTY_FILE = Problem(
    "SPREADSHEET_EMPTY",
    Text("파일이 비어 있습니다. 다시 저장하여 올리세요.", "The file is empty. Save it again and send it once more."),
)
TOO_LARGE = Problem(
    "SPREADSHEET_TOO_LARGE",
    Text(
        "파일이 {limit}바이트보다 큽니다. 여러 파일로 나누어 올리세요.",
        "The file is larger than {limit} bytes. Split it into several files.",
    ),
)
NOT_A_SPREADSHEET = Problem(
    "SPREADSHEET_NOT_RECOGNIZED",
    Text(
        "엑셀 파일(.xlsx, .xls)이 아닙니다. 엑셀에서 열어 .xlsx로 저장한 뒤 올리세요.",
        "This is not an Excel file (.xlsx, .xls). Open it in Excel, save it as .xlsx, and send that.",
    ),
)
ENCRYPTED = Problem(
    "SPREADSHEET_ENCRYPTED",
    Text(
        "암호가 걸린 파일입니다. 암호를 해제하여 저장한 뒤 올리세요.",
        "The file is protected by a password. Save it without one and send that.",
    ),
)
CORRUPT = Problem(
    "SPREADSHEET_CORRUPT",
    Text(
        "파일이 손상되어 읽을 수 없습니다. 엑셀에서 열어 다시 저장한 뒤 올리세요.",
        "The file is damaged and cannot be read. Open it in Excel, save it again, and send that.",
    ),
)
INFLATES = Problem(
    "SPREADSHEET_INFLATES",
    Text(
        "압축을 풀면 {limit}바이트를 넘는 파일입니다. 쓰지 않는 서식과 그림을 지우고 올리세요.",
        "Unpacked, the file exceeds {limit} bytes. Remove unused formatting and pictures.",
    ),
)
SPREADS = Problem(
    "SPREADSHEET_SPREADS",
    Text(
        "표에서 멀리 떨어진 셀까지 값이나 서식이 있어 범위가 {limit}칸을 넘습니다. "
        "표 아래와 오른쪽의 빈 행·열을 삭제한 뒤 올리세요.",
        "Cells far from the table stretch the sheet beyond {limit} cells. Delete the empty rows and columns below and "
        "to the right of the table.",
    ),
)
SHEET_MISSING = Problem(
    "SPREADSHEET_SHEET_MISSING",
    Text('"{name}" 시트가 없습니다.', 'There is no sheet "{name}".'),
)
NO_HEADER = Problem(
    "SPREADSHEET_NO_HEADER",
    Text(
        "제목 행을 찾지 못했습니다. 한 행에 다음 열 이름이 모두 있어야 합니다: {names}",
        "No header row was found. One row must name all of these columns: {names}",
    ),
)
COLUMN_MISSING = Problem(
    "SPREADSHEET_COLUMN_MISSING",
    Text('제목 행에 "{name}" 열이 없습니다.', 'The header row has no column "{name}".'),
)
COLUMN_TWICE = Problem(
    "SPREADSHEET_COLUMN_TWICE",
    Text(
        '"{name}" 열이 두 번 이상 있습니다({columns}). 하나만 남기거나 이름을 바꾸세요.',
        'The column "{name}" is there more than once ({columns}). Keep one, or rename the others.',
    ),
)
NO_ROWS = Problem(
    "SPREADSHEET_NO_ROWS",
    Text("제목 행 아래에 자료가 없습니다.", "There are no rows under the header."),
)
TOO_MANY_ROWS = Problem(
    "SPREADSHEET_TOO_MANY_ROWS",
    Text(
        "자료가 {limit}행을 넘습니다. 여러 파일로 나누어 올리세요.",
        "There are more than {limit} rows. Split them into several files.",
    ),
)

# One cell

REQUIRED = Problem("CELL_REQUIRED", Text("값이 비어 있습니다.", "The cell is empty."))
ERROR_VALUE = Problem(
    "CELL_ERROR_VALUE",
    Text("수식 오류입니다. 값으로 고쳐 적으세요.", "The formula gives an error. Write the value itself."),
)
MERGED = Problem(
    "CELL_MERGED",
    Text(
        "여러 행에 걸쳐 병합되어 있습니다. 병합을 풀고 행마다 값을 적으세요.",
        "The cell is merged over several rows. Unmerge it and write the value in each row.",
    ),
)
NOT_TEXT = Problem(
    "CELL_NOT_TEXT",
    Text(
        "글자가 아니라 날짜나 시간, 논리값입니다. 셀 서식을 텍스트로 바꾸고 다시 적으세요.",
        "This is a date, a time or a logical value, not text. Format the cell as text and write it again.",
    ),
)
TOO_LONG = Problem(
    "CELL_TOO_LONG",
    Text("{limit}자를 넘습니다.", "This is longer than {limit} characters."),
)
NOT_A_NUMBER = Problem("CELL_NOT_A_NUMBER", Text("숫자가 아닙니다.", "This is not a number."))
NOT_WHOLE = Problem("CELL_NOT_WHOLE", Text("정수가 아닙니다.", "This is not a whole number."))
NOT_A_STEP = Problem("CELL_NOT_A_STEP", Text("{step} 단위로 적으세요.", "Write it in steps of {step}."))
TOO_SMALL = Problem("CELL_TOO_SMALL", Text("{bound} 이상이어야 합니다.", "It must be {bound} or more."))
TOO_GREAT = Problem("CELL_TOO_GREAT", Text("{bound} 이하여야 합니다.", "It must be {bound} or less."))
NOT_A_DATE = Problem(
    "CELL_NOT_A_DATE",
    Text("날짜가 아닙니다. 2026-03-02처럼 적으세요.", "This is not a date. Write it like 2026-03-02."),
)
SHORT_YEAR = Problem(
    "CELL_SHORT_YEAR",
    Text("연도를 네 자리로 적으세요(예: 2026-03-02).", "Write the year with four digits, like 2026-03-02."),
)
NOT_DIGITS = Problem(
    "CELL_NOT_DIGITS",
    Text(
        "{position}번째 글자가 {letter}입니다. 특수기호(-, * 등)와 공백 없이 숫자만 적으세요.",
        "Character {position} is {letter}. Write digits only, without signs (-, * and the like) or spaces.",
    ),
)
NOT_YYYYMMDD = Problem(
    "CELL_NOT_YYYYMMDD",
    Text(
        "날짜가 아닙니다. 연월일 8자리(YYYYMMDD)로 적으세요(예: 20260302).",
        "This is not a date. Write it as eight digits (YYYYMMDD), like 20260302.",
    ),
)
NOT_A_CHOICE = Problem(
    "CELL_NOT_A_CHOICE",
    Text("다음 중 하나로 적으세요: {choices}", "Write one of these: {choices}"),
)
NOT_YES_OR_NO = Problem("CELL_NOT_YES_OR_NO", Text("예 또는 아니오로 적으세요.", "Write yes (예) or no (아니오)."))
FORMULA = Problem(
    "CELL_FORMULA",
    Text(
        "수식입니다. 저장된 계산값은 확인할 수 없으니, 값으로 붙여넣으세요(선택하여 붙여넣기 · 값).",
        "This is a formula, and what it last came to cannot be relied on. Paste it as a value (Paste Special, Values).",
    ),
)
NO_VALUE = Problem(
    "CELL_FORMULA_WITHOUT_VALUE",
    Text(
        "수식에 저장된 계산값이 없습니다. 엑셀에서 열어 계산하여 저장하거나, 값으로 붙여넣으세요"
        "(선택하여 붙여넣기 · 값).",
        "The cell has a formula without a stored value. Open the file in Excel and save it, or paste the value itself "
        "(Paste Special, Values).",
    ),
)
HIDDEN_ROW = Problem(
    "SPREADSHEET_HIDDEN_ROW",
    Text(
        "숨긴 행입니다(필터로 가려진 행 포함). 숨기기와 필터를 취소하여 확인하거나 행을 삭제한 뒤 올리세요.",
        "This row is hidden, by hand or by a filter. Show it and see to it, or delete it, and send the file again.",
    ),
)
HIDDEN_SHEET = Problem(
    "SPREADSHEET_HIDDEN_SHEET",
    Text(
        '숨긴 시트 "{name}"은(는) 읽지 않았습니다. 그 자료도 올리려면 시트를 표시하세요.',
        'The hidden sheet "{name}" was not read. Show it if its rows are meant too.',
    ),
)
NO_COLUMN = Problem(
    "SPREADSHEET_NO_COLUMN",
    Text(
        "{letter}열에 값이 있지만 열은 {last}개뿐입니다. 제목 행을 함께 붙여넣거나 남는 열을 지우세요.",
        "There is a value in column {letter}, but there are {last} columns. Paste the header row too, or drop it.",
    ),
)
