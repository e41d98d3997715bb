"""공용장비 활용 on the cash part of an order: what is known of the order a deposit names, and what speaks against it.

산업체입금액 is what was deposited: what mileage paid of a fee was not, and earns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.checking import ActivityContext
from core.database import any_of, table_of
from core.errors import Violation
from core.work import Work
from plugins.industry_academia import problems
from plugins.industry_academia.exchange.models import ListingKind, Order, OrderStatus
from plugins.industry_academia.exchange.problems import (
    DEPOSIT_NOT_SETTLED,
    DEPOSIT_ORDER_UNKNOWN,
    DEPOSIT_OVER_CASH,
)
from plugins.industry_academia.facts import EquipmentDeposit, FacilityKind, order_number, paid_won

order = table_of(Order)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """What a check must know of an order; the cash part is in won."""

    company_id: int
    university_id: int
    settled: bool
    kind: ListingKind
    cash_won: int


async def gather_orders(
    work: Work, university_id: int, facts: Sequence[EquipmentDeposit]
) -> Sequence[KnownOrder | None]:
    """The order each deposit names, of those this university provided; held as it is until the transaction ends."""
    numbers = {number for each in facts if (number := order_number(each)) is not None}
    if not numbers:
        return [None] * len(facts)
    found = await work.tx.all(
        Order,
        sa.select(order)
        .where(any_of(order.c.number, sorted(numbers)), order.c.university_id == university_id)
        .order_by(order.c.id)
        .with_for_update(read=True),  # an operator who undoes it sees what is filed on it, or is waited for
    )
    known = {
        each.number: KnownOrder(
            company_id=each.company_id,
            university_id=each.university_id,
            settled=each.status == OrderStatus.SETTLED,
            kind=ListingKind(each.kind),
            cash_won=each.fee_won - each.points * each.won_per_point,
        )
        for each in found
    }
    return [known.get(order_number(each) or "") for each in facts]


def check_order(facts: EquipmentDeposit, context: ActivityContext) -> Iterator[Violation]:
    """A deposit that names an order: of the same two, settled, of equipment, and no more than its cash part."""
    number, known = order_number(facts), context.known
    if number is None:
        return
    if not isinstance(known, KnownOrder) or known.company_id != context.subject.id:
        yield DEPOSIT_ORDER_UNKNOWN.at("exchangeOrder", number=number)
        return
    if not known.settled:
        yield DEPOSIT_NOT_SETTLED.at("exchangeOrder", number=number)
    if known.kind is not ListingKind.EQUIPMENT:
        yield problems.NOT_EQUIPMENT.at("exchangeOrder", kind=FacilityKind.PUBLIC_FACILITY.names)
    if paid_won(facts) > known.cash_won:
        yield DEPOSIT_OVER_CASH.at("supplyWon", given=paid_won(facts), number=number, cash=known.cash_won)
