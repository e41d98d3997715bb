"""A mutation by the short way: its input read at once, its function called, and what is plain of its payload written.

Whatever is not plain of it (objections, rows to be read) is told by graphql-core, which is given what came of the
mutation instead of doing it again. So both ways answer the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path
from strawberry.types.base import StrawberryOptional

from core.identity import Unproven
from schema.context import Context, Outcome
from schema.global_ids import to_global_id
from schema.inputs import LEAST_INT, MOST_INT, Builders, Read, Unplain
from schema.mapping import ToOneField, mapping_of
from schema.mutations import Payload, mutating_of
from schema.planner.selection import Asked, Collector, switches_of
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.build import DureSchema

KEPT = 1_000  # changes known
Tell: TypeAlias = Callable[[Any], Any]


class Changes:
    """The mutations of one schema that can go the short way, by operation."""

    def __init__(self, schema: DureSchema) -> None:
        self.schema = schema
        self.builders = Builders(schema.config, schema.schema_converter.scalar_registry)
        self._known: dict[int, tuple[OperationDefinitionNode, Change | None]] = {}

    def of(self, document: DocumentNode, operation: OperationDefinitionNode) -> Change | None:
        """What an operation changes; None when it goes the ordinary way."""
        if operation.operation is not OperationType.MUTATION:
            return None
        known = self._known.get(id(operation))
        if known is None or known[0] is not operation:
            if len(self._known) >= KEPT:
                self._known.clear()
            try:
                found = self._change(document, operation)
            except Unplain:
                found = None
            known = self._known[id(operation)] = (operation, found)
        return known[1]

    def _change(self, document: DocumentNode, operation: OperationDefinitionNode) -> Change:
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        sets = [each.selection_set for each in document.definitions if hasattr(each, "selection_set")]
        if switches_of(sets):
            raise Unplain
        mutation: Any = self.schema.graphql_type("Mutation")
        collector = Collector(self.schema._schema, fragments, {})
        roots = collector.collect(mutation, [operation.selection_set])
        if len(roots) != 1 or roots[0].name == "__typename":
            raise Unplain
        asked, field = roots[0], self.schema.fields_of("Mutation")[roots[0].name]
        known = mutating_of(field)
        if known is None or field.extensions:
            raise Unplain
        arguments = {each.python_name: each for each in field.arguments}
        build = self.builders.of(arguments["input"].type) if "input" in arguments else None
        payload: Any = self.schema.graphql_type(known.payload.__strawberry_definition__.name)  # type: ignore[attr-defined]
        fields = self.schema.fields_of(payload.name)
        tells = [
            (each.key, self._tell(payload, fields, each, collector)) for each in collector.collect(payload, asked.below)
        ]
        info = (asked.name, asked.nodes, mutation.fields[asked.name].type, mutation)
        return Change(self.schema, operation, fragments, asked, field, known.run, known.proves, build, tells, info)

    def _tell(self, kind: Any, fields: Any, asked: Asked, collector: Collector) -> Tell:
        """What tells one field of a payload. Raises `Unplain` for what never is plain; itself, for what is not now."""
        if asked.name == "__typename":
            return lambda _payload: kind.name
        if asked.name == "errors":
            return _no_errors
        field = fields[asked.name]
        if isinstance(field, ToOneField):
            return self._tell_one(field, asked, collector)
        if not field.is_basic_field:
            raise Unplain
        optional = isinstance(field.type, StrawberryOptional)
        of = field.type.of_type if optional else field.type
        if of not in (int, BigInt, str, bool):
            raise Unplain
        wanted = int if of is BigInt else of

        def tell(payload: Any) -> Any:
            value = getattr(payload, field.python_name)
            if value is None and optional:
                return None
            if type(value) is not wanted or (of is int and not LEAST_INT <= value <= MOST_INT):
                raise Unplain
            return value

        return tell

    def _tell_one(self, field: ToOneField, asked: Asked, collector: Collector) -> Tell:
        """A row of which nothing is asked but its id, and which is known to be for the viewer's eyes."""
        name = mapping_of(field.target).type_name
        below = [(each.key, each.name) for each in collector.collect(self.schema.graphql_type(name), asked.below)]
        if any(each not in ("id", "__typename") for _, each in below):
            raise Unplain

        def tell(payload: Any) -> Any:
            key = getattr(payload, field.local)
            if key is None:
                return None
            if not payload.seen:
                raise Unplain
            return {each: name if what == "__typename" else to_global_id(name, key) for each, what in below}

        return tell


@dataclass(frozen=True, slots=True)
class Change:
    """One mutation of one operation, whose payload may be plain."""

    schema: DureSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    asked: Asked
    field: Any
    run: Callable[..., Any]
    proves: bool
    build: Read | None
    tells: list[tuple[str, Tell]]
    info: tuple[Any, ...]

    def given(self, variables: VariableValues) -> dict[str, Any]:
        """The arguments of the mutation's function."""
        if self.build is None:
            return {}
        node: FieldNode = self.asked.node
        value = node.arguments[0].value if node.arguments else None
        if isinstance(value, VariableNode) and value.name.value in variables.coerced:
            return {"input": self.build(variables.coerced[value.name.value])}
        definition = self.info[3].fields[self.asked.name]
        return {"input": self.build(get_argument_values(definition, node, variables)["input"])}

    async def done(self, variables: VariableValues, context: Context) -> dict[str, Any] | None:
        """Do it. The answer's data; None when it is not plain: the ordinary way is to tell the context's outcome then.

        Raises `Unproven`, and nothing is done, when whoever asks is not who it was remembered as.
        """
        try:
            given = self.given(variables)
        except Exception:  # which the ordinary way tells
            await context.prove()
            return None
        context.outcome = outcome = await self.made(given, variables, context)
        if outcome.error is not None or not isinstance(outcome.payload, Payload):
            return None
        try:
            return {self.asked.key: {key: tell(outcome.payload) for key, tell in self.tells}}
        except Unplain:
            return None

    async def made(self, given: dict[str, Any], variables: VariableValues, context: Context) -> Outcome:
        """What comes of it."""
        path, schema = Path(None, self.asked.key, self.info[3].name), self.schema._schema
        raw = cast(Any, GraphQLResolveInfo)(
            *self.info, path, schema, self.fragments, None, self.operation, variables, context, None, None, None
        )
        info = self.schema.config.info_class(_raw_info=raw, _field=self.field)
        try:
            outcome = Outcome(await self.run(info, **given))
        except Unproven:
            raise
        except Exception as error:
            outcome = Outcome(None, error)
        if not context.sure:  # it came to nothing before the database was asked
            was = context.remembered
            await context.prove()
            if was is None or context.remembered is None or was.version != context.remembered.version:
                raise Unproven
        return outcome


def _no_errors(payload: Any) -> list[Any]:
    if payload.errors:
        raise Unplain
    return []
