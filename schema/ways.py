"""Which way each root field of an operation goes, planned or not, and why: for the log, the metrics and debugging."""

from __future__ import annotations

from graphql import FieldNode, OperationDefinitionNode

from core.watch import Way
from schema.planner.plan import Plan

UNPLANNED = "asked not to plan"


def ways_of(made: Plan, *, planned: bool) -> tuple[Way, ...]:
    """The ways of a plan that was followed, or was not."""
    known = made.ways.get(planned)
    if known is None:
        known = made.ways[planned] = tuple(
            Way(
                root.asked.key,
                root.asked.name,
                planned and root.planned is not None,
                "" if planned and root.planned is not None else root.reason or UNPLANNED,
            )
            for root in made.roots
        )
    return known


def ways_unplanned(operation: OperationDefinitionNode) -> tuple[Way, ...]:
    """The ways of an operation that nobody plans: a mutation, or a query with a switch that is null."""
    return tuple(
        Way(node.alias.value if node.alias else node.name.value, node.name.value, False, operation.operation.value)
        for node in operation.selection_set.selections
        if isinstance(node, FieldNode)
    )
