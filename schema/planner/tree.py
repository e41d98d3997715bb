"""The tree of a planned selection: objects of mapped types, their items, and pages of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from schema.filters import Condition, conditions
from schema.mapping import ColumnField, ConnectionField, Mapping, ToOneField
from schema.reading import Page, page_of


class NotPlanned(Exception):
    """A selection that needs Python. Says which field, and why."""


class Untold(Exception):
    """A planned statement has no answer, as a value is not of its declared type: Python is to say what is wrong."""


class TooLarge(Exception):
    """An answer has more bytes than it may have; it is not sent."""


@dataclass(frozen=True, slots=True)
class Word:
    """The same text for every row: a type's name."""

    text: str


@dataclass(frozen=True, slots=True)
class GlobalId:
    """The global id of the row."""


@dataclass(frozen=True, slots=True)
class ColumnItem:
    """A column, or a SQL expression."""

    field: ColumnField


@dataclass(frozen=True, slots=True)
class OneItem:
    """Another row, by its id."""

    field: ToOneField
    below: ObjectNode


@dataclass(frozen=True, slots=True)
class PageItem:
    """A page of other rows."""

    page: PageNode


@dataclass(frozen=True, slots=True)
class SpecialItem:
    """A field that knows itself how it is written in SQL."""

    field: Any
    below: Any


Item: TypeAlias = Word | GlobalId | ColumnItem | OneItem | PageItem | SpecialItem


@dataclass(slots=True)
class ObjectNode:
    """An object of a mapped type: its response keys and what each shows."""

    mapping: Mapping
    items: list[tuple[str, Item]] = dataclasses.field(default_factory=list)


@dataclass(slots=True)
class PageNode:
    """A connection: `parts` are its response keys, with the field each names and what is below."""

    field: ConnectionField
    mapping: Mapping
    place: int  # among all that take arguments, in the tree's order
    parts: list[tuple[str, str, Any]] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a connection's arguments say, for one request."""

    page: Page
    wanted: tuple[Condition, ...]

    @property
    def structure(self) -> tuple[Any, ...]:
        """What of it changes the statement's text."""
        page = self.page
        return (page.size, page.backwards, page.cursor is not None, page.order, tuple(c.structure for c in self.wanted))

    @property
    def values(self) -> dict[str, Any]:
        """What fills the statement, by names within this connection."""
        found: dict[str, Any] = {f"c{place}": value for place, value in enumerate(self.page.cursor or ())}
        for place, condition in enumerate(self.wanted):
            if condition.operator != "is_null":
                found[f"w{place}"] = condition.value
        return found


@dataclass(slots=True)
class Arguments:
    """The arguments of one connection in a document. Those without variables are worked out once."""

    node: FieldNode
    definition: GraphQLField
    field: ConnectionField
    mapping: Mapping
    path: tuple[str, ...]
    config: Any
    scalars: Any
    fixed: Filled | None = None

    def filled(self, variables: VariableValues) -> Filled:
        """What they say for these variables. Raises `Refused`."""
        if self.fixed is not None:
            return self.fixed
        given = convert_arguments(
            get_argument_values(self.definition, self.node, variables),
            self.field.arguments,
            scalar_registry=self.scalars,
            config=self.config,
        )
        filled = Filled(page_of(self.mapping, given), tuple(conditions(self.mapping, given.get("where"))))
        if not variables_in(self.node):
            self.fixed = filled
        return filled


def variables_in(node: FieldNode) -> bool:
    """Whether any argument of a field depends on a variable."""
    waiting: list[Any] = [argument.value for argument in node.arguments or ()]
    while waiting:
        value = waiting.pop()
        if value.kind == "variable":
            return True
        waiting += getattr(value, "values", ())
        waiting += [each.value for each in getattr(value, "fields", ())]
    return False


Slots: TypeAlias = Dictionary[int, Filled]

__all__ = [
    "Arguments",
    "ColumnItem",
    "Filled",
    "GlobalId",
    "Item",
    "NotPlanned",
    "ObjectNode",
    "OneItem",
    "PageItem",
    "PageNode",
    "Slots",
    "SpecialItem",
    "TooLarge",
    "Untold",
    "Word",
]
