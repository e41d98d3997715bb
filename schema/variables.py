"""Reading an operation's variables: plain values at a glance, all else as graphql-core does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from schema.inputs import Read, Unplain, reader

MOST_ERRORS = 50


class Variables:
    """How one operation reads its variables, worked out once."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self.schema = schema
        self.definitions = operation.variable_definitions or ()
        self.plain = self._plain()

    def read(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them."""
        if self.plain is not None:
            sources: dict[str, VariableValueSource] = {}
            coerced: dict[str, Any] = {}
            try:
                for name, signature, read in self.plain:
                    value = given[name]
                    sources[name], coerced[name] = VariableValueSource(signature, value), read(value)
            except (Unplain, KeyError):
                pass
            else:
                return VariableValues(sources, coerced)
        return get_variable_values(self.schema, self.definitions, dict(given), max_errors=MOST_ERRORS)

    def _plain(self) -> list[tuple[str, GraphQLVariableSignature, Read]] | None:
        """Each variable with what reads its values; None when any type has none."""
        found = []
        for definition in self.definitions:
            signature = get_variable_signature(self.schema, definition)
            if isinstance(signature, GraphQLError):
                return None
            try:
                found.append((signature.name, signature, reader(signature.type)))
            except Unplain:
                return None
        return found
