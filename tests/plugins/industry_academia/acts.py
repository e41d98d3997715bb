"""Facts of each activity to test with, and the smallest world in which they are filed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.activities import Filing, Row, attach_document, decide_filing, draft_filing, revoke_activity, submit_filing
from core.actor import Actor, Role
from core.checking import ActivityContext
from core.house import House
from core.identity import OrganizationKind
from core.organization_view import OrganizationView
from plugins.industry_academia.facts import (
    CooperationCourse,
    CourseKind,
    Donation,
    DonationKind,
    EquipmentDeposit,
    FacilityKind,
    FieldTraining,
    ResearchDeposit,
    ResearchKind,
    StudentActivity,
    StudentHire,
    TransferDeposit,
)
from plugins.industry_academia.program import CODE, PROGRAM
from tests.support.files import pdf, sent
from tests.support.numbers import business_number
from tests.support.world import has, member, organization, rows, staff

DAY = date(2026, 2, 2)
COMPANY = business_number(1)


def training(**changes: Any) -> FieldTraining:
    stated = {
        "student": "가나다", "department": "경영학과", "admission_year": 2022, "starts_on": date(2025, 12, 1),
        "ends_on": DAY, "hours": 320, "support_won": 4_500_000,
    }  # fmt: skip
    return FieldTraining(**stated | changes)


def course(**changes: Any) -> CooperationCourse:
    stated = {
        "agreement": "협약-1", "kind": CourseKind.CAPSTONE_DESIGN, "course": "종합설계", "starts_on": date(2025, 9, 1),
        "ends_on": DAY, "cost_won": 10_000_000,
    }  # fmt: skip
    return CooperationCourse(**stated | changes)


def hire(**changes: Any) -> StudentHire:
    stated = {
        "student": "가나다", "department": "경영학과", "admission_year": 2022,
        "activity": StudentActivity.FIELD_TRAINING, "activity_company": COMPANY,
        "completed_on": date(2025, 12, 31), "hired_on": DAY,
    }  # fmt: skip
    return StudentHire(**stated | changes)


def _money(changes: dict[str, Any]) -> dict[str, Any]:
    return {"agreement": "협약-1", "deposited_on": DAY, "supply_won": 100_000_000, "vat_won": 0} | changes


def research(**changes: Any) -> ResearchDeposit:
    return ResearchDeposit(**{"kind": ResearchKind.JOINT, "payment_finished": True} | _money(changes))


def transfer(**changes: Any) -> TransferDeposit:
    return TransferDeposit(**_money(changes))


def equipment(**changes: Any) -> EquipmentDeposit:
    return EquipmentDeposit(**{"facility": FacilityKind.SHARED_EQUIPMENT, "equipment": "전자현미경"} | _money(changes))


def donation(**changes: Any) -> Donation:
    stated = {"agreement": "약정-1", "kind": DonationKind.SCHOLARSHIP, "deposited_on": DAY, "donated_won": 10_000_000}
    return Donation(**stated | changes)


MAKERS = {
    "field_training": (training, "support_won"),
    "course": (course, "cost_won"),
    "research": (research, "supply_won"),
    "technology_transfer": (transfer, "supply_won"),
    "equipment": (equipment, "supply_won"),
    "donation": (donation, "donated_won"),
}


def paid(activity: str, won: int, **changes: Any) -> Any:
    """An activity of this type for which so much was paid."""
    make, name = MAKERS[activity]
    return make(**{name: won} | changes)


def context(filed_on: date = date(2026, 3, 2), filer: str = "university", subject: str = "company") -> ActivityContext:
    return ActivityContext(
        program=CODE,
        activity_type="",
        filer=OrganizationView(id=1, business_number=business_number(2), name="대학", kind=filer),
        subject=OrganizationView(id=2, business_number=COMPANY, name="기업", kind=subject),
        filed_on=filed_on,
    )


@dataclass
class Campus:
    """A house with a university, its main user, a company, a reviewer and an operator."""

    house: House
    university: int
    company: int
    filer: Actor
    reviewer: Actor
    operator: Actor
    proof: str = ""

    @classmethod
    async def of(cls, house: House) -> Campus:
        university = await organization(house, 2, kind=OrganizationKind.UNIVERSITY)
        company = await organization(house, 1)
        filer = await member(house, university, "bogi", main=True)
        reviewer = await staff(house, "reviewer", programs=[CODE])
        operator = await staff(house, "operator", Role.OPERATOR, programs=[CODE])
        made = cls(house, university, company, filer, reviewer, operator)
        made.proof = await sent(house, filer, pdf())
        return made

    async def drafted(
        self, activity: str, *facts: Any, company: str | None = COMPANY, who: Actor | None = None, proof: str = ""
    ) -> Filing:
        """A draft that has every document it needs."""
        actor = who or self.filer
        kind = PROGRAM.activity_type(activity)
        assert kind is not None
        async with self.house.work(actor) as work:
            filing = await draft_filing(
                work,
                program=CODE,
                type_code=activity,
                organization_id=actor.organization_id or 0,
                rows=[Row(facts=each, business_number=company) for each in facts],
            )
            for each in kind.requirements:
                await attach_document(work, filing.id, proof or self.proof, requirement=each.code)
        return filing

    async def submitted(self, filing: Filing, who: Actor | None = None) -> Filing:
        async with self.house.work(who or self.filer) as work:
            return await submit_filing(work, filing.id)

    async def filed(self, activity: str, *facts: Any, **more: Any) -> Filing:
        return await self.submitted(await self.drafted(activity, *facts, **more), more.get("who"))

    async def approved(self, activity: str, *facts: Any, **more: Any) -> Filing:
        return await self.decided(await self.filed(activity, *facts, **more))

    async def decided(self, filing: Filing, who: Actor | None = None) -> Filing:
        async with self.house.work(who or self.reviewer) as work:
            return await decide_filing(work, filing.id, approve=True)

    async def revoked(self, activity_id: int) -> None:
        async with self.house.work(self.operator) as work:
            await revoke_activity(work, activity_id, "허위 실적")

    async def activities(self, filing: Filing) -> Sequence[dict[str, Any]]:
        return await rows(self.house, "SELECT * FROM activity WHERE filing_id = $1 ORDER BY line", filing.id)

    async def balances(self) -> tuple[int, int]:
        """What the university and the company can spend."""
        sides = [await has(self.house, CODE, each) for each in (self.university, self.company)]
        return sides[0].available, sides[1].available
