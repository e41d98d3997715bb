"""Reading the exchange: its rows, locked where they are about to change, and who may act on them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.actor import Role
from core.checking import Access
from core.database import Transaction, any_of, table_of
from core.errors import refuse_any
from core.work import Work
from plugins.industry_academia.exchange.models import Booking, Counter, Listing, Order, Slot
from plugins.industry_academia.exchange.permissions import BUY, SELL
from plugins.industry_academia.exchange.problems import LISTING_UNKNOWN, ORDER_UNKNOWN
from plugins.industry_academia.program import CODE

listing, slot, order = table_of(Listing), table_of(Slot), table_of(Order)
booking, counter = table_of(Booking), table_of(Counter)


async def require_seller(work: Work, university_id: int) -> None:
    """A member of the university who may offer and handle orders, or an operator of the program."""
    if work.actor.is_staff(CODE, Role.OPERATOR):
        work.actor.require_ready()
    else:
        work.actor.require_permission(university_id, SELL.code)
    access = Access(actor=work.actor, action=SELL.code, organization_id=university_id)
    refuse_any(await work.plugins.check_access(access))


async def require_buyer(work: Work, company_id: int) -> None:
    """A member of the company who may order for it."""
    work.actor.require_permission(company_id, BUY.code)
    access = Access(actor=work.actor, action=BUY.code, organization_id=company_id)
    refuse_any(await work.plugins.check_access(access))


def is_party(work: Work, found: Order) -> bool:
    """Whether the order is of the actor's organization, or the actor works for the program."""
    return work.actor.is_staff(CODE) or work.actor.organization_id in (found.company_id, found.university_id)


async def locked_listing(work: Work, listing_id: int) -> Listing:
    """The listing of an actor who may change it, locked until the transaction ends."""
    work.actor.require_ready()
    found = await work.tx.one(
        Listing, sa.select(listing).where(listing.c.id == listing_id).with_for_update(key_share=True)
    )
    if found is None or not (work.actor.is_staff(CODE) or work.actor.organization_id == found.university_id):
        raise LISTING_UNKNOWN.refuse("id")
    await require_seller(work, found.university_id)
    return found


async def locked_order(work: Work, order_id: int) -> Order:
    """The order of an actor who is a party to it, locked until the transaction ends."""
    work.actor.require_ready()
    found = await work.tx.one(Order, sa.select(order).where(order.c.id == order_id).with_for_update())
    if found is None or not is_party(work, found):
        raise ORDER_UNKNOWN.refuse("id")
    return found


async def slots_by_id(tx: Transaction, ids: Sequence[int]) -> dict[int, Slot]:
    return {each.id: each for each in await tx.all(Slot, sa.select(slot).where(any_of(slot.c.id, ids)))}


async def taken_among(tx: Transaction, slot_ids: Sequence[int]) -> set[int]:
    """Which of these slots somebody has booked."""
    rows = await tx.rows(sa.select(booking.c.slot_id).where(booking.c.taken, any_of(booking.c.slot_id, slot_ids)))
    return {row["slot_id"] for row in rows}
