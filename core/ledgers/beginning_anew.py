"""Beginning anew: a scheme that is reformed lets go of what was earned before (제도개편 이전 적립분의 소멸)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.checking import PostingKind
from core.database import Transaction
from core.ledgers.digests import request_hash
from core.ledgers.postings import checked_when_written
from core.ledgers.problems import ledger_refusals
from core.ledgers.service import Expiry
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedBefore:
    """What was earned before a day and is still there: `free` of it can be expired, `held` is set aside."""

    accounts: int
    lots: int
    free: int
    held: int


async def earned_before(tx: Transaction, *, program: str, asset: str, day: date) -> EarnedBefore:
    """소멸 대상: what `expire_earned_before` would write off now, and what is held meanwhile."""
    row = await tx.connection.fetchrow(
        "SELECT count(DISTINCT account_id) FILTER (WHERE remaining > held) AS accounts,"
        " count(*) FILTER (WHERE remaining > held) AS lots, coalesce(sum(remaining - held), 0)::bigint AS free,"
        " coalesce(sum(held), 0)::bigint AS held"
        " FROM lot WHERE program = $1 AND asset = $2 AND earned_on < $3 AND remaining > 0",
        program,
        asset,
        day,
    )
    return EarnedBefore(**dict(row))


async def expire_earned_before(
    work: Work, *, program: str, asset: str, day: date, key: str, reason: str, limit: int = 10_000
) -> Expiry:
    """소멸: write off what was earned before `day`, whatever its term, of at most `limit` accounts.

    Call until no lots are left, each time with a key of its own. What is held is not touched; once it is free again,
    the next call takes it.
    """
    async with checked_when_written(work, PostingKind.EXPIRE) as written:
        with ledger_refusals():
            row = await work.tx.connection.fetchrow(
                "SELECT * FROM ledger_expire_earned_before($1,$2,$3,$4,$5,$6,$7,$8,$9)",
                program,
                asset,
                day,
                key,
                request_hash(program, asset, "expire earned before", day, work.today),
                work.today,
                work.actor.member_id,
                reason,
                limit,
            )
        if row["transaction_id"] is not None and not row["replayed"]:
            written.append(row["transaction_id"])
    result = Expiry(accounts=row["accounts"], lots=row["lots"], amount=row["amount"], replayed=row["replayed"])
    if row["transaction_id"] is not None and not result.replayed:
        work.postings.append((program, asset, "expire"))
        work.record(
            "points.expired",
            "ledger_transaction",
            row["transaction_id"],
            after={"amount": result.amount, "lots": result.lots, "earned_before": day},
        )
    return result
