"""What is known of an activity that earns mileage. The company is the row's subject, the university files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.language import Text
from core.masking import PersonalKind
from core.program import Choice, fact
from core.sameness import sameness
from core.sheet_form import Written
from core.texts import TextKind

WON = Text("원", "won")
HOURS = Text("시간", "hours")
YEAR = Text("네 자리 숫자로 적습니다(예: 2023).", "Four digits, like 2023.")
WHOLE_SUPPORT = Text(
    "월별 금액이 아니라 실습기간 전체의 총액입니다(월 150만원 × 3개월 = 4500000).",
    "Of all months together: three months of 1.5 million won are 4500000.",
)
AGREEMENT = Text(
    "한 협약(계약)의 입금은 모두 같은 번호로 적습니다. 누계로 적립됩니다.",
    "Write the same number for every deposit of one agreement: they are added up.",
)


class CourseKind(Choice):
    """산학협력 교육과정 구분: which kind of course a company pays for."""

    CONTRACT_DEPARTMENT = "contract_department", "계약학과", "contract department"
    CUSTOMIZED_COURSE = "customized_course", "주문식 교육과정", "customized course"
    CAPSTONE_DESIGN = "capstone_design", "캡스톤디자인", "capstone design"
    IPP_WORK_LEARNING = "ipp_work_learning", "IPP형 일학습병행제", "IPP work-learning dual system"
    OTHER_COURSE = "other_course", "그 밖의 교육과정", "another course"


class StudentActivity(Choice):
    """학생의 산학협력 활동: what a student did at the company before it hired them."""

    FIELD_TRAINING = "field_training", "표준 현장실습", "standard field training"
    CONTRACT_DEPARTMENT = "contract_department", "계약학과", "contract department"
    CUSTOMIZED_COURSE = "customized_course", "주문식 교육과정", "customized course"
    CAPSTONE_DESIGN = "capstone_design", "캡스톤디자인", "capstone design"
    IPP_WORK_LEARNING = "ipp_work_learning", "IPP형 일학습병행제", "IPP work-learning dual system"
    OTHER_ACTIVITY = "other_activity", "그 밖의 활동", "something else"


class ResearchKind(Choice):
    """과제 구분: how the research came about."""

    JOINT = "joint", "산학공동연구", "joint research"
    COMMISSIONED = "commissioned", "위탁연구", "commissioned research"


class FacilityKind(Choice):
    """시설 구분: what of the university a company used."""

    SHARED_EQUIPMENT = "shared_equipment", "공용장비", "shared equipment"
    PUBLIC_FACILITY = "public_facility", "공공시설", "public facility"


class DonationKind(Choice):
    """기부 구분: what a company's money is for."""

    SCHOLARSHIP = "scholarship", "장학금", "scholarship"
    DEVELOPMENT_FUND = "development_fund", "발전기금", "development fund"
    OTHER_DONATION = "other_donation", "그 밖의 기부금", "another donation"
    MEMBERSHIP_FEE = "membership_fee", "가족회사 등의 가입비·회비", "fee of a family company or the like"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTraining:
    """대학생 현장실습: one student's field training in one company, and what it was paid for."""

    student: str = fact("성명", "student", personal=PersonalKind.NAME)
    department: str = fact("학(부)과", "department", personal=PersonalKind.OTHER)
    admission_year: int = fact("입학년도", "year of admission", aliases=("입학연도",), note=YEAR)
    starts_on: date = fact("실습시작일", "first day")
    ends_on: date = fact("실습종료일", "last day")
    hours: int = fact("실습시간", "hours of training", unit=HOURS)
    support_won: int = fact(
        "실습지원비 총액", "support paid, all months together", unit=WON, aliases=("실습지원비",), note=WHOLE_SUPPORT
    )
    agreed_on: date | None = fact("협약체결일", "day of the agreement", default=None)
    note: str | None = fact("비고", "remark", default=None, text=TextKind.PROSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CooperationCourse:
    """산학협력 교육과정: a course, and what one company paid towards it."""

    agreement: str = fact("협약 번호", "number of the agreement", note=AGREEMENT)
    kind: CourseKind = fact("교육과정 구분", "kind of course")
    course: str = fact("교육과정명", "course")
    starts_on: date = fact("교육시작일", "first day")
    ends_on: date = fact("교육종료일", "last day")
    cost_won: int = fact("기업부담 경비", "costs borne by the company", unit=WON)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentHire:
    """학생 채용: one student, hired by the company where it did its cooperation activity."""

    student: str = fact("성명", "student", personal=PersonalKind.NAME)
    department: str = fact("학(부)과", "department", personal=PersonalKind.OTHER)
    admission_year: int = fact("입학년도", "year of admission", aliases=("입학연도",), note=YEAR)
    activity: StudentActivity = fact("이수한 산학협력 활동", "activity completed")
    activity_company: str = fact(
        "활동 기업 사업자등록번호",
        "business number of the company of the activity",
        aliases=("활동 기업 사업자번호",),
        written=Written.BUSINESS_NUMBER,
    )
    completed_on: date = fact("활동 종료일", "day the activity ended")
    hired_on: date = fact("채용일", "day of hiring")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """산업체 입금: money that came in by an agreement; tax apart from what it is on."""

    agreement: str = fact(
        "협약(계약) 번호", "number of the agreement", aliases=("협약 번호", "계약 번호"), note=AGREEMENT
    )
    deposited_on: date = fact("입금일", "day of the deposit")
    supply_won: int = fact("공급가액", "amount without tax", unit=WON)
    vat_won: int = fact("부가세", "value-added tax", unit=WON)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearchDeposit(Deposit):
    """산업체 과제수행: research money that a company paid to the university."""

    kind: ResearchKind = fact("과제 구분", "kind of research")
    payment_finished: bool = fact("대금 지급 완료", "whether what was due is paid")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDeposit(Deposit):
    """기술이전: what a company paid for technology, by a contract in the university's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentDeposit(Deposit):
    """공용장비 활용: what a company paid for using the university's equipment."""

    facility: FacilityKind = fact("시설 구분", "what was used")
    equipment: str = fact("장비명", "equipment")
    exchange_order: str | None = fact(
        "거래소 거래번호", "number of the order on the exchange, if it was paid for one", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """산학협력 장학금 등: what a company gave to students or to the university."""

    agreement: str = fact("기부 약정 번호 또는 기금명", "number of the pledge, or name of the fund")
    kind: DonationKind = fact("기부 구분", "kind of donation")
    deposited_on: date = fact("입금일", "day of the deposit")
    donated_won: int = fact("기부금액", "amount given", unit=WON)


def student_of(facts: FieldTraining | StudentHire) -> tuple[object, ...]:
    """Who a student is, however that is spelled. Digested with a key before it is kept."""
    return (sameness(facts.student), sameness(facts.department), facts.admission_year)


def training_identity(facts: FieldTraining) -> tuple[object, ...]:
    return (*student_of(facts), facts.starts_on)


def course_identity(facts: CooperationCourse) -> tuple[object, ...]:
    return (sameness(facts.agreement), sameness(facts.course), facts.ends_on)


def paid_won(facts: Deposit | Donation) -> int:
    """What came in, tax and all, in won."""
    return facts.donated_won if isinstance(facts, Donation) else facts.supply_won + facts.vat_won


def order_number(facts: EquipmentDeposit) -> str | None:
    """The number of the order on the exchange, as it is on record."""
    return None if facts.exchange_order is None else facts.exchange_order.strip().upper()


def equipment_identity(facts: EquipmentDeposit) -> tuple[object, ...]:
    """An order on the exchange is counted once; any other deposit as all deposits are."""
    number = order_number(facts)
    return deposit_identity(facts) if number is None else ("exchange_order", number)


def deposit_identity(facts: Deposit | Donation) -> tuple[object, ...]:
    """The same sum on the same day by the same agreement is the same deposit, however its tax is stated."""
    return (*agreement_of(facts), facts.deposited_on, paid_won(facts))


def agreement_of(facts: Deposit | Donation) -> tuple[object, ...]:
    return (sameness(facts.agreement),)
