"""The ledger's verbs, one round trip each: every one is a call of a function in PostgreSQL.

Each takes an idempotency key. The same key with the same request answers the first transaction again and changes
nothing; with another request it is refused. Amounts are whole points or won.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from core.checking import Posting, PostingKind
from core.concurrency import mapped
from core.errors import refuse_any
from core.ledgers.digests import request_hash, spend_hash, transfer_hash
from core.ledgers.observed import Posted
from core.ledgers.postings import anybody_asks, checked_when_written, of_hold, of_move, of_points, of_reversal
from core.ledgers.problems import ledger_refusals
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """접수증: the transaction that was recorded, or that had been under this key (`replayed`)."""

    transaction_id: int
    replayed: bool
    hold_id: int | None = None
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One line of an earning: whose, how much, from which day, until the day before which."""

    organization_id: int
    amount: int
    earned_on: date
    expires_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning:
    """One transaction to earn by: its key, what it refers to, and one credit a party."""

    key: str
    reference: str
    credits: tuple[Credit, ...]


_REVERSED = "(SELECT a.asset FROM account a JOIN entry e ON a.id = e.account_id WHERE e.transaction_id = $8 LIMIT 1)"
# whose points a hold is about, for whoever counts postings
_OF_HOLD = "LEFT JOIN (hold h JOIN account a ON a.id = h.account_id) ON h.id = $7"


async def earn(work: Work, *, program: str, asset: str, earnings: Sequence[Earning], reason: str) -> list[Receipt]:
    """적립: post any number of earnings, set-based, in one statement. Lots past their term are written off at once."""
    if not earnings:
        return []
    lines = [(place, credit) for place, earning in enumerate(earnings, 1) for credit in earning.credits]
    hashes = await mapped(lambda each: request_hash(program, asset, "earn", each.reference, _lines(each)), earnings)
    postings: Sequence[Posting] = ()
    if anybody_asks(work.plugins):
        postings = [_earning_posting(work, program, asset, earning) for earning in earnings]
        refuse_any(await work.plugins.check_postings(postings))
    with ledger_refusals():
        rows = await work.tx.connection.fetch(
            "SELECT transaction_id, replayed FROM ledger_earn($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
            program,
            asset,
            "earn",
            work.today,
            work.actor.member_id,
            reason,
            [earning.key for earning in earnings],
            hashes,
            [earning.reference for earning in earnings],
            [place for place, _ in lines],
            [credit.organization_id for _, credit in lines],
            [credit.amount for _, credit in lines],
            [credit.earned_on for _, credit in lines],
            [credit.expires_on for _, credit in lines],
        )
    receipts = [Receipt(transaction_id=row["transaction_id"], replayed=row["replayed"]) for row in rows]
    work.postings.extend((program, asset, "earn") for receipt in receipts if not receipt.replayed)
    for posting, receipt in zip(postings, receipts, strict=False):
        _tell(work, receipt, posting)
    return receipts


async def spend(
    work: Work, *, program: str, asset: str, organization_id: int, amount: int, key: str, reason: str,
    reference: str = "",
) -> Receipt:  # fmt: skip
    """차감: spend at once, from the lots that expire first."""
    return await _post(
        work,
        "SELECT * FROM ledger_spend($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        program,
        asset,
        "spend",
        key,
        spend_hash(program, asset, "spend", organization_id, amount, reference),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        organization_id,
        amount,
        counted=(program, asset, "spend"),
        posting=_points(work, program, asset, PostingKind.SPEND, {organization_id: -amount}, reference),
    )


async def hold(
    work: Work, *, program: str, asset: str, organization_id: int, amount: int, key: str, reason: str,
    reference: str = "",
) -> Receipt:  # fmt: skip
    """예약: set aside, bound to the lots that expire first. The receipt names the hold."""
    return await _post(
        work,
        "SELECT * FROM ledger_hold($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        program,
        asset,
        key,
        spend_hash(program, asset, "hold", organization_id, amount, reference),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        organization_id,
        amount,
        counted=(program, asset, "hold"),
        posting=_points(work, program, asset, PostingKind.HOLD, {organization_id: -amount}, reference),
    )


async def use(work: Work, *, hold_id: int, key: str, reason: str, reference: str = "") -> Receipt:
    """사용: what the hold reserved is gone for good."""
    return await _post(
        work,
        f"SELECT done.*, program, asset FROM ledger_use($1,$2,$3,$4,$5,$6,$7) done {_OF_HOLD}",
        key,
        request_hash("use", hold_id, reference),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        hold_id,
        counted=(None, None, "use"),
        posting=await _asked(work, of_hold, hold_id, PostingKind.USE, reference),
    )


async def release(work: Work, *, hold_id: int, key: str, reason: str, reference: str = "") -> Receipt:
    """반환: back to the very lots, with their first dates. `expired` tells how much of it was past its term."""
    return await _post(
        work,
        f"SELECT done.*, program, asset FROM ledger_release($1,$2,$3,$4,$5,$6,$7) done {_OF_HOLD}",
        key,
        request_hash("release", hold_id, reference),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        hold_id,
        counted=(None, None, "release"),
        posting=await _asked(work, of_hold, hold_id, PostingKind.RELEASE, reference),
    )


