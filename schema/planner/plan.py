"""Plans, kept: from a document and an actor's shape to statements, filled and run in one round trip."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values

from core.actor import Actor
from core.database import Prepared
from core.errors import Refused
from core.identity import Unproven
from core.watch import Way
from schema.mapping import ConnectionField, LookupField, SingleField, mapping_of
from schema.marks import MARK, revealed
from schema.planner.build import TreeBuilder
from schema.planner.roots import Lookup, Root, Single
from schema.planner.selection import Asked, Collector, fragments_of, switches_of
from schema.planner.splicing import spliced
from schema.planner.statements import PROOF_NOW, PROOF_TOKEN, measured, with_proof, write
from schema.planner.text import UNTOLD
from schema.planner.tree import Arguments, Filled, NotPlanned, PageNode, TooLarge, Untold
from schema.viewer import Shape, Viewer, viewer_parameters

if TYPE_CHECKING:
    from schema.build import DureSchema
    from schema.context import Context

UNTOLD_BYTE, MARK_BYTE = UNTOLD.encode(), MARK.encode()
LIMIT = 2_000  # plans kept
INTROSPECTION = ("__schema", "__type")
ROOMY = 4  # times an answer's limit that PostgreSQL's text may have: what is marked in it gets shorter
ABOUT_A_VALUE = "22"  # the class of PostgreSQL's data exceptions


class Ran(NamedTuple):
    """What planned root fields came to: JSON by response key, and errors of fields that are null for them."""

    texts: Mapping[str, bytes]
    errors: list[GraphQLError]


@dataclass(slots=True)
class Plan:
    """What an operation comes to, for one shape of actor and one setting of its switches."""

    operation: OperationDefinitionNode
    roots: list[Root]
    arguments: list[Arguments]
    collector: Collector
    computed: list[Any] = field(default_factory=list)
    statements: dict[tuple[Any, ...], Prepared] = field(default_factory=dict)
    rest: DocumentNode | None = None  # the operation without what is planned, once it was needed
    ways: dict[bool, tuple[Way, ...]] = field(default_factory=dict)  # as told by `schema.ways`, once they were needed
    planned: list[Root] = field(init=False)
    introspected: list[Asked] = field(init=False)
    whole: bool = field(init=False)  # whether all of its roots are planned
    told: bool = field(init=False)  # whether graphql-core executes nothing of it

    def __post_init__(self) -> None:
        self.planned = [root for root in self.roots if root.planned is not None]
        self.introspected = [root.asked for root in self.roots if root.asked.name in INTROSPECTION]
        self.whole = len(self.planned) == len(self.roots)
        self.told = len(self.planned) + len(self.introspected) == len(self.roots)


class Planner:
    """Keeps the plans of one schema."""

    def __init__(self, schema: DureSchema) -> None:
        self.schema = schema
        self._plans: dict[Hashable, Plan] = {}
        self._switches: dict[int, tuple[DocumentNode, tuple[str, ...]]] = {}
        self._viewers: dict[int, tuple[Actor, Shape, Mapping[str, Any]]] = {}

    @property
    def plans_kept(self) -> int:
        return len(self._plans)

    def forget(self) -> None:
        """Drop the plans, which hold on to the documents they are of."""
        self._plans.clear()
        self._switches.clear()

    def plan(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
    ) -> Plan | None:
        """The plan of a query; None for what is no query, or has a switch that is null, which execution refuses."""
        if operation.operation is not OperationType.QUERY:
            return None
        names = self._switch_names(document)
        values: tuple[bool, ...] = ()
        key: Hashable = id(operation)
        if names:
            given = [variables.coerced.get(name) for name in names]
            if None in given:
                return None
            values = tuple([bool(each) for each in given])
            key = (key, values)
        found = self._plans.get(key)
        if found is None or found.operation is not operation:
            if len(self._plans) >= LIMIT:
                self._plans.clear()
            found = self._plans[key] = self._build(document, operation, dict(zip(names, values, strict=True)))
        return found

    def fill(self, plan: Plan, variables: VariableValues) -> list[Filled]:
        """What every connection's arguments say. Raises `GraphQLError` with the path of the first that will not do."""
        filled = []
        for each in plan.arguments:
            try:
                filled.append(each.filled(variables))
            except Refused as refused:
                raise GraphQLError(str(refused), [each.node], path=list(each.path), original_error=refused) from refused
        return filled

    async def run(
        self, plan: Plan, filled: list[Filled], variables: VariableValues, context: Context, most: int | None = None
    ) -> Ran:
        """The planned root fields as JSON, by response key, from one round trip.

        With `most`, text far beyond that many bytes stays in PostgreSQL, and `TooLarge` is raised. A lookup that
        refuses its argument is null with an error. Raises `GraphQLError` when the database objects,
        `Untold` when it objects to a value, or finds one that is not of its declared type, and `Unproven` when the
        statement finds another actor than the one it was filled for.
        """
        planned, remembered = plan.planned, context.remembered
        _, shape, parameters = self._viewer(context)
        try:
            statement = self._statement(plan, planned, filled, shape, bare=remembered is None, most=most)
        except NotPlanned as reason:
            raise Untold(str(reason)) from reason
        values = {**parameters}
        if remembered is not None:
            values[PROOF_TOKEN], values[PROOF_NOW] = remembered.token_hash, context.house.clock()
        errors: list[GraphQLError] = []
        for place, each in enumerate(filled):
            for name, value in each.values.items():
                values[f"a{place}_{name}"] = value
        for place, root in enumerate(planned):
            if isinstance(root.planned, Lookup):
                try:
                    values[f"l{place}"] = self._looked_up(root.planned, variables)
                except GraphQLError as error:
                    values[f"l{place}"] = None
                    errors.append(error)
        try:
            row: Any = await context.house.database.row(statement.sql, *statement.arguments(values))
        except Exception as error:
            if (getattr(error, "sqlstate", None) or "").startswith(ABOUT_A_VALUE):
                raise Untold(str(error)) from error
            only = planned[0].asked if len(planned) == 1 else None
            path, nodes = ([only.key], only.nodes) if only else (None, None)
            raise GraphQLError(str(error), nodes, path=path, original_error=error) from error
        if remembered is not None and row[-1] != remembered.version:
            raise Unproven
        context.sure = True
        found: list[bytes | None] = [*row] if remembered is None else [*row][:-1]
        if most is not None and (found.pop() or 0) > ROOMY * most:  # type: ignore[operator]
            raise TooLarge
        marked = bool(plan.computed)
        written: list[bytes] = []
        for text in found:
            if text is None or UNTOLD_BYTE in text:
                raise Untold("a value is not of its declared type")
            marked = marked or MARK_BYTE in text
            written.append(text)
        if marked:
            texts = [text.decode() for text in written]
            if plan.computed:
                texts = await spliced(texts, plan.computed, context)
            written = [text.encode() for text in await revealed(texts, context)]
        return Ran({root.asked.key: text for root, text in zip(planned, written, strict=True)}, errors)

    def _viewer(self, context: Context) -> tuple[Actor, Shape, Mapping[str, Any]]:
        """Who asks, its shape, and the parameters it fills a statement with. A remembered actor is the same object."""
        actor = context.actor
        found = self._viewers.get(id(actor))
        if found is None or found[0] is not actor:
            if len(self._viewers) >= LIMIT:
                self._viewers.clear()
            parameters = viewer_parameters(actor, context.house.plugins.programs)
            found = self._viewers[id(actor)] = (actor, Shape.of(actor), parameters)
        return found

    def _looked_up(self, lookup: Lookup, variables: VariableValues) -> Any:
        value = variables.coerced.get(lookup.variable)
        if value is None:
            query: Any = self.schema.graphql_type("Query")
            given = get_argument_values(query.fields[lookup.asked.name], lookup.asked.node, variables)
            value = next(iter(given.values()), "")
        try:
            return lookup.field.parsed(value)
        except Refused as refused:
            raise GraphQLError(
                str(refused), lookup.asked.nodes, path=[lookup.asked.key], original_error=refused
            ) from refused

    def _statement(
        self, plan: Plan, planned: list[Root], filled: list[Filled], shape: Shape, *, bare: bool, most: int | None
    ) -> Prepared:
        key = (shape, bare, most, *[each.structure for each in filled])
        found = plan.statements.get(key)
        if found is None:
            if len(plan.statements) >= LIMIT:
                plan.statements.clear()
            found = write(planned, filled, Viewer(shape))
            if not bare:
                found = with_proof(found)
            if most is not None:
                found = measured(found, len(planned), ROOMY * most, bare=bare)
            plan.statements[key] = found
        return found

    def _build(self, document: DocumentNode, operation: OperationDefinitionNode, switches: Mapping[str, bool]) -> Plan:
        collector = Collector(self.schema._schema, fragments_of(document), switches)
        builder = TreeBuilder(self.schema, collector)
        query: Any = self.schema.graphql_type("Query")
        fields = self.schema.fields_of("Query")
        roots = []
        for asked in collector.collect(query, [operation.selection_set]):
            before, computed = len(builder.arguments), len(builder.computed)
            try:
                roots.append(Root(asked, self._root(builder, query, fields, asked)))
            except NotPlanned as reason:
                del builder.arguments[before:], builder.computed[computed:]
                roots.append(Root(asked, None, str(reason)))
        return Plan(operation, roots, builder.arguments, collector, builder.computed)

    def _root(
        self, builder: TreeBuilder, query: Any, fields: Mapping[str, Any], asked: Asked
    ) -> PageNode | Lookup | Single:
        found = fields.get(asked.name)
        if isinstance(found, ConnectionField):
            return builder.page(found, asked, query, (asked.key,))
        if isinstance(found, SingleField):
            return Single(builder.object(mapping_of(found.target), asked, (asked.key,)))
        if isinstance(found, LookupField):
            below = builder.object(mapping_of(found.target), asked, (asked.key,))
            return Lookup(found, asked, below, _variable_in(asked))
        if asked.name in INTROSPECTION:
            raise NotPlanned("introspection")
        raise NotPlanned(f"Query.{asked.name} needs Python")

    def _switch_names(self, document: DocumentNode) -> tuple[str, ...]:
        known = self._switches.get(id(document))
        if known is None or known[0] is not document:
            if len(self._switches) >= LIMIT:
                self._switches.clear()
            sets = [each.selection_set for each in document.definitions if hasattr(each, "selection_set")]
            known = self._switches[id(document)] = (document, tuple(sorted(switches_of(sets))))
        return known[1]


def _variable_in(asked: Asked) -> str:
    """The variable that a field's only argument is; else empty."""
    arguments = asked.node.arguments or ()
    value = arguments[0].value if len(arguments) == 1 else None
    return value.name.value if isinstance(value, VariableNode) else ""
