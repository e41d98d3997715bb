"""The catalogue: what programs declare is written down at start; operators add, amend by a new date, and close."""

from __future__ import annotations

from datetime import date

import asyncpg
import sqlalchemy as sa

from core.actor import Role
from core.benefits.models import BenefitRow, TermsRow
from core.benefits.problems import CODE_TAKEN, TERMS_INVALID, TERMS_TAKEN, UNKNOWN_PROGRAM
from core.benefits.queries import benefit, benefit_by_id, declared_terms, terms
from core.errors import Misdeclared
from core.program import CODE, Benefit, EffectKind, Program, Terms
from core.work import Work


async def write_declared_benefits(work: Work) -> None:
    """Write down what every program declares. Written terms never change: a declaration that differs is refused."""
    await work.tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext('dure_catalogue'))")  # servers take turns
    for program in work.plugins.programs.values():
        for position, declared in enumerate(program.benefits, 1):
            await _write_declared(work, program, declared, position)


async def add_benefit(work: Work, program: str, declared: Benefit, *, opened_on: date) -> BenefitRow:
    """적용사업 추가: an operator adds a benefit with its first terms."""
    work.actor.require_staff(program, Role.OPERATOR)
    owner = work.plugins.programs.get(program)
    if owner is None or declared.asset not in {asset.code for asset in owner.assets}:
        raise UNKNOWN_PROGRAM.refuse("program", program=program, asset=declared.asset)
    if not CODE.fullmatch(declared.code):
        raise TERMS_INVALID.refuse("code", what=CODE.pattern)
    position = await work.tx.value(
        sa.select(sa.func.coalesce(sa.func.max(benefit.c.position), 0) + 1).where(benefit.c.program == program)
    )
    try:
        row = await _insert(work, program, declared, position, opened_on)
    except asyncpg.UniqueViolationError as error:
        raise CODE_TAKEN.refuse("code", code=declared.code) from error
    for each in declared.terms:
        await _insert_terms(work, row.id, each)
    work.record("benefit.added", "benefit", row.id, after={"program": program, "code": declared.code})
    return row


async def amend_terms(work: Work, benefit_id: int, new: Terms) -> TermsRow:
    """적용 기준 변경: new terms from a date on; the old ones stay for what was decided under them."""
    row = await benefit_by_id(work.tx, benefit_id)
    work.actor.require_staff(row.program, Role.OPERATOR)
    try:
        written = await _insert_terms(work, benefit_id, new)
    except asyncpg.UniqueViolationError as error:
        raise TERMS_TAKEN.refuse("effective", day=new.effective) from error
    work.record("benefit.terms_amended", "benefit", benefit_id, after={"effective": new.effective, "unit": new.unit})
    return written


async def close_benefit(work: Work, benefit_id: int, closed_on: date) -> BenefitRow:
    """적용사업 취소: from `closed_on` on nothing new is issued; certificates already issued stay good."""
    row = await benefit_by_id(work.tx, benefit_id)
    work.actor.require_staff(row.program, Role.OPERATOR)
    if closed_on <= row.opened_on:
        raise TERMS_INVALID.refuse("closedOn", what=f"{closed_on} <= {row.opened_on}")
    closed = await work.tx.one(
        BenefitRow,
        sa.update(benefit).where(benefit.c.id == benefit_id).values(closed_on=closed_on).returning(benefit),
    )
    assert closed is not None
    work.record(
        "benefit.closed", "benefit", benefit_id, before={"closed_on": row.closed_on}, after={"closed_on": closed_on}
    )
    return closed


async def _write_declared(work: Work, program: Program, declared: Benefit, position: int) -> None:
    row = await work.tx.one(
        BenefitRow,
        sa.select(benefit).where(benefit.c.program == program.code, benefit.c.code == declared.code),
    )
    if row is None:
        opened_on = min(each.effective for each in declared.terms)
        row = await _insert(work, program.code, declared, position, opened_on)
        work.record("benefit.declared", "benefit", row.id, after={"program": program.code, "code": declared.code})
    for each in declared.terms:
        written = await work.tx.one(
            TermsRow, sa.select(terms).where(terms.c.benefit_id == row.id, terms.c.effective == each.effective)
        )
        if written is None:
            await _insert_terms(work, row.id, each)
        elif not _same(declared_terms(written), each):
            owner = work.plugins.owners[program.code]
            raise Misdeclared(
                f"plugin {owner!r}: benefit {declared.code!r} declares other terms for {each.effective} than are on"
                " record; terms are never edited, append ones with a later date"
            )


def _same(written: Terms, declared: Terms) -> bool:
    parts = ("effective", "unit", "effect", "max_units", "figures", "valid_days")
    return all(getattr(written, part) == getattr(declared, part) for part in parts)


async def _insert(work: Work, program: str, declared: Benefit, position: int, opened_on: date) -> BenefitRow:
    return await work.tx.insert(
        BenefitRow,
        program=program,
        code=declared.code,
        asset=declared.asset,
        name_ko=declared.names.ko,
        name_en=declared.names.en,
        category_ko=declared.category.ko,
        category_en=declared.category.en,
        description_ko=declared.description.ko,
        description_en=declared.description.en,
        position=position,
        opened_on=opened_on,
    )


async def _insert_terms(work: Work, benefit_id: int, new: Terms) -> TermsRow:
    effect = new.effect
    per_unit = effect.per_unit
    if not per_unit.is_finite() or any(not figure.below.is_finite() for figure in new.figures):
        raise TERMS_INVALID.refuse("terms", what="NaN, Infinity")
    if effect.kind is EffectKind.BONUS_POINTS and (per_unit < 1 or per_unit % 1):
        raise TERMS_INVALID.refuse("terms", what=f"per_unit {per_unit}")
    try:
        return await work.tx.insert(
            TermsRow,
            benefit_id=benefit_id,
            effective=new.effective,
            unit=new.unit,
            effect=effect.kind.value,
            per_unit=effect.per_unit,
            max_units=new.max_units,
            row_max_points=effect.row_max_points,
            program_bonus_cap=effect.program_bonus_cap,
            over_cap_points=effect.over_cap_points,
            loan_from_won=effect.loan_from_won,
            loan_to_won=effect.loan_to_won,
            words_ko=effect.words.ko if effect.words else None,
            words_en=effect.words.en if effect.words else None,
            figures=[
                {"code": each.code, "ko": each.names.ko, "en": each.names.en, "below": str(each.below)}
                for each in new.figures
            ],
            valid_days=new.valid_days,
            source_document=new.source.document.names.ko,
            source_clause=new.source.clause,
        )
    except asyncpg.CheckViolationError as error:
        raise TERMS_INVALID.refuse("terms", what=error.constraint_name or "") from error
