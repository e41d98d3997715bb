"""Listings with their free times, and orders with what they booked. What must not be is refused by PostgreSQL.

Beside the constraints here the migration has: no two slots of a listing overlap (an exclusion constraint), a listing
that was published keeps its kind and unit, and an order moves on only as `LIFECYCLE` says and never changes its terms.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class ListingKind(StrEnum):
    """상품 구분: what is offered. Only the use of equipment earns mileage."""

    EQUIPMENT = "equipment"  # 장비
    FACILITY = "facility"  # 시설


class UseUnit(StrEnum):
    """이용 단위: what the price is for."""

    HOUR = "hour"  # 시간
    DAY = "day"  # 일
    USE = "use"  # 회: one slot, however long it is


class ListingStatus(StrEnum):
    """상품 상태."""

    DRAFT = "draft"  # 작성중: nobody else sees it
    PUBLISHED = "published"  # 게시: on offer
    CLOSED = "closed"  # 마감: no new orders; what is ordered goes on


class OrderStatus(StrEnum):
    """거래 상태."""

    REQUESTED = "requested"  # 신청: waits for the university
    ACCEPTED = "accepted"  # 수락
    REJECTED = "rejected"  # 거절
    CANCELLED = "cancelled"  # 취소
    LAPSED = "lapsed"  # 기한 만료: nobody answered
    SETTLED = "settled"  # 정산: used and paid, its mileage is the university's
    REVERSED = "reversed"  # 정산 취소: undone by an operator


OPEN = (OrderStatus.REQUESTED, OrderStatus.ACCEPTED)
LIFECYCLE = {
    OrderStatus.REQUESTED: (OrderStatus.ACCEPTED, OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.LAPSED),
    OrderStatus.ACCEPTED: (OrderStatus.CANCELLED, OrderStatus.SETTLED),
    OrderStatus.SETTLED: (OrderStatus.REVERSED,),
}


class Listing(SQLModel, table=True):
    """상품: a facility or an instrument of a university, on offer for a price a unit of use, in won."""

    __tablename__ = "ia_exchange_listing"
    __table_args__ = (
        sa.UniqueConstraint("id", "unit"),
        sa.CheckConstraint("kind IN ('equipment','facility')", name="ia_exchange_listing_kind_known"),
        sa.CheckConstraint("unit IN ('hour','day','use')", name="ia_exchange_listing_unit_known"),
        sa.CheckConstraint("status IN ('draft','published','closed')", name="ia_exchange_listing_status_known"),
        sa.CheckConstraint("price_won BETWEEN 1 AND 1000000000", name="ia_exchange_listing_price"),
        sa.CheckConstraint("capacity > 0", name="ia_exchange_listing_capacity"),
        sa.CheckConstraint("title !~ '^\\s*$'", name="ia_exchange_listing_titled"),
        sa.CheckConstraint("(status = 'draft') = (published_at IS NULL)", name="ia_exchange_listing_published"),
        sa.Index("ia_exchange_listing_on_offer", "id", postgresql_where=sa.text("status = 'published'")),
    )
    id: int = columns.identity()
    university_id: int = columns.reference("organization")
    kind: str = columns.text()
    title: str = columns.text()
    description: str = columns.text(default="")
    place: str = columns.text(default="")
    price_won: int = columns.number()
    unit: str = columns.text()
    capacity: int | None = columns.number(nullable=True)  # people
    status: str = columns.text(default="draft")
    created_by: int | None = columns.reference("member", nullable=True, index=False)
    created_at: datetime = columns.moment(now=True)
    published_at: datetime | None = columns.moment(nullable=True)


class Slot(SQLModel, table=True):
    """이용 가능 시간: when it can be used, whole units long; days run from midnight to midnight in Seoul."""

    __tablename__ = "ia_exchange_slot"
    __table_args__ = (
        sa.ForeignKeyConstraint(["listing_id", "unit"], ["ia_exchange_listing.id", "ia_exchange_listing.unit"]),
        sa.CheckConstraint("until_at > from_at", name="ia_exchange_slot_in_order"),
        sa.CheckConstraint("units > 0", name="ia_exchange_slot_units"),
        sa.CheckConstraint(
            "CASE unit WHEN 'use' THEN units = 1"
            " WHEN 'hour' THEN extract(epoch FROM until_at - from_at) = units * 3600"
            " ELSE extract(epoch FROM until_at - from_at) = units * 86400"
            " AND (from_at AT TIME ZONE 'Asia/Seoul')::time = '00:00' END",
            name="ia_exchange_slot_whole_units",
        ),
        sa.Index("ia_exchange_slot_listing", "listing_id", "from_at"),
    )
    id: int = columns.identity()
    listing_id: int = columns.number()
    unit: str = columns.text()
    units: int = columns.number()
    from_at: datetime = columns.moment()
    until_at: datetime = columns.moment()


class Order(SQLModel, table=True):
    """거래: one company's use of one listing, with the price and the terms as of the order. Won and points."""

    __tablename__ = "ia_exchange_order"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("company_id", "idempotency_key"),
        sa.UniqueConstraint("hold_id"),
        sa.UniqueConstraint("transfer_id"),
        sa.UniqueConstraint("reversal_id"),
        sa.UniqueConstraint("id", "taken"),
        sa.CheckConstraint("company_id <> university_id", name="ia_exchange_order_two_parties"),
        sa.CheckConstraint("fee_won = price_won * units AND fee_won > 0", name="ia_exchange_order_fee"),
        sa.CheckConstraint("points >= 0", name="ia_exchange_order_points"),
        sa.CheckConstraint("rate BETWEEN 0 AND 1 AND won_per_point > 0", name="ia_exchange_order_terms"),
        sa.CheckConstraint("points * won_per_point <= fee_won * rate", name="ia_exchange_order_within_share"),
        sa.CheckConstraint("(points > 0) = (hold_id IS NOT NULL)", name="ia_exchange_order_held"),
        sa.CheckConstraint(
            "status IN ('requested','accepted','rejected','cancelled','lapsed','settled','reversed')",
            name="ia_exchange_order_status_known",
        ),
        sa.CheckConstraint(
            "taken = (status IN ('requested','accepted','settled'))", name="ia_exchange_order_takes_its_slots"
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted','settled','reversed') OR accepted_at IS NOT NULL",
            name="ia_exchange_order_accepted",
        ),
        sa.CheckConstraint(
            "num_nonnulls(paid_won, paid_on, settled_at)"
            " = CASE WHEN status IN ('settled','reversed') THEN 3 ELSE 0 END",
            name="ia_exchange_order_paid_when_settled",
        ),
        sa.CheckConstraint("paid_won = fee_won - points * won_per_point", name="ia_exchange_order_paid_in_full"),
        sa.CheckConstraint(
            "(transfer_id IS NOT NULL) = (points > 0 AND status IN ('settled','reversed'))",
            name="ia_exchange_order_transferred_when_settled",
        ),
        sa.CheckConstraint(
            "(reversal_id IS NOT NULL) = (points > 0 AND status = 'reversed')",
            name="ia_exchange_order_reversed_by_a_transaction",
        ),
        sa.CheckConstraint(
            "(status IN ('rejected','cancelled','lapsed','reversed')) = (ended_at IS NOT NULL)",
            name="ia_exchange_order_ended",
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (reason IS NULL) AND reason !~ '^\\s*$'", name="ia_exchange_order_reasoned"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ia_exchange_order_in_order"),
        sa.Index("ia_exchange_order_company", "company_id", "id"),
        sa.Index("ia_exchange_order_university", "university_id", "id"),
        sa.Index("ia_exchange_order_waiting", "answer_by", postgresql_where=sa.text("status = 'requested'")),
    )
    id: int = columns.identity()
    number: str = columns.text()
    listing_id: int = columns.reference("ia_exchange_listing")
    company_id: int = columns.reference("organization", index=False)
    university_id: int = columns.reference("organization", index=False)
    title: str = columns.text()
    kind: str = columns.text()
    status: str = columns.text(default="requested")
    taken: bool = columns.flag(True)
    price_won: int = columns.number()
    unit: str = columns.text()
    units: int = columns.number()
    fee_won: int = columns.number()
    points: int = columns.number()
    terms_effective: date = columns.day()
    rate: Decimal = columns.exact()
    won_per_point: int = columns.number()
    hold_id: int | None = columns.reference("hold", nullable=True, index=False)
    transfer_id: int | None = columns.reference("ledger_transaction", nullable=True, index=False)
    reversal_id: int | None = columns.reference("ledger_transaction", nullable=True, index=False)
    starts_at: datetime = columns.moment()
    ends_at: datetime = columns.moment()
    note: str = columns.text(default="")
    idempotency_key: str = columns.text()
    request_hash: str = columns.text()
    change_key: str | None = columns.text(nullable=True)  # of the last step, so that it can be asked for again
    ordered_at: datetime = columns.moment()
    ordered_by: int | None = columns.reference("member", nullable=True, index=False)
    answer_by: datetime = columns.moment()
    accepted_at: datetime | None = columns.moment(nullable=True)
    accepted_by: int | None = columns.reference("member", nullable=True, index=False)
    settled_at: datetime | None = columns.moment(nullable=True)
    settled_by: int | None = columns.reference("member", nullable=True, index=False)
    paid_won: int | None = columns.number(nullable=True)
    paid_on: date | None = columns.day(nullable=True)
    ended_at: datetime | None = columns.moment(nullable=True)
    ended_by: int | None = columns.reference("member", nullable=True, index=False)
    reason: str | None = columns.text(nullable=True)


