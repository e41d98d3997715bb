"""A certificate on paper, and what the public may learn of it. Whether somebody may see the paper is asked before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.benefits.models import BenefitRow, Certificate, TermsRow
from core.benefits.queries import benefit, certificate_by_number, declared_terms, terms
from core.database import Transaction
from core.documents import CertificatePage, LotUse, VerificationState, VerificationView, effect_words
from core.identity import Organization, OrganizationKind, organization_by_id
from core.language import Text
from core.plugins import Plugins
from core.seals.queries import seal_of_certificate

COMPANY = Text("기업명", "Company")
INSTITUTION = Text("기관명", "Institution")  # a university, a provider, an agency


@dataclass(frozen=True, slots=True)
class _Whole:
    """A certificate with everything it names."""

    certificate: Certificate
    organization: Organization
    benefit: BenefitRow
    terms: TermsRow


async def certificate_page(tx: Transaction, plugins: Plugins, number: str, base_url: str) -> CertificatePage | None:
    """Everything that stands on the paper; None for an unknown number."""
    whole = await _whole(tx, number)
    if whole is None:
        return None
    found, program = whole.certificate, plugins.programs.get(whole.certificate.program)
    named = Text(found.program, found.program) if program is None else program.names
    in_force = declared_terms(whole.terms)
    return CertificatePage(
        program=named,
        number=found.number,
        holder=holder_words(whole.organization),
        company=whole.organization.name,
        business_number=whole.organization.business_number,
        category=Text(whole.benefit.category_ko, whole.benefit.category_en),
        benefit=Text(whole.benefit.name_ko, whole.benefit.name_en),
        round=found.round,
        effect=in_force.effect,
        effect_amount=found.effect_amount,
        points=found.points,
        existing_points=found.existing_points,
        unit=Text("점", "points") if program is None else program.asset(whole.benefit.asset).unit,
        lots=await _lots(tx, found.hold_id),
        issued_on=found.issued_on,
        valid_until=found.valid_until,
        issuer=named if program is None or program.issuer is None else program.issuer,
        return_source=None if program is None else program.returning,
        verify_url=f"{base_url}/verify/{found.number}",
    )


async def verification_view(tx: Transaction, plugins: Plugins, number: str, today: date) -> VerificationView | None:
    """What anybody may learn from a number; None when it is none of ours."""
    whole = await _whole(tx, number)
    if whole is None:
        return None
    found, program = whole.certificate, plugins.programs.get(whole.certificate.program)
    return VerificationView(
        number=found.number,
        state=VerificationState.on(today, status=found.status, valid_until=found.valid_until),
        program=Text(found.program, found.program) if program is None else program.names,
        holder=holder_words(whole.organization),
        company=whole.organization.name,
        category=Text(whole.benefit.category_ko, whole.benefit.category_en),
        benefit=Text(whole.benefit.name_ko, whole.benefit.name_en),
        effect=effect_words(declared_terms(whole.terms).effect, found.effect_amount),
        issued_on=found.issued_on,
        valid_until=found.valid_until,
        seal=await seal_of_certificate(tx, found.id),
    )


def holder_words(organization: Organization) -> Text:
    """What the one that a certificate is issued to is called on it."""
    return COMPANY if organization.kind == OrganizationKind.COMPANY else INSTITUTION


async def _whole(tx: Transaction, number: str) -> _Whole | None:
    found = await certificate_by_number(tx, number)
    if found is None:
        return None
    organization = await organization_by_id(tx, found.organization_id)
    row = await tx.one(BenefitRow, sa.select(benefit).where(benefit.c.id == found.benefit_id))
    written = await tx.one(TermsRow, sa.select(terms).where(terms.c.id == found.terms_id))
    assert organization is not None and row is not None and written is not None, "held by foreign keys"
    return _Whole(found, organization, row, written)


async def _lots(tx: Transaction, hold_id: int) -> tuple[LotUse, ...]:
    rows = await tx.connection.fetch(
        "SELECT l.earned_on, l.expires_on, h.amount FROM hold_lot h JOIN lot l ON l.id = h.lot_id"
        " WHERE h.hold_id = $1 ORDER BY l.expires_on, l.earned_on, l.id",
        hold_id,
    )
    return tuple(LotUse(earned_on=row["earned_on"], expires_on=row["expires_on"], points=row["amount"]) for row in rows)
