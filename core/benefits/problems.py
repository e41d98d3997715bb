"""What redeeming points refuses."""

from core.errors import Problem
from core.language import Text

BENEFIT_NOT_FOUND = Problem(
    "BENEFIT_NOT_FOUND",
    Text("적용사업을 찾을 수 없습니다.", "There is no such benefit."),
)
NOT_IN_FORCE = Problem(
    "BENEFIT_NOT_IN_FORCE",
    Text(
        "{name} 사업은 {day}에 적용되지 않습니다.",
        "{name} is not on offer on {day}.",
    ),
)
BELOW_UNIT = Problem(
    "BENEFIT_BELOW_UNIT",
    Text(
        "최소 {unit}마일리지가 필요합니다: {given}은(는) 전환할 수 없습니다.",
        "At least {unit} are needed: {given} convert to nothing.",
    ),
)
NOT_A_MULTIPLE = Problem(
    "BENEFIT_NOT_A_MULTIPLE",
    Text(
        "{unit} 단위로 신청하세요: {given} 대신 {lower} 또는 {upper}.",
        "Ask for a multiple of {unit}: {lower} or {upper} instead of {given}.",
    ),
)
OVER_THE_CAP = Problem(
    "BENEFIT_OVER_THE_CAP",
    Text(
        "한도를 초과합니다: 이 사업에는 최대 {most}까지 사용할 수 있습니다.",
        "Over the cap: at most {most} can be used here.",
    ),
)
EXISTING_POINTS_NEEDED = Problem(
    "BENEFIT_EXISTING_POINTS_NEEDED",
    Text(
        "이미 확보한 가점을 0 이상으로 입력하세요. 총 가점 한도를 계산하는 데 필요합니다.",
        "State the bonus points you already have, 0 or more: the cap on the total depends on them.",
    ),
)
NOT_ENOUGH = Problem(
    "BENEFIT_NOT_ENOUGH",
    Text(
        "사용 가능한 마일리지가 부족합니다: 필요 {requested}, 사용 가능 {available}.",
        "Not enough: {requested} needed, {available} available.",
    ),
)
FIGURE_NEEDED = Problem(
    "BENEFIT_FIGURE_NEEDED",
    Text("{name}을(를) 0 이상의 수로 입력하세요.", "Declare {name} as a number, 0 or more."),
)
FIGURE_TOO_HIGH = Problem(
    "BENEFIT_FIGURE_TOO_HIGH",
    Text("{name}이(가) {below} 미만이어야 합니다: {given}.", "{name} must be below {below}, not {given}."),
)
ROUND_NEEDED = Problem(
    "BENEFIT_ROUND_NEEDED",
    Text("회차를 1~40자로 입력하세요.", "Name the round in 1 to 40 characters."),
)
ALREADY_OPEN = Problem(
    "CERTIFICATE_ALREADY_OPEN",
    Text(
        "이 사업과 회차의 확인서가 이미 있습니다. 한 회차에 하나만 발급됩니다.",
        "There is already a certificate for this benefit and round; only one is issued.",
    ),
)
CERTIFICATE_NOT_FOUND = Problem(
    "CERTIFICATE_NOT_FOUND",
    Text("확인서를 찾을 수 없습니다.", "There is no such certificate, or it is not yours."),
)
NOT_OPEN = Problem(
    "CERTIFICATE_NOT_OPEN",
    Text(
        "이미 처리된 확인서입니다({status}). 발급 상태인 확인서만 사용하거나 반환할 수 있습니다.",
        "This certificate is already {status}; only an issued one can be used or returned.",
    ),
)
PAST_VALIDITY = Problem(
    "CERTIFICATE_PAST_VALIDITY",
    Text(
        "유효기간({until})이 지난 확인서입니다. 반환만 할 수 있습니다.",
        "This certificate was valid until {until}; it can only be returned.",
    ),
)
REASON_NEEDED = Problem(
    "CERTIFICATE_REASON_NEEDED",
    Text("사유를 입력하세요.", "Give a reason."),
)
KEY_NEEDED = Problem(
    "IDEMPOTENCY_KEY_NEEDED",
    Text("idempotencyKey를 1~100자로 입력하세요.", "Give an idempotencyKey of 1 to 100 characters."),
)
UNKNOWN_PROGRAM = Problem(
    "BENEFIT_UNKNOWN_PROGRAM",
    Text("{program} 사업에 {asset} 마일리지가 없습니다.", "The program {program} has no asset {asset}."),
)
CODE_TAKEN = Problem(
    "BENEFIT_CODE_TAKEN",
    Text("이미 있는 코드입니다: {code}.", "This code is taken: {code}."),
)
TERMS_TAKEN = Problem(
    "BENEFIT_TERMS_TAKEN",
    Text(
        "{day} 시행 기준이 이미 있습니다. 기준은 고치지 않고 새 시행일로 추가합니다.",
        "Terms effective {day} exist. Terms are never edited: add new ones with a later date.",
    ),
)
TERMS_INVALID = Problem(
    "BENEFIT_TERMS_INVALID",
    Text("적용 기준이 올바르지 않습니다: {what}.", "These terms do not hold together: {what}."),
)

