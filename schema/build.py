"""The one schema: core's parts and every plugin's, merged, checked, each field naming the plugin that brought it."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias, cast

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema_directive import Location
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import UNRESOLVED, StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion

from core.errors import Misdeclared
from core.parts import GraphQLParts
from core.plugins import Plugins
from schema.core_parts import CORE, CORE_PROBLEMS, core_parts
from schema.errors import UserError
from schema.facts import facts_types
from schema.mapping import ColumnField, Node
from schema.mapping import Mapping as TypeMapping
from schema.mutations import mutating_of
from schema.nodes.program import facts_field
from schema.roots.filing import filing_mutations
from schema.roots.sheets import SheetMutation
from schema.scalars import SCALARS
from schema.viewer import Shape, Viewer

Named: TypeAlias = StrawberryObjectDefinition | StrawberryEnumDefinition | StrawberryUnion

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
        self._fields_by_name: dict[str, dict[str, StrawberryField]] = {}
        self._shown: dict[int, tuple[StrawberryObjectDefinition, list[StrawberryField]]] = {}
        self.type_owners, found = _type_owners(parts, self.config)
        self.nodes_by_name: dict[str, type[Any]] = {
            name: cls for name, cls in found.items() if "__dure_mapping__" in cls.__dict__ and issubclass(cls, Node)
        }
        roots = {
            name: strawberry.type(type(name, (), {}), name=name, description=description)
            for name, description in ROOTS.items()
            if self.added.get(name)
        }
        try:
            super().__init__(
                query=roots["Query"],
                mutation=roots.get("Mutation"),
                subscription=roots.get("Subscription"),
                types=[*found.values()],
                config=self.config,
            )
        except Exception as error:
            culprits = ", ".join(repr(plugin) for plugin in sorted({plugin for plugin, _ in parts} - {CORE})) or CORE
            raise Misdeclared(f"the GraphQL parts of {culprits} do not make a schema: {error}") from error

    def _extend_introspection(self) -> None:
        """Leave `isOneOf` to graphql-core: Strawberry's fails for lists and for what may not be null."""

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

    def fields_of(self, type_name: str) -> dict[str, StrawberryField]:
        """The fields of an object type by their GraphQL names, added ones included."""
        known = self._fields_by_name.get(type_name)
        if known is None:
            definition: Any = self.schema_converter.type_map[type_name].definition
            convert = self.config.name_converter.get_graphql_name
            known = {convert(cast(Any, field)): field for field in self.get_fields(definition)}
            self._fields_by_name[type_name] = known
        return known

    def graphql_type(self, name: str) -> Any:
        return self._schema.type_map[name]

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
        mutations: tuple[type, ...] = (filing_mutations(facts), SheetMutation)
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
    descriptions = {problem.code: problem.text.both for problem in CORE_PROBLEMS}
    for plugin, problem in plugins.problems:
        if problem.code in descriptions:
            raise Misdeclared(_twice(f"problem code {problem.code!r}", CORE, plugin))
    descriptions |= {problem.code: problem.text.both for _, problem in plugins.problems}
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
        roots = [("Query", part.query), ("Mutation", part.mutation), ("Subscription", part.subscription)]
        for type_name, classes in (*roots, *part.extends.items()):
            for cls in classes:
                for name, field in _fields(_definition(cls, plugin), config, plugin):
                    if (type_name, name) in owners:
                        raise Misdeclared(_twice(f"field {type_name}.{name}", owners[type_name, name], plugin))
                    if type_name == "Mutation" and mutating_of(field) is None:
                        raise Misdeclared(_unguarded(name, plugin))
                    owners[type_name, name] = plugin
                    added.setdefault(type_name, []).append((field, plugin))
    return added, owners


