"""The one schema: core's parts and every plugin's, merged, checked, each field naming the plugin that brought it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, cast

import strawberry
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.schema_directive import Location
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion

from core.errors import Misdeclared, Problem
from core.parts import GraphQLParts
from core.plugins import Plugins
from schema.core_parts import CORE, CORE_PROBLEMS, core_parts
from schema.errors import UserError
from schema.facts import facts_types
from schema.mapping import Node
from schema.nodes.program import facts_field
from schema.roots.filing import filing_mutations
from schema.scalars import SCALARS

ROOTS = {
    "Query": "조회 · Everything that can be asked.",
    "Mutation": "변경 · Everything that can be done; each field is one transaction.",
    "Subscription": "구독 · Everything that can be watched.",
}


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    name="program",
    description="사업 · Which plugin brought a field; `core` for Dure itself.",
)
class ProgramDirective:
    code: str = strawberry.directive_field(name="code")


class DureSchema(strawberry.Schema):
    """A Strawberry schema whose types may have fields that plugins added. Nothing outside it is touched."""

    def __init__(
        self,
        plugins: Plugins,
        parts: Sequence[tuple[str, GraphQLParts]],
        field_owners: Mapping[tuple[str, str], str],
    ) -> None:
        self.field_owners = field_owners
        self.config = StrawberryConfig(scalar_map=SCALARS)  # the checks below name fields before the base is ready
        self.plugins = plugins
        self.added, self.owners = _merged(parts, self.config)
        self._shown: dict[int, tuple[StrawberryObjectDefinition, list[StrawberryField]]] = {}
        self.type_owners, found = _type_owners(parts, self.config)
        self.nodes_by_name: dict[str, type[Any]] = {
            name: cls for name, cls in found.items() if "__dure_mapping__" in cls.__dict__
        }
        roots = {
            name: strawberry.type(type(name, (), {}), name=name, description=description)
            for name, description in ROOTS.items()
            if self.added.get(name)
        }
        super().__init__(
            query=roots["Query"],
            mutation=roots.get("Mutation"),
            subscription=roots.get("Subscription"),
            types=[*found.values()],
            extensions=[lambda: ParserCache(maxsize=1_000), lambda: ValidationCache(maxsize=1_000)],
            config=self.config,
        )

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The fields of a type with those that were added to it, each marked with who brought it."""
        known = self._shown.get(id(type_definition))
        if known is None:
            name = type_definition.name
            owner = self.type_owners.get(name, CORE)
            fields = [
                (field, self.field_owners.get((name, field.graphql_name or ""), owner))
                for field in type_definition.fields
            ]
            if not type_definition.concrete_of:
                fields += self.added.get(name, [])
            known = (type_definition, [_marked(field, owner) for field, owner in fields])
            self._shown[id(type_definition)] = known
        return known[1]

    def process_errors(self, errors: list[Any], execution_context: ExecutionContext | None = None) -> None:
        """Errors are presented, masked and logged where the answer is written."""


def build_schema(plugins: Plugins) -> DureSchema:
    """The schema of these plugins. Raises `Misdeclared`, naming the culprits, when their parts do not fit together."""
    facts = facts_types(plugins.programs.values())
    made: list[tuple[str, GraphQLParts]] = []
    field_owners: dict[tuple[str, str], str] = {}
    extends: dict[str, tuple[type, ...]] = {"UserError": (_error_code(plugins),)}
    if facts is not None:
        extends["Activity"] = (facts.extension,)
        mutations: tuple[type, ...] = (filing_mutations(facts),)
        for code, program in plugins.programs.items():
            plugin = plugins.owners[code]
            for kind in program.activity_types:
                made.append((plugin, GraphQLParts(types=facts.types[kind.facts])))
                field_owners["ActivityFacts", facts_field(kind.facts)] = plugin
    else:
        mutations = ()
    made += [(CORE, core_parts()), (CORE, GraphQLParts(mutation=mutations, extends=extends))]
    return DureSchema(plugins, [*made, *plugins.graphql], field_owners)


def _error_code(plugins: Plugins) -> type[Any]:
    """The enum of every declared problem, and the field that shows it on `UserError`."""
    problems: list[Problem] = [*CORE_PROBLEMS]
    for program in plugins.programs.values():
        problems += program.problems
    descriptions = {problem.code: problem.text.both for problem in problems}
    descriptions["OTHER"] = "기타 · A code that nobody declared; read the message."
    enum = Enum("ErrorCode", {code: code for code in sorted(descriptions)})  # type: ignore[misc]
    strawberry.enum(enum, description="오류 코드 · What kind of objection; programs add theirs under their prefix.")
    for value in cast(Any, enum).__strawberry_definition__.values:
        value.description = descriptions[value.value]

    def code(root: UserError) -> Any:
        return enum[root.raw_code if root.raw_code in descriptions else "OTHER"]

    code.__annotations__ = {"root": UserError, "return": enum}

    class UserErrorCode:
        pass

    UserErrorCode.code = strawberry.field(  # type: ignore[attr-defined]
        resolver=code, description="코드 · What kind of objection, stable."
    )
    UserErrorCode.__annotations__ = {}
    return strawberry.type(UserErrorCode)