# What `TERMS_INVALID` says of a value that is out of its range.
CODE_RANGE = Text(
    "코드는 영문 소문자로 시작하는 영문 소문자·숫자·밑줄 2~40자입니다",
    "a code is 2 to 40 small letters, digits and underscores, a letter first",
)
NAME_RANGE = Text("이름은 비워 둘 수 없으며 200자 이하입니다", "a name is 1 to 200 letters, not blank")
SOURCE_RANGE = Text(
    "근거 문서와 조항은 비워 둘 수 없으며 200자 이하입니다",
    "the source document and clause are 1 to 200 letters each, not blank",
)
UNIT_RANGE = Text("단위는 1~1,000,000,000입니다", "the unit is 1 to 1,000,000,000")
CAP_RANGE = Text("한도는 0 이상 1,000,000,000 이하입니다", "a cap is 0 to 1,000,000,000")
CAPS_ARE_FOR_POINTS = Text("한도는 가점에만 둘 수 있습니다", "only bonus points have caps")
MAX_UNITS_RANGE = Text("최대 단위는 1~1,000,000,000입니다", "the most units are 1 to 1,000,000,000")
PER_UNIT_RANGE = Text(
    "단위당 값은 0~1,000,000이며 소수점 아래는 6자리까지입니다",
    "what a unit gives is 0 to 1,000,000 with at most 6 decimals",
)
BONUS_RANGE = Text("단위당 가점은 1~1,000,000의 정수입니다", "bonus points a unit are whole, 1 to 1,000,000")
LOAN_RANGE = Text(
    "융자한도는 전후 모두 1~1,000,000,000,000,000원이며 변경 후가 더 커야 합니다",
    "loan limits are 1 to 1,000,000,000,000,000 won each, from less than to",
)
LOANS_ARE_FOR_LOANS = Text("융자한도는 융자한도 우대에만 둘 수 있습니다", "only the kind loan limit has loan limits")
BELOW_RANGE = Text("자격 수치의 한도는 유한한 수입니다", "the limit of a figure is a finite number")
VALID_DAYS_RANGE = Text("유효일수는 1~3,650일입니다", "a certificate is good for 1 to 3,650 days")
FROM_TOMORROW = Text(
    "변경된 기준의 시행일은 {day} 이후입니다(오늘 이전 불가)",
    "amended terms take effect on {day} or later, never today or before",
)
FROM_TODAY = Text("첫 기준의 시행일은 {day} 이후입니다", "first terms take effect on {day} or later")
CLOSED_TOO_EARLY = Text("종료일은 시작일 {day}보다 늦어야 합니다", "it closes after {day}, the day it opened")
CONTRADICTORY = Text("값들이 서로 맞지 않습니다", "the values contradict each other")