class Booking(SQLModel, table=True):
    """예약된 시간: one slot of one order. `taken` follows the order, and a slot is taken once."""

    __tablename__ = "ia_exchange_booking"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["order_id", "taken"], ["ia_exchange_order.id", "ia_exchange_order.taken"], onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["ia_exchange_slot.id"], ondelete="SET NULL"),
        sa.CheckConstraint("slot_id IS NOT NULL OR NOT taken", name="ia_exchange_booking_of_a_slot"),
        sa.CheckConstraint("until_at > from_at AND units > 0", name="ia_exchange_booking_in_order"),
        sa.Index("ia_exchange_booking_once", "slot_id", unique=True, postgresql_where=sa.text("taken")),
        sa.Index("ia_exchange_booking_order", "order_id", "from_at"),
    )
    id: int = columns.identity()
    order_id: int = columns.number()
    taken: bool = columns.flag(True)
    slot_id: int | None = columns.number(nullable=True)  # null once a slot that was given back is removed
    units: int = columns.number()
    from_at: datetime = columns.moment()
    until_at: datetime = columns.moment()


class Counter(SQLModel, table=True):
    """거래번호 순번: the last number given in a year; the row lock keeps numbers without gaps."""

    __tablename__ = "ia_exchange_counter"
    year: int = columns.number()
    last: int = columns.number(default=0)
    __table_args__ = (sa.PrimaryKeyConstraint("year"),)


MODELS = (Listing, Slot, Order, Booking, Counter)
