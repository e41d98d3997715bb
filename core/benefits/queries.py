"""Reading the catalogue and certificates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from core.benefits.models import BenefitRow, Certificate, TermsRow
from core.benefits.numbers import normal_number, well_formed
from core.benefits.problems import BENEFIT_NOT_FOUND, CERTIFICATE_NOT_FOUND, NOT_IN_FORCE
from core.database import Transaction, table_of
from core.language import Text
from core.program import Effect, EffectKind, Figure, Source, SourceDocument, Terms

benefit = table_of(BenefitRow)
terms = table_of(TermsRow)
certificate = table_of(Certificate)


async def benefit_by_id(tx: Transaction, benefit_id: int) -> BenefitRow:
    found = await tx.one(BenefitRow, sa.select(benefit).where(benefit.c.id == benefit_id))
    if found is None:
        raise BENEFIT_NOT_FOUND.refuse("benefitId")
    return found


async def terms_in_force(tx: Transaction, of: BenefitRow, on: date) -> TermsRow:
    """The terms of a benefit on a day; `Refused` before the first, before it opened, or after it closed."""
    found = await tx.one(
        TermsRow,
        sa.select(terms)
        .where(terms.c.benefit_id == of.id, terms.c.effective <= on)
        .order_by(terms.c.effective.desc())
        .limit(1),
    )
    if found is None or of.opened_on > on or (of.closed_on is not None and of.closed_on <= on):
        raise NOT_IN_FORCE.refuse("benefitId", name=Text(of.name_ko, of.name_en), day=on)
    return found


async def certificate_by_number(tx: Transaction, number: str) -> Certificate | None:
    """By its number, however it was typed. One whose last letter does not check the others is not looked for."""
    normal = normal_number(number)
    if not well_formed(normal):
        return None
    return await tx.one(Certificate, sa.select(certificate).where(certificate.c.number == normal))


async def locked_certificate(tx: Transaction, certificate_id: int) -> Certificate:
    found = await tx.one(
        Certificate, sa.select(certificate).where(certificate.c.id == certificate_id).with_for_update()
    )
    if found is None:
        raise CERTIFICATE_NOT_FOUND.refuse("id")
    return found


def declared_terms(row: TermsRow) -> Terms:
    """A row as the value the arithmetic works on."""
    return Terms(
        effective=row.effective,
        unit=row.unit,
        effect=Effect(
            kind=EffectKind(row.effect),
            per_unit=row.per_unit,
            row_max_points=row.row_max_points,
            program_bonus_cap=row.program_bonus_cap,
            over_cap_points=row.over_cap_points,
            loan_from_won=row.loan_from_won,
            loan_to_won=row.loan_to_won,
            words=Text(row.words_ko, row.words_en or row.words_ko) if row.words_ko else None,
        ),
        max_units=row.max_units,
        figures=tuple(
            Figure(code=each["code"], names=Text(each["ko"], each["en"]), below=Decimal(each["below"]))
            for each in row.figures
        ),
        valid_days=row.valid_days,
        source=Source(SourceDocument("", Text(row.source_document, row.source_document)), row.source_clause),
    )
