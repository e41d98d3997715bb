"""Certificates: issued against a hold, then used, returned or lapsed, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import asyncpg
import sqlalchemy as sa

from core.actor import Actor
from core.benefits.models import BenefitRow, Certificate, CertificateStatus
from core.benefits.numbers import new_number
from core.benefits.observed import CertificateSettled
from core.benefits.problems import (
    ALREADY_OPEN,
    BENEFIT_NOT_FOUND,
    KEY_NEEDED,
    NOT_OPEN,
    PAST_VALIDITY,
    REASON_NEEDED,
    ROUND_NEEDED,
)
from core.benefits.queries import benefit_by_id, certificate, declared_terms, locked_certificate, terms_in_force
from core.benefits.quote import Quote, quote
from core.checking import Access, Redemption
from core.errors import Refused, refuse_any
from core.identity import organization_views
from core.identity.problems import ORGANIZATION_UNKNOWN
from core.ledgers import balance, hold, release, use
from core.ledgers.problems import KEY_REUSED
from core.program import EffectKind, Terms
from core.sameness import session_sameness
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """제안: a quote, the kind of effect it is about, and what the organization could spend."""

    quote: Quote
    effect: EffectKind
    available: int


async def offer(
    work: Work,
    *,
    benefit_id: int,
    organization_id: int,
    existing_points: int | None = None,
    points: int | None = None,
    declared: Mapping[str, Decimal] | None = None,
) -> Offer:
    """견적: what `points` would buy now (without: the most possible), and everything that speaks against it."""
    row = await benefit_by_id(work.tx, benefit_id)
    await _require_may_redeem(work, row.program, organization_id)
    in_force = declared_terms(await terms_in_force(work.tx, row, work.today))
    return await _offer(work, row, in_force, organization_id, "", existing_points, points, declared or {})


async def issue_certificate(
    work: Work,
    *,
    benefit_id: int,
    organization_id: int,
    round: str,
    points: int,
    key: str,
    existing_points: int | None = None,
    declared: Mapping[str, Decimal] | None = None,
) -> Certificate:
    """발급: set the points aside and issue the certificate. One open certificate per company, benefit and round."""
    row = await benefit_by_id(work.tx, benefit_id)
    await _require_may_redeem(work, row.program, organization_id)
    round = round.strip()
    if not 1 <= len(round) <= 40:
        raise ROUND_NEEDED.refuse("round")
    ledger_key = client_key(organization_id, key)
    reference = f"benefit:{benefit_id}:{round}:{existing_points}"
    figures = {code: str(amount) for code, amount in (declared or {}).items()}
    earlier = await _issued_under(work, row.program, ledger_key)
    if earlier is None:
        written = await terms_in_force(work.tx, row, work.today)
        in_force = declared_terms(written)
        offered = await _offer(work, row, in_force, organization_id, round, existing_points, points, declared or {})
        if offered.quote.violations:  # perhaps because this very request was answered a moment ago
            earlier = await _issued_under(work, row.program, ledger_key)
        if earlier is None:
            refuse_any(offered.quote.violations)
    receipt = await hold(
        work,
        program=row.program,
        asset=row.asset,
        organization_id=organization_id,
        amount=points,
        key=ledger_key,
        reason=f"{row.name_ko} 확인서 발급",
        reference=reference,
    )
    if receipt.replayed:
        if earlier is None:
            earlier = await _issued_under(work, row.program, ledger_key)
        assert earlier is not None
        if earlier.declared != figures:
            raise KEY_REUSED.refuse("idempotencyKey", key=key)
        return earlier
    assert receipt.hold_id is not None
    try:
        issued = await work.tx.insert(
            Certificate,
            number=new_number(work.today.year),
            program=row.program,
            benefit_id=benefit_id,
            terms_id=written.id,
            organization_id=organization_id,
            round=round,
            round_key=session_sameness(round),
            units=offered.quote.units,
            points=points,
            effect_amount=offered.quote.effect_amount,
            existing_points=existing_points,
            declared=figures,
            hold_id=receipt.hold_id,
            issued_on=work.today,
            issued_by=work.actor.member_id,
            valid_until=work.today + timedelta(days=in_force.valid_days - 1),
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "certificate_one_open":
            raise
        raise ALREADY_OPEN.refuse("round") from error
    work.record(
        "certificate.issued", "certificate", issued.id, organization_id=organization_id,
        after={"number": issued.number, "points": points, "round": round, "terms": written.id},
    )  # fmt: skip
    return issued


async def use_certificate(work: Work, certificate_id: int, *, key: str, reason: str = "") -> Certificate:
    """사용: the supported program took it; the points are gone. Staff of the program only, and once."""
    found = await locked_certificate(work.tx, certificate_id)
    work.actor.require_staff(found.program)
    ledger_key = client_key(work.actor.organization_id or 0, key)
    if await _settled_under(work, found, ledger_key, "use"):
        return found
    _require_open(found)
    if found.valid_until < work.today:
        raise PAST_VALIDITY.refuse("id", until=found.valid_until)
    await use(work, hold_id=found.hold_id, key=ledger_key, reason=reason or "확인서 사용", reference=_reference(found))
    return await _settle(work, found, CertificateStatus.USED, reason)


async def return_certificate(work: Work, certificate_id: int, *, key: str, reason: str) -> Certificate:
    """반환: not used after all. The points go back to the very lots; what expired meanwhile is written off at once."""
    found = await locked_certificate(work.tx, certificate_id)
    if not work.actor.is_staff(found.program):
        await _require_may_redeem(work, found.program, found.organization_id)
    else:
        work.actor.require_ready()
    ledger_key = client_key(work.actor.organization_id or 0, key)
    if await _settled_under(work, found, ledger_key, "release"):
        return found
    _require_open(found)
    if not reason.strip():
        raise REASON_NEEDED.refuse("reason")
    await release(work, hold_id=found.hold_id, key=ledger_key, reason=reason, reference=_reference(found))
    return await _settle(work, found, CertificateStatus.RETURNED, reason)


async def lapse_certificates(work: Work, *, limit: int = 500) -> list[Certificate]:
    """기간 만료: return what every certificate past its validity holds, at most `limit` of them."""
    due = await work.tx.all(
        Certificate,
        sa.select(certificate)
        .where(certificate.c.status == CertificateStatus.ISSUED.value, certificate.c.valid_until < work.today)
        .order_by(certificate.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True),
    )
    lapsed = []
    for found in due:
        await release(
            work, hold_id=found.hold_id, key=f"certificate:{found.id}:lapsed", reason="확인서 유효기간 만료",
            reference=_reference(found),
        )  # fmt: skip
        lapsed.append(await _settle(work, found, CertificateStatus.LAPSED, "유효기간 만료"))
    return lapsed


def client_key(organization_id: int, key: str) -> str:
    """A client's idempotency key, in a space of its organization's own."""
    if not 1 <= len(key) <= 100:
        raise KEY_NEEDED.refuse("idempotencyKey")
    return f"client:{organization_id}:{key}"


async def _offer(
    work: Work,
    row: BenefitRow,
    in_force: Terms,
    organization_id: int,
    round: str,
    existing_points: int | None,
    points: int | None,
    declared: Mapping[str, Decimal],
) -> Offer:
    has = await balance(work.tx, program=row.program, asset=row.asset, organization_id=organization_id, on=work.today)
    quoted = quote(
        in_force, available=has.available, existing_points=existing_points, requested=points, declared=declared
    )
    views = await organization_views(work.tx, [organization_id], work.today)
    if organization_id not in views:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    redemption = Redemption(
        program=row.program,
        benefit=row.code,
        organization=views[organization_id],
        round=round,
        units=quoted.units,
        points=quoted.points,
        existing_points=existing_points,
        on=work.today,
        declared=declared,
    )
    objections = (*quoted.violations, *await work.plugins.check_redemption(redemption))
    return Offer(quote=replace(quoted, violations=objections), effect=in_force.effect.kind, available=has.available)


async def _settle(work: Work, found: Certificate, status: CertificateStatus, reason: str) -> Certificate:
    settled = await work.tx.one(
        Certificate,
        sa.update(certificate)
        .where(certificate.c.id == found.id)
        .values(
            status=status.value, settled_at=work.now, settled_by=work.actor.member_id, settled_reason=reason or None
        )
        .returning(certificate),
    )
    assert settled is not None
    work.record(
        f"certificate.{status}", "certificate", found.id, organization_id=found.organization_id,
        before={"status": found.status}, after={"status": status.value, "reason": reason},
    )  # fmt: skip
    told = CertificateSettled(
        number=found.number,
        program=found.program,
        organization_id=found.organization_id,
        status=status.value,
        points=found.points,
    )
    work.tell("certificate_settled", settled=told)
    return settled


async def _issued_under(work: Work, program: str, ledger_key: str) -> Certificate | None:
    row = await work.tx.connection.fetchrow(
        "SELECT c.* FROM ledger_transaction t JOIN hold h ON h.transaction_id = t.id"
        " JOIN certificate c ON c.hold_id = h.id WHERE t.program = $1 AND t.idempotency_key = $2",
        program,
        ledger_key,
    )
    return None if row is None else Certificate(**dict(row))


async def _settled_under(work: Work, found: Certificate, ledger_key: str, kind: str) -> bool:
    """Whether this very certificate was settled this way under this key before."""
    return bool(
        await work.tx.connection.fetchval(
            "SELECT true FROM ledger_transaction WHERE program = $1 AND idempotency_key = $2 AND kind = $3"
            " AND reference = $4",
            found.program,
            ledger_key,
            kind,
            _reference(found),
        )
    )


def _reference(found: Certificate) -> str:
    return f"certificate:{found.id}"


def _require_open(found: Certificate) -> None:
    if found.status != CertificateStatus.ISSUED:
        raise Refused(NOT_OPEN.at("id", status=found.status))


async def _require_may_redeem(work: Work, program: str, organization_id: int) -> None:
    actor: Actor = work.actor
    owner = work.plugins.programs.get(program)
    if owner is None:  # its plugin is not installed here
        raise BENEFIT_NOT_FOUND.refuse("benefitId")
    permission = owner.redeeming_permission
    if actor.is_staff(program):
        actor.require_ready()
    else:
        actor.require_permission(organization_id, permission)
    access = Access(actor=actor, action=permission, organization_id=organization_id)
    refuse_any(await work.plugins.check_access(access))
