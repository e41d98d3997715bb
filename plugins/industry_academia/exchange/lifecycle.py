"""What becomes of an order: accepted or rejected, cancelled, lapsed, settled, and at most undone by an operator.

Every step locks the order first, so that of two that come at once one wins and the other is told where it stands. A
step that is asked for again under its key answers what it came to.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from core.actor import Role
from core.calendar import SEOUL
from core.ledgers import release, reverse, transfer
from core.work import Work
from plugins.industry_academia.exchange.models import OPEN, Order, OrderStatus
from plugins.industry_academia.exchange.problems import (
    DISPUTE_INSTEAD,
    EARNED_BY_IT,
    NOT_OVER,
    ORDER_STATUS,
    PAID_OTHERWISE,
    PAID_WHEN,
    REASON,
    TOO_LATE,
    UNDER_WAY,
    WORDS,
)
from plugins.industry_academia.exchange.queries import locked_order, order, require_buyer, require_seller
from plugins.industry_academia.exchange.slots import printed
from plugins.industry_academia.exchange.telling import tell_both
from plugins.industry_academia.program import CODE, EQUIPMENT, MILEAGE

MOST_REASON = 1_000
UNANSWERED = "기한 내에 대학의 답이 없어 신청이 효력을 잃었습니다. · The university did not answer in time."


async def accept_order(work: Work, order_id: int, *, key: str) -> Order:
    """수락: the university will provide it."""
    found = await locked_order(work, order_id)
    await require_seller(work, found.university_id)
    if _done_before(work, found, OrderStatus.ACCEPTED, key):
        return found
    _require_status(found, OrderStatus.REQUESTED)
    if found.answer_by <= work.now:
        raise TOO_LATE.refuse("id", until=printed(found.answer_by))
    return await _moved(work, found, OrderStatus.ACCEPTED, key, accepted_at=work.now, accepted_by=work.actor.member_id)


async def reject_order(work: Work, order_id: int, *, reason: str, key: str) -> Order:
    """거절: the points are the company's again, and the times are free."""
    found = await locked_order(work, order_id)
    await require_seller(work, found.university_id)
    if _done_before(work, found, OrderStatus.REJECTED, key):
        return found
    _require_status(found, OrderStatus.REQUESTED)
    return await _ended(work, found, OrderStatus.REJECTED, reason, key)


async def cancel_order(work: Work, order_id: int, *, reason: str, key: str) -> Order:
    """취소: by either side until it is settled, by the company until the use begins. The points are free again."""
    found = await locked_order(work, order_id)
    by_company = work.actor.acts_for(found.company_id)
    if by_company:
        await require_buyer(work, found.company_id)
    else:
        await require_seller(work, found.university_id)
    if _done_before(work, found, OrderStatus.CANCELLED, key):
        return found
    if found.status == OrderStatus.SETTLED:
        raise DISPUTE_INSTEAD.refuse("id")
    _require_status(found, *OPEN)
    if by_company and found.status == OrderStatus.ACCEPTED and found.starts_at <= work.now:
        raise UNDER_WAY.refuse("id")
    return await _ended(work, found, OrderStatus.CANCELLED, reason, key)


async def settle_order(work: Work, order_id: int, *, paid_won: int, paid_on: date, key: str) -> Order:
    """정산: used and paid. The points held go over to the university with the dates of their lots."""
    found = await locked_order(work, order_id)
    await require_seller(work, found.university_id)
    if _done_before(work, found, OrderStatus.SETTLED, key):
        return found
    _require_status(found, OrderStatus.ACCEPTED)
    if work.now < found.ends_at:
        raise NOT_OVER.refuse("id", until=printed(found.ends_at))
    cash = found.fee_won - found.points * found.won_per_point
    if paid_won != cash:
        raise PAID_OTHERWISE.refuse("paidWon", cash=cash, given=paid_won)
    ordered_on = found.ordered_at.astimezone(SEOUL).date()
    if not ordered_on <= paid_on <= work.today:
        raise PAID_WHEN.refuse("paidOn", first=ordered_on, last=work.today, given=paid_on)
    transfer_id = None
    if found.points:
        receipt = await transfer(
            work, program=CODE, asset=MILEAGE.code, from_id=found.company_id, to_id=found.university_id,
            amount=found.points, hold_id=found.hold_id, key=f"{_reference(found)}:settled",
            reason=f"마일리지 거래소 {found.number} 정산", reference=_reference(found),
        )  # fmt: skip
        transfer_id = receipt.transaction_id
    return await _moved(
        work, found, OrderStatus.SETTLED, key, settled_at=work.now, settled_by=work.actor.member_id,
        paid_won=paid_won, paid_on=paid_on, transfer_id=transfer_id,
    )  # fmt: skip


