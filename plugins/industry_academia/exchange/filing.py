"""A draft of the equipment mileage that the cash part of a settled order earns, its facts filled in."""

from __future__ import annotations

from core.activities import Filing, Row, draft_filing
from core.identity import organization_by_id
from core.work import Work
from plugins.industry_academia import problems
from plugins.industry_academia.exchange.models import ListingKind, OrderStatus
from plugins.industry_academia.exchange.problems import DEPOSIT_NOT_SETTLED
from plugins.industry_academia.exchange.queries import locked_order
from plugins.industry_academia.facts import EquipmentDeposit, FacilityKind
from plugins.industry_academia.program import CODE, EQUIPMENT

TAX_OF = 11  # 부가가치세 10%: of what is paid, one part in eleven is the tax


async def draft_equipment_filing(work: Work, order_id: int) -> Filing:
    """적립신청 작성: one row, to be completed with its evidence and submitted. One a order, until it is cancelled.

    All orders of one listing are one agreement: the curve is of what a company paid for it so far.
    """
    found = await locked_order(work, order_id)
    if found.status != OrderStatus.SETTLED or found.paid_won is None or found.paid_on is None:
        raise DEPOSIT_NOT_SETTLED.refuse("orderId", number=found.number)
    if found.kind != ListingKind.EQUIPMENT:
        raise problems.NOT_EQUIPMENT.refuse("orderId", kind=FacilityKind.PUBLIC_FACILITY.names)
    company = await organization_by_id(work.tx, found.company_id)
    assert company is not None
    tax = found.paid_won // TAX_OF
    facts = EquipmentDeposit(
        agreement=f"마일리지 거래소 상품 {found.listing_id}",
        deposited_on=found.paid_on,
        supply_won=found.paid_won - tax,
        vat_won=tax,
        facility=FacilityKind.SHARED_EQUIPMENT,
        equipment=found.title,
        exchange_order=found.number,
    )
    return await draft_filing(
        work,
        program=CODE,
        type_code=EQUIPMENT.code,
        organization_id=found.university_id,
        rows=[Row(facts=facts, business_number=company.business_number)],
        title=f"마일리지 거래소 {found.number}",
        content_hash=f"exchange_order:{found.number}",
    )
