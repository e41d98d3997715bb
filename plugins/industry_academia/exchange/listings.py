"""What a university offers: listing it, changing it, putting it on offer and taking it off, and its photographs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import sqlalchemy as sa

from core.errors import Violation, refuse_any
from core.file_types import FileType
from core.files import Attachment, Place, attach, attachment_by_id, detach
from core.files.problems import ATTACHMENT_UNKNOWN
from core.identity import OrganizationKind, organization_by_id
from core.identity.problems import ORGANIZATION_UNKNOWN
from core.language import Text
from core.requirement import Requirement
from core.work import Work
from plugins.industry_academia.exchange import sources
from plugins.industry_academia.exchange.models import Listing, ListingKind, ListingStatus, UseUnit
from plugins.industry_academia.exchange.permissions import SELL
from plugins.industry_academia.exchange.problems import (
    CAPACITY,
    KEPT,
    LISTING_STATUS,
    NOT_A_UNIVERSITY,
    PRICE,
    UNIT_HAS_SLOTS,
    WORDS,
)
from plugins.industry_academia.exchange.queries import listing, locked_listing, require_seller, slot
from plugins.industry_academia.exchange.tables import (
    MOST_CAPACITY,
    MOST_PHOTOS,
    MOST_PLACE,
    MOST_PRICE,
    MOST_TEXT,
    MOST_TITLE,
)
from plugins.industry_academia.program import CODE
from plugins.industry_academia.tables import FILE_BYTES

SUBJECT = f"{CODE}.exchange_listing"
PHOTO = Requirement(
    code="exchange_photo",
    names=Text("상품 사진", "photograph of what is on offer"),
    types=(FileType.JPG, FileType.PNG),
    least=0,
    most=MOST_PHOTOS,
    max_bytes=FILE_BYTES,
    source=sources.PHOTOS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDetails:
    """What a listing says: the price is in won for one unit of use, the capacity in people."""

    title: str
    kind: ListingKind
    price_won: int
    unit: UseUnit
    description: str = ""
    place: str = ""
    capacity: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {
            "title": self.title.strip(),
            "kind": self.kind.value,
            "price_won": self.price_won,
            "unit": self.unit.value,
            "description": self.description.strip(),
            "place": self.place.strip(),
            "capacity": self.capacity,
        }


async def draft_listing(work: Work, university_id: int, details: ListingDetails) -> Listing:
    """상품 등록: a listing that nobody else sees yet."""
    await require_seller(work, university_id)
    owner = await organization_by_id(work.tx, university_id)
    if owner is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    if owner.kind != OrganizationKind.UNIVERSITY:
        raise NOT_A_UNIVERSITY.refuse("organizationId", name=owner.name)
    refuse_any(_objections(details))
    made = await work.tx.insert(Listing, university_id=university_id, created_by=work.actor.member_id, **details.values)
    _record(work, "drafted", made, after=details.values)
    return made


async def amend_listing(work: Work, listing_id: int, details: ListingDetails) -> Listing:
    """상품 수정: what it says from now on. Orders keep the price they were made at."""
    found = await locked_listing(work, listing_id)
    if found.published_at is not None and (found.kind, found.unit) != (details.kind, details.unit):
        raise KEPT.refuse("kind" if found.kind != details.kind else "unit")
    refuse_any(_objections(details))
    before = {name: getattr(found, name) for name in details.values}
    try:
        changed = await _changed(work, found, **details.values)
    except asyncpg.ForeignKeyViolationError as error:
        raise UNIT_HAS_SLOTS.refuse("unit") from error
    _record(work, "amended", changed, before=before, after=details.values)
    return changed


async def publish_listing(work: Work, listing_id: int) -> Listing:
    """게시: on offer from now on, for the first time or again."""
    return await _moved(work, listing_id, ListingStatus.PUBLISHED, ListingStatus.DRAFT, ListingStatus.CLOSED)


async def close_listing(work: Work, listing_id: int) -> Listing:
    """마감: no new orders. What is ordered already goes on as it was agreed."""
    return await _moved(work, listing_id, ListingStatus.CLOSED, ListingStatus.PUBLISHED)


async def discard_listing(work: Work, listing_id: int) -> None:
    """삭제: a draft, its free times and its photographs go."""
    found = await locked_listing(work, listing_id)
    if found.status != ListingStatus.DRAFT:
        raise LISTING_STATUS.refuse("id", status=found.status)
    for each in await _photos(work, found):
        await detach(work, each)
    await work.tx.execute(sa.delete(slot).where(slot.c.listing_id == found.id))
    await work.tx.execute(sa.delete(listing).where(listing.c.id == found.id))
    _record(work, "discarded", found, before={"title": found.title})


async def attach_photo(work: Work, listing_id: int, token: str) -> Attachment:
    """사진 첨부: a file that was sent to a requested address, as a photograph of the listing."""
    found = await locked_listing(work, listing_id)
    return await attach(work, _place(found), token, requirement=PHOTO)


async def remove_photo(work: Work, attachment_id: int) -> Listing:
    """사진 삭제."""
    work.actor.require_ready()
    photo = await attachment_by_id(work.tx, attachment_id)
    if photo.subject_type != SUBJECT or photo.subject_id is None:
        raise ATTACHMENT_UNKNOWN.refuse("id")
    found = await locked_listing(work, photo.subject_id)
    await detach(work, photo)
    return found


def _place(found: Listing) -> Place:
    return Place(
        organization_id=found.university_id, program=CODE, permission=SELL.code, subject_type=SUBJECT,
        subject_id=found.id,
    )  # fmt: skip


async def _photos(work: Work, found: Listing) -> list[Attachment]:
    from core.files import attachments_of

    return await attachments_of(work.tx, _place(found))


async def _moved(work: Work, listing_id: int, status: ListingStatus, *allowed: ListingStatus) -> Listing:
    found = await locked_listing(work, listing_id)
    if found.status not in allowed:
        raise LISTING_STATUS.refuse("id", status=found.status)
    changed = await _changed(work, found, status=status.value, published_at=found.published_at or work.now)
    _record(work, status.value, changed, before={"status": found.status}, after={"status": status.value})
    return changed


async def _changed(work: Work, found: Listing, **values: Any) -> Listing:
    changed = await work.tx.one(
        Listing, sa.update(listing).where(listing.c.id == found.id).values(**values).returning(listing)
    )
    assert changed is not None
    return changed


def _objections(details: ListingDetails) -> Iterator[Violation]:
    for path, words, least, most in (
        ("title", details.title, 1, MOST_TITLE),
        ("place", details.place, 0, MOST_PLACE),
        ("description", details.description, 0, MOST_TEXT),
    ):
        if not least <= len(words.strip()) <= most:
            yield WORDS.at(path, least=least, most=most)
    if not 1 <= details.price_won <= MOST_PRICE:
        yield PRICE.at("priceWon", given=details.price_won, most=MOST_PRICE)
    if details.capacity is not None and not 1 <= details.capacity <= MOST_CAPACITY:
        yield CAPACITY.at("capacity", given=details.capacity, most=MOST_CAPACITY)


def _record(work: Work, what: str, found: Listing, **more: Any) -> None:
    work.record(f"exchange_listing.{what}", "exchange_listing", found.id, organization_id=found.university_id, **more)
