"""Postings that stand alone, gathered: while one call is under way the next ones collect, and go in one call after it.

Each has its own outcome, but they share a round trip and a commit, which is what a posting mostly waits for. Nobody
waits longer for it: a posting that finds none under way goes at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import asyncpg

from core.audit import Event, plain
from core.checking import PostingKind
from core.database.unavailable import DatabaseUnavailable, OutcomeUnknown, is_lost
from core.errors import refuse_any
from core.identity.tokens import Unproven, proofs
from core.ledgers.digests import spend_hash, transfer_hash
from core.ledgers.observed import Posted
from core.ledgers.postings import anybody_asks, of_points
from core.ledgers.problems import refusal_of
from core.ledgers.service import Receipt, hold, spend, transfer

if TYPE_CHECKING:
    from core.actor import Actor
    from core.database import Database, Transaction
    from core.database.connection import Row
    from core.house import House
    from core.identity import Remembered
    from core.work import Work

MOST = 64  # postings in a call: PostgreSQL keeps as many subtransactions of a session at hand
BY_ITSELF = ("55P03", "40P01", "40001")  # an account that is busy, a deadlock: posted in a transaction of its own
ENOUGH = 16  # postings of which each costs hardly more than among many
PATIENCE, MOST_PATIENCE = 5, 5_000_000  # a fifth of the time that a call took; nanoseconds
NO_VERB = "20000"  # what PostgreSQL calls a case that is not found
# a line whose token is not what it was has no verb, so nothing comes of it
PROVEN = f"""(
    SELECT array_agg(CASE WHEN l.token IS NULL OR l.version = good.version THEN l.verb END ORDER BY l.n)
    FROM unnest($1::text[], $16::text[], $17::text[]) WITH ORDINALITY AS l(verb, token, version, n)
    LEFT JOIN {proofs("$16", "$18")} AS good ON good.token_hash = l.token
)"""
GATHERED = f"SELECT * FROM ledger_gathered({PROVEN},$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """홀로 서는 거래: a spend, a hold or a transfer that is a transaction of its own, with its audit events.

    An event whose subject has no id is about the transaction. None is written when the key was used before.
    """

    verb: Literal["spend", "hold", "transfer"]
    program: str
    asset: str
    organization_id: int
    amount: int
    key: str
    reason: str
    reference: str = ""
    to_id: int | None = None
    hold_id: int | None = None
    events: tuple[Event, ...] = ()

    @property
    def request_hash(self) -> str:
        """The digest that the verb itself keeps: either way the same request is known again."""
        if self.verb == "transfer":
            assert self.to_id is not None
            return transfer_hash(
                self.program, self.asset, self.organization_id, self.to_id, self.amount, self.reference, self.hold_id
            )
        return spend_hash(self.program, self.asset, self.verb, self.organization_id, self.amount, self.reference)

    @property
    def amounts(self) -> dict[int, int]:
        given = {self.organization_id: -self.amount}
        return given if self.to_id is None else given | {self.to_id: self.amount}


Line: TypeAlias = tuple[Any, ...]
Waiting: TypeAlias = "tuple[Line, asyncio.Future[Row]]"


@dataclass(slots=True)
class Gathering:
    """What waits in one process to be posted to one database: one call is under way, and the next collects."""

    waiting: list[Waiting] = field(default_factory=list)
    under_way: asyncio.Task[None] | None = None
    calls: int = 0
    expected: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, database: Database, line: Line) -> Row:
        """What came of one line."""
        outcome: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self.waiting.append((line, outcome))
        if len(self.waiting) >= self.expected:
            self.all_here.set()
        if self.under_way is None:
            self.under_way = asyncio.create_task(self._run(database), name="gathered postings")
        return await outcome

    async def _run(self, database: Database) -> None:
        try:
            while self.waiting:
                batch, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
                began = perf_counter_ns()
                await self._post(database, batch)
                await self._let_come(len(batch) + len(self.waiting), (perf_counter_ns() - began) // PATIENCE)
        finally:
            self.under_way = None

    async def _let_come(self, all_of_them: int, nanoseconds: int) -> None:
        """Wait a moment for those who were answered just now, as they often post again; not for one who is alone."""
        self.expected = min(all_of_them, ENOUGH)
        if self.expected == 1 or len(self.waiting) >= self.expected:
            return
        self.all_here.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(nanoseconds, MOST_PATIENCE) / 1_000_000_000):
                await self.all_here.wait()

    async def _post(self, database: Database, batch: Sequence[Waiting], *, again: bool = False) -> None:
        """Post them. What was sent and got no answer is sent `again`, once: if it was posted, its key tells."""
        self.calls += 1
        try:
            async with database.reading() as tx:
                rows = await call_gathered(tx, [line for line, _ in batch])
        except DatabaseUnavailable as error:
            _fail(batch, _unknown(error) if again else error)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            lost = is_lost(error)
            if again and lost:
                _fail(batch, _unknown(error))
            elif len(batch) == 1 and not lost:
                _fail(batch, error)
            else:  # one of them cannot be sent, say
                for each in batch:
                    await self._post(database, [each], again=again or lost)
        except Exception as error:
            _fail(batch, error)
        else:
            for row in rows:
                outcome = batch[row["place"] - 1][1]
                if not outcome.done():
                    outcome.set_result(row)


def _unknown(error: Exception) -> OutcomeUnknown:
    unknown = OutcomeUnknown("the connection was lost while a posting was under way")
    unknown.__cause__ = error
    return unknown


def _fail(batch: Sequence[Waiting], error: Exception) -> None:
    """Tell each; its key makes it safe to ask again."""
    for _, outcome in batch:
        if not outcome.done():
            outcome.set_exception(error)


async def call_gathered(tx: Transaction, lines: Sequence[Line]) -> list[Row]:
    """What came of each line, in the order they were posted in; `place` counts from 1."""
    *columns, moments = (list(column) for column in zip(*lines, strict=True))
    rows: list[Row] = await tx.connection.fetch(GATHERED, *columns, max(moments))
    return rows


async def post_alone(
    house: House, actor: Actor, request_id: str, alone: Alone, remembered: Remembered | None = None
) -> Receipt:
    """Post what stands alone, together with whatever else waits. Refuses as the verbs do.

    An actor that is only `remembered` is proven by the very statement that posts. Raises `Unproven`, and posts nothing,
    when it is no longer so.
    """
    now = house.clock()
    plugins = house.plugins
    posting = None
    if anybody_asks(plugins):
        posting = of_points(
            alone.program, alone.asset, PostingKind(alone.verb), alone.amounts, now.date(), alone.reference
        )
        refuse_any(await plugins.check_posting(posting))
    row = await house.gathering.call(house.database, line_of(alone, now, actor, request_id, remembered))
    if row["state"] == NO_VERB:
        raise Unproven
    if row["state"] in BY_ITSELF:
        return await post_by_itself(house, actor, request_id, alone)
    if row["state"] is not None:
        raise refusal_of(row["state"], row["detail"], row["told"])
    receipt = Receipt(transaction_id=row["transaction_id"], replayed=row["replayed"], hold_id=row["hold_id"])
    if not receipt.replayed:
        house.watch.postings[alone.program, alone.asset, alone.verb] += 1
        if posting is not None:
            plugins.posted(Posted(transaction_id=receipt.transaction_id, posting=posting))
        if plugins.listens("audit_recorded"):
            for event in _about(alone.events, receipt):
                plugins.audit_recorded(event)
    return receipt


def line_of(alone: Alone, now: datetime, actor: Actor, request_id: str, remembered: Remembered | None = None) -> Line:
    """A posting as `ledger_gathered` takes it, then the token to prove and until when it must be good."""
    return (
        alone.verb,
        alone.program,
        alone.asset,
        alone.key,
        alone.request_hash,
        now.date(),
        actor.member_id,
        alone.reason,
        alone.reference,
        alone.organization_id,
        alone.to_id,
        alone.amount,
        alone.hold_id,
        request_id,
        {"events": [_row(event) for event in alone.events]},  # in an object: a list would become a dimension
        remembered and remembered.token_hash,
        remembered and remembered.version,
        now,
    )


async def post_by_itself(house: House, actor: Actor, request_id: str, alone: Alone) -> Receipt:
    async with house.work(actor, request_id) as work:
        receipt = await _verb(work, alone)
        if not receipt.replayed:
            work.events.extend(_about(alone.events, receipt))
    return receipt


async def _verb(work: Work, alone: Alone) -> Receipt:
    said: dict[str, Any] = {
        "program": alone.program,
        "asset": alone.asset,
        "amount": alone.amount,
        "key": alone.key,
        "reason": alone.reason,
        "reference": alone.reference,
    }
    if alone.verb == "transfer":
        assert alone.to_id is not None
        return await transfer(work, from_id=alone.organization_id, to_id=alone.to_id, hold_id=alone.hold_id, **said)
    verb = spend if alone.verb == "spend" else hold
    return await verb(work, organization_id=alone.organization_id, **said)


def _about(events: Sequence[Event], receipt: Receipt) -> list[Event]:
    return [each if each.subject_id else replace(each, subject_id=str(receipt.transaction_id)) for each in events]


def _row(event: Event) -> dict[str, Any]:
    return {
        "organization_id": event.organization_id,
        "action": event.action,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id or None,
        "before": plain(event.before),
        "after": plain(event.after),
    }
