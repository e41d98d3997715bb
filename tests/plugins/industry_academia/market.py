"""The smallest world in which universities and companies trade: a listing with free times, and points to pay with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.actor import Actor, Role
from core.calendar import SEOUL
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.exchange import lifecycle, listings, ordering, slots
from plugins.industry_academia.exchange.listings import ListingDetails
from plugins.industry_academia.exchange.models import Listing, ListingKind, Order, UseUnit
from plugins.industry_academia.exchange.permissions import BUY, SELL
from plugins.industry_academia.exchange.slots import Times
from plugins.industry_academia.program import CODE
from tests.support.clock import SetClock
from tests.support.world import give, has, member, organization, rows, staff

PRICE = 1_000_000
FIRST = datetime(2026, 3, 9, 9, tzinfo=SEOUL)  # a week after the tests' clock
AFTER = date(2026, 3, 20)


def details(**changes: Any) -> ListingDetails:
    stated = {
        "title": "투과전자현미경", "kind": ListingKind.EQUIPMENT, "price_won": PRICE, "unit": UseUnit.HOUR,
        "description": "시료 준비 포함", "place": "공동기기원 101호",
    }  # fmt: skip
    return ListingDetails(**stated | changes)


def hour(number: int, hours: int = 1) -> Times:
    """The so-many-th hour after the first, counted from 0."""
    start = FIRST + timedelta(hours=number)
    return Times(starts_at=start, ends_at=start + timedelta(hours=hours))


@dataclass
class Market:
    """A house with a university that sells, two companies that buy, and an operator."""

    house: House
    clock: SetClock
    university: int
    company: int
    other: int
    seller: Actor
    buyer: Actor
    other_buyer: Actor
    operator: Actor
    keys: int = 0

    @classmethod
    async def of(cls, house: House, clock: SetClock, points: int = 1_000) -> Market:
        university = await organization(house, 2, kind=OrganizationKind.UNIVERSITY)
        company, other = [await organization(house, serial) for serial in (1, 3)]
        made = cls(
            house,
            clock,
            university,
            company,
            other,
            await member(house, university, "seller", permissions=[SELL.code]),
            await member(house, company, "buyer", permissions=[BUY.code]),
            await member(house, other, "other_buyer", main=True),
            await staff(house, "operator", Role.OPERATOR, programs=[CODE]),
        )
        for each in (company, other):
            if points:
                await give(house, CODE, each, points)
        return made

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    async def listed(self, *times: Times, publish: bool = True, **changes: Any) -> tuple[Listing, list[int]]:
        """A listing and the ids of its slots, in order of time."""
        async with self.house.work(self.seller) as work:
            made = await listings.draft_listing(work, self.university, details(**changes))
            if times:
                await slots.add_slots(work, made.id, times)
            if publish:
                await listings.publish_listing(work, made.id)
        return made, await self.slots_of(made.id)

    async def slots_of(self, listing_id: int) -> list[int]:
        found = await rows(
            self.house, "SELECT id FROM ia_exchange_slot WHERE listing_id = $1 ORDER BY from_at", listing_id
        )
        return [row["id"] for row in found]

    async def quoted(self, slot_ids: Sequence[int], points: int | None = None) -> ordering.Quote:
        async with self.house.work(self.buyer) as work:
            return await ordering.quote(work, self.company, slot_ids, points)

    async def ordered(
        self, slot_ids: Sequence[int], points: int = 0, who: Actor | None = None, key: str | None = None, note: str = ""
    ) -> Order:
        actor = who or self.buyer
        async with self.house.work(actor) as work:
            return await ordering.place_order(
                work, actor.organization_id or 0, slot_ids, points=points, key=key or self.key(), note=note
            )

    async def accepted(self, order: Order, who: Actor | None = None, key: str | None = None) -> Order:
        async with self.house.work(who or self.seller) as work:
            return await lifecycle.accept_order(work, order.id, key=key or self.key())

    async def rejected(self, order: Order, reason: str = "점검", who: Actor | None = None) -> Order:
        async with self.house.work(who or self.seller) as work:
            return await lifecycle.reject_order(work, order.id, reason=reason, key=self.key())

    async def cancelled(self, order: Order, who: Actor | None = None, key: str | None = None) -> Order:
        async with self.house.work(who or self.buyer) as work:
            return await lifecycle.cancel_order(work, order.id, reason="일정 변경", key=key or self.key())

    async def settled(
        self, order: Order, who: Actor | None = None, key: str | None = None, on: date = AFTER, **changes: Any
    ) -> Order:
        """Once the use is over and its cash part paid."""
        self.clock.set(on)
        paid = {"paid_won": order.fee_won - order.points * order.won_per_point, "paid_on": on} | changes
        async with self.house.work(who or self.seller) as work:
            return await lifecycle.settle_order(work, order.id, key=key or self.key(), **paid)

    async def reversed(self, order: Order, who: Actor | None = None, reason: str = "이용하지 못함") -> Order:
        async with self.house.work(who or self.operator) as work:
            return await lifecycle.reverse_order(work, order.id, reason=reason, key=self.key())

    async def lapsed(self) -> list[Order]:
        async with self.house.work() as work:
            return await lifecycle.lapse_orders(work)

    async def balances(self) -> list[tuple[int, int]]:
        """What the university and the two companies have, and what of it is held."""
        sides = [await has(self.house, CODE, each) for each in (self.university, self.company, self.other)]
        return [(side.posted, side.held) for side in sides]
