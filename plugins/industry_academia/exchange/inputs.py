"""What the mutations of the exchange are given, and what they answer."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from plugins.industry_academia.exchange.listings import ListingDetails
from plugins.industry_academia.exchange.models import ListingKind, UseUnit
from plugins.industry_academia.exchange.nodes import ExchangeListing, ExchangeOrder
from plugins.industry_academia.exchange.slots import Times
from schema import PROSE, BigInt, Payload, to_one
from schema.nodes import Filing

KEY = "중복방지 키 · Your own word for this very request; sending it again answers the first result. 1 to 100 letters."
REASON = "사유 · Why; the other side is told."


@strawberry.type(description="상품 결과 · The listing as it stands now.")
class ExchangeListingPayload(Payload):
    listing_id: strawberry.Private[int | None] = None
    listing: ExchangeListing | None = to_one("상품 · The listing.", local="listing_id")


@strawberry.type(description="거래 결과 · The order as it stands now.")
class ExchangeOrderPayload(Payload):
    order_id: strawberry.Private[int | None] = None
    order: ExchangeOrder | None = to_one("거래 · The order.", local="order_id")


@strawberry.type(description="적립신청 작성 결과 · The draft of a filing.")
class DraftEquipmentFilingPayload(Payload):
    filing_id: strawberry.Private[int | None] = None
    filing: Filing | None = to_one("적립신청 · The draft.", local="filing_id")


@strawberry.input(description="공용장비 활용 적립 · A settled order whose cash part earns.")
class DraftEquipmentFilingInput:
    order_id: strawberry.ID = strawberry.field(description="거래 · Which order.")


@strawberry.type(description="상품 삭제 결과 · Whether a draft went.")
class DiscardExchangeListingPayload(Payload):
    discarded: bool = strawberry.field(default=False, description="삭제 여부 · Whether it went.")


@strawberry.input(description="상품 내용 · What a listing says.")
class ExchangeListingDetails:
    title: str = strawberry.field(description="상품명 · What it is called, 1 to 200 letters.")
    kind: ListingKind = strawberry.field(description="구분 · What it is; kept once it was published.")
    price_won: BigInt = strawberry.field(description="가격 · For one unit of use, in won, tax included.")
    unit: UseUnit = strawberry.field(description="이용 단위 · What the price is for; kept once it was published.")
    description: str = strawberry.field(default="", description="설명 · About it.", metadata=PROSE)
    place: str = strawberry.field(default="", description="장소 · Where it is.")
    capacity: int | None = strawberry.field(default=None, description="수용 인원 · How many people.")

    def details(self) -> ListingDetails:
        return ListingDetails(
            title=self.title,
            kind=self.kind,
            price_won=self.price_won,
            unit=self.unit,
            description=self.description,
            place=self.place,
            capacity=self.capacity,
        )


@strawberry.input(description="상품 등록 · A new listing, a draft at first.")
class DraftExchangeListingInput:
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="대학 · Whose; null: one's own organization. Operators name one."
    )
    details: ExchangeListingDetails = strawberry.field(description="내용 · What it says.")


@strawberry.input(description="상품 수정 · What a listing says from now on.")
class AmendExchangeListingInput:
    id: strawberry.ID = strawberry.field(description="상품 · Which listing.")
    details: ExchangeListingDetails = strawberry.field(description="내용 · All that it says.")


@strawberry.input(description="상품 지정 · One listing.")
class ExchangeListingInput:
    id: strawberry.ID = strawberry.field(description="상품 · Which listing.")


@strawberry.input(description="시간 입력 · Days where the unit is the day, otherwise two moments.")
class ExchangeSlotInput:
    starts_at: datetime | None = strawberry.field(default=None, description="시작 · Without an offset: in Seoul.")
    ends_at: datetime | None = strawberry.field(default=None, description="종료 · Without an offset: in Seoul.")
    first_day: date | None = strawberry.field(default=None, description="첫날 · Counted in.")
    last_day: date | None = strawberry.field(default=None, description="마지막 날 · Counted in.")

    def times(self) -> Times:
        return Times(starts_at=self.starts_at, ends_at=self.ends_at, first_day=self.first_day, last_day=self.last_day)


@strawberry.input(description="이용 가능 시간 추가 · When a listing can be used besides.")
class AddExchangeSlotsInput:
    listing_id: strawberry.ID = strawberry.field(description="상품 · Which listing.")
    slots: list[ExchangeSlotInput] = strawberry.field(description="시간 · 1 to 500; none overlaps another.")


@strawberry.input(description="이용 가능 시간 삭제 · When it can no longer be used.")
class RemoveExchangeSlotsInput:
    slot_ids: list[strawberry.ID] = strawberry.field(description="시간 · 1 to 500 of one listing, that nobody has.")


@strawberry.input(description="사진 첨부 · A file that was sent, as a photograph.")
class AttachExchangePhotoInput:
    listing_id: strawberry.ID = strawberry.field(description="상품 · Which listing.")
    token: str = strawberry.field(description="토큰 · Of the address the file was sent to (`requestUpload`).")


@strawberry.input(description="사진 삭제 · A photograph to take off.")
class RemoveExchangePhotoInput:
    id: strawberry.ID = strawberry.field(description="사진 · Which photograph.")


@strawberry.input(description="견적 조건 · What a quote is asked for.")
class ExchangeQuoteInput:
    slot_ids: list[strawberry.ID] = strawberry.field(description="시간 · 1 to 100 of one listing.")
    points: BigInt | None = strawberry.field(
        default=None, description="마일리지 · How much to use; null: as much as can be."
    )


@strawberry.input(description="구매 신청 · What to book, and how much of it to pay in mileage.")
class OrderExchangeSlotsInput:
    slot_ids: list[strawberry.ID] = strawberry.field(description="시간 · 1 to 100 of one listing.")
    points: BigInt = strawberry.field(
        description="마일리지 · How much to use, 0 or more; see `exchangeQuote.usablePoints`."
    )
    note: str = strawberry.field(default="", description="메모 · For the university.", metadata=PROSE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="거래 지정 · One order.")
class ExchangeOrderInput:
    id: strawberry.ID = strawberry.field(description="거래 · Which order.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="거래 종료 · An order that is to end, and why.")
class EndExchangeOrderInput:
    id: strawberry.ID = strawberry.field(description="거래 · Which order.")
    reason: str = strawberry.field(description=REASON, metadata=PROSE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="정산 · That an order was used and its cash part paid.")
class SettleExchangeOrderInput:
    id: strawberry.ID = strawberry.field(description="거래 · Which order.")
    paid_won: BigInt = strawberry.field(description="입금액 · What was paid in cash: the order's `cashWon`.")
    paid_on: date = strawberry.field(description="입금일 · On which day.")
    idempotency_key: str = strawberry.field(description=KEY)
