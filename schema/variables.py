"""Reading an operation's variables: plain values at a glance, all else as graphql-core does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from core.concurrency import ComputingThread
from schema.inputs import Read, Unplain, reader

MOST_ERRORS = 50
AT_ONCE = 2_000  # values that are read while others wait
READING = ComputingThread("variables")


def many(given: Any, most: int = AT_ONCE) -> bool:
    """Whether there are more values than so many, in lists and objects below each other. It looks at no more."""
    waiting, seen = [given], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            seen += len(value)
            if seen > most:
                return True
            waiting += value.values() if isinstance(value, dict) else value
    return False


class Variables:
    """How one operation reads its variables, worked out once."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self.schema = schema
        self.definitions = operation.variable_definitions or ()
        self.plain = self._plain()

    async def read(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them. Many that are not plain are read in a thread: it takes long."""
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
        return await READING.run(self._read, given) if many(given) else self._read(given)

    def _read(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
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
