"""When a listing can be used: free times added and removed. None overlaps another, none is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from core.calendar import SEOUL, anniversary
from core.database import any_of
from core.errors import Violation, refuse_any
from core.work import Work
from plugins.industry_academia.exchange.models import Listing, Slot, UseUnit
from plugins.industry_academia.exchange.problems import (
    SLOT_BOUNDS,
    SLOT_FAR,
    SLOT_NOT_WHOLE,
    SLOT_OVERLAPS,
    SLOT_PAST,
    SLOT_REVERSED,
    SLOT_TAKEN,
    SLOT_UNKNOWN,
    SLOTS_MANY,
    SLOTS_OPEN,
)
from plugins.industry_academia.exchange.queries import locked_listing, slot, slots_by_id, taken_among
from plugins.industry_academia.exchange.tables import MOST_NEW_SLOTS, MOST_OPEN_SLOTS, MOST_UNITS, YEARS_AHEAD

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """이용 가능 시간: two moments, or the first and the last of some whole days in Seoul, both counted in."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None


def printed(moment: datetime) -> str:
    """A moment as people in Seoul read it."""
    return f"{moment.astimezone(SEOUL):%Y-%m-%d %H:%M}"


async def add_slots(work: Work, listing_id: int, given: Sequence[Times]) -> Listing:
    """이용 가능 시간 추가: all of them or none."""
    found = await locked_listing(work, listing_id)
    if not 1 <= len(given) <= MOST_NEW_SLOTS:
        raise SLOTS_MANY.refuse("slots", most=MOST_NEW_SLOTS)
    unit = UseUnit(found.unit)
    bounds: list[tuple[datetime, datetime]] = []
    objections: list[Violation] = []
    for place, each in enumerate(given):
        between = _bounds(each, unit)
        if between is None:
            objections.append(SLOT_BOUNDS.at("slots", place))
            continue
        objection = _objection(work, unit, *between)
        if objection is not None:
            objections.append(objection.under("slots", place))
        elif any(first < between[1] and between[0] < last for first, last in bounds):
            objections.append(_overlaps(place, *between))
        bounds.append(between)
    refuse_any(objections)
    await _require_room(work, found, bounds)
    await work.tx.insert_many(
        Slot,
        ("listing_id", "unit", "units", "from_at", "until_at"),
        [(found.id, unit.value, _units(unit, first, last), first, last) for first, last in bounds],
    )
    work.record(
        "exchange_listing.slots_added", "exchange_listing", found.id, organization_id=found.university_id,
        after={"slots": [f"{printed(first)} – {printed(last)}" for first, last in bounds]},
    )  # fmt: skip
    return found


async def remove_slots(work: Work, slot_ids: Sequence[int]) -> Listing:
    """이용 가능 시간 삭제: all of them or none. What an order holds stays."""
    if not 1 <= len(slot_ids) <= MOST_NEW_SLOTS:
        raise SLOTS_MANY.refuse("slotIds", most=MOST_NEW_SLOTS)
    work.actor.require_ready()
    known = await slots_by_id(work.tx, slot_ids)
    unknown = [place for place, each in enumerate(slot_ids) if each not in known]
    refuse_any(SLOT_UNKNOWN.at("slotIds", place) for place in unknown)
    first = known[slot_ids[0]]
    refuse_any(
        SLOT_UNKNOWN.at("slotIds", place)
        for place, each in enumerate(slot_ids)
        if known[each].listing_id != first.listing_id
    )
    found = await locked_listing(work, first.listing_id)
    taken = await taken_among(work.tx, slot_ids)
    refuse_any(
        SLOT_TAKEN.at("slotIds", place, first=printed(known[each].from_at), last=printed(known[each].until_at))
        for place, each in enumerate(slot_ids)
        if each in taken
    )
    await work.tx.execute(sa.delete(slot).where(any_of(slot.c.id, slot_ids)))
    work.record(
        "exchange_listing.slots_removed", "exchange_listing", found.id, organization_id=found.university_id,
        before={"slots": [f"{printed(each.from_at)} – {printed(each.until_at)}" for each in known.values()]},
    )  # fmt: skip
    return found


def _bounds(each: Times, unit: UseUnit) -> tuple[datetime, datetime] | None:
    """The two moments, if those are given that the unit asks for, and no others."""
    moments, days = (each.starts_at, each.ends_at), (each.first_day, each.last_day)
    if unit is UseUnit.DAY:
        first, last = days
        if first is None or last is None or moments != (None, None) or last == date.max:
            return None
        return datetime.combine(first, time(), SEOUL), datetime.combine(last + DAY, time(), SEOUL)
    start, end = moments
    if start is None or end is None or days != (None, None):
        return None
    return start, end


def _units(unit: UseUnit, first: datetime, last: datetime) -> int:
    return 1 if unit is UseUnit.USE else (last - first) // (DAY if unit is UseUnit.DAY else HOUR)


def _objection(work: Work, unit: UseUnit, first: datetime, last: datetime) -> Violation | None:
    told: dict[str, Any] = {"first": printed(first), "last": printed(last)}
    until = anniversary(work.today, YEARS_AHEAD)
    if last <= first:
        return SLOT_REVERSED.at(**told)
    if first <= work.now:
        return SLOT_PAST.at(first=printed(first))
    if last > datetime.combine(until, time(), SEOUL):
        return SLOT_FAR.at(until=until)
    whole = unit is UseUnit.USE or (last - first) % (DAY if unit is UseUnit.DAY else HOUR) == timedelta()
    if not whole or _units(unit, first, last) > MOST_UNITS:
        return SLOT_NOT_WHOLE.at(most=MOST_UNITS, **told)
    return None


async def _require_room(work: Work, found: Listing, bounds: Sequence[tuple[datetime, datetime]]) -> None:
    """No slot on record overlaps these, and not too many are to come."""
    rows = await work.tx.connection.fetch(
        "SELECT g.place FROM unnest($2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS g(first, last, place)"
        " WHERE EXISTS (SELECT FROM ia_exchange_slot s WHERE s.listing_id = $1"
        " AND s.from_at < g.last AND g.first < s.until_at) ORDER BY g.place",
        found.id,
        [first for first, _ in bounds],
        [last for _, last in bounds],
    )
    refuse_any(_overlaps(row["place"] - 1, *bounds[row["place"] - 1]) for row in rows)
    to_come = sa.select(sa.func.count()).select_from(slot)
    there = await work.tx.value(to_come.where(slot.c.listing_id == found.id, slot.c.until_at > work.now))
    if there + len(bounds) > MOST_OPEN_SLOTS:
        raise SLOTS_OPEN.refuse("slots", most=MOST_OPEN_SLOTS)


def _overlaps(place: int, first: datetime, last: datetime) -> Violation:
    return SLOT_OVERLAPS.at("slots", place, first=printed(first), last=printed(last))
