"""Reading an operation's variables: plain values of the plain types at a glance, all else as graphql-core does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

PLAIN: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLInt: int, GraphQLBoolean: bool}
MOST_ERRORS = 50
LEAST_INT, MOST_INT = -(2**31), 2**31 - 1


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
            for name, signature, kind in self.plain:
                value = given.get(name)
                if type(value) is not kind or (isinstance(value, int) and not LEAST_INT <= value <= MOST_INT):
                    break  # missing, null, or wrong
                sources[name], coerced[name] = VariableValueSource(signature, value), value
            else:
                return VariableValues(sources, coerced)
        return get_variable_values(self.schema, self.definitions, dict(given), max_errors=MOST_ERRORS)

    def _plain(self) -> list[tuple[str, GraphQLVariableSignature, type]] | None:
        """Each variable with the Python type that its values have; None when any is of another type."""
        found = []
        for definition in self.definitions:
            signature = get_variable_signature(self.schema, definition)
            if isinstance(signature, GraphQLError):
                return None
            kind: Any = signature.type
            kind = PLAIN.get(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)
            if kind is None:
                return None
            found.append((signature.name, signature, kind))
        return found