async def reverse_order(work: Work, order_id: int, *, reason: str, key: str) -> Order:
    """정산 취소: an operator decides a dispute. The transfer is posted the other way; both stay on record.

    What the university has spent of it meanwhile must be there again first (`LEDGER_SPENT_MEANWHILE`).
    """
    work.actor.require_staff(CODE, Role.OPERATOR)
    found = await locked_order(work, order_id)
    if _done_before(work, found, OrderStatus.REVERSED, key):
        return found
    _require_status(found, OrderStatus.SETTLED)
    reason = _said(reason)
    filed = await _filed_by_it(work, found)
    if filed is not None:
        raise EARNED_BY_IT.refuse("id", filing=filed)
    reversal_id = None
    if found.transfer_id is not None:
        receipt = await reverse(
            work, program=CODE, transaction_id=found.transfer_id, key=f"{_reference(found)}:reversed", reason=reason,
            reference=_reference(found),
        )  # fmt: skip
        reversal_id = receipt.transaction_id
    return await _moved(
        work, found, OrderStatus.REVERSED, key, reversal_id=reversal_id, reason=reason, ended_at=work.now,
        ended_by=work.actor.member_id,
    )  # fmt: skip


async def lapse_orders(work: Work, *, limit: int = 200) -> list[Order]:
    """기한 만료: what nobody answered in time gives back what it holds, at most `limit` of them."""
    due = await work.tx.all(
        Order,
        sa.select(order)
        .where(order.c.status == OrderStatus.REQUESTED.value, order.c.answer_by <= work.now)
        .order_by(order.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True),
    )
    return [await _ended(work, found, OrderStatus.LAPSED, UNANSWERED, None) for found in due]


async def _ended(work: Work, found: Order, status: OrderStatus, reason: str, key: str | None) -> Order:
    reason = _said(reason)
    if found.hold_id is not None:
        await release(
            work, hold_id=found.hold_id, key=f"{_reference(found)}:{status}", reason=reason, reference=_reference(found)
        )
    return await _moved(work, found, status, key, reason=reason, ended_at=work.now, ended_by=work.actor.member_id)


async def _moved(work: Work, found: Order, status: OrderStatus, key: str | None, **values: Any) -> Order:
    takes = status in (*OPEN, OrderStatus.SETTLED)
    moved = await work.tx.one(
        Order,
        sa.update(order)
        .where(order.c.id == found.id)
        .values(status=status.value, taken=takes, change_key=_key_of(work, key), **values)
        .returning(order),
    )
    assert moved is not None
    after = {"status": status.value, "reason": moved.reason, "paid_won": moved.paid_won}
    work.record(
        f"exchange_order.{status}", "exchange_order", found.id, organization_id=found.university_id,
        before={"status": found.status}, after={name: each for name, each in after.items() if each is not None},
    )  # fmt: skip
    await tell_both(work, moved)
    return moved


async def _filed_by_it(work: Work, found: Order) -> str | None:
    """The filing by which its cash earns equipment mileage, if one does or may yet."""
    row = await work.tx.connection.fetchrow(
        "SELECT f.number FROM activity a JOIN filing f ON f.id = a.filing_id WHERE a.program = $1"
        " AND a.activity_type = $2 AND a.status IN ('submitted', 'approved') AND a.filer_id = $3"
        " AND upper(btrim(a.facts ->> 'exchange_order')) = $4 LIMIT 1",
        CODE,
        EQUIPMENT.code,
        found.university_id,
        found.number,
    )
    return None if row is None else str(row["number"])


def _key_of(work: Work, key: str | None) -> str | None:
    return None if key is None else f"{work.actor.organization_id}:{key}"


def _done_before(work: Work, found: Order, status: OrderStatus, key: str) -> bool:
    """Whether this very step was taken under this key."""
    if not 1 <= len(key) <= 100:
        raise WORDS.refuse("idempotencyKey", least=1, most=100)
    return found.status == status and found.change_key == _key_of(work, key)


def _require_status(found: Order, *needed: OrderStatus) -> None:
    if found.status not in needed:
        raise ORDER_STATUS.refuse("id", status=found.status, needed=", ".join(needed))


def _said(reason: str) -> str:
    if not 1 <= len(reason.strip()) <= MOST_REASON:
        raise REASON.refuse("reason", most=MOST_REASON)
    return reason.strip()


def _reference(found: Order) -> str:
    return f"exchange_order:{found.number}"