async def transfer(
    work: Work, *, program: str, asset: str, from_id: int, to_id: int, amount: int, key: str, reason: str,
    reference: str = "", hold_id: int | None = None, mint: tuple[date, date | None] | None = None,
) -> Receipt:  # fmt: skip
    """이전: from one organization to another, freely or out of a hold. Lots keep their dates unless `mint` is given."""
    earned_on, expires_on = mint or (None, None)
    return await _post(
        work,
        "SELECT * FROM ledger_transfer($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        program,
        asset,
        key,
        transfer_hash(program, asset, from_id, to_id, amount, reference, hold_id, earned_on, expires_on),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        from_id,
        to_id,
        amount,
        hold_id,
        earned_on,
        expires_on,
        counted=(program, asset, "transfer"),
        posting=_points(work, program, asset, PostingKind.TRANSFER, {from_id: -amount, to_id: amount}, reference),
    )


async def reverse(
    work: Work, *, program: str, transaction_id: int, key: str, reason: str, reference: str = ""
) -> Receipt:
    """취소: the same transaction the other way, once. What it earned must still be in its lots."""
    return await _post(
        work,
        f"SELECT *, {_REVERSED} FROM ledger_reverse($1,$2,$3,$4,$5,$6,$7,$8)",
        program,
        key,
        request_hash(program, "reverse", transaction_id, reference),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        transaction_id,
        counted=(program, None, "reverse"),
        posting=await _asked(work, of_reversal, program, transaction_id, reference),
    )


async def move(
    work: Work, *, program: str, asset: str, kind: str, amounts: Mapping[int, int], key: str, reason: str,
    reference: str = "",
) -> Receipt:  # fmt: skip
    """자금 이동: won between accounts without lots; `amounts` maps account ids to what each gains, summing to zero."""
    accounts = sorted(amounts)
    return await _post(
        work,
        "SELECT * FROM ledger_move($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        program,
        asset,
        kind,
        key,
        request_hash(program, asset, kind, sorted(amounts.items()), reference),
        work.today,
        work.actor.member_id,
        reason,
        reference,
        accounts,
        [amounts[account] for account in accounts],
        counted=(program, asset, "move"),
        posting=await _asked(work, of_move, program, asset, kind, amounts, reference),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """소멸 결과: how many accounts and lots were touched, and how much went; under this key before if `replayed`."""

    accounts: int
    lots: int
    amount: int
    replayed: bool = False


async def expire(work: Work, *, program: str, asset: str, key: str, limit: int = 1_000) -> Expiry:
    """소멸: write off what is past its term today, of at most `limit` accounts.

    Call until no lots are left, each time with a key of its own: the same key answers the first slice again.
    """
    async with checked_when_written(work, PostingKind.EXPIRE) as written:
        with ledger_refusals():
            row = await work.tx.connection.fetchrow(
                "SELECT * FROM ledger_expire($1,$2,$3,$4,$5,$6,$7,$8)",
                program,
                asset,
                key,
                request_hash(program, asset, "expire", work.today),
                work.today,
                work.actor.member_id,
                "유효기간 경과",
                limit,
            )
        if row["transaction_id"] is not None and not row["replayed"]:
            written.append(row["transaction_id"])
    result = Expiry(accounts=row["accounts"], lots=row["lots"], amount=row["amount"], replayed=row["replayed"])
    if row["transaction_id"] is not None and not result.replayed:
        work.postings.append((program, asset, "expire"))
        work.record("points.expired", "ledger_transaction", row["transaction_id"], after={"amount": result.amount})
    return result


async def _post(
    work: Work, sql: str, *arguments: Any, counted: tuple[str | None, str | None, str], posting: Posting | None
) -> Receipt:
    """Post, unless a plugin objects. `counted` is program, asset and kind, where they are known before."""
    if posting is not None:
        refuse_any(await work.plugins.check_posting(posting))
    with ledger_refusals():
        row: asyncpg.Record = await work.tx.connection.fetchrow(sql, *arguments)
    receipt = Receipt(
        transaction_id=row["transaction_id"],
        replayed=row["replayed"],
        hold_id=row.get("hold_id"),
        expired=row.get("expired") or 0,
    )
    if not receipt.replayed:
        program, asset, kind = counted
        work.postings.append((program or row["program"], asset or row["asset"], kind))
    if posting is not None:
        _tell(work, receipt, posting)
    return receipt


def _tell(work: Work, receipt: Receipt, posting: Posting) -> None:
    if not receipt.replayed:
        work.tell("posted", posted=Posted(transaction_id=receipt.transaction_id, posting=posting))


def _points(
    work: Work, program: str, asset: str, kind: PostingKind, amounts: Mapping[int, int], reference: str
) -> Posting | None:
    """What is about to move; None when nobody asks."""
    return of_points(program, asset, kind, amounts, work.today, reference) if anybody_asks(work.plugins) else None


async def _asked(work: Work, look_up: Callable[..., Awaitable[Posting | None]], *arguments: Any) -> Posting | None:
    """The same where it must be looked up."""
    return await look_up(work, *arguments) if anybody_asks(work.plugins) else None


def _earning_posting(work: Work, program: str, asset: str, earning: Earning) -> Posting:
    amounts: dict[int, int] = {}
    for credit in earning.credits:
        amounts[credit.organization_id] = amounts.get(credit.organization_id, 0) + credit.amount
    return of_points(program, asset, PostingKind.EARN, amounts, work.today, earning.reference)


def _lines(earning: Earning) -> list[tuple[object, ...]]:
    return [(c.organization_id, c.amount, c.earned_on, c.expires_on) for c in earning.credits]
