"""What is read at a glance is what graphql-core reads, and what is made of it is what Strawberry makes."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, Undefined
from graphql.utilities import coerce_input_value
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.arguments import convert_argument

from schema.build import DureSchema
from schema.inputs import Builders, Unplain, reader

ODD = (None, 0, -1, 2**31, 2**40, 2**63, 1.5, 2.0, True, "", "x", "0", "2026-03-02", [], [None], {}, {"x": 1})
LEAVES = {
    "Int": (0, 7, -(2**31), 2**31 - 1),
    "BigInt": (1, 2**62, "12"),
    "Boolean": (True, False),
    "Date": ("2026-03-02",),
    "DateTime": ("2026-03-02T09:00:00+09:00",),
    "Decimal": ("0.1", 2, "12.50"),
}


def value_of(kind: Any, chance: random.Random, depth: int = 0) -> Any:
    """A value of an input type, now and then an odd one."""
    if chance.random() < 0.01:
        return chance.choice(ODD)
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, chance, depth)
    if chance.random() < 0.1:
        return None
    if isinstance(kind, GraphQLList):
        return [value_of(kind.of_type, chance, depth + 1) for _ in range(chance.choice([0, 1, 2]) if depth < 6 else 0)]
    if isinstance(kind, GraphQLEnumType):
        return chance.choice(list(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        found = {}
        if kind.extensions["strawberry-definition"].is_one_of:
            name = chance.choice(list(kind.fields))
            return {name: value_of(kind.fields[name].type, chance, depth + 1)}
        for name, field in kind.fields.items():
            needed = isinstance(field.type, GraphQLNonNull) and field.default is None
            if (needed and chance.random() < 0.99) or (depth < 4 and chance.random() < 0.5):
                found[name] = value_of(field.type, chance, depth + 1)
        return found | ({"unheardOf": 1} if chance.random() < 0.01 else {})
    return chance.choice(LEAVES.get(kind.name, ("text", "", "글자", "12")))


def test_every_input_type_is_read_and_made_as_the_libraries_do(schema: DureSchema) -> None:
    chance = random.Random(7)
    registry = schema.schema_converter.scalar_registry
    builders = Builders(schema.config, registry)
    kinds = [kind for kind in schema._schema.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    read, made, refused = set(), set(), 0
    for kind in kinds:
        cls = schema.schema_converter.type_map[kind.name].definition.origin  # type: ignore[union-attr]
        for _ in range(150):
            value = value_of(GraphQLNonNull(kind), chance)
            coerced: Any = Undefined
            with suppress(StrawberryInputCoercionError):  # of a choice that is none
                coerced = coerce_input_value(value, GraphQLNonNull(kind))
            try:
                found = reader(GraphQLNonNull(kind))(value)
            except Unplain:
                refused += coerced is Undefined
            else:
                read.add(kind.name)
                assert found == coerced and repr(found) == repr(coerced), (kind.name, value)
            if coerced is Undefined:
                continue
            try:
                build = builders.of(cls)
            except Unplain:
                continue
            made.add(kind.name)
            assert repr(build(coerced)) == repr(convert_argument(coerced, cls, registry, schema.config))
    assert {"TransferPointsInput", "IssueCertificateInput", "AddBenefitInput"} <= read & made
    assert refused > 50 and made == {kind.name for kind in kinds}


@pytest.mark.parametrize("value", ODD)
def test_what_is_odd_is_left_to_graphql_core(schema: DureSchema, value: Any) -> None:
    for name in ("Int", "String", "ID", "Boolean", "BigInt"):
        for kind in (schema.graphql_type(name), GraphQLNonNull(schema.graphql_type(name))):
            coerced = coerce_input_value(value, kind)
            try:
                found = reader(kind)(value)
            except Unplain:
                continue
            assert found == coerced and type(found) is type(coerced)
