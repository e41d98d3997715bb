"""What a sheet of activities is refused for as a whole, and warned of."""

from core.errors import Problem
from core.language import Text

SHEET_REFUSED = Problem(
    "ACTIVITY_SHEET_REFUSED",
    Text(
        "형식에 맞지 않는 데이터가 존재합니다. 오류를 수정하여 다시 업로드 하세요!",
        "Some data is not in the form asked for. Mend the errors and send it again; nothing was stored.",
    ),
)
SHEET_INPUT = Problem(
    "ACTIVITY_SHEET_INPUT",
    Text(
        "파일(file)과 붙여넣은 글(text) 중 하나만 보내세요.",
        "Send either `file` or `text`: a spreadsheet, or what was copied from one.",
    ),
)
SHEET_LONG = Problem(
    "ACTIVITY_SHEET_LONG",
    Text(
        "일괄등록건수는 {most}건 이하를 권장합니다(등록 {given}건). 나누어 신청하면 심사가 빨라집니다.",
        "At most {most} rows at once are recommended; these are {given}. Several smaller filings are decided sooner.",
    ),
)
