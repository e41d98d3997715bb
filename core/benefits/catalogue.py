"""The catalogue: what programs declare is written down at start; operators add, amend by a new date, and close."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import sqlalchemy as sa

from core.actor import Role
from core.benefits.models import BenefitRow, TermsRow
from core.benefits.problems import (
    BELOW_RANGE,
    BONUS_RANGE,
    CAP_RANGE,
    CAPS_ARE_FOR_POINTS,
    CLOSED_TOO_EARLY,
    CODE_RANGE,
    CODE_TAKEN,
    CONTRADICTORY,
    FROM_TODAY,
    FROM_TOMORROW,
    LOAN_RANGE,
    LOANS_ARE_FOR_LOANS,
    MAX_UNITS_RANGE,
    NAME_RANGE,
    PER_UNIT_RANGE,
    SOURCE_RANGE,
    TERMS_INVALID,
    TERMS_TAKEN,
    UNIT_RANGE,
    UNKNOWN_PROGRAM,
    VALID_DAYS_RANGE,
)
from core.benefits.queries import benefit, benefit_by_id, declared_terms, terms
from core.database import Transaction
from core.errors import Misdeclared, Violation, refuse_any
from core.language import Text
from core.plugins import Plugins
from core.program import CODE, Benefit, Effect, EffectKind, Program, Terms
from core.work import Work

MOST = 1_000_000_000  # points, units
MOST_PER_UNIT = 1_000_000
LEAST_PER_UNIT = Decimal("0.000001")
MOST_WON = 10**15
MOST_DAYS = 3_650
MOST_LETTERS = 200


async def write_declared_benefits(work: Work) -> None:
    """Write down what every program declares. Written terms never change: a declaration that differs is refused."""
    await work.tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext('dure_catalogue'))")  # servers take turns
    for program in work.plugins.programs.values():
        for position, declared in enumerate(program.benefits, 1):
            await _write_declared(work, program, declared, position)


async def catalogue_differences(tx: Transaction, plugins: Plugins) -> list[str]:
    """Declared benefits, as program.code, that are not on record as they are declared; empty when all are."""
    joined = sa.join(benefit, terms, terms.c.benefit_id == benefit.c.id)
    rows = await tx.rows(sa.select(benefit.c.program, benefit.c.code, *terms.columns).select_from(joined))
    written = {
        (row["program"], row["code"], row["effective"]): declared_terms(
            TermsRow(**{column.name: row[column.name] for column in terms.columns})
        )
        for row in rows
    }
    return sorted(
        f"{program.code}.{declared.code}"
        for program in plugins.programs.values()
        for declared in program.benefits
        if not all(
            (known := written.get((program.code, declared.code, each.effective))) is not None and _same(known, each)
            for each in declared.terms
        )
    )


async def add_benefit(work: Work, program: str, declared: Benefit, *, opened_on: date) -> BenefitRow:
    """적용사업 추가: an operator adds a benefit with its first terms."""
    work.actor.require_staff(program, Role.OPERATOR)
    owner = work.plugins.programs.get(program)
    if owner is None or declared.asset not in {asset.code for asset in owner.assets}:
        raise UNKNOWN_PROGRAM.refuse("program", program=program, asset=declared.asset)
    refuse_any(_objections_to_benefit(declared, work.today))
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
    refuse_any(_objections(new, work.today + timedelta(days=1), FROM_TOMORROW))
    try:
        written = await _insert_terms(work, benefit_id, new)
    except asyncpg.UniqueViolationError as error:
        raise TERMS_TAKEN.refuse("terms", "effective", day=new.effective) from error
    work.record("benefit.terms_amended", "benefit", benefit_id, after={"effective": new.effective, "unit": new.unit})
    return written


async def close_benefit(work: Work, benefit_id: int, closed_on: date) -> BenefitRow:
    """적용사업 취소: from `closed_on` on nothing new is issued; certificates already issued stay good."""
    row = await benefit_by_id(work.tx, benefit_id)
    work.actor.require_staff(row.program, Role.OPERATOR)
    if closed_on <= row.opened_on:
        raise TERMS_INVALID.refuse("closedOn", what=CLOSED_TOO_EARLY.format({"day": row.opened_on}))
    closed = await work.tx.one(
        BenefitRow,
        sa.update(benefit).where(benefit.c.id == benefit_id).values(closed_on=closed_on).returning(benefit),
    )
    assert closed is not None
    work.record(
        "benefit.closed", "benefit", benefit_id, before={"closed_on": row.closed_on}, after={"closed_on": closed_on}
    )
    return closed


def _objections_to_benefit(declared: Benefit, today: date) -> Iterator[Violation]:
    """Everything that speaks against a benefit an operator adds, its paths as in the input."""
    if not CODE.fullmatch(declared.code):
        yield _objection(CODE_RANGE, "code")
    for field, text in (("name", declared.names), ("category", declared.category)):
        yield from _objections_to_names(text, field)
    for each in declared.terms:
        yield from _objections(each, today, FROM_TODAY)


def _objections(new: Terms, earliest: date, says: Text) -> Iterator[Violation]:
    """Everything that speaks against terms an operator writes. What is declared in code is reviewed as code is."""
    if new.effective < earliest:
        yield _objection(says.format({"day": earliest}), "terms", "effective")
    if not 1 <= new.unit <= MOST:
        yield _objection(UNIT_RANGE, "terms", "unit")
    if new.max_units is not None and not 1 <= new.max_units <= MOST:
        yield _objection(MAX_UNITS_RANGE, "terms", "maxUnits")
    if not 1 <= new.valid_days <= MOST_DAYS:
        yield _objection(VALID_DAYS_RANGE, "terms", "validDays")
    yield from _objections_to_per_unit(new.effect)
    yield from _objections_to_caps(new.effect)
    yield from _objections_to_loans(new.effect)
    for place, figure in enumerate(new.figures):
        at = ("terms", "figures", place)
        if not CODE.fullmatch(figure.code):
            yield _objection(CODE_RANGE, *at, "code")
        yield from _objections_to_names(figure.names, *at, "name")
    yield from _objections_to_figures(new)
    for part, said in (("sourceDocument", new.source.document.names.ko), ("sourceClause", new.source.clause)):
        if not _said(said):
            yield _objection(SOURCE_RANGE, "terms", part)


def _objections_to_per_unit(effect: Effect) -> Iterator[Violation]:
    per_unit = effect.per_unit
    in_range = per_unit.is_finite() and 0 <= per_unit <= MOST_PER_UNIT and per_unit % LEAST_PER_UNIT == 0
    if effect.kind is EffectKind.BONUS_POINTS and not (in_range and per_unit >= 1 and per_unit % 1 == 0):
        yield _objection(BONUS_RANGE, "terms", "perUnit")
    elif not in_range:
        yield _objection(PER_UNIT_RANGE, "terms", "perUnit")


def _objections_to_caps(effect: Effect) -> Iterator[Violation]:
    caps = {
        "rowMaxPoints": effect.row_max_points,
        "programBonusCap": effect.program_bonus_cap,
        "overCapPoints": effect.over_cap_points,
    }
    for part, cap in caps.items():
        if cap is not None and effect.kind is not EffectKind.BONUS_POINTS:
            yield _objection(CAPS_ARE_FOR_POINTS, "terms", part)
        elif cap is not None and not 0 <= cap <= MOST:
            yield _objection(CAP_RANGE, "terms", part)


def _objections_to_loans(effect: Effect) -> Iterator[Violation]:
    limits = {"loanFromWon": effect.loan_from_won, "loanToWon": effect.loan_to_won}
    for part, won in limits.items():
        if effect.kind is not EffectKind.LOAN_LIMIT:
            if won is not None:
                yield _objection(LOANS_ARE_FOR_LOANS, "terms", part)
        elif won is None or not 1 <= won <= MOST_WON:
            yield _objection(LOAN_RANGE, "terms", part)
    before, after = effect.loan_from_won, effect.loan_to_won
    if before is not None and after is not None and 1 <= after <= before <= MOST_WON:
        yield _objection(LOAN_RANGE, "terms", "loanToWon")


def _objections_to_figures(new: Terms) -> Iterator[Violation]:
    for place, figure in enumerate(new.figures):
        if not figure.below.is_finite():
            yield _objection(BELOW_RANGE, "terms", "figures", place, "below")


def _objections_to_names(names: Text, *at: str | int) -> Iterator[Violation]:
    *outer, field = at
    for name, suffix in ((names.ko, "Ko"), (names.en, "En")):
        if not _said(name):
            yield _objection(NAME_RANGE, *outer, f"{field}{suffix}")


def _said(text: str) -> bool:
    return bool(text.strip()) and len(text) <= MOST_LETTERS


def _objection(what: Text, *path: str | int) -> Violation:
    return TERMS_INVALID.at(*path, what=what)


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
    refuse_any([*_objections_to_per_unit(effect), *_objections_to_figures(new)])  # no constraint refuses these
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
        raise TERMS_INVALID.refuse("terms", what=CONTRADICTORY) from error
