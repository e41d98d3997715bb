"""What this program refuses."""

from core.errors import Problem
from core.language import Text
from plugins.mileage_innovation import sources

NOT_SME = Problem(
    "MILEAGE_INNOVATION_NOT_SME",
    Text(
        "중소기업으로 확인되지 않은 기업입니다: {name}. 운영자에게 중소기업 확인서를 제출하세요.",
        "{name} is not confirmed as an SME. Have an operator record its SME confirmation.",
    ),
    sources.ELIGIBLE_HOLDERS,
)
PROVIDER_UNKNOWN = Problem(
    "MILEAGE_INNOVATION_PROVIDER_UNKNOWN",
    Text(
        "적용대상 교육기관으로 등록되지 않았습니다: {name}.",
        "{name} is not registered as an eligible training provider.",
    ),
    sources.ELIGIBLE_COURSES,
)
PROVIDER_OTHER = Problem(
    "MILEAGE_INNOVATION_PROVIDER_OTHER",
    Text(
        "교육기관 번호 {given}이(가) 신청기관 {filer}와(과) 다릅니다.",
        "The provider {given} is not the organization that files, {filer}.",
    ),
    sources.ELIGIBLE_COURSES,
)
BEFORE_EFFECTIVE = Problem(
    "MILEAGE_INNOVATION_BEFORE_EFFECTIVE",
    Text(
        "수료일 {day}이(가) 교육기관 적용일 {since} 전입니다. 적립되지 않습니다.",
        "Completed on {day}, before the provider's courses count from {since}; it earns nothing.",
    ),
    sources.ELIGIBLE_COURSES,
)
AFTER_END = Problem(
    "MILEAGE_INNOVATION_AFTER_END",
    Text(
        "수료일 {day}이(가) 적용 종료일 {until} 이후입니다.",
        "Completed on {day}; the provider's courses counted until {until}.",
    ),
    sources.ELIGIBLE_COURSES,
)
COURSE_NOT_ELIGIBLE = Problem(
    "MILEAGE_INNOVATION_COURSE_NOT_ELIGIBLE",
    Text(
        "적용대상 교육과정이 아닙니다: {course} ({day}).",
        "{course} was not an eligible course on {day}.",
    ),
    sources.ELIGIBLE_COURSES,
)
HOURS_INVALID = Problem(
    "MILEAGE_INNOVATION_HOURS_INVALID",
    Text(
        "교육시간은 0보다 크고 0.5시간 단위여야 합니다: {given}.",
        "Hours must be above 0 in steps of half an hour: {given}.",
    ),
    sources.ACCRUAL,
)
HOURS_IMPOSSIBLE = Problem(
    "MILEAGE_INNOVATION_HOURS_IMPOSSIBLE",
    Text(
        "교육시간 {given}시간은 교육기간 {days}일에 불가능합니다(하루 최대 24시간).",
        "{given} hours cannot fit into {days} days of 24 hours.",
    ),
    sources.ACCRUAL,
)
DATES_REVERSED = Problem(
    "MILEAGE_INNOVATION_DATES_REVERSED",
    Text("교육시작일이 수료일보다 뒤입니다.", "The first day is after the day of completion."),
    sources.ACCRUAL,
)
NOBODY_COMPLETED = Problem(
    "MILEAGE_INNOVATION_NOBODY_COMPLETED",
    Text(
        "수료인원은 1명 이상 100,000명 이하여야 합니다: {given}.",
        "Between 1 and 100,000 people must have completed: {given}.",
    ),
    sources.ACCRUAL,
)
KIND_UNKNOWN = Problem(
    "MILEAGE_INNOVATION_KIND_UNKNOWN",
    Text(
        "{day}에 적용되는 경영혁신 활동 유형이 아닙니다: {kind}.",
        "{kind} is no kind of innovation activity in force on {day}.",
    ),
    sources.SCHEME,
)
GRANT_OUT_OF_RANGE = Problem(
    "MILEAGE_INNOVATION_GRANT_OUT_OF_RANGE",
    Text(
        "이 유형에는 1~{most} 마일리지를 부여할 수 있습니다: {given}.",
        "Between 1 and {most} can be granted for this kind, not {given}.",
    ),
    sources.SCHEME,
)
KIND_TAKEN = Problem(
    "MILEAGE_INNOVATION_KIND_TAKEN",
    Text("이미 있는 활동 유형 코드입니다: {code}.", "This kind's code is taken: {code}."),
)
KIND_WITHOUT_POINTS = Problem(
    "MILEAGE_INNOVATION_KIND_WITHOUT_POINTS",
    Text("최대 마일리지는 1 이상이어야 합니다: {given}.", "The most that can be granted is at least 1, not {given}."),
)
PERIOD_REVERSED = Problem(
    "MILEAGE_INNOVATION_PERIOD_REVERSED",
    Text("종료일 {until}은(는) 시작일 {since}보다 뒤여야 합니다.", "The end {until} must be after the start {since}."),
)
PROVIDER_MISSING = Problem(
    "MILEAGE_INNOVATION_PROVIDER_MISSING",
    Text("등록된 교육기관을 찾을 수 없습니다.", "There is no such registered training provider."),
)

PROBLEMS = tuple(each for each in tuple(globals().values()) if isinstance(each, Problem))
