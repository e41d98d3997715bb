"""Clawing back (환수): whole earnings are taken back, however much of them is left; what is not there is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.checking import PostingKind
from core.ledgers.digests import request_hash
from core.ledgers.postings import checked_when_written
from core.ledgers.problems import ledger_refusals
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback:
    """환수할 적립: which earning is taken back, under which key, and what it refers to."""

    transaction_id: int
    key: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """환수 결과: what one earning's clawback did to one organization, in whole points.

    `taken` came from what was free, `owed` became its debt, `expired` had gone before and is not asked for.
    """

    earned_by: int
    transaction_id: int
    replayed: bool
    organization_id: int
    asset: str
    taken: int
    owed: int
    expired: int


async def claw_back(work: Work, *, program: str, clawbacks: Sequence[Clawback], reason: str) -> list[TakenBack]:
    """환수: take these earnings back, each whole and once, in one statement; a result for each and organization.

    First goes what is free of their own lots, then of the organization's others, soonest to expire first; the rest
    is owed, and paid first by whatever comes in. What is held is not touched; it pays when it is released.
    """
    if not clawbacks:
        return []
    async with checked_when_written(work, PostingKind.CLAW_BACK) as written:
        with ledger_refusals():
            rows = await work.tx.connection.fetch(
                "SELECT * FROM ledger_claw_back($1,$2,$3,$4,$5,$6,$7,$8)",
                program,
                work.today,
                work.actor.member_id,
                reason,
                [each.key for each in clawbacks],
                [request_hash(program, "claw back", each.transaction_id, each.reference) for each in clawbacks],
                [each.reference for each in clawbacks],
                [each.transaction_id for each in clawbacks],
            )
        told = {row["transaction_id"]: row for row in rows if not row["replayed"]}
        written.extend(told)
    work.postings.extend((program, row["asset"], "claw_back") for row in told.values())
    return [
        TakenBack(
            earned_by=clawbacks[row["place"] - 1].transaction_id,
            **{name: row[name] for name in row.keys() if name != "place"},  # noqa: SIM118 - a record yields its values
        )
        for row in rows
    ]
