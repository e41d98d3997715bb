"""Introspection as it is answered: counted, then written once, then kept for everybody who asks the same."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import DirectiveNode, DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues

from schema.introspection.counting import PLAIN_ONES, count, whole_schema
from schema.introspection.fields import ROOTS, Reading
from schema.introspection.writing import Writer
from schema.planner.selection import Asked, Collector, fragments_of

if TYPE_CHECKING:
    from schema.planner.plan import Plan

KEPT = 4 * 1024 * 1024  # bytes of answers kept; tools ask in a few forms, each some hundred kilobytes

Key = tuple[str, str, str]  # the document, the operation's name, its variables
Answered = Mapping[str, bytes]  # by response key


class Introspection:
    """Counts, writes and keeps the introspection of one schema."""

    def __init__(self, schema: GraphQLSchema, *, kept: int = KEPT) -> None:
        self.schema = schema
        self.written = 0  # answers that were not kept already
        self._most: int | None = None
        self._kept: OrderedDict[Key, Answered] = OrderedDict()
        self._room = self._size = kept
        self._one = asyncio.Lock()

    @property
    def bytes_kept(self) -> int:
        return self._size - self._room

    async def most(self) -> int:
        """The values that one request may ask for: all of the schema, twice. It grows with the schema."""
        if self._most is None:
            self._most = PLAIN_ONES * await whole_schema(self.schema)
        return self._most

    async def cost(self, roots: Sequence[Asked], collector: Collector, variables: VariableValues) -> int:
        """The values that the root fields answer, or some number beyond `most()`."""
        return await count(Reading(self.schema, collector, variables), roots, await self.most())

    def kept(self, key: Key) -> Answered | None:
        """What was written for the same before."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    async def answered(
        self, key: Key, roots: Sequence[Asked], collector: Collector, variables: VariableValues, most: int
    ) -> Answered:
        """The root fields' values as JSON. Raises `NotPlain` or `TooLarge`. One is written at a time."""
        async with self._one:
            found = self.kept(key)
            if found is None:
                self.written += 1
                writer = Writer(Reading(self.schema, collector, variables), most)
                found = {each.key: await writer.root(each) for each in roots}
                self._keep(key, found)
        return found

    def _keep(self, key: Key, answered: Answered) -> None:
        size = _size(key, answered)
        if size > self._size:
            return
        while size > self._room:
            self._room += _size(*self._kept.popitem(last=False))
        self._kept[key] = answered
        self._room -= size


def _size(key: Key, answered: Answered) -> int:
    return sum(len(each) for each in (*key, *answered.values()))


def key_of(query: str, operation: OperationDefinitionNode, variables: VariableValues) -> Key:
    """What tells one introspection from another."""
    name = operation.name.value if operation.name else ""
    return (query, name, repr(sorted(variables.coerced.items())) if variables.coerced else "")


def introspected(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, made: Plan | None
) -> tuple[Sequence[Asked], Collector] | None:
    """The root fields of an operation that introspect, if any, and what collects below them.

    Without a plan, as a switch is null, everything is taken as asked for: no less is counted than is answered.
    """
    if operation.operation is not OperationType.QUERY:
        return None
    if made is not None:
        return (made.introspected, made.collector) if made.introspected else None
    collector = Everything(schema, fragments_of(document), {})
    query: Any = schema.query_type
    found = [each for each in collector.collect(query, [operation.selection_set]) if each.name in ROOTS]
    return (found, collector) if found else None


class Everything(Collector):
    """Collects fields whatever `@include` and `@skip` say."""

    def _included(self, directives: Sequence[DirectiveNode] | None) -> bool:
        return True
