"""Core's enums as GraphQL shows them: with a description, Korean first, for the type and for every value."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar, cast

import strawberry

E = TypeVar("E", bound=type[Enum])


def described(enum: E, name: str, description: str, values: dict[str, str]) -> E:
    """Make `enum` a GraphQL enum. `values` maps each member's name to its description; none may be missing."""
    strawberry.enum(enum, name=name, description=description)
    for value in cast(Any, enum).__strawberry_definition__.values:
        value.description = values[value.name]
    return enum
