"""What is about to move, as checks and observers are shown it: built only when somebody asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from core.checking import AccountKind, Posting, PostingKind, PostingLine
from core.errors import refuse_any
from core.ledgers.observed import Posted

if TYPE_CHECKING:
    from core.plugins import Plugins
    from core.work import Work

_KINDS = {kind.value: kind for kind in AccountKind}
_ENTRIES = (
    "SELECT t.id, t.program, t.kind, t.effective_on, t.reference, e.asset, e.amount, a.kind AS account_kind,"
    " a.organization_id, a.label FROM ledger_transaction t JOIN entry e ON e.transaction_id = t.id"
    " JOIN account a ON a.id = e.account_id WHERE t.id = ANY ($1::bigint[]) ORDER BY t.id, e.id"
)


def anybody_asks(plugins: Plugins) -> bool:
    """Whether a plugin checks postings or is told of them."""
    return plugins.listens("check_posting") or plugins.listens("posted")


def posting_of(
    program: str, asset: str, kind: PostingKind, lines: Iterable[PostingLine], on: date, reference: str, *,
    recorded_as: str = "",
) -> Posting:  # fmt: skip
    return Posting(
        program=program,
        asset=asset,
        kind=kind,
        lines=tuple(lines),
        effective_on=on,
        reference=reference,
        recorded_as=recorded_as or kind.value,
    )


def holders(amounts: Mapping[int, int]) -> list[PostingLine]:
    """A line for the points of each organization."""
    return [
        PostingLine(account_kind=AccountKind.HOLDER, organization_id=organization_id, amount=amount)
        for organization_id, amount in amounts.items()
    ]


def system(kind: AccountKind, amount: int) -> PostingLine:
    """The line of a system account."""
    return PostingLine(account_kind=kind, organization_id=None, amount=amount)


def of_points(
    program: str, asset: str, kind: PostingKind, amounts: Mapping[int, int], on: date, reference: str
) -> Posting:
    """Points of these organizations, and the system account that they come from or go to."""
    lines = holders(amounts)
    if kind in (PostingKind.EARN, PostingKind.SPEND, PostingKind.USE):
        other = AccountKind.ISSUANCE if kind is PostingKind.EARN else AccountKind.REDEEMED
        lines.append(system(other, -sum(amounts.values())))
    return posting_of(program, asset, kind, lines, on, reference)


async def of_hold(work: Work, hold_id: int, kind: PostingKind, reference: str) -> Posting | None:
    """What a hold is about; None when there is no such hold, which the ledger then refuses."""
    row = await work.tx.connection.fetchrow(
        "SELECT a.program, a.asset, h.organization_id, h.amount FROM hold h JOIN account a ON a.id = h.account_id"
        " WHERE h.id = $1",
        hold_id,
    )
    if row is None:
        return None
    amount = -row["amount"] if kind is PostingKind.USE else row["amount"]
    return of_points(row["program"], row["asset"], kind, {row["organization_id"]: amount}, work.today, reference)


async def of_reversal(work: Work, program: str, transaction_id: int, reference: str) -> Posting | None:
    """The opposite of a transaction; None when there is none, or it entered nothing."""
    rows = await work.tx.connection.fetch(_ENTRIES, [transaction_id])
    if not rows or rows[0]["program"] != program:
        return None
    lines = [_line(row, -row["amount"]) for row in rows]
    return posting_of(program, rows[0]["asset"], PostingKind.REVERSE, lines, work.today, reference)


async def of_move(
    work: Work, program: str, asset: str, word: str, amounts: Mapping[int, int], reference: str
) -> Posting:
    """Money between accounts, by their ids. One that is not there has no line, and the ledger refuses it."""
    rows = await work.tx.connection.fetch(
        "SELECT id, kind AS account_kind, organization_id, label FROM account WHERE id = ANY ($1::bigint[])"
        " AND program = $2 AND asset = $3 ORDER BY id",
        list(amounts),
        program,
        asset,
    )
    lines = [_line(row, amounts[row["id"]]) for row in rows]
    return posting_of(program, asset, PostingKind.MOVE, lines, work.today, reference, recorded_as=word)


@asynccontextmanager
async def checked_when_written(work: Work, kind: PostingKind) -> AsyncIterator[list[int]]:
    """For verbs that decide in the database what they move: what is inside writes, and appends its transactions' ids.

    Checks are then shown the entries as they were written, and all of it is undone if one objects.
    """
    written: list[int] = []
    if not anybody_asks(work.plugins):
        yield written
        return
    async with work.tx.connection.transaction():
        yield written
        found = await _written(work, written, kind)
        refuse_any(await work.plugins.check_postings([each.posting for each in found]))
    for posted in found:
        work.tell("posted", posted=posted)


async def _written(work: Work, transactions: Sequence[int], kind: PostingKind) -> list[Posted]:
    by_transaction: dict[int, list[Any]] = {each: [] for each in transactions}
    for row in await work.tx.connection.fetch(_ENTRIES, list(transactions)):
        by_transaction[row["id"]].append(row)
    return [
        Posted(
            transaction_id=transaction_id,
            posting=posting_of(
                rows[0]["program"], rows[0]["asset"], kind, [_line(row, row["amount"]) for row in rows],
                rows[0]["effective_on"], rows[0]["reference"], recorded_as=rows[0]["kind"],
            ),
        )
        for transaction_id, rows in by_transaction.items()
        if rows
    ]  # fmt: skip


def _line(row: Any, amount: int) -> PostingLine:
    kind = _KINDS.get(row["account_kind"], row["account_kind"])  # on record from before the kinds were closed
    return PostingLine(
        account_kind=cast(AccountKind, kind), organization_id=row["organization_id"], label=row["label"], amount=amount
    )
