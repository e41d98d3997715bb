"""What an introspection field answers, by graphql-core's own resolvers, apart from its executor."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from graphql import GraphQLError, GraphQLField, GraphQLList, GraphQLNonNull, GraphQLSchema, is_leaf_type
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef

from schema.planner.selection import Asked, Collector

ROOTS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


class Selected:
    """One selected field: what it resolves by, the type below its lists, and its arguments."""

    __slots__ = ("arguments", "asked", "field", "kind", "leaf", "listed", "place")

    def __init__(self, place: int, field: GraphQLField | None, asked: Asked, variables: VariableValues) -> None:
        self.place = place
        self.field = field  # None: `__typename`
        self.asked = asked
        kind: Any = None if field is None else field.type
        self.listed = False
        while isinstance(kind, GraphQLNonNull | GraphQLList):
            self.listed = self.listed or isinstance(kind, GraphQLList)
            kind = kind.of_type
        self.kind = kind
        self.leaf = field is None or is_leaf_type(kind)
        self.arguments: dict[str, Any] | None = {}  # None: they are wrong, so that the field is an error
        if field is not None and field.args:
            try:
                self.arguments = get_argument_values(field, asked.node, variables)
            except GraphQLError:
                self.arguments = None


class Reading:
    """Reads what one operation introspects."""

    def __init__(self, schema: GraphQLSchema, collector: Collector, variables: VariableValues) -> None:
        self.variables = variables
        self._collector = collector
        self._info: Any = SimpleNamespace(schema=schema)
        self._below: dict[tuple[str, tuple[int, ...]], list[Selected]] = {}
        self._last = 0

    def root(self, asked: Asked) -> Selected:
        """`__schema` or `__type`."""
        return self._selected(ROOTS[asked.name], asked)

    def below(self, selected: Selected) -> list[Selected]:
        """The fields below a field, collected once for each selection however often it is spread."""
        kind = selected.kind
        key = (kind.name, tuple([id(each) for each in selected.asked.below]))
        found = self._below.get(key)
        if found is None:
            asked = self._collector.collect(kind, selected.asked.below)
            found = self._below[key] = [self._selected(kind.fields.get(each.name), each) for each in asked]
        return found

    def answer(self, selected: Selected, source: Any) -> Any:
        """What the field answers of an object of the schema."""
        assert selected.field is not None and selected.field.resolve is not None and selected.arguments is not None
        return selected.field.resolve(source, self._info, **selected.arguments)

    def _selected(self, field: GraphQLField | None, asked: Asked) -> Selected:
        self._last += 1
        return Selected(self._last, field, asked, self.variables)


def identity(source: Any) -> tuple[int, ...]:
    """What tells one object of the schema from another. Fields and arguments come paired with their names."""
    return (id(source[0]), id(source[1])) if type(source) is tuple else (id(source),)
