"""What this program refuses."""

from core.errors import Problem
from core.language import Text
from plugins.industry_academia import sources

NOT_A_UNIVERSITY = Problem(
    "INDUSTRY_ACADEMIA_NOT_A_UNIVERSITY",
    Text(
        "적립신청은 대학만 할 수 있습니다: {name}. 대학이라면 운영자에게 기관 구분의 변경을 요청하세요.",
        "Only a university files: {name} is none. If it is, have an operator change its kind.",
    ),
    sources.FILING,
)
NOT_A_COMPANY = Problem(
    "INDUSTRY_ACADEMIA_NOT_A_COMPANY",
    Text(
        "상대 기관이 기업이 아닙니다: {name}. 협력한 기업의 사업자등록번호를 입력하세요.",
        "{name} is no company. Give the business number of the company that took part.",
    ),
    sources.SCHEME,
)
BEFORE_REFORM = Problem(
    "INDUSTRY_ACADEMIA_BEFORE_REFORM",
    Text(
        "{day}의 활동은 소급하여 적립할 수 없습니다. {since} 이후의 활동만 신청하세요.",
        "What was done by {day} earns nothing in retrospect; file what was done from {since} on.",
    ),
    sources.NOT_BACKWARDS,
)
TOO_LATE = Problem(
    "INDUSTRY_ACADEMIA_TOO_LATE",
    Text(
        "적립기준일 {day}이(가) 신청일 {filed}부터 1년을 넘었습니다. {since} 이후의 활동만 신청할 수 있습니다.",
        "The base date {day} is more than a year before the filing of {filed}; it must be {since} or later.",
    ),
    sources.WITHIN_A_YEAR,
)
AFTER_FILING = Problem(
    "INDUSTRY_ACADEMIA_AFTER_FILING",
    Text(
        "적립기준일 {day}이(가) 신청일 {filed}보다 뒤입니다. 끝난 활동만 신청하세요.",
        "The base date {day} is after the filing of {filed}; file what is over.",
    ),
    sources.WITHIN_A_YEAR,
)
DATES_REVERSED = Problem(
    "INDUSTRY_ACADEMIA_DATES_REVERSED",
    Text("{first}이(가) {last}보다 뒤입니다. 날짜를 확인하세요.", "{first} is after {last}. Check the dates."),
    sources.FILING,
)
AMOUNT_OUT_OF_RANGE = Problem(
    "INDUSTRY_ACADEMIA_AMOUNT_OUT_OF_RANGE",
    Text(
        "금액은 1원 이상 {most}원 이하여야 합니다: {given}.",
        "The amount is from 1 to {most} won, not {given}.",
    ),
    sources.FILING,
)
VAT_OUT_OF_RANGE = Problem(
    "INDUSTRY_ACADEMIA_VAT_OUT_OF_RANGE",
    Text(
        "부가세는 0원 이상 공급가액 이하여야 합니다: {given}.",
        "The value-added tax is from 0 to the amount it is on, not {given}.",
    ),
    sources.ASKED_TRANSFER,
)
HOURS_IMPOSSIBLE = Problem(
    "INDUSTRY_ACADEMIA_HOURS_IMPOSSIBLE",
    Text(
        "실습시간은 1시간 이상이고 실습기간 {days}일에 가능해야 합니다(하루 최대 24시간): {given}.",
        "The hours are at least 1 and fit into {days} days of 24, not {given}.",
    ),
    sources.ASKED_TRAINING,
)
ADMISSION_YEAR = Problem(
    "INDUSTRY_ACADEMIA_ADMISSION_YEAR",
    Text(
        "입학년도는 {first}년에서 활동한 해 {last}년 사이여야 합니다: {given}.",
        "The year of admission is from {first} to that of the activity, {last}, not {given}.",
    ),
    sources.FILING,
)
COURSE_NOT_ELIGIBLE = Problem(
    "INDUSTRY_ACADEMIA_COURSE_NOT_ELIGIBLE",
    Text(
        "계약학과, 주문식 교육과정, 캡스톤디자인만 적립할 수 있습니다: {kind}.",
        "Only contract departments, customized courses and capstone design earn, not: {kind}.",
    ),
    sources.ASKED_COURSE,
)
ACTIVITY_NOT_ELIGIBLE = Problem(
    "INDUSTRY_ACADEMIA_ACTIVITY_NOT_ELIGIBLE",
    Text(
        "표준 현장실습, 계약학과, 주문식 교육과정, 캡스톤디자인을 이수한 학생의 채용만 적립할 수 있습니다: {kind}.",
        "Hiring earns after standard field training, a contract department, a customized course or capstone design,"
        " not: {kind}.",
    ),
    sources.ASKED_HIRE,
)
OTHER_COMPANY = Problem(
    "INDUSTRY_ACADEMIA_OTHER_COMPANY",
    Text(
        "학생이 활동한 기업 {where}와(과) 채용한 기업 {hired}이(가) 다릅니다. 동일 기업에 취업한 경우만 인정합니다.",
        "The student was active at {where} and hired by {hired}; it counts at the same company only.",
    ),
    sources.ASKED_HIRE,
)
NOT_PAID = Problem(
    "INDUSTRY_ACADEMIA_NOT_PAID",
    Text("대금 지급이 완료된 후에 신청하세요.", "File it once what was due is paid."),
    sources.ASKED_RESEARCH,
)
NOT_EQUIPMENT = Problem(
    "INDUSTRY_ACADEMIA_NOT_EQUIPMENT",
    Text("공용장비의 사용만 적립할 수 있습니다: {kind}.", "Only the use of shared equipment earns, not: {kind}."),
    sources.ASKED_EQUIPMENT,
)
MEMBERSHIP_FEE = Problem(
    "INDUSTRY_ACADEMIA_MEMBERSHIP_FEE",
    Text(
        "가족회사 등의 가입비와 회비는 적립할 수 없습니다.",
        "Fees of family companies and the like earn nothing.",
    ),
    sources.ASKED_DONATION,
)

PROBLEMS = tuple(each for each in tuple(globals().values()) if isinstance(each, Problem))
