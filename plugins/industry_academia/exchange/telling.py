"""What both sides of an order are told, at every step, in words of the program's own."""

from __future__ import annotations

from collections.abc import Mapping

from core.language import Text
from core.messages import Template, tell_organization
from core.work import Work
from plugins.industry_academia.exchange.models import Order, OrderStatus
from plugins.industry_academia.exchange.slots import printed

STEP = "industry_academia.exchange_order"
OUTCOMES: Mapping[OrderStatus, Text] = {
    OrderStatus.REQUESTED: Text("이용 신청", "requested"),
    OrderStatus.ACCEPTED: Text("수락", "accepted"),
    OrderStatus.REJECTED: Text("거절", "rejected"),
    OrderStatus.CANCELLED: Text("취소", "cancelled"),
    OrderStatus.LAPSED: Text("기한 만료", "lapsed"),
    OrderStatus.SETTLED: Text("정산 완료", "settled"),
    OrderStatus.REVERSED: Text("정산 취소", "undone"),
}
TEMPLATES: Mapping[str, Template] = {
    STEP: Template(
        Text("마일리지 거래소 {number}: {outcome}", "Mileage exchange {number}: {outcome}"),
        Text(
            "거래 {number} ({title}, {first} ~ {last}): {outcome}\n\n"
            "사용료 {fee}원 중 마일리지 {points}점, 현금 {cash}원입니다.\n\n{more}",
            "Order {number} ({title}, {first} to {last}): {outcome}\n\n"
            "Of a fee of {fee} won {points} mileage pay a part and {cash} won are paid in cash.\n\n{more}",
        ),
    )
}


async def tell_both(work: Work, order: Order) -> None:
    """To whoever ordered it, and to the university's main user."""
    outcome, more = OUTCOMES[OrderStatus(order.status)], _more(order)
    values = {
        "number": order.number,
        "title": order.title,
        "first": printed(order.starts_at),
        "last": printed(order.ends_at),
        "fee": order.fee_won,
        "points": order.points,
        "cash": order.fee_won - order.points * order.won_per_point,
        "outcome": {"ko": outcome.ko, "en": outcome.en},
        "more": {"ko": more.ko, "en": more.en},
    }
    await tell_organization(work, order.university_id, STEP, values)
    await tell_organization(work, order.company_id, STEP, values, member_id=order.ordered_by)


def _more(order: Order) -> Text:
    """What is to be done about it, or why it ended."""
    match order.status:
        case OrderStatus.REQUESTED:
            until = printed(order.answer_by)
            return Text(
                f"대학은 {until}까지 수락하거나 거절하세요. 그때까지 답이 없으면 신청은 효력을 잃습니다.",
                f"The university accepts or rejects it by {until}; unanswered it lapses.",
            )
        case OrderStatus.ACCEPTED:
            return Text("이용이 끝나고 현금이 입금되면 대학이 정산합니다.", "It is settled once used and paid.")
        case OrderStatus.SETTLED:
            return Text("사용한 마일리지가 대학에 이전되었습니다.", "The mileage used has gone over to the university.")
        case _:
            return Text(f"사유: {order.reason}", f"Reason: {order.reason}")
