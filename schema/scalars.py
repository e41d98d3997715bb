"""Scalars beyond GraphQL's own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from core.calendar import SEOUL

BigInt = NewType("BigInt", int)
"""A whole number of up to 64 bits: points and won outgrow GraphQL's 32-bit Int."""


def _parse(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"not a whole number: {value!r}")
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"beyond 64 bits: {value}")
    return number


def _parse_moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise TypeError(f"not a moment: {value!r}")
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=SEOUL) if moment.tzinfo is None else moment


def _parse_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"not a decimal: {value!r}")
    try:
        number = Decimal(str(value))
    except ArithmeticError as error:
        raise ValueError(f"not a decimal: {value!r}") from error
    if not number.is_finite():
        raise ValueError(f"not a decimal: {value!r}")
    return number


BIG_INT: ScalarDefinition = strawberry.scalar(
    name="BigInt",
    description="큰 정수 · A whole number of up to 64 bits, as a JSON number: points, won.",
    serialize=int,
    parse_value=_parse,
)

DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="시각 · A moment as ISO 8601, always told in Asia/Seoul: 2026-03-02T09:00:00.000000+09:00.",
    serialize=lambda value: value.astimezone(SEOUL).isoformat(timespec="microseconds"),
    parse_value=_parse_moment,
)

DECIMAL: ScalarDefinition = strawberry.scalar(
    name="Decimal",
    description='십진수 · An exact decimal as a string, never in exponents: "0.1".',
    serialize=lambda value: format(value, "f"),
    parse_value=_parse_decimal,
)

SCALARS: dict[object, ScalarDefinition] = {BigInt: BIG_INT, datetime: DATE_TIME, Decimal: DECIMAL}
