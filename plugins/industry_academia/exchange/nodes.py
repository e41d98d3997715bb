"""The exchange as the API shows it, and who may see which of its rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import strawberry

from core.database import table_of
from core.files import Attachment
from core.identity import Organization as OrganizationRow
from core.program import Permission
from plugins.industry_academia.exchange.listings import SUBJECT
from plugins.industry_academia.exchange.models import ListingKind, ListingStatus, OrderStatus, UseUnit
from plugins.industry_academia.exchange.permissions import BUY, SELL
from plugins.industry_academia.exchange.queries import booking, listing, order, slot
from plugins.industry_academia.program import CODE
from schema import (
    BigInt,
    Connection,
    Node,
    Viewer,
    between,
    column,
    described,
    searchable,
    shows,
    to_many,
    to_one,
    words,
)
from schema.nodes import Hold, Organization, Transaction, download_path, of_file

described(
    ListingKind,
    "ExchangeListingKind",
    "상품 구분 · What is offered.",
    {"EQUIPMENT": "장비 · An instrument; its use earns mileage.", "FACILITY": "시설 · A facility."},
)
described(
    UseUnit,
    "ExchangeUnit",
    "이용 단위 · What the price is for.",
    {"HOUR": "시간 · An hour.", "DAY": "일 · A day.", "USE": "회 · One slot, however long it is."},
)
described(
    ListingStatus,
    "ExchangeListingStatus",
    "상품 상태 · Where a listing stands.",
    {
        "DRAFT": "작성중 · Only the university sees it.",
        "PUBLISHED": "게시 · On offer, for everybody to see.",
        "CLOSED": "마감 · No new orders; what is ordered goes on.",
    },
)
described(
    OrderStatus,
    "ExchangeOrderStatus",
    "거래 상태 · Where an order stands.",
    {
        "REQUESTED": "신청 · Waits for the university; its times are taken and its points held.",
        "ACCEPTED": "수락 · The university will provide it.",
        "REJECTED": "거절 · By the university; nothing is held any more.",
        "CANCELLED": "취소 · By either side before it was settled; nothing is held any more.",
        "LAPSED": "기한 만료 · Nobody answered in time; nothing is held any more.",
        "SETTLED": "정산 · Used and paid; its points are the university's.",
        "REVERSED": "정산 취소 · Undone by an operator; its points are the company's again.",
    },
)


def permitted(viewer: Viewer, permission: Permission) -> sa.ColumnElement[bool]:
    return sa.true() if viewer.main else viewer.permitted(sa.literal(permission.code))


def visible_order(table: Any, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Members of the two organizations with their permission, staff of the program, auditors."""
    if viewer.public:
        return sa.false()
    if viewer.reads_all:
        return sa.true()
    if viewer.staff:
        return viewer.in_charge_of(sa.literal(CODE))
    return sa.or_(
        sa.and_(table.c.company_id == viewer.organization_id, permitted(viewer, BUY)),
        sa.and_(table.c.university_id == viewer.organization_id, permitted(viewer, SELL)),
    )


def visible_listing(table: Any, viewer: Viewer) -> sa.ColumnElement[bool]:
    """What is on offer: everybody. The rest: the university, whoever has an order of it, staff, auditors."""
    on_offer: sa.ColumnElement[bool] = table.c.status == ListingStatus.PUBLISHED.value
    if viewer.public:
        return on_offer
    if viewer.reads_all:
        return sa.true()
    if viewer.staff:
        return sa.or_(on_offer, viewer.in_charge_of(sa.literal(CODE)))
    of_it = order.alias("order_of_it")
    return sa.or_(
        on_offer,
        sa.and_(table.c.university_id == viewer.organization_id, permitted(viewer, SELL)),
        sa.exists().where(of_it.c.listing_id == table.c.id, visible_order(of_it, viewer)),
    )


def of_visible_listing(name: str, *more: Any) -> Any:
    """Rows that belong to a listing that is visible."""

    def visible(table: Any, viewer: Viewer) -> sa.ColumnElement[bool]:
        seen = listing.alias("seen_listing")
        belongs = sa.exists().where(seen.c.id == table.c[name], visible_listing(seen, viewer))
        return sa.and_(*(each(table) for each in more), belongs)

    return visible


