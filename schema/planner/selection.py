"""What an operation selects, as a tree over mapped types: the part of a plan that no value of a variable changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.type import is_abstract_type


@dataclass(slots=True)
class Asked:
    """One response key: the field it names, the first node that asks for it, and everything selected below."""

    key: str
    name: str
    node: FieldNode
    below: list[SelectionSetNode] = field(default_factory=list)
    nodes: list[FieldNode] = field(default_factory=list)  # every node that asks for it


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects fields as execution would, for one set of values of the variables in `@include` and `@skip`."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: Mapping[str, bool]

    def collect(self, kind: GraphQLNamedType, sets: Sequence[SelectionSetNode]) -> list[Asked]:
        """The fields of an object type, in the order of their response keys."""
        found: dict[str, Asked] = {}
        visited: set[str] = set()
        for selections in sets:
            for node in self._fields(kind, selections, visited):
                key = node.alias.value if node.alias else node.name.value
                asked = found.setdefault(key, Asked(key, node.name.value, node))
                asked.nodes.append(node)
                if node.selection_set is not None:
                    asked.below.append(node.selection_set)
        return list(found.values())

    def _fields(self, kind: GraphQLNamedType, selections: SelectionSetNode, visited: set[str]) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value, kind):
                    yield from self._fields(kind, node.selection_set, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, kind):
                    yield from self._fields(kind, fragment.selection_set, visited)

    def _applies(self, name: str, kind: GraphQLNamedType) -> bool:
        if name == kind.name:
            return True
        condition: Any = self.schema.type_map.get(name)
        return is_abstract_type(condition) and self.schema.is_sub_type(condition, kind)

    def _included(self, directives: Sequence[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            if directive.name.value in ("include", "skip"):
                value: Any = (directive.arguments or ())[0].value
                on = self.switches[value.name.value] if isinstance(value, VariableNode) else value.value
                if on != (directive.name.value == "include"):
                    return False
        return True


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by their names."""
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


def switches_of(nodes: Sequence[SelectionSetNode]) -> set[str]:
    """The variables that `@include` and `@skip` in these selections, fragments aside, depend on."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        for node in waiting.pop().selections:
            for directive in node.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        found.add(argument.value.name.value)
            below = getattr(node, "selection_set", None)
            if below is not None:
                waiting.append(below)
    return found
