"""Asking what a use would cost, and ordering it: times booked and points held in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import sqlalchemy as sa

from core.errors import Violation, refuse_any
from core.identity import OrganizationKind, organization_by_id
from core.identity.problems import ORGANIZATION_UNKNOWN
from core.ledgers import balance, hold, request_hash
from core.work import Work
from plugins.industry_academia.exchange.models import Booking, Listing, ListingStatus, Order, Slot
from plugins.industry_academia.exchange.problems import (
    FEE,
    KEY_REUSED,
    NO_TERMS,
    NOT_A_COMPANY,
    NOT_ENOUGH,
    NOT_ON_OFFER,
    OVER_SHARE,
    OWN_LISTING,
    POINTS_NEGATIVE,
    SLOT_OTHER_LISTING,
    SLOT_PAST,
    SLOT_TAKEN,
    SLOT_TWICE,
    SLOT_UNKNOWN,
    SLOTS_MANY,
    WORDS,
)
from plugins.industry_academia.exchange.queries import (
    counter,
    listing,
    order,
    require_buyer,
    slots_by_id,
    taken_among,
)
from plugins.industry_academia.exchange.rules import Price, most_points, priced, usable_points
from plugins.industry_academia.exchange.slots import printed
from plugins.industry_academia.exchange.tables import (
    ANSWER_DAYS,
    MOST_SLOTS,
    MOST_TEXT,
    ExchangeTerms,
    terms_on,
)
from plugins.industry_academia.exchange.telling import tell_both
from plugins.industry_academia.program import CODE, MILEAGE
from plugins.industry_academia.tables import MOST_WON

ONCE = "ia_exchange_booking_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """견적: what a use would cost now, how much mileage could pay of it, and everything that speaks against it."""

    listing: Listing
    slots: tuple[Slot, ...]
    units: int
    price: Price
    most_points: int  # as the fee allows
    available: int  # as the company has
    usable_points: int  # the lesser of the two
    terms: ExchangeTerms
    objections: tuple[Violation, ...]


async def quote(work: Work, company_id: int, slot_ids: Sequence[int], points: int | None = None) -> Quote:
    """견적: these times for this company, with so many points (none said: as many as can be used). Changes nothing."""
    await require_buyer(work, company_id)
    return await _quoted(work, company_id, slot_ids, points, lock=False)


async def place_order(
    work: Work, company_id: int, slot_ids: Sequence[int], *, points: int, key: str, note: str = ""
) -> Order:
    """구매 신청: the times are booked and the points held, or nothing is. The same key answers the same order again."""
    await require_buyer(work, company_id)
    if not 1 <= len(key) <= 100:
        raise WORDS.refuse("idempotencyKey", least=1, most=100)
    if len(note) > MOST_TEXT:
        raise WORDS.refuse("note", least=0, most=MOST_TEXT)
    asked = request_hash(sorted(slot_ids), points, note)
    quoted = None
    earlier = await _ordered_under(work, company_id, key)
    if earlier is None:
        quoted = await _quoted(work, company_id, slot_ids, points, lock=True)
        earlier = await _ordered_under(work, company_id, key)  # perhaps it was placed while this one waited
    if earlier is not None:
        if earlier.request_hash != asked:
            raise KEY_REUSED.refuse("idempotencyKey")
        return earlier
    assert quoted is not None
    refuse_any(quoted.objections)
    placed = await _written(work, company_id, quoted, key, asked, note.strip())
    work.record(
        "exchange_order.requested", "exchange_order", placed.id, organization_id=company_id,
        after={"number": placed.number, "fee_won": placed.fee_won, "points": points, "listing": placed.listing_id},
    )  # fmt: skip
    await tell_both(work, placed)
    return placed


async def _written(work: Work, company_id: int, quoted: Quote, key: str, asked: str, note: str) -> Order:
    number = await _next_number(work)
    offered, chosen, price, terms = quoted.listing, quoted.slots, quoted.price, quoted.terms
    held = None
    if price.points:
        held = await hold(
            work, program=CODE, asset=MILEAGE.code, organization_id=company_id, amount=price.points,
            key=f"exchange_order:{number}:held", reason=f"마일리지 거래소 {number} 신청",
            reference=f"exchange_order:{number}",
        )  # fmt: skip
    starts_at = chosen[0].from_at
    try:
        placed = await work.tx.insert(
            Order,
            number=number,
            listing_id=offered.id,
            company_id=company_id,
            university_id=offered.university_id,
            title=offered.title,
            kind=offered.kind,
            price_won=offered.price_won,
            unit=offered.unit,
            units=quoted.units,
            fee_won=price.fee_won,
            points=price.points,
            terms_effective=terms.effective,
            rate=terms.rate,
            won_per_point=terms.won_per_point,
            hold_id=held and held.hold_id,
            starts_at=starts_at,
            ends_at=chosen[-1].until_at,
            note=note,
            idempotency_key=key,
            request_hash=asked,
            ordered_at=work.now,
            ordered_by=work.actor.member_id,
            answer_by=min(starts_at, work.now + timedelta(days=ANSWER_DAYS)),
        )
        await work.tx.insert_many(
            Booking,
            ("order_id", "slot_id", "units", "from_at", "until_at"),
            [(placed.id, each.id, each.units, each.from_at, each.until_at) for each in sorted(chosen, key=_by_id)],
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == ONCE:
            raise SLOT_TAKEN.refuse("slotIds", first=printed(starts_at), last=printed(chosen[-1].until_at)) from error
        if error.constraint_name == "ia_exchange_order_company_id_idempotency_key_key":
            raise KEY_REUSED.refuse("idempotencyKey") from error
        raise
    return placed


async def _quoted(work: Work, company_id: int, slot_ids: Sequence[int], points: int | None, *, lock: bool) -> Quote:
    """What it comes to. Locked, the listing stays as it is and nobody else orders of it until the transaction ends."""
    if not 1 <= len(slot_ids) <= MOST_SLOTS:
        raise SLOTS_MANY.refuse("slotIds", most=MOST_SLOTS)
    known = await slots_by_id(work.tx, slot_ids)
    refuse_any(SLOT_UNKNOWN.at("slotIds", place) for place, each in enumerate(slot_ids) if each not in known)
    first = known[slot_ids[0]]
    wanted = sa.select(listing).where(listing.c.id == first.listing_id)
    offered = await work.tx.one(Listing, wanted.with_for_update(key_share=True) if lock else wanted)
    if offered is None or offered.status == ListingStatus.DRAFT:
        raise SLOT_UNKNOWN.refuse("slotIds", 0)
    if lock:  # whoever had the listing may have removed some
        known = await slots_by_id(work.tx, slot_ids)
        refuse_any(SLOT_UNKNOWN.at("slotIds", place) for place, each in enumerate(slot_ids) if each not in known)
    terms = terms_on(work.today)
    if terms is None:
        raise NO_TERMS.refuse(day=work.today)
    company = await organization_by_id(work.tx, company_id)
    if company is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    objections = list(await _against_slots(work, slot_ids, known, first.listing_id))
    if offered.status != ListingStatus.PUBLISHED:
        objections.append(NOT_ON_OFFER.at("slotIds"))
    if company.id == offered.university_id:
        objections.append(OWN_LISTING.at("slotIds"))
    if company.kind != OrganizationKind.COMPANY:
        objections.append(NOT_A_COMPANY.at("organizationId", name=company.name))
    units = sum(each.units for each in known.values())
    fee = units * offered.price_won
    has = await balance(work.tx, program=CODE, asset=MILEAGE.code, organization_id=company_id, on=work.today)
    usable = usable_points(fee, has.available, terms)
    used = usable if points is None else points
    objections += _against_points(fee, used, has.available, terms)
    return Quote(
        listing=offered,
        slots=tuple(sorted(known.values(), key=lambda each: each.from_at)),
        units=units,
        price=priced(fee, used, terms),
        most_points=most_points(fee, terms),
        available=has.available,
        usable_points=usable,
        terms=terms,
        objections=tuple(objections),
    )


async def _against_slots(
    work: Work, slot_ids: Sequence[int], known: dict[int, Slot], listing_id: int
) -> list[Violation]:
    taken = await taken_among(work.tx, slot_ids)
    found = []
    for place, key in enumerate(slot_ids):
        each = known[key]
        told: dict[str, Any] = {"first": printed(each.from_at), "last": printed(each.until_at)}
        if key in slot_ids[:place]:
            found.append(SLOT_TWICE.at("slotIds", place))
        elif each.listing_id != listing_id:
            found.append(SLOT_OTHER_LISTING.at("slotIds", place))
        elif each.from_at <= work.now:
            found.append(SLOT_PAST.at("slotIds", place, first=told["first"]))
        elif key in taken:
            found.append(SLOT_TAKEN.at("slotIds", place, **told))
    return found


def _against_points(fee: int, points: int, available: int, terms: ExchangeTerms) -> Iterator[Violation]:
    if fee > MOST_WON:
        yield FEE.at("slotIds", given=fee, most=MOST_WON)
    most = most_points(fee, terms)
    if points < 0:
        yield POINTS_NEGATIVE.at("points", given=points)
    if points > most:
        percent = f"{terms.rate * 100:f}".rstrip("0").rstrip(".")
        yield OVER_SHARE.at("points", source=terms.source, fee=fee, percent=percent, most=most, given=points)
    if points > available:
        yield NOT_ENOUGH.at("points", source=terms.source, given=points, available=available)


async def _ordered_under(work: Work, company_id: int, key: str) -> Order | None:
    return await work.tx.one(
        Order, sa.select(order).where(order.c.company_id == company_id, order.c.idempotency_key == key)
    )


async def _next_number(work: Work) -> str:
    """거래번호 `E26-1`: counted per year without gaps, for the row lock is held until the commit."""
    last = await work.tx.connection.fetchval(
        f"INSERT INTO {counter.name} (year, last) VALUES ($1, 1)"
        f" ON CONFLICT (year) DO UPDATE SET last = {counter.name}.last + 1 RETURNING last",
        work.today.year,
    )
    return f"E{work.today.year % 100:02d}-{last}"


def _by_id(each: Slot) -> int:
    return each.id
