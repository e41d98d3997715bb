"""Building the tree of a root field, or finding out that it needs Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from strawberry.types.field import StrawberryField

from schema.mapping import ColumnField, ConnectionField, Mapping, ToOneField, mapping_of
from schema.planner.selection import Asked, Collector
from schema.planner.text import tellable
from schema.planner.tree import (
    Arguments,
    ColumnItem,
    GlobalId,
    Item,
    NotPlanned,
    ObjectNode,
    OneItem,
    PageItem,
    PageNode,
    SpecialItem,
    Word,
)

if TYPE_CHECKING:
    from schema.build import DureSchema


class TreeBuilder:
    """Walks what is selected below the roots; notes every connection's arguments on the way."""

    def __init__(self, schema: DureSchema, collector: Collector) -> None:
        self.schema = schema
        self.collector = collector
        self.arguments: list[Arguments] = []
        self.computed: list[Any] = []  # fields that Python works out, in the order their places are written

    def object(self, mapping: Mapping, asked: Asked, path: tuple[str, ...]) -> ObjectNode:
        """An object of a mapped type. Raises `NotPlanned`."""
        kind = self._kind(mapping.type_name)
        fields = self.schema.fields_of(mapping.type_name)
        node = ObjectNode(mapping)
        for each in self.collector.collect(kind, asked.below):
            node.items.append((each.key, self._item(mapping, kind, fields, each, (*path, each.key))))
        return node

    def page(self, field: ConnectionField, asked: Asked, owner: GraphQLObjectType, path: tuple[str, ...]) -> PageNode:
        """A connection. Raises `NotPlanned`."""
        mapping = mapping_of(field.target)
        node = PageNode(field, mapping, len(self.arguments))
        self.arguments.append(
            Arguments(
                asked.node,
                owner.fields[asked.name],
                field,
                mapping,
                path,
                self.schema.config,
                self.schema.schema_converter.scalar_registry,
            )
        )
        kind = self._kind(f"{mapping.type_name}Connection")
        for each in self.collector.collect(kind, asked.below):
            node.parts.append((each.key, each.name, self._part(mapping, kind, each, (*path, each.key))))
        return node

    def _part(self, mapping: Mapping, kind: GraphQLObjectType, asked: Asked, path: tuple[str, ...]) -> Any:
        if asked.name == "__typename":
            return kind.name
        if asked.name == "nodes":
            return self.object(mapping, asked, path)
        if asked.name == "edges":
            edge = self._kind(f"{mapping.type_name}Edge")
            return [
                (
                    each.key,
                    each.name,
                    self.object(mapping, each, (*path, each.key)) if each.name == "node" else edge.name,
                )
                for each in self.collector.collect(edge, asked.below)
            ]
        if asked.name == "pageInfo":
            info = self._kind("PageInfo")
            return [(each.key, each.name, info.name) for each in self.collector.collect(info, asked.below)]
        if asked.name == "totalCount":
            return None
        raise NotPlanned(f"{kind.name}.{asked.name} needs Python")

    def _item(
        self,
        mapping: Mapping,
        kind: GraphQLObjectType,
        fields: dict[str, StrawberryField],
        asked: Asked,
        path: tuple[str, ...],
    ) -> Item:
        if asked.name == "__typename":
            return Word(kind.name)
        if asked.name == "id":
            return GlobalId()
        field = fields[asked.name]
        if isinstance(field, ColumnField) and tellable(field):
            return ColumnItem(field)
        if isinstance(field, ToOneField):
            return OneItem(field, self.object(mapping_of(field.target), asked, path))
        if isinstance(field, ConnectionField):
            return PageItem(self.page(field, asked, kind, path))
        if hasattr(field, "plan"):
            return SpecialItem(field, field.plan(self, asked, mapping))
        raise NotPlanned(f"{kind.name}.{asked.name} needs Python")

    def _kind(self, name: str) -> GraphQLObjectType:
        kind: Any = self.schema.graphql_type(name)
        return kind  # type: ignore[no-any-return]
