"""What an amount of points would buy under given terms: pure arithmetic, no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.benefits.problems import (
    BELOW_UNIT,
    EXISTING_POINTS_NEEDED,
    FIGURE_NEEDED,
    FIGURE_TOO_HIGH,
    NOT_A_MULTIPLE,
    NOT_ENOUGH,
    OVER_THE_CAP,
)
from core.errors import Violation
from core.program import Effect, EffectKind, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """견적. `points` of the asset buy `units`, which give `effect_amount`: bonus points, percentage points, won or 1.

    `total_points` is the bonus with what was there before; None for other kinds of effect. `most_points` is the most
    that could be used here, whatever is in the account.
    """

    units: int
    points: int
    effect_amount: Decimal
    total_points: int | None
    most_units: int | None
    most_points: int | None
    violations: tuple[Violation, ...] = ()


def quote(
    terms: Terms,
    *,
    available: int,
    existing_points: int | None = None,
    requested: int | None = None,
    declared: Mapping[str, Decimal] | None = None,
) -> Quote:
    """What `requested` points buy; without `requested`, the most that the caps and the account allow."""
    effect = terms.effect
    most_units = units_within_caps(terms, existing_points or 0)
    affordable = available // terms.unit
    if requested is None:
        units = affordable if most_units is None else min(most_units, affordable)
    else:
        units = max(requested, 0) // terms.unit
        units = units if most_units is None else min(most_units, units)
    amount = effect_of(effect, units, existing_points or 0)
    bonus = effect.kind is EffectKind.BONUS_POINTS
    return Quote(
        units=units,
        points=units * terms.unit,
        effect_amount=amount,
        total_points=(existing_points or 0) + int(amount) if bonus else None,
        most_units=most_units,
        most_points=None if most_units is None else most_units * terms.unit,
        violations=(
            *_object_to_points(terms, available, existing_points, requested, most_units),
            *_object_to_figures(terms, declared or {}),
        ),
    )


def bonus_within_caps(effect: Effect, existing_points: int) -> int | None:
    """The most bonus points the caps leave; None when none is set.

    Three caps, each of which may be absent: the row's own, and the program's total with what is allowed beyond it.
    """
    caps = []
    if effect.row_max_points is not None:
        caps.append(effect.row_max_points)
    if effect.program_bonus_cap is not None:
        caps.append(max(0, effect.program_bonus_cap + (effect.over_cap_points or 0) - existing_points))
    return min(caps, default=None)


def units_within_caps(terms: Terms, existing_points: int) -> int | None:
    """The most units that still give something; None when nothing limits them."""
    limits = [] if terms.max_units is None else [terms.max_units]
    if terms.effect.kind is EffectKind.BONUS_POINTS:
        most = bonus_within_caps(terms.effect, existing_points)
        if most is not None:
            limits.append(-(-most // int(terms.effect.per_unit)))
    elif terms.effect.kind is EffectKind.LOAN_LIMIT:
        limits.append(1)
    return min(limits, default=None)


def effect_of(effect: Effect, units: int, existing_points: int) -> Decimal:
    """What so many units give: points, percentage points, the raised limit in won, or how many entitlements."""
    if units == 0:
        return Decimal(0)
    if effect.kind is EffectKind.BONUS_POINTS:
        most = bonus_within_caps(effect, existing_points)
        gained = units * effect.per_unit
        return gained if most is None else min(gained, Decimal(most))
    if effect.kind is EffectKind.LOAN_LIMIT:
        return Decimal(effect.loan_to_won or 0)
    if effect.kind is EffectKind.FEE_DISCOUNT:
        return units * effect.per_unit
    return Decimal(units)


def _object_to_points(
    terms: Terms, available: int, existing_points: int | None, requested: int | None, most_units: int | None
) -> Iterator[Violation]:
    unit = terms.unit
    bonus = terms.effect.kind is EffectKind.BONUS_POINTS
    if bonus and (existing_points or 0) < 0:
        yield EXISTING_POINTS_NEEDED.at("existingPoints", source=terms.source)
    if bonus and terms.effect.program_bonus_cap is not None and existing_points is None:
        yield EXISTING_POINTS_NEEDED.at("existingPoints", source=terms.source)
    given = available if requested is None else requested
    if given < unit:
        yield BELOW_UNIT.at("points", source=terms.source, unit=unit, given=given)
        return
    if requested is None:
        if most_units == 0:
            yield OVER_THE_CAP.at("points", source=terms.source, most=0)
        return
    if requested % unit:
        lower = requested // unit * unit
        yield NOT_A_MULTIPLE.at(
            "points", source=terms.source, unit=unit, given=requested, lower=lower, upper=lower + unit
        )
    if most_units is not None and requested > most_units * unit:
        yield OVER_THE_CAP.at("points", source=terms.source, most=most_units * unit)
    if requested > available:
        yield NOT_ENOUGH.at("points", requested=requested, available=available)


def _object_to_figures(terms: Terms, declared: Mapping[str, Decimal]) -> Iterator[Violation]:
    for figure in terms.figures:
        given = declared.get(figure.code)
        if given is None or not given.is_finite() or given < 0:
            yield FIGURE_NEEDED.at("declared", figure.code, source=terms.source, name=figure.names)
        elif given >= figure.below:
            yield FIGURE_TOO_HIGH.at(
                "declared", figure.code, source=terms.source, name=figure.names, below=f"{figure.below:,}",
                given=f"{given:,}",
            )  # fmt: skip
