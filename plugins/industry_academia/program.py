"""The declaration: it reads like the briefing's tables of what earns how much, and what proves it."""

from __future__ import annotations

from core.language import Text
from core.program import ActivityType, Asset, Edition, Program, Referred, Rounding
from core.sheet_form import SheetForm
from plugins.industry_academia import checks, problems, requirements, rules, sources, tables
from plugins.industry_academia.certification import permissions as certification_permissions
from plugins.industry_academia.exchange import deposits
from plugins.industry_academia.exchange import permissions as exchange_permissions
from plugins.industry_academia.exchange import problems as exchange_problems
from plugins.industry_academia.facts import (
    CooperationCourse,
    Donation,
    EquipmentDeposit,
    FieldTraining,
    ResearchDeposit,
    StudentHire,
    TransferDeposit,
    agreement_of,
    course_identity,
    deposit_identity,
    equipment_identity,
    student_of,
    training_identity,
)

CODE = "industry_academia"

# 산학협력 마일리지: no term is stated, so it does not expire; what is below a whole point is dropped
MILEAGE = Asset(
    code="cooperation_mileage",
    names=Text("산학협력 마일리지", "university-industry mileage"),
    unit=Text("마일리지", "mileage"),
    term=None,
    rounding=Rounding.FLOOR,
    source=sources.SCHEME,
)

SHEET = SheetForm(source=sources.SHEETS)  # 일괄등록: 1000건 이하를 권장

# 인력 양성
FIELD_TRAINING = ActivityType(
    code="field_training",
    names=Text("대학생 현장실습", "field training of students"),
    asset=MILEAGE.code,
    facts=FieldTraining,
    base_date=lambda facts: facts.ends_on,
    identity=training_identity,
    editions=(
        Edition(
            effective=tables.REFORM,
            award=rules.award_field_training,
            source=sources.accrual("인력 양성 · 대학생 현장실습"),
        ),
    ),
    requirements=requirements.TRAINING,
    checks=(checks.check_parties, checks.in_time("endsOn", lambda facts: facts.ends_on), checks.check_training),
    sheet=SHEET,
)
COURSE = ActivityType(
    code="course",
    names=Text("산학협력 교육과정", "cooperation course"),
    asset=MILEAGE.code,
    facts=CooperationCourse,
    base_date=lambda facts: facts.ends_on,
    identity=course_identity,
    per_filer=True,
    editions=(
        Edition(
            effective=tables.REFORM,
            award=rules.award_course,
            source=sources.accrual("인력 양성 · 산학협력 교육과정"),
        ),
    ),
    requirements=requirements.COURSE,
    checks=(checks.check_parties, checks.in_time("endsOn", lambda facts: facts.ends_on), checks.check_course),
    sheet=SHEET,
)
HIRE = ActivityType(
    code="hire",
    names=Text("학생 채용", "hiring of students"),
    asset=MILEAGE.code,
    facts=StudentHire,
    base_date=lambda facts: facts.hired_on,
    identity=student_of,
    editions=(
        Edition(effective=tables.REFORM, award=rules.award_hire, source=sources.accrual("인력 양성 · 학생 채용")),
    ),
    requirements=requirements.HIRE,
    checks=(checks.check_parties, checks.in_time("hiredOn", lambda facts: facts.hired_on), checks.check_hire),
    sheet=SHEET,
)

DEPOSITED = checks.in_time("depositedOn", lambda facts: facts.deposited_on)

# 연구 개발
RESEARCH = ActivityType(
    code="research",
    names=Text("산업체 과제수행", "research for companies"),
    asset=MILEAGE.code,
    facts=ResearchDeposit,
    base_date=lambda facts: facts.deposited_on,
    identity=deposit_identity,
    series=agreement_of,
    per_filer=True,
    editions=(Edition(effective=tables.REFORM, award=rules.award_research, source=tables.RESEARCH.source),),
    requirements=requirements.RESEARCH,
    checks=(checks.check_parties, DEPOSITED, checks.check_deposit, checks.check_payment),
    sheet=SHEET,
)
# 기술 이전
TRANSFER = ActivityType(
    code="technology_transfer",
    names=Text("기술이전", "technology transfer"),
    asset=MILEAGE.code,
    facts=TransferDeposit,
    base_date=lambda facts: facts.deposited_on,
    identity=deposit_identity,
    series=agreement_of,
    per_filer=True,
    editions=(Edition(effective=tables.REFORM, award=rules.award_transfer, source=tables.TRANSFER.source),),
    requirements=requirements.TRANSFER,
    checks=(checks.check_parties, DEPOSITED, checks.check_deposit),
    sheet=SHEET,
)
# 인프라 등
EQUIPMENT = ActivityType(
    code="equipment",
    names=Text("공용장비 활용", "use of shared equipment"),
    asset=MILEAGE.code,
    facts=EquipmentDeposit,
    base_date=lambda facts: facts.deposited_on,
    identity=equipment_identity,
    series=agreement_of,
    per_filer=True,
    editions=(Edition(effective=tables.REFORM, award=rules.award_equipment, source=tables.EQUIPMENT.source),),
    requirements=requirements.EQUIPMENT,
    checks=(checks.check_parties, DEPOSITED, checks.check_deposit, checks.check_facility, deposits.check_order),
    gather=deposits.gather_orders,
    sheet=SHEET,
)
DONATION = ActivityType(
    code="donation",
    names=Text("산학협력 장학금 등", "scholarships and other donations"),
    asset=MILEAGE.code,
    facts=Donation,
    base_date=lambda facts: facts.deposited_on,
    identity=deposit_identity,
    series=agreement_of,
    per_filer=True,
    editions=(Edition(effective=tables.REFORM, award=rules.award_donation, source=tables.DONATION.source),),
    requirements=requirements.DONATION,
    checks=(checks.check_parties, DEPOSITED, checks.check_deposit, checks.check_donation),
    sheet=SHEET,
)

PROGRAM = Program(
    code=CODE,
    names=Text("산학협력 마일리지", "University-industry mileage"),
    description=Text(
        "산학협력 활동 참여 실적에 따라 대학과 기업에 같은 규모의 마일리지를 부여하는 제도",
        "Universities and companies earn alike by what they do together",
    ),
    documents=(sources.BRIEFING,),
    assets=(MILEAGE,),
    activity_types=(FIELD_TRAINING, COURSE, HIRE, RESEARCH, TRANSFER, EQUIPMENT, DONATION),
    permissions=(*exchange_permissions.PERMISSIONS, *certification_permissions.PERMISSIONS),
    problems=(*problems.PROBLEMS, *exchange_problems.PROBLEMS),
    references={
        "exchange_order": Referred(paying=exchange_permissions.BUY.code, earning=exchange_permissions.SELL.code)
    },
    undoing={"exchange_order:": exchange_problems.REVERSE_INSTEAD},
    issuer=Text("대한상공회의소", "Korea Chamber of Commerce and Industry"),
)
