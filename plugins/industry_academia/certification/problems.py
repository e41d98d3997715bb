"""What a certification round refuses."""

from core.errors import Problem
from core.language import Text
from plugins.industry_academia import sources

NAME = "INDUSTRY_ACADEMIA_CERTIFICATION_"

# -------------------------------------------------------------------------------------------------------- rounds

ROUND_UNKNOWN = Problem(f"{NAME}ROUND_UNKNOWN", Text("인증 회차를 찾을 수 없습니다.", "There is no such round."))
DATES_REVERSED = Problem(
    f"{NAME}DATES_REVERSED",
    Text(
        "{last}은(는) {first} 이후여야 합니다. 적립 기간, 접수, 평가, 협의체, 승인의 순서로 날짜를 정하세요.",
        "{last} comes after {first}. The order is: window, application, evaluation, council, approval.",
    ),
    sources.SCHEDULE,
)
NUMBER_OUT_OF_RANGE = Problem(
    f"{NAME}NUMBER_OUT_OF_RANGE",
    Text("{least} 이상 {most} 이하여야 합니다: {given}.", "It is from {least} to {most}, not {given}."),
    sources.CERTIFICATION,
)
TEXT_NEEDED = Problem(
    f"{NAME}TEXT_NEEDED",
    Text("1자 이상 {most}자 이하로 입력하세요.", "Give a text of 1 to {most} letters."),
    sources.CERTIFICATION,
)
CRITERION_TWICE = Problem(
    f"{NAME}CRITERION_TWICE",
    Text("평가 항목 코드 {code}이(가) 두 번 있습니다.", "The criterion {code} is there twice."),
    sources.CERTIFICATION,
)
WRONG_STEP = Problem(
    f"{NAME}WRONG_STEP",
    Text(
        "지금 단계는 {status}입니다. {needed} 단계에서만 할 수 있습니다.",
        "The round is {status}; this is done while it is {needed}.",
    ),
    sources.SCHEDULE,
)
TOO_EARLY = Problem(
    f"{NAME}TOO_EARLY",
    Text("{since}부터 할 수 있습니다. 지금은 {now}입니다.", "This is done from {since} on; it is {now}."),
    sources.SCHEDULE,
)
TOO_LATE = Problem(
    f"{NAME}TOO_LATE",
    Text("{until}에 마감되었습니다. 지금은 {now}입니다.", "It closed at {until}; it is {now}."),
    sources.SCHEDULE,
)

# -------------------------------------------------------------------------------------------------- applications

APPLICATION_UNKNOWN = Problem(
    f"{NAME}APPLICATION_UNKNOWN",
    Text("인증 신청을 찾을 수 없습니다.", "There is no such application, or it is not yours."),
)
UNIVERSITY = Problem(
    f"{NAME}UNIVERSITY",
    Text("대학은 인증 대상에서 제외됩니다: {name}.", "Universities are not certified: {name} is one."),
    sources.CERTIFIED,
)
FOUNDATION = Problem(
    f"{NAME}FOUNDATION",
    Text(
        "대학 산학협력단은 인증 대상에서 제외됩니다: {name}.",
        "Foundations of universities are not certified: {name} is one.",
    ),
    sources.CERTIFIED,
)
NOTHING_EARNED = Problem(
    f"{NAME}NOTHING_EARNED",
    Text(
        "{first} ~ {last}에 적립된 마일리지가 없습니다. 적립 실적이 있는 기관만 신청할 수 있습니다.",
        "No mileage was earned from {first} to {last}; only who has earned some applies.",
    ),
    sources.CERTIFIED,
)
APPLIED_ALREADY = Problem(
    f"{NAME}APPLIED_ALREADY",
    Text("이 회차에 이미 신청하였습니다.", "Your organization has applied in this round already."),
    sources.SCHEDULE,
)
WITHDRAWN_ALREADY = Problem(
    f"{NAME}WITHDRAWN_ALREADY", Text("이미 취소한 신청입니다.", "This application was withdrawn already.")
)
FORM_NEEDED = Problem(
    f"{NAME}FORM_NEEDED",
    Text("{name}을(를) 첨부하세요.", "Attach the {name}."),
    sources.SCHEDULE,
)
DOCUMENT_UNKNOWN = Problem(
    f"{NAME}DOCUMENT_UNKNOWN",
    Text("서류 코드를 찾을 수 없습니다: {code}.", "There is no document {code}; there are: {known}."),
)

# ----------------------------------------------------------------------------------------------------- committee

ASSESSOR_UNKNOWN = Problem(
    f"{NAME}ASSESSOR_UNKNOWN",
    Text(
        "평가위원으로 위촉할 수 있는 사용자가 아닙니다. 심사자나 기관 사용자를 지정하세요.",
        "Nobody to appoint: name a reviewer, or a member of an organization, whose account is open.",
    ),
    sources.SCHEDULE,
)
APPOINTED_ALREADY = Problem(
    f"{NAME}APPOINTED_ALREADY", Text("이미 위촉된 위원입니다.", "This member is appointed already.")
)
OWN_ORGANIZATION = Problem(
    f"{NAME}OWN_ORGANIZATION",
    Text(
        "소속 기관의 신청은 평가할 수 없습니다(이해충돌).",
        "You are of the applicant's organization and do not score it (conflict of interest).",
    ),
    sources.SCHEDULE,
)
SCORE_OUT_OF_RANGE = Problem(
    f"{NAME}SCORE_OUT_OF_RANGE",
    Text("{name}의 점수는 0점 이상 {most}점 이하여야 합니다: {given}.", "{name} is scored 0 to {most}, not {given}."),
    sources.SCHEDULE,
)
SCORES_INCOMPLETE = Problem(
    f"{NAME}SCORES_INCOMPLETE",
    Text("평가 항목마다 점수를 한 번씩 입력하세요: {codes}.", "Score every criterion once: {codes}."),
    sources.SCHEDULE,
)
SCORES_MISSING = Problem(
    f"{NAME}SCORES_MISSING",
    Text(
        "위원 {number}의 {name} 평가가 없습니다. {until}까지는 모든 평가가 있어야 하고, 그 뒤에도 신청마다 한 위원의"
        " 평가가 있어야 합니다.",
        "Member {number} has not scored {name}. Through {until} nothing may be missing, and after it one member's"
        " scores of each applicant are needed.",
    ),
    sources.SCHEDULE,
)

# ------------------------------------------------------------------------------------------ council and approval

REASON_NEEDED = Problem(f"{NAME}REASON_NEEDED", Text("사유를 입력하세요.", "Give the reason."), sources.SCHEDULE)
NOT_DECIDED = Problem(
    f"{NAME}NOT_DECIDED",
    Text("{name}의 심의 결정이 기록되지 않았습니다.", "The council's decision on {name} is not on record."),
    sources.SCHEDULE,
)
CERTIFICATE_UNKNOWN = Problem(
    f"{NAME}CERTIFICATE_UNKNOWN", Text("인증서를 찾을 수 없습니다.", "There is no such certificate.")
)
REVOKED_ALREADY = Problem(
    f"{NAME}REVOKED_ALREADY", Text("이미 취소된 인증입니다.", "This certification was revoked already.")
)

PROBLEMS = tuple(each for each in tuple(globals().values()) if isinstance(each, Problem))
