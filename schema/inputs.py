"""What a client gives, read at a glance: plain values of an input type, and the object a resolver wants of them.

Each is worked out once from the types. Whatever is out of the ordinary is `Unplain`: graphql-core reads it then, or
says what is wrong with it, so that there is one truth about what may be given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
    is_leaf_type,
)
from graphql.type import is_required_input_field
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

LEAST_INT, MOST_INT = -(2**31), 2**31 - 1
TEXTS = (GraphQLString, GraphQLID)

Read: TypeAlias = Callable[[Any], Any]


class Unplain(Exception):
    """Not a plain value of its type; or no plain type."""


# ------------------------------------------------------------------------------------ from JSON to GraphQL's values


def reader(kind: Any, inside: tuple[Any, ...] = ()) -> Read:
    """What reads a value of an input type as `coerce_input_value` does, or raises `Unplain`.

    A type that holds itself has none: how deep its values may be is for graphql-core to say.
    """
    if isinstance(kind, GraphQLNonNull):
        inner = reader(kind.of_type, inside)

        def needed(value: Any) -> Any:
            if value is None:
                raise Unplain
            return inner(value)

        return needed
    plain = _reader(kind, inside)
    return lambda value: None if value is None else plain(value)


def _reader(kind: Any, inside: tuple[Any, ...]) -> Read:
    if isinstance(kind, GraphQLList):
        item = reader(kind.of_type, inside)

        def listed(value: Any) -> Any:
            if type(value) is not list:
                raise Unplain
            return [item(each) for each in value]

        return listed
    if isinstance(kind, GraphQLInputObjectType):
        if kind.is_one_of or kind in inside:
            raise Unplain
        return _object_reader(kind, (*inside, kind))
    if kind in TEXTS:
        return _text
    if kind is GraphQLInt:
        return _whole
    if kind is GraphQLBoolean:
        return _flag
    assert is_leaf_type(kind)
    coerce = kind.coerce_input_value

    def leaf(value: Any) -> Any:
        try:
            found = coerce(value)
        except Exception as error:
            raise Unplain from error
        if found is Undefined:
            raise Unplain
        return found

    return leaf


def _object_reader(kind: GraphQLInputObjectType, inside: tuple[Any, ...]) -> Read:
    fields = [
        (name, each.out_name or name, reader(each.type, inside), is_required_input_field(each), each)
        for name, each in kind.fields.items()
    ]

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise Unplain
        found, known = {}, 0
        for name, out, inner, required, field in fields:
            if name in value:
                known += 1
                found[out] = inner(value[name])
            elif required:
                raise Unplain
            elif (default := coerce_default_value(field)) is not Undefined:
                found[out] = default
        if known != len(value):
            raise Unplain
        try:
            return kind.out_type(found)
        except Exception as error:  # a choice that is none
            raise Unplain from error

    return read


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise Unplain
    return value


def _whole(value: Any) -> Any:
    if type(value) is not int or not LEAST_INT <= value <= MOST_INT:
        raise Unplain
    return value


def _flag(value: Any) -> Any:
    if type(value) is not bool:
        raise Unplain
    return value


# ------------------------------------------------------------------------- from GraphQL's values to what resolvers take


class Builders:
    """What makes the objects that resolvers take of values that are read, as Strawberry's `convert_argument` does."""

    def __init__(self, config: Any, scalars: Any) -> None:
        self.config = config
        self.scalars = scalars
        self._made: dict[type, Read] = {}

    def of(self, kind: Any) -> Read:
        """What makes a value of a Strawberry type. Raises `Unplain` for a type that is made in a way of its own."""
        if isinstance(kind, StrawberryMaybe) or kind is GlobalID:
            raise Unplain
        if isinstance(kind, StrawberryOptional):
            return self.of(kind.of_type)
        if isinstance(kind, LazyType):
            return self.of(kind.resolve_type())
        if isinstance(kind, StrawberryList):
            item = self.of(kind.of_type)
            return lambda values: [_unless_none(item, each) for each in values]
        if is_scalar(kind, self.scalars) or isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind):
            return _as_it_is
        if not has_object_definition(kind):
            raise Unplain
        if kind not in self._made:
            self._made[kind] = lambda value: self._made[kind](value)  # for a type that holds itself
            try:
                self._made[kind] = self._object(kind)
            except Unplain:
                del self._made[kind]
                raise
        return self._made[kind]

    def _object(self, cls: Any) -> Read:
        definition = cls.__strawberry_definition__
        if definition.from_input is not None or not definition.is_input:
            raise Unplain
        missing = dataclasses.MISSING
        absent = {
            each.python_name: None
            for each in definition.fields
            if each.default_value is missing and each.default_factory is missing
        }
        name_of = self.config.name_converter.from_field
        parts = [
            (name_of(each), each.python_name, self.of(each.resolve_type(type_definition=definition)))
            for each in definition.fields
        ]

        def build(value: Any) -> Any:
            given = dict(absent)
            for name, python_name, inner in parts:
                if name in value:
                    given[python_name] = _unless_none(inner, value[name])
            return cls(**given)

        return build


def _as_it_is(value: Any) -> Any:
    return value


def _unless_none(make: Read, value: Any) -> Any:
    return value if value is None or value is UNSET else make(value)
