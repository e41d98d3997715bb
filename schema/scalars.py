"""Scalars beyond GraphQL's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import NewType

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from core.calendar import SEOUL

BigInt = NewType("BigInt", int)
"""A whole number of up to 64 bits: points and won outgrow GraphQL's 32-bit Int."""


Json = NewType("Json", object)
"""A JSON value: what audit events say was before and after."""


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise GraphQLError(f"BigInt cannot be {value!r}: a whole number is expected")
    try:
        number = int(value)
    except ValueError as error:
        raise GraphQLError(f"BigInt cannot be {value!r}: a whole number is expected") from error
    if not -(2**63) <= number < 2**63:
        raise GraphQLError(f"BigInt cannot be {value}: at most 64 bits are kept")
    return number


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None:
            moment = moment.replace(tzinfo=SEOUL) if moment.tzinfo is None else moment
            moment.astimezone(UTC)  # the first and last hours of the calendar have no place in it
            return moment
    except (ValueError, OverflowError):
        pass
    raise GraphQLError(f"DateTime cannot be {value!r}: a moment as ISO 8601 is expected")


def _decimal(value: object) -> Decimal:
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite():
                return number
    except ArithmeticError:
        pass
    raise GraphQLError(f"Decimal cannot be {value!r}: a number such as 0.1 is expected")


BIG_INT: ScalarDefinition = strawberry.scalar(
    name="BigInt",
    description="큰 정수 · A whole number of up to 64 bits, as a JSON number: points, won.",
    serialize=int,
    parse_value=_whole,
)

DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="시각 · A moment as ISO 8601, always told in Asia/Seoul: 2026-03-02T09:00:00.000000+09:00.",
    serialize=lambda value: value.astimezone(SEOUL).isoformat(timespec="microseconds"),
    parse_value=_moment,
)

DECIMAL: ScalarDefinition = strawberry.scalar(
    name="Decimal",
    description='십진수 · An exact decimal as a string, never in exponents: "0.1".',
    serialize=lambda value: format(value, "f"),
    parse_value=_decimal,
)

JSON: ScalarDefinition = strawberry.scalar(
    name="JSON",
    description="JSON 값 · Any JSON value, as PostgreSQL spells it.",
    serialize=lambda value: orjson.Fragment(json.dumps(value, ensure_ascii=False)),
    parse_value=lambda value: value,
)

SCALARS: dict[object, ScalarDefinition] = {
    BigInt: BIG_INT,
    datetime: DATE_TIME,
    Decimal: DECIMAL,
    Json: JSON,
}
