"""The declaration: it reads like the notice's table of contents."""

from __future__ import annotations

from core.language import Text
from core.program import ActivityType, Asset, Benefit, Edition, Program, Terms
from plugins.mileage_innovation import checks, problems, queries, sources, tables
from plugins.mileage_innovation.facts import InnovationActivity, TrainingCompletion, completion_identity
from plugins.mileage_innovation.roster import ROSTER_PROBLEMS
from plugins.mileage_innovation.rules import award_innovation, award_training

CODE = "mileage_innovation"

# 적립마일리지, 유효기간
MILEAGE = Asset(
    code="innovation_mileage",
    names=Text("경영혁신 마일리지", "business-innovation mileage"),
    unit=Text("마일리지", "mileage"),
    term=tables.VALIDITY,
    source=sources.VALIDITY,
)

# 적용대상 교육과정을 수료
TRAINING = ActivityType(
    code="training",
    names=Text("교육 수료", "training completed"),
    asset=MILEAGE.code,
    facts=TrainingCompletion,
    base_date=lambda facts: facts.completed_on,
    identity=completion_identity,
    editions=(Edition(effective=tables.IN_FORCE, award=award_training, source=sources.ACCRUAL),),
    checks=(checks.check_provider, checks.check_hours, checks.check_holder),
    gather=queries.gather_provider,
    automatic=True,
)

# 경영혁신 활동을 추진
INNOVATION = ActivityType(
    code="innovation",
    names=Text("경영혁신 활동", "innovation activity"),
    asset=MILEAGE.code,
    facts=InnovationActivity,
    base_date=lambda facts: facts.performed_on,
    editions=(Edition(effective=tables.IN_FORCE, award=award_innovation, source=sources.SCHEME),),
    checks=(checks.check_grant, checks.check_holder),
    gather=queries.gather_kinds,
    staff_only=True,
)

# 경영혁신 마일리지 적용사업
BENEFITS = tuple(
    Benefit(
        code=row.code,
        names=row.names,
        asset=MILEAGE.code,
        category=row.category,
        description=row.description,
        terms=(
            Terms(
                effective=tables.IN_FORCE,
                unit=row.unit,
                effect=row.effect,
                max_units=row.max_units,
                figures=row.figures,
                source=sources.supported(row.names.ko),
            ),
        ),
    )
    for row in tables.SUPPORTED
)

PROGRAM = Program(
    code=CODE,
    names=Text("경영혁신 마일리지", "Business-innovation mileage"),
    description=Text(
        "적용대상 교육과정을 수료하거나 경영혁신 활동을 추진한 중소기업에 마일리지를 부여하고,"
        " 정부 지원사업 참여 시 가점 등으로 활용하게 하는 제도",
        "Small companies earn mileage by training and innovation, and use it for advantages in support programs",
    ),
    documents=(sources.NOTICE,),
    assets=(MILEAGE,),
    activity_types=(TRAINING, INNOVATION),
    benefits=BENEFITS,
    problems=(*problems.PROBLEMS, *ROSTER_PROBLEMS),
    issuer=Text("경영혁신 마일리지 운영기관", "Operator of the business-innovation mileage"),
    returning=sources.RETURN,
)
