"""Scalars beyond GraphQL's own."""

from __future__ import annotations

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
"""A whole number of up to 64 bits: points and won outgrow GraphQL's 32-bit Int."""


def _parse(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"not a whole number: {value!r}")
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"beyond 64 bits: {value}")
    return number


BIG_INT: ScalarDefinition = strawberry.scalar(
    name="BigInt",
    description="큰 정수 · A whole number of up to 64 bits, as a JSON number: points, won.",
    serialize=int,
    parse_value=_parse,
)

SCALARS: dict[object, ScalarDefinition] = {BigInt: BIG_INT}