def of_visible_order(table: Any, viewer: Viewer) -> sa.ColumnElement[bool]:
    seen = order.alias("seen_order")
    return sa.exists().where(seen.c.id == table.c.order_id, visible_order(seen, viewer))


def of_organization(local: str, name: str) -> Any:
    """A column of an organization whose row may not be for the viewer's eyes: its name, its business number."""

    def expression(table: Any) -> sa.ColumnElement[Any]:
        owner = table_of(OrganizationRow).alias("owner")
        return sa.select(owner.c[name]).where(owner.c.id == table.c[local]).scalar_subquery()

    return expression


def not_taken(table: Any) -> sa.ColumnElement[bool]:
    taken = booking.alias("taking")
    return ~sa.exists().where(taken.c.slot_id == table.c.id, taken.c.taken)


def has_free_time(table: Any, since: sa.ColumnElement[Any], until: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    free = slot.alias("free_slot")
    within = sa.and_(free.c.from_at >= since, free.c.until_at <= until)
    return sa.exists().where(free.c.listing_id == table.c.id, within, not_taken(free))


def is_photo(table: Any) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.subject_type == SUBJECT, table.c.withdrawn_at.is_(None))


@shows(table_of(Attachment), visible=of_visible_listing("subject_id", is_photo))
@strawberry.type(description="상품 사진 · A photograph of what is on offer.")
class ExchangePhoto(Node):
    file_name: str = column("파일 이름 · As it was sent.")
    size: BigInt = column("크기 · In bytes.", sql=of_file("size"))
    attached_at: datetime = column("첨부 시각 · When it was attached.", sortable=True)
    download_path: str = column("내려받기 경로 · The picture, for whoever may see the listing.", sql=download_path)


@shows(slot, visible=of_visible_listing("listing_id"), order=("from_at",), also=("from_at",))
@strawberry.type(description="이용 가능 시간 · When a listing can be used, whole units long.")
class ExchangeSlot(Node):
    starts_at: datetime = column("시작 · When it begins.", sql=lambda t: t.c.from_at, filterable=True, sortable=True)
    ends_at: datetime = column("종료 · When it ends.", sql=lambda t: t.c.until_at, filterable=True, sortable=True)
    units: BigInt = column("단위 수 · How many of the listing's units it is long.", filterable=True)
    free: bool = column("예약 가능 · Whether nobody has it.", sql=not_taken, filterable=True)
    listing: ExchangeListing | None = to_one("상품 · Of which listing.", local="listing_id")


@searchable(
    words("text", "검색어 · In its title, description or place.", "title", "description", "place"),
    between("free", "이용 가능 기간 · Has a free time that begins and ends between two moments.", sql=has_free_time),
)
@shows(listing, visible=visible_listing, descending=True)
@strawberry.type(description="상품 · A facility or an instrument of a university, for companies to use.")
class ExchangeListing(Node):
    title: str = column("상품명 · What it is called.", filterable=True, sortable=True)
    kind: ListingKind = column("구분 · What it is.", filterable=True)
    description: str = column("설명 · About it.", filterable=True)
    place: str = column("장소 · Where it is.", filterable=True)
    price_won: BigInt = column("가격 · For one unit of use, in won.", filterable=True, sortable=True)
    unit: UseUnit = column("이용 단위 · What the price is for.", filterable=True)
    capacity: BigInt | None = column("수용 인원 · How many people; null: it does not say.", filterable=True)
    status: ListingStatus = column("상태 · Where it stands.", filterable=True)
    published_at: datetime | None = column("게시 시각 · When it was first on offer.", filterable=True)
    university_name: str = column(
        "대학명 · Whose it is.", sql=of_organization("university_id", "name"), filterable=True, sortable=True
    )
    university_number: str = column(
        "대학 사업자등록번호 · Its ten digits.",
        sql=of_organization("university_id", "business_number"),
        filterable=True,
    )
    university: Organization | None = to_one("대학 · The university, if you may see it.", local="university_id")
    slots: Connection[ExchangeSlot] = to_many("이용 가능 시간 · When it can be used.", remote="listing_id")
    photos: Connection[ExchangePhoto] = to_many("사진 · How it looks.", remote="subject_id", where=is_photo)