def _type_owners(
    parts: Sequence[tuple[str, GraphQLParts]], config: StrawberryConfig
) -> tuple[dict[str, str], dict[str, type[Any]]]:
    """Who brought each type, and all types that are to be in the schema. Refuses two types of one name."""
    owners: dict[str, str] = {}
    known: dict[str, Named] = {}
    classes: dict[str, type[Any]] = {}
    for plugin, part in parts:
        roots = (*part.query, *part.mutation, *part.subscription, *(c for each in part.extends.values() for c in each))
        for definition in _reached([_definition(cls, plugin) for cls in (*roots, *part.types)], plugin):
            if isinstance(definition, StrawberryObjectDefinition) and definition.origin in roots:
                continue
            name = config.name_converter.from_type(definition)
            first = known.setdefault(name, definition)
            if not _same(first, definition) or name in ROOTS:
                raise Misdeclared(_twice(f"type {name!r}", owners.get(name, CORE), plugin))
            if name not in owners:
                owners[name] = plugin
                if isinstance(definition, StrawberryObjectDefinition):
                    list(_fields(definition, config, plugin))
                    if not definition.concrete_of and not definition.is_graphql_generic:
                        classes[name] = definition.origin
                    if Node in definition.origin.__mro__ and definition.origin is not Node:
                        _require_mapping(definition, plugin)
    for plugin, part in parts:
        for name, extensions in part.extends.items():
            if name not in classes:
                culprits = ", ".join(cls.__name__ for cls in extensions)
                near = difflib.get_close_matches(name, classes, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise Misdeclared(f"plugin {plugin!r} adds {culprits} to the type {name!r}, which does not exist{hint}")
            _check_extensions(name, classes[name], owners[name], extensions, plugin, config)
    return owners, classes


def _check_extensions(
    name: str, extended: type[Any], owner: str, extensions: Sequence[type], plugin: str, config: StrawberryConfig
) -> None:
    """What is added to a type must be new there, and must find what it reads in the rows the type shows."""
    own = dict(_fields(_definition(extended, owner), config, owner))
    mapping = extended.__dict__.get("__dure_mapping__")
    for cls in extensions:
        for field_name, field in _fields(_definition(cls, plugin), config, plugin):
            if field_name in own:
                raise Misdeclared(_twice(f"field {name}.{field_name}", owner, plugin))
            local: str | None = getattr(field, "local", None)
            reads = [field.python_name] if isinstance(field, ColumnField) else list(getattr(field, "needs", ()))
            reads += [] if local is None or mapping is None else [local]
            shown = set() if mapping is None or isinstance(field, ColumnField) else _shown(mapping)
            if missing := [each for each in reads if each not in shown]:
                raise Misdeclared(
                    f"plugin {plugin!r} adds {name}.{field_name}, which reads the column"
                    f" {missing[0]!r}; {name!r} does not show it, so use its id, or a resolver"
                )


def _shown(mapping: TypeMapping) -> set[str]:
    """The columns that every row of a mapped type comes with."""
    return {column.name for column in mapping.selected(mapping.table, Viewer(Shape(None)))}


def _fields(
    definition: StrawberryObjectDefinition, config: StrawberryConfig, plugin: str
) -> Iterator[tuple[str, StrawberryField]]:
    """The fields of a type by their GraphQL names. Refuses two of one name: Strawberry would drop the first."""
    seen: set[str] = set()
    for field in definition.fields:
        name = config.name_converter.get_graphql_name(cast(Any, field))
        if name in seen:
            raise Misdeclared(_twice(f"field {definition.name}.{name}", plugin, plugin))
        seen.add(name)
        yield name, field


def _unguarded(name: str, plugin: str) -> str:
    return (
        f"plugin {plugin!r}: Mutation.{name} is not made by schema.mutation, so nobody checks who may call it;"
        " decorate its function with @mutation(...)"
    )


def _twice(what: str, first: str, second: str) -> str:
    if first == second:
        return f"plugin {first!r} brings the {what} twice; rename one"
    return f"the {what} is brought by both {first!r} and {second!r}; rename one"


def _same(first: Named, second: Named) -> bool:
    """Whether two definitions under one name are one type: the same class, or the same generic one made concrete."""
    if isinstance(first, StrawberryUnion) or isinstance(second, StrawberryUnion):
        return first == second
    generic = getattr(first, "concrete_of", None)
    return first.origin is second.origin or (generic is not None and generic is getattr(second, "concrete_of", None))


def _require_mapping(definition: StrawberryObjectDefinition, plugin: str) -> None:
    if "__dure_mapping__" not in definition.origin.__dict__:
        raise Misdeclared(
            f"plugin {plugin!r}: the node type {definition.name!r} does not say which table it shows and who may see"
            " its rows; decorate it with @shows(table, visible=...)"
        )


def _reached(start: Iterable[StrawberryObjectDefinition], plugin: str) -> list[Named]:
    """Everything that can be reached from these; a type that cannot be resolved names the plugin."""
    try:
        return list(_reachable(start))
    except Exception as error:
        raise Misdeclared(f"plugin {plugin!r}: its GraphQL types cannot be resolved: {error}") from error


def _reachable(start: Iterable[StrawberryObjectDefinition]) -> Iterator[Named]:
    """Every object, interface, input, enum and union type that can be reached from these."""
    waiting: list[Named] = list(start)
    seen: set[int] = set()
    while waiting:
        definition = waiting.pop()
        if id(definition) in seen:
            continue
        seen.add(id(definition))
        yield definition
        if isinstance(definition, StrawberryUnion):
            for member in definition.types:
                waiting.extend(_definitions(member))
        elif isinstance(definition, StrawberryObjectDefinition):
            waiting.extend(definition.interfaces)
            for field in definition.fields:
                if field.type is UNRESOLVED:
                    raise LookupError(
                        f"the type of {definition.name}.{field.python_name} is written with a name its module does"
                        " not know"
                    )
                for kind in (field.type, *(argument.type for argument in field.arguments)):
                    waiting.extend(_definitions(kind))


def _definitions(kind: Any) -> Iterator[Named]:
    while isinstance(kind, StrawberryContainer | LazyType):
        kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
    definition = getattr(kind, "__strawberry_definition__", kind)
    if isinstance(definition, StrawberryObjectDefinition | StrawberryEnumDefinition | StrawberryUnion):
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
