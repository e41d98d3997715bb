"""Scalars beyond GraphQL's own."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.file_uploads import Upload
from strawberry.types.scalar import ScalarDefinition

from core.calendar import SEOUL

BigInt = NewType("BigInt", int)
"""A whole number of up to 64 bits: points and won outgrow GraphQL's 32-bit Int."""


DIGITS = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
"""A decimal as it is written: no exponents, no more digits than anything here has."""

Json = NewType("Json", object)
"""A JSON value: what audit events say was before and after."""


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise GraphQLError(f"BigInt cannot be {value!r}: a whole number is expected")
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,19}", value):
        raise GraphQLError(f"BigInt cannot be {value[:40]!r}: a whole number is expected")
    number = int(value)
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
    raise GraphQLError(f"DateTime cannot be {str(value)[:40]!r}: a moment as ISO 8601 is expected")


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError(f"Date cannot be {str(value)[:40]!r}: a day such as 2026-03-02 is expected")


def _decimal(value: object) -> Decimal:
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite() and DIGITS.fullmatch(str(value)) and -18 <= int(number.as_tuple().exponent) <= 18:
                return number
    except ArithmeticError:
        pass
    raise GraphQLError(f"Decimal cannot be {str(value)[:40]!r}: a number such as 0.1 is expected")


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

DATE: ScalarDefinition = strawberry.scalar(
    name="Date",
    description="날짜 · A day in Asia/Seoul as ISO 8601: 2026-03-02.",
    serialize=date.isoformat,
    parse_value=_day,
)

UPLOAD: ScalarDefinition = strawberry.scalar(
    name="Upload",
    description="파일 · A file, sent by the GraphQL multipart request specification.",
    parse_value=lambda value: value,
)

SCALARS: dict[object, ScalarDefinition] = {
    date: DATE,
    Upload: UPLOAD,
    BigInt: BIG_INT,
    datetime: DATE_TIME,
    Decimal: DECIMAL,
    Json: JSON,
}
