"""What the intake of activities refuses."""

from core.errors import Problem
from core.language import Text

FACT_INVALID = Problem(
    "ACTIVITY_FACT_INVALID",
    Text("값의 형식이 올바르지 않습니다: {value}.", "This value is not of the declared type: {value}."),
)
FACT_TEXT = Problem(
    "ACTIVITY_FACT_TEXT",
    Text("1자 이상 {most}자 이하로 입력하세요.", "Write between 1 and {most} letters."),
)
AWARD_IMPOSSIBLE = Problem(
    "ACTIVITY_AWARD_IMPOSSIBLE",
    Text(
        "이 값으로는 적립액을 정할 수 없습니다. 0 이상 {most} 이하여야 합니다. 값을 확인하세요.",
        "These facts award nothing that can be posted: between 0 and {most} it must be. Check the numbers.",
    ),
)
UNKNOWN_TYPE = Problem(
    "ACTIVITY_UNKNOWN_TYPE",
    Text(
        "{program} 사업에 {code} 적립 활동이 없습니다.",
        "The program {program} has no activity type {code}.",
    ),
)
FILING_NOT_FOUND = Problem(
    "ACTIVITY_FILING_NOT_FOUND",
    Text("적립신청을 찾을 수 없습니다.", "There is no such filing, or it is not yours."),
)
ACTIVITY_NOT_FOUND = Problem(
    "ACTIVITY_NOT_FOUND",
    Text("해당 신청에 그런 행이 없습니다.", "There is no such activity in this filing."),
)
WRONG_STATUS = Problem(
    "ACTIVITY_WRONG_STATUS",
    Text(
        "현재 상태({status})에서는 할 수 없습니다. 가능한 상태: {needed}.",
        "Not possible while the filing is {status}; it must be {needed}.",
    ),
)
EMPTY = Problem(
    "ACTIVITY_FILING_EMPTY",
    Text("신청할 행이 없습니다. 한 행 이상 입력하세요.", "There is nothing to file. Enter at least one row."),
)
TOO_MANY = Problem(
    "ACTIVITY_TOO_MANY_ROWS",
    Text("한 번에 {limit}행까지 신청할 수 있습니다.", "At most {limit} rows can be filed at once."),
)
NO_EDITION = Problem(
    "ACTIVITY_NO_EDITION",
    Text(
        "{day}에는 적용되는 적립 기준이 없습니다. 첫 시행일은 {first}입니다.",
        "No rule was in force on {day}; the first took effect on {first}.",
    ),
)
IN_THE_FUTURE = Problem(
    "ACTIVITY_IN_THE_FUTURE",
    Text("적립기준일 {day}이(가) 오늘보다 뒤입니다.", "The base date {day} is after today."),
)
ALREADY_FILED = Problem(
    "ACTIVITY_ALREADY_FILED",
    Text(
        "같은 활동이 이미 신청되었습니다({where}). 한 활동은 한 번만 적립됩니다.",
        "The same activity is already filed ({where}). One activity earns once.",
    ),
)
SAME_CONTENT = Problem(
    "ACTIVITY_SAME_CONTENT",
    Text(
        "같은 내용이 이미 등록되었습니다({number}). 변경된 것은 없습니다.",
        "The same content is already on record ({number}). Nothing was changed.",
    ),
)
REASON_NEEDED = Problem(
    "ACTIVITY_REASON_NEEDED",
    Text("반려와 보완요청에는 사유를 적어야 합니다.", "Give a reason when rejecting or asking for a supplement."),
)
REVOCATION_REASON_NEEDED = Problem(
    "ACTIVITY_REVOCATION_REASON_NEEDED",
    Text("환수 사유를 적어야 합니다. 양측에 통지됩니다.", "Give a reason for taking back: both sides are told it."),
)
FOUR_EYES = Problem(
    "ACTIVITY_FOUR_EYES",
    Text(
        "직접 등록한 신청은 다른 담당자가 심사해야 합니다.",
        "What you filed yourself must be decided by somebody else.",
    ),
)
NOT_DECIDED_ROWS = Problem(
    "ACTIVITY_ROW_DECIDED",
    Text("이미 처리된 행입니다.", "This row is already decided."),
)
