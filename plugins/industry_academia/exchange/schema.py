"""What the exchange adds to the API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from core.errors import NotAllowed
from core.language import Text
from plugins.industry_academia.exchange import filing, lifecycle, listings, ordering, slots
from plugins.industry_academia.exchange.inputs import (
    AddExchangeSlotsInput,
    AmendExchangeListingInput,
    AttachExchangePhotoInput,
    DiscardExchangeListingPayload,
    DraftEquipmentFilingInput,
    DraftEquipmentFilingPayload,
    DraftExchangeListingInput,
    EndExchangeOrderInput,
    ExchangeListingInput,
    ExchangeListingPayload,
    ExchangeOrderInput,
    ExchangeOrderPayload,
    ExchangeQuoteInput,
    OrderExchangeSlotsInput,
    RemoveExchangePhotoInput,
    RemoveExchangeSlotsInput,
    SettleExchangeOrderInput,
)
from plugins.industry_academia.exchange.nodes import ExchangeListing, ExchangeOrder, ExchangeSlot
from plugins.industry_academia.exchange.tables import EXCHANGE_TERMS
from plugins.industry_academia.exchange.tables import ExchangeTerms as Terms
from schema import (
    BigInt,
    Connection,
    Info,
    UserError,
    connection,
    hide_ids,
    key_of,
    lookup,
    mutation,
    to_many,
    user_error,
)


@strawberry.type(description="거래 조건 · How much of a fee mileage may pay, from a day on.")
class ExchangeTerms:
    effective: date = strawberry.field(description="시행일 · From which day.")
    rate: Decimal = strawberry.field(description="최대 할인율 · Of the fee, 0 to 1, its end counted in.")
    won_per_point: BigInt = strawberry.field(description="마일리지당 원 · What one mileage is worth.")
    clause: str = strawberry.field(description="근거 조항 · Where it stands.")


@strawberry.type(description="견적 · What a use would cost now, and everything that speaks against it.")
class ExchangeQuote:
    units: BigInt = strawberry.field(description="단위 수 · How many units.")
    price_won: BigInt = strawberry.field(description="단가 · For one unit, in won.")
    fee_won: BigInt = strawberry.field(description="사용료 · Price times units, in won.")
    most_points: BigInt = strawberry.field(description="최대 마일리지 · As the fee allows.")
    available: BigInt = strawberry.field(description="가용 마일리지 · As the company has.")
    usable_points: BigInt = strawberry.field(description="사용 가능 마일리지 · The lesser of the two.")
    points: BigInt = strawberry.field(description="사용 마일리지 · What was asked for, or all that is usable.")
    discount_won: BigInt = strawberry.field(description="할인액 · What that is worth, in won.")
    cash_won: BigInt = strawberry.field(description="현금 부담금 · What would be left to pay, in won.")
    explanation: str = strawberry.field(description="설명 · How these numbers come about, in a sentence.")
    terms: ExchangeTerms = strawberry.field(description="거래 조건 · By which terms.")
    errors: list[UserError] = strawberry.field(description="오류 · What speaks against it; empty: it can be ordered.")


EXPLAINED = Text(
    "단가 {price}원 × {units} = 사용료 {fee}원. 사용료의 {percent}%를 1 마일리지당 {won}원으로 나누면 최대 {most},"
    " 가용 마일리지는 {available}이므로 {usable}까지 쓸 수 있습니다. {points} 마일리지를 쓰면 {discount}원이 할인되어"
    " 현금 {cash}원을 냅니다.",
    "{price} won × {units} = a fee of {fee} won. {percent} % of it at {won} won a mileage is {most} at most;"
    " {available} are free, so {usable} can be used. With {points} the fee is {discount} won less: {cash} won in cash.",
)


@strawberry.type
class Query:
    """What can be asked of the exchange."""

    exchange_listings: Connection[ExchangeListing] = connection(
        "상품 목록 · What universities offer; public once it is published, the newest first."
    )
    exchange_slots: Connection[ExchangeSlot] = connection("이용 가능 시간 목록 · Times of listings, the first first.")
    exchange_orders: Connection[ExchangeOrder] = connection("거래 목록 · The orders you may see, the newest first.")
    exchange_order: ExchangeOrder | None = lookup(
        "거래 · By its number, if you may see it.", by="number", argument="거래번호 · E.g. E26-1."
    )

    @strawberry.field(description="거래 조건 목록 · All there have been, the first first.")  # type: ignore[untyped-decorator]
    def exchange_terms(self) -> list[ExchangeTerms]:
        return [shown(each) for each in EXCHANGE_TERMS]

    @strawberry.field(description="견적 · What a use would cost one's company, without ordering it.")  # type: ignore[untyped-decorator]
    async def exchange_quote(
        self, info: Info, input: Annotated[ExchangeQuoteInput, strawberry.argument(description="조건 · What is asked.")]
    ) -> ExchangeQuote:
        company = own(info)
        await hide_ids(info, input)
        async with info.context.work() as work:
            found = await ordering.quote(work, company, slot_keys(input.slot_ids), input.points)
        price, terms = found.price, found.terms
        explained = EXPLAINED.format(
            {
                "price": found.listing.price_won,
                "units": found.units,
                "fee": price.fee_won,
                "percent": f"{(terms.rate * 100).normalize():f}",
                "won": terms.won_per_point,
                "most": found.most_points,
                "available": found.available,
                "usable": found.usable_points,
                "points": price.points,
                "discount": price.discount_won,
                "cash": price.cash_won,
            }
        )
        return ExchangeQuote(
            units=BigInt(found.units),
            price_won=BigInt(found.listing.price_won),
            fee_won=BigInt(price.fee_won),
            most_points=BigInt(found.most_points),
            available=BigInt(found.available),
            usable_points=BigInt(found.usable_points),
            points=BigInt(price.points),
            discount_won=BigInt(price.discount_won),
            cash_won=BigInt(price.cash_won),
            explanation=info.context.say(explained),
            terms=shown(terms),
            errors=[user_error(each, info.context.language) for each in found.objections],
        )


@strawberry.type
class OrganizationExchange:
    """What joins the type `Organization`."""

    exchange_listings: Connection[ExchangeListing] = to_many("상품 · What it offers.", remote="university_id")
    exchange_sales: Connection[ExchangeOrder] = to_many("판매 거래 · Orders it provides.", remote="university_id")
    exchange_purchases: Connection[ExchangeOrder] = to_many("구매 거래 · Orders it made.", remote="company_id")


@strawberry.type
class Mutation:
    """What is done on the exchange."""

    @mutation("상품 등록 · List a facility or an instrument of one's university, as a draft.")
    async def draft_exchange_listing(info: Info, input: DraftExchangeListingInput) -> ExchangeListingPayload:
        university = input.organization_id
        university_id = own(info) if university is None else key_of(university, "Organization", "organizationId")
        async with info.context.work() as work:
            made = await listings.draft_listing(work, university_id, input.details.details())
        return ExchangeListingPayload(listing_id=made.id)

    @mutation("상품 수정 · Change what a listing says. Orders keep the price they were made at.")
    async def amend_exchange_listing(info: Info, input: AmendExchangeListingInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            found = await listings.amend_listing(work, listing_key(input.id), input.details.details())
        return ExchangeListingPayload(listing_id=found.id)

    @mutation("상품 게시 · Put a draft on offer, or again what was closed.")
    async def publish_exchange_listing(info: Info, input: ExchangeListingInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            found = await listings.publish_listing(work, listing_key(input.id))
        return ExchangeListingPayload(listing_id=found.id)

    @mutation("상품 마감 · Take no new orders. What is ordered already goes on.")
    async def close_exchange_listing(info: Info, input: ExchangeListingInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            found = await listings.close_listing(work, listing_key(input.id))
        return ExchangeListingPayload(listing_id=found.id)

    @mutation("상품 삭제 · Discard a draft, with its times and photographs.")
    async def discard_exchange_listing(info: Info, input: ExchangeListingInput) -> DiscardExchangeListingPayload:
        async with info.context.work() as work:
            await listings.discard_listing(work, listing_key(input.id))
        return DiscardExchangeListingPayload(discarded=True)

    @mutation("이용 가능 시간 추가 · Add times to a listing, all or none.")
    async def add_exchange_slots(info: Info, input: AddExchangeSlotsInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            found = await slots.add_slots(
                work, listing_key(input.listing_id, "listingId"), [each.times() for each in input.slots]
            )
        return ExchangeListingPayload(listing_id=found.id)

    @mutation("이용 가능 시간 삭제 · Remove times that nobody has, all or none.")
    async def remove_exchange_slots(info: Info, input: RemoveExchangeSlotsInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            found = await slots.remove_slots(work, slot_keys(input.slot_ids))
        return ExchangeListingPayload(listing_id=found.id)

    @mutation("상품 사진 첨부 · Attach a photograph (JPEG or PNG, 10 at most) to a listing.")
    async def attach_exchange_photo(info: Info, input: AttachExchangePhotoInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            made = await listings.attach_photo(work, listing_key(input.listing_id, "listingId"), input.token)
        return ExchangeListingPayload(listing_id=made.subject_id)

    @mutation("상품 사진 삭제 · Take a photograph off its listing.")
    async def remove_exchange_photo(info: Info, input: RemoveExchangePhotoInput) -> ExchangeListingPayload:
        async with info.context.work() as work:
            found = await listings.remove_photo(work, key_of(input.id, "ExchangePhoto", "id"))
        return ExchangeListingPayload(listing_id=found.id)

    @mutation("구매 신청 · Book times of a listing and hold the mileage that is to pay a part: both, or neither.")
    async def order_exchange_slots(info: Info, input: OrderExchangeSlotsInput) -> ExchangeOrderPayload:
        async with info.context.work() as work:
            placed = await ordering.place_order(
                work, own(info), slot_keys(input.slot_ids), points=input.points, key=input.idempotency_key,
                note=input.note,
            )  # fmt: skip
        return ExchangeOrderPayload(order_id=placed.id)

    @mutation("수락 · Accept a request, in time.")
    async def accept_exchange_order(info: Info, input: ExchangeOrderInput) -> ExchangeOrderPayload:
        async with info.context.work() as work:
            found = await lifecycle.accept_order(work, order_key(input.id), key=input.idempotency_key)
        return ExchangeOrderPayload(order_id=found.id)

    @mutation("거절 · Reject a request; its mileage and its times are free again.")
    async def reject_exchange_order(info: Info, input: EndExchangeOrderInput) -> ExchangeOrderPayload:
        async with info.context.work() as work:
            found = await lifecycle.reject_order(
                work, order_key(input.id), reason=input.reason, key=input.idempotency_key
            )
        return ExchangeOrderPayload(order_id=found.id)

    @mutation("취소 · Cancel an order before it is settled; its mileage and its times are free again.")
    async def cancel_exchange_order(info: Info, input: EndExchangeOrderInput) -> ExchangeOrderPayload:
        async with info.context.work() as work:
            found = await lifecycle.cancel_order(
                work, order_key(input.id), reason=input.reason, key=input.idempotency_key
            )
        return ExchangeOrderPayload(order_id=found.id)

    @mutation("정산 · Used and paid: the mileage held goes over to the university. By the university.")
    async def settle_exchange_order(info: Info, input: SettleExchangeOrderInput) -> ExchangeOrderPayload:
        async with info.context.work() as work:
            found = await lifecycle.settle_order(
                work, order_key(input.id), paid_won=input.paid_won, paid_on=input.paid_on, key=input.idempotency_key
            )
        return ExchangeOrderPayload(order_id=found.id)

    @mutation("정산 취소 · Undo a settled order that is disputed. Operators of the program only.")
    async def reverse_exchange_order(info: Info, input: EndExchangeOrderInput) -> ExchangeOrderPayload:
        async with info.context.work() as work:
            found = await lifecycle.reverse_order(
                work, order_key(input.id), reason=input.reason, key=input.idempotency_key
            )
        return ExchangeOrderPayload(order_id=found.id)

    @mutation("공용장비 활용 적립신청 작성 · Draft the filing by which the cash part of a settled order earns mileage.")
    async def draft_equipment_filing(info: Info, input: DraftEquipmentFilingInput) -> DraftEquipmentFilingPayload:
        async with info.context.work() as work:
            made = await filing.draft_equipment_filing(work, key_of(input.order_id, "ExchangeOrder", "orderId"))
        return DraftEquipmentFilingPayload(filing_id=made.id)


def shown(terms: Terms) -> ExchangeTerms:
    return ExchangeTerms(
        effective=terms.effective,
        rate=terms.rate,
        won_per_point=BigInt(terms.won_per_point),
        clause=terms.source.clause,
    )


def own(info: Info) -> int:
    """The organization of whoever asks."""
    actor = info.context.actor
    actor.require_ready()
    if actor.organization_id is None:
        raise NotAllowed(Text("소속 기관이 없습니다.", "You act for no organization."))
    return actor.organization_id


def listing_key(text: strawberry.ID, path: str = "id") -> int:
    return key_of(text, "ExchangeListing", path)


def order_key(text: strawberry.ID) -> int:
    return key_of(text, "ExchangeOrder", "id")


def slot_keys(texts: list[strawberry.ID]) -> list[int]:
    return [key_of(each, "ExchangeSlot", "slotIds", str(place)) for place, each in enumerate(texts)]