def _merged(
    parts: Sequence[tuple[str, GraphQLParts]], config: StrawberryConfig
) -> tuple[dict[str, list[tuple[StrawberryField, str]]], dict[tuple[str, str], str]]:
    """Fields to be added to each type, with who brings them. Refuses a (type, field) that two bring."""
    added: dict[str, list[tuple[StrawberryField, str]]] = {}
    owners: dict[tuple[str, str], str] = {}
    for plugin, part in parts:
        wanted = {"Query": part.query, "Mutation": part.mutation, "Subscription": part.subscription, **part.extends}
        for type_name, classes in wanted.items():
            for cls in classes:
                for field in _definition(cls, plugin).fields:
                    name = config.name_converter.get_graphql_name(cast(Any, field))
                    first = owners.setdefault((type_name, name), plugin)
                    if first != plugin or any(
                        config.name_converter.get_graphql_name(cast(Any, other)) == name
                        for other, _ in added.get(type_name, [])
                    ):
                        raise Misdeclared(
                            f"the field {type_name}.{name} is brought by both {first!r} and {plugin!r}; rename one"
                        )
                    added.setdefault(type_name, []).append((field, plugin))
    return added, owners


def _type_owners(
    parts: Sequence[tuple[str, GraphQLParts]], config: StrawberryConfig
) -> tuple[dict[str, str], dict[str, type[Any]]]:
    """Who brought each type, and all types that are to be in the schema. Refuses two types of one name."""
    owners: dict[str, str] = {}
    classes: dict[str, type[Any]] = {}
    for plugin, part in parts:
        roots = (*part.query, *part.mutation, *part.subscription, *(c for each in part.extends.values() for c in each))
        for definition in _reachable([_definition(cls, plugin) for cls in (*roots, *part.types)]):
            if definition.origin in roots:
                continue
            name = config.name_converter.from_type(definition)
            known = classes.get(name)
            if known is not None and known is not definition.origin and not definition.concrete_of:
                raise Misdeclared(f"the type {name!r} is declared by both {owners[name]!r} and {plugin!r}; rename one")
            if known is None:
                owners[name] = plugin
                if not definition.concrete_of and not definition.is_graphql_generic:
                    classes[name] = definition.origin
                if Node in definition.origin.__mro__ and definition.origin is not Node:
                    _require_mapping(definition, plugin)
    for plugin, part in parts:
        for name, added in part.extends.items():
            if name not in classes:
                culprits = ", ".join(cls.__name__ for cls in added)
                raise Misdeclared(f"plugin {plugin!r} adds {culprits} to the type {name!r}, which does not exist")
    return owners, classes


def _require_mapping(definition: StrawberryObjectDefinition, plugin: str) -> None:
    if "__dure_mapping__" not in definition.origin.__dict__:
        raise Misdeclared(
            f"plugin {plugin!r}: the node type {definition.name!r} does not say which table it shows and who may see"
            " its rows; decorate it with @shows(table, visible=...)"
        )


def _reachable(start: Iterable[StrawberryObjectDefinition]) -> Iterator[StrawberryObjectDefinition]:
    """Every object, interface and input type that can be reached from these."""
    waiting = list(start)
    seen: set[int] = set()
    while waiting:
        definition = waiting.pop()
        if id(definition) in seen:
            continue
        seen.add(id(definition))
        yield definition
        waiting.extend(definition.interfaces)
        for field in definition.fields:
            for kind in (field.type, *(argument.type for argument in field.arguments)):
                waiting.extend(_definitions(kind))


def _definitions(kind: Any) -> Iterator[StrawberryObjectDefinition]:
    while isinstance(kind, StrawberryContainer | LazyType):
        kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
    if isinstance(kind, StrawberryUnion):
        for member in kind.types:
            yield from _definitions(member)
    elif isinstance(kind, StrawberryObjectDefinition):
        yield kind
    elif hasattr(kind, "__strawberry_definition__"):
        definition = kind.__strawberry_definition__
        if isinstance(definition, StrawberryObjectDefinition):
            yield definition


def _definition(cls: type[Any], plugin: str) -> StrawberryObjectDefinition:
    definition = getattr(cls, "__strawberry_definition__", None)
    if not isinstance(definition, StrawberryObjectDefinition):
        raise Misdeclared(f"plugin {plugin!r}: {cls.__name__} is no Strawberry type; decorate it with @strawberry.type")
    return definition


def _marked(field: StrawberryField, owner: str) -> StrawberryField:
    marked = copy.copy(field)
    marked.directives = [*field.directives, ProgramDirective(code=owner)]
    return marked
