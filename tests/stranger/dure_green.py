"""녹색 실천 마일리지 (green-practice mileage): planting trees earns leaves, and leaves buy days in the arboretum.

A whole program in one file: declared, sourced, earning, expiring, spending, shown in the API. Source: 녹색 실천
마일리지 운영 요령 (the guide to the scheme).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core import (
    ActivityContext,
    ActivityType,
    Asset,
    Award,
    Benefit,
    Choice,
    Edition,
    Effect,
    Past,
    Problem,
    Program,
    Rounding,
    Source,
    SourceDocument,
    Term,
    Terms,
    Text,
    Violation,
    fact,
    hookimpl,
)

GUIDE = SourceDocument("green_guide", Text("녹색 실천 마일리지 운영 요령", "Guide to green-practice mileage"))
IN_FORCE = date(2026, 1, 1)  # 부칙 · 시행일
PER_TREE = Decimal("2.5")  # 제5조 · 활착한 나무 1그루당 2.5점


class Species(Choice):
    """수종: the kind of tree."""

    OAK = "oak", "참나무", "oak"
    PINE = "pine", "소나무", "pine"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePlanting:
    """나무 심기: one planting on one site, filed when it is known how many took root."""

    site: str = fact("식재지", "site")
    species: Species = fact("수종", "species")
    planted_on: date = fact("식재일", "day of planting")
    trees: int = fact("식재 수량", "trees planted", unit=Text("그루", "trees"))
    rooted: Decimal = fact("활착률", "share of them that took root, 0 to 1")
    forester: str | None = fact("확인자", "forester who saw it", default=None)


SHARE = Problem(
    "GREEN_SHARE",
    Text("활착률은 0에서 1 사이여야 합니다: {given}.", "The share that took root is from 0 to 1, not {given}."),
    Source(GUIDE, "제6조 (활착률)"),
)


def award(facts: TreePlanting, _past: Past[TreePlanting]) -> Award:
    """식재 수량 × 활착률 × 2.5, computed exactly; only the product is floored."""
    return Award.to_subject(Rounding.FLOOR.apply(facts.trees * facts.rooted * PER_TREE))


def check_share(facts: TreePlanting, _context: ActivityContext) -> Iterator[Violation]:
    if not 0 <= facts.rooted <= 1:
        yield SHARE.at("rooted", given=facts.rooted)


LEAVES = Asset(code="leaves", names=Text("잎새", "leaves"), term=Term(3), source=Source(GUIDE, "제8조 (유효기간)"))
PLANTING = ActivityType(
    code="planting",
    names=Text("나무 심기", "tree planting"),
    asset=LEAVES.code,
    facts=TreePlanting,
    base_date=lambda facts: facts.planted_on,
    editions=(Edition(effective=IN_FORCE, award=award, source=Source(GUIDE, "제5조 (적립)")),),
    checks=(check_share,),
)
ARBORETUM = Benefit(
    code="arboretum",
    names=Text("수목원 이용권", "Arboretum pass"),
    asset=LEAVES.code,
    category=Text("이용권", "Passes"),
    description=Text("수목원을 하루 동안 이용", "A day in the arboretum"),
    terms=(
        Terms(
            effective=IN_FORCE,
            unit=100,
            effect=Effect.entitlement("수목원 1일 이용권", "A day's pass to the arboretum"),
            source=Source(GUIDE, "제9조 (사용)"),
        ),
    ),
)


@hookimpl
def register_program() -> Program:
    return Program(
        code="green",
        names=Text("녹색 실천 마일리지", "Green-practice mileage"),
        description=Text("나무를 심은 기업에 마일리지를 부여하는 제도", "Mileage for companies that plant trees"),
        documents=(GUIDE,),
        assets=(LEAVES,),
        activity_types=(PLANTING,),
        benefits=(ARBORETUM,),
        problems=(SHARE,),
    )
