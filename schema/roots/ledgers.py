"""Balances, and what operators do to a ledger directly: reversing, transferring, writing off what is past its term."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated

import asyncpg
import sqlalchemy as sa
import strawberry

from core import ledgers
from core.actor import Actor, Role
from core.audit import Event
from core.benefits import client_key
from core.database import table_of
from core.errors import NotAllowed, Problem, Refused
from core.identity import organization_by_id
from core.identity.problems import ORGANIZATION_UNKNOWN, PROGRAM_UNKNOWN
from core.language import Text
from core.ledgers import Alone
from core.ledgers.models import LedgerTransaction
from core.ledgers.problems import NOT_FOUND
from core.permissions import ledger_permissions
from core.plugins import Plugins
from schema.admission import hide_ids
from schema.context import Context, Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.ledger import Transaction
from schema.roots.benefits import KEY
from schema.roots.filing import own_or_given
from schema.scalars import BigInt
from schema.texts import PROSE

ASSET_UNKNOWN = Problem(
    "LEDGER_ASSET_UNKNOWN",
    Text(
        "{program} 사업에 그런 단위가 없습니다: {asset}. 있는 단위: {known}.",
        "The program {program} has no asset {asset}. It has {known}.",
    ),
)
REASON_NEEDED = Problem(
    "LEDGER_REASON_NEEDED", Text("사유를 입력하세요.", "Give a reason: it is kept with the transaction.")
)
REVOKE_INSTEAD = Problem(
    "LEDGER_REVOKE_INSTEAD",
    Text(
        "적립신청이 승인되어 생긴 거래입니다. revokeActivity로 활동을 환수하세요.",
        "This transaction came from an approved activity. Take the activity back with revokeActivity.",
    ),
)
RETURN_INSTEAD = Problem(
    "LEDGER_RETURN_INSTEAD",
    Text(
        "확인서로 생긴 거래는 따로 취소할 수 없습니다. 사용하지 않은 확인서는 returnCertificate로 반환하세요.",
        "This transaction belongs to a certificate. One that is not used goes back with returnCertificate.",
    ),
)
LEDGER_ROOT_PROBLEMS = (RETURN_INSTEAD, ASSET_UNKNOWN, REASON_NEEDED, REVOKE_INSTEAD)
PROGRAM, ASSET = "사업 · The program's code.", "단위 · The asset's code."
transaction = table_of(LedgerTransaction)


@strawberry.input(description="잔액 조건 · Whose balance of what, and when.")
class BalanceInput:
    program: str = strawberry.field(description=PROGRAM)
    asset: str = strawberry.field(description=ASSET)
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="기관 · Whose; null: one's own organization."
    )
    as_of: date | None = strawberry.field(
        default=None, description="기준일 · The day that `expired`, `available` and `effective` are for; null: today."
    )
    recorded_at: datetime | None = strawberry.field(
        default=None, description="기록 시각 · The moment that `recorded` is for; null: now."
    )


@strawberry.type(
    description="잔액 · What an organization has, and had; all null for a sub-user who does not see the whole ledger of"
    " the program."
)
class Balance:
    posted: BigInt | None = strawberry.field(
        default=None, description="잔액 · Everything in the account now, held points included."
    )
    held: BigInt | None = strawberry.field(
        default=None, description="예약액 · What is set aside now for open certificates."
    )
    expired: BigInt | None = strawberry.field(
        default=None, description="기한 경과액 · What is past its term on the day asked for and not yet written off."
    )
    available: BigInt | None = strawberry.field(
        default=None, description="가용액 · Of what is there now, what could be spent on the day asked for."
    )
    owed: BigInt | None = strawberry.field(
        default=None,
        description="환수 미납액 · What was taken back and was not there; paid first by whatever comes in.",
    )
    effective: BigInt | None = strawberry.field(
        default=None,
        description="효력 기준 잔액 · What is effective by that day, as known today; later write-offs are not in it.",
    )
    recorded: BigInt | None = strawberry.field(
        default=None,
        description="기록 기준 잔액 · What the account showed at the moment asked for, whatever day it was for.",
    )


@strawberry.type
class LedgerQuery:
    """Asking what an organization has."""

    @strawberry.field(description="잔액 · One's own; staff of the program and auditors ask for any organization's.")  # type: ignore[untyped-decorator]
    async def balance(
        self, info: Info, input: Annotated[BalanceInput, strawberry.argument(description="조건 · What is asked.")]
    ) -> Balance:
        context = info.context
        await hide_ids(info, input)
        organization_id = own_or_given(info, input.organization_id)
        _require_may_see(context.actor, input.program, organization_id)
        _require_asset(context.house.plugins, input.program, input.asset)
        at, on = input.recorded_at, input.as_of or context.house.clock().date()
        if not _sees_whole(context, input.program):
            return Balance()
        async with context.house.database.reading() as tx:
            has = await ledgers.balance(
                tx, program=input.program, asset=input.asset, organization_id=organization_id, on=on
            )
            effective = await ledgers.balance_effective_on(
                tx, program=input.program, asset=input.asset, organization_id=organization_id, on=on
            )
            recorded = has.posted
            if at is not None:
                recorded = await ledgers.balance_recorded_at(
                    tx, program=input.program, asset=input.asset, organization_id=organization_id, at=at
                )
        return Balance(
            posted=BigInt(has.posted),
            held=BigInt(has.held),
            expired=BigInt(has.expired),
            available=BigInt(has.available),
            owed=BigInt(has.owed),
            effective=BigInt(effective),
            recorded=BigInt(recorded),
        )


@strawberry.type(description="거래 결과 · The transaction that was recorded, or had been under this key.")
class TransactionPayload(Payload):
    transaction_id: strawberry.Private[int | None] = None
    transaction: Transaction | None = to_one("거래 · The transaction.", local="transaction_id")


@strawberry.type(description="소멸 결과 · What was past its term and is written off now.")
class ExpirePayload(Payload):
    accounts: BigInt | None = strawberry.field(default=None, description="계정 수 · How many accounts were touched.")
    lots: BigInt | None = strawberry.field(default=None, description="적립분 수 · How many lots were touched.")
    amount: BigInt | None = strawberry.field(default=None, description="소멸액 · How much went.")


@strawberry.input(description="거래 취소 · Undoing a transaction by its opposite.")
class ReverseTransactionInput:
    id: strawberry.ID = strawberry.field(description="거래 · Which transaction.")
    reason: str = strawberry.field(description="사유 · Why.", metadata=PROSE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="소멸 처리 · Of what to write off what is past its term today.")
class ExpirePointsInput:
    program: str = strawberry.field(description=PROGRAM)
    asset: str = strawberry.field(description=ASSET)


@strawberry.input(description="이전 · Points from one organization to another; lots keep their dates.")
class TransferPointsInput:
    program: str = strawberry.field(description=PROGRAM)
    asset: str = strawberry.field(description=ASSET)
    from_organization_id: strawberry.ID = strawberry.field(description="주는 기관 · From whom.")
    to_organization_id: strawberry.ID = strawberry.field(description="받는 기관 · To whom.")
    amount: BigInt = strawberry.field(description="금액 · How much, 1 or more.")
    reason: str = strawberry.field(description="사유 · Why.", metadata=PROSE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type
class LedgerMutation:
    """What operators of a program do to its ledger."""

    @mutation("거래 취소 · Post the same transaction the other way, once. Operators of the program only.")
    async def reverse_transaction(info: Info, input: ReverseTransactionInput) -> TransactionPayload:
        transaction_id = key_of(input.id, "Transaction", "id")
        async with info.context.work() as work:
            work.actor.require_ready()
            found = await work.tx.row(
                sa.select(transaction.c.program, transaction.c.kind, transaction.c.reference).where(
                    transaction.c.id == transaction_id
                )
            )
            if found is None:
                raise NOT_FOUND.refuse("id")
            work.actor.require_staff(found["program"], Role.OPERATOR)
            if found["kind"] == "earn" and found["reference"].startswith("activity:"):
                raise REVOKE_INSTEAD.refuse("id")
            if found["reference"].startswith("certificate:"):
                raise RETURN_INSTEAD.refuse("id")
            owner = work.plugins.programs.get(found["program"])
            for beginning, problem in owner.undoing.items() if owner else ():
                if found["reference"].startswith(beginning):
                    raise problem.refuse("id")
            receipt = await ledgers.reverse(
                work,
                program=found["program"],
                transaction_id=transaction_id,
                key=_key(work.actor, input.idempotency_key),
                reason=_reason(input.reason),
            )
            if not receipt.replayed:
                work.record(
                    "transaction.reversed",
                    "ledger_transaction",
                    receipt.transaction_id,
                    after={"reverses": transaction_id, "reason": input.reason},
                )
        return TransactionPayload(transaction_id=receipt.transaction_id)

    @mutation("소멸 처리 · Write off everything that is past its term today. Operators of the program only.")
    async def expire_points(info: Info, input: ExpirePointsInput) -> ExpirePayload:
        info.context.actor.require_staff(input.program, Role.OPERATOR)
        _require_asset(info.context.house.plugins, input.program, input.asset)
        accounts = lots = amount = 0
        while True:  # each slice is a transaction of its own, so that nobody waits on all of it
            async with info.context.work() as work:
                slice_ = await ledgers.expire(
                    work, program=input.program, asset=input.asset, key=f"expire:{work.today}:{uuid.uuid4().hex}"
                )
            if not slice_.lots:
                break
            accounts, lots, amount = accounts + slice_.accounts, lots + slice_.lots, amount + slice_.amount
        return ExpirePayload(accounts=BigInt(accounts), lots=BigInt(lots), amount=BigInt(amount))

    @mutation("이전 · Move points from one organization to another. Operators of the program only.", proves=True)
    async def transfer_points(info: Info, input: TransferPointsInput) -> TransactionPayload:
        from_id = key_of(input.from_organization_id, "Organization", "fromOrganizationId")
        to_id = key_of(input.to_organization_id, "Organization", "toOrganizationId")
        context = info.context
        context.actor.require_staff(input.program, Role.OPERATOR)
        _require_asset(context.house.plugins, input.program, input.asset)
        events = tuple(  # one event a party, so that neither reads who the other is
            Event(
                action="points.transferred",
                subject_type="ledger_transaction",
                organization_id=organization_id,
                after={"amount": amount, "asset": input.asset, "reason": input.reason},
            )
            for organization_id, amount in ((from_id, -input.amount), (to_id, input.amount))
        )
        alone = Alone(
            verb="transfer",
            program=input.program,
            asset=input.asset,
            organization_id=from_id,
            to_id=to_id,
            amount=input.amount,
            key=_key(context.actor, input.idempotency_key),
            reason=_reason(input.reason),
            events=events,
        )
        try:
            receipt = await context.post_alone(alone)
        except asyncpg.ForeignKeyViolationError:
            raise await _unknown_party(context, from_id) from None
        # whoever works for a program sees what is posted in it
        return TransactionPayload(transaction_id=receipt.transaction_id, seen=True)


async def _unknown_party(context: Context, from_id: int) -> Refused:
    """Which of two organizations is not there."""
    async with context.house.database.reading() as tx:
        known = await organization_by_id(tx, from_id) is not None
    return ORGANIZATION_UNKNOWN.refuse("toOrganizationId" if known else "fromOrganizationId")


def _require_may_see(actor: Actor, program: str, organization_id: int) -> None:
    actor.require_ready()
    if not (actor.role is Role.AUDITOR or actor.acts_for(organization_id) or actor.is_staff(program)):
        raise NotAllowed(
            Text(
                "소속 기관의 잔액만 볼 수 있습니다.",
                "You may see your own organization's balance only.",
            )
        )


def _sees_whole(context: Context, program: str) -> bool:
    """Whether the actor sees every posting that a balance is of."""
    actor = context.actor
    needed = ledger_permissions(context.house.plugins.programs[program])
    return actor.role is not Role.MEMBER or actor.main or needed <= actor.permissions


def _require_asset(plugins: Plugins, program: str, asset: str) -> None:
    declared = plugins.programs.get(program)
    if declared is None:
        raise PROGRAM_UNKNOWN.refuse("program", program=program, nearest=", ".join(sorted(plugins.programs)) or "-")
    known = sorted(each.code for each in declared.assets)
    if asset not in known:
        raise ASSET_UNKNOWN.refuse("asset", program=program, asset=asset, known=", ".join(known))


def _key(actor: Actor, given: str) -> str:
    return client_key(actor.organization_id or 0, given)


def _reason(given: str) -> str:
    if not given.strip():
        raise REASON_NEEDED.refuse("reason")
    return given.strip()