@shows(booking, visible=of_visible_order, order=("from_at",), also=("from_at",))
@strawberry.type(description="예약된 시간 · A slot of an order, as it was when it was ordered.")
class ExchangeBooking(Node):
    starts_at: datetime = column("시작 · When it begins.", sql=lambda t: t.c.from_at)
    ends_at: datetime = column("종료 · When it ends.", sql=lambda t: t.c.until_at)
    units: BigInt = column("단위 수 · How many of the order's units it is long.")
    taken: bool = column("예약 유지 · Whether the order still has it.")
    slot: ExchangeSlot | None = to_one("이용 가능 시간 · The slot; null once it was removed.", local="slot_id")


@shows(order, visible=visible_order, descending=True)
@strawberry.type(description="거래 · One company's use of one listing, at the price and by the terms of the order.")
class ExchangeOrder(Node):
    number: str = column("거래번호 · The year and its turn in it, without gaps.", filterable=True)
    status: OrderStatus = column("상태 · Where it stands.", filterable=True)
    title: str = column("상품명 · As it was when ordered.", filterable=True)
    kind: ListingKind = column("상품 구분 · What is used.", filterable=True)
    price_won: BigInt = column("단가 · For one unit, as of the order, in won.")
    unit: UseUnit = column("이용 단위 · What the price is for.")
    units: BigInt = column("단위 수 · How many.")
    fee_won: BigInt = column("사용료 · Price times units, in won, tax included.", filterable=True, sortable=True)
    points: BigInt = column("사용 마일리지 · How much of it mileage pays.", filterable=True)
    discount_won: BigInt = column("할인액 · What that is worth, in won.", sql=lambda t: t.c.points * t.c.won_per_point)
    cash_won: BigInt = column(
        "현금 부담금 · What is left to pay, in won.", sql=lambda t: t.c.fee_won - t.c.points * t.c.won_per_point
    )
    terms_effective: date = column("거래 조건 시행일 · By which terms it was made.")
    rate: Decimal = column("최대 할인율 · Of those terms, 0 to 1.")
    won_per_point: BigInt = column("마일리지당 원 · Of those terms.")
    starts_at: datetime = column("이용 시작 · When the first time begins.", filterable=True, sortable=True)
    ends_at: datetime = column("이용 종료 · When the last one ends.", filterable=True, sortable=True)
    note: str = column("메모 · What the company wrote.")
    ordered_at: datetime = column("신청 시각 · When it was ordered.", filterable=True, sortable=True)
    answer_by: datetime = column("답변 기한 · Unanswered by then it lapses.", filterable=True, sortable=True)
    accepted_at: datetime | None = column("수락 시각 · When the university accepted it.")
    settled_at: datetime | None = column("정산 시각 · When it was settled.", filterable=True)
    paid_won: BigInt | None = column("입금액 · What was paid in cash, in won.")
    paid_on: date | None = column("입금일 · On which day.", filterable=True)
    ended_at: datetime | None = column("종료 시각 · When it was rejected, cancelled, undone, or lapsed.")
    reason: str | None = column("사유 · Why it ended.")
    company_name: str = column("기업명 · Who ordered it.", sql=of_organization("company_id", "name"), filterable=True)
    company_number: str = column(
        "기업 사업자등록번호 · Its ten digits.", sql=of_organization("company_id", "business_number"), filterable=True
    )
    university_name: str = column(
        "대학명 · Who provides it.", sql=of_organization("university_id", "name"), filterable=True
    )
    listing: ExchangeListing | None = to_one("상품 · The listing as it is now.", local="listing_id")
    company: Organization | None = to_one("기업 · Who ordered it, if you may see it.", local="company_id")
    university: Organization | None = to_one("대학 · Who provides it, if you may see it.", local="university_id")
    hold: Hold | None = to_one("예약 · What holds its points, lot by lot, if you may see it.", local="hold_id")
    transfer: Transaction | None = to_one("이전 · What carried its points over.", local="transfer_id")
    reversal: Transaction | None = to_one("이전 취소 · What carried them back.", local="reversal_id")
    bookings: Connection[ExchangeBooking] = to_many("예약된 시간 · What it booked.", remote="order_id")
