"""How many values introspection answers: counted from the lengths of the schema's lists before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLSchema, OperationDefinitionNode, get_introspection_query, parse
from graphql.execution.values import VariableValues

from core.concurrency import turns
from schema.introspection.fields import Reading, Selected, identity
from schema.planner.selection import Asked, Collector, fragments_of

FULL = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    experimental_directive_deprecation=True,
    one_of=True,
)  # everything that tools ask for
PLAIN_ONES = 2  # how often all of the schema may be told in one answer: forms of tools differ

Objects = dict[tuple[int, ...], tuple[Any, int]]  # by identity: an object of the schema, and how often it is answered


async def whole_schema(schema: GraphQLSchema) -> int:
    """The values that one full introspection of the schema answers."""
    document = parse(FULL)
    operation: Any = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    collector = Collector(schema, fragments_of(document), {})
    query: Any = schema.query_type
    return await count(
        Reading(schema, collector, VariableValues({}, {})), collector.collect(query, [operation.selection_set])
    )


async def count(reading: Reading, roots: Sequence[Asked], most: float = float("inf")) -> int:
    """The values that these root fields answer: each field one, each item of a list one.

    Objects that are answered in many places are looked at once for each selection, with how often they are answered.
    Counting ends when there are more than `most`; so it takes no longer than an answer within the limit.
    """
    total, shared = 0, turns()
    waiting: list[tuple[Selected, Objects, int]] = [(reading.root(each), {(): (None, 1)}, 1) for each in roots]
    while waiting and total <= most:
        selected, sources, times = waiting.pop()
        if (selected.leaf and not selected.listed) or selected.arguments is None:
            total += times
            continue
        below: Objects = {}
        found = 0
        for source, often in sources.values():
            if shared.due():
                await shared.turn()
            value = reading.answer(selected, source)
            total += often
            each_one = () if value is None else value if selected.listed else (value,)
            for each in each_one:
                key = identity(each)
                known = below.get(key)
                below[key] = (each, often if known is None else known[1] + often)
                found += often
            if total > most:
                return total
        if selected.listed:
            total += found
        if not selected.leaf and below:
            waiting += [(each, below, found) for each in reading.below(selected)]
    return total
