"""Plans, kept: from a document and an actor's shape to statements, filled and run in one round trip."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values

from core.actor import Actor
from core.database import Prepared, Utf8
from core.errors import Refused
from core.identity import Unproven, proof
from core.watch import Way
from schema.mapping import ConnectionField, LookupField, SingleField, mapping_of
from schema.marks import MARK, revealed
from schema.planner.build import TreeBuilder
from schema.planner.selection import Asked, Collector, switches_of
from schema.planner.splicing import spliced
from schema.planner.sql import Writer
from schema.planner.text import UNTOLD, or_null
from schema.planner.tree import Arguments, Filled, NotPlanned, ObjectNode, PageNode, Untold
from schema.viewer import Shape, Viewer, viewer_parameters

if TYPE_CHECKING:
    from schema.build import DureSchema
    from schema.context import Context

PROOF_TOKEN, PROOF_NOW = "proof_token", "proof_now"
UNTOLD_BYTE, MARK_BYTE = UNTOLD.encode(), MARK.encode()
LIMIT = 2_000  # plans kept
ABOUT_A_VALUE = "22"  # the class of PostgreSQL's data exceptions


@dataclass(frozen=True, slots=True)
class Lookup:
    """A root field that finds one row by a unique column; the value comes from its only argument."""

    field: LookupField
    asked: Asked
    below: ObjectNode
    variable: str = ""  # what the argument is, when it is just that


@dataclass(frozen=True, slots=True)
class Single:
    """A root field that is the only row of a table."""

    below: ObjectNode


@dataclass(slots=True)
class Root:
    """One root field: planned, or left to Python for a reason."""

    asked: Asked
    planned: PageNode | Lookup | Single | None
    reason: str = ""


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
    computed: list[Any] = field(default_factory=list)
    statements: dict[tuple[Any, ...], Prepared] = field(default_factory=dict)
    rest: DocumentNode | None = None  # the operation without what is planned, once it was needed
    ways: dict[bool, tuple[Way, ...]] = field(default_factory=dict)  # as told by `schema.ways`, once they were needed
    planned: list[Root] = field(init=False)
    whole: bool = field(init=False)  # whether all of its roots are planned

    def __post_init__(self) -> None:
        self.planned = [root for root in self.roots if root.planned is not None]
        self.whole = len(self.planned) == len(self.roots)


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

    async def run(self, plan: Plan, filled: list[Filled], variables: VariableValues, context: Context) -> Ran:
        """The planned root fields as JSON, by response key, from one round trip.

        A lookup that refuses its argument is null with an error. Raises `GraphQLError` when the database objects,
        `Untold` when it objects to a value, or finds one that is not of its declared type, and `Unproven` when the
        statement finds another actor than the one it was filled for.
        """
        planned, remembered = plan.planned, context.remembered
        _, shape, parameters = self._viewer(context)
        try:
            statement = self._statement(plan, planned, filled, shape, bare=remembered is None)
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
        self, plan: Plan, planned: list[Root], filled: list[Filled], shape: Shape, *, bare: bool
    ) -> Prepared:
        key = (shape, bare, *[each.structure for each in filled])
        found = plan.statements.get(key)
        if found is None:
            if len(plan.statements) >= LIMIT:
                plan.statements.clear()
            found = write(planned, filled, Viewer(shape))
            plan.statements[key] = found = found if bare else with_proof(found)
        return found

    def _build(self, document: DocumentNode, operation: OperationDefinitionNode, switches: Mapping[str, bool]) -> Plan:
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        collector = Collector(self.schema._schema, fragments, switches)
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
        return Plan(operation, roots, builder.arguments, builder.computed)

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


def write(planned: list[Root], filled: list[Filled], viewer: Viewer) -> Prepared:
    """One statement for all planned root fields, a column each."""
    writer = Writer(viewer, dict(enumerate(filled)))
    columns: list[Any] = []
    for place, root in enumerate(planned):
        if isinstance(root.planned, PageNode):
            text = writer.page(root.planned, None, None)
        elif isinstance(root.planned, Single):
            text = writer.one(root.planned.below, None, None)
        else:
            assert root.planned is not None
            target = root.planned.below.mapping
            by = root.planned.field.by
            text = or_null(
                writer.one(root.planned.below, None, sa.bindparam(f"l{place}", type_=target.table.c[by].type), by)
            )
        columns.append(sa.cast(text, Utf8()).label(f"r{place}"))
    return Prepared.of(sa.select(*columns))


def with_proof(statement: Prepared) -> Prepared:
    """The same statement with one column more: whether the actor is still the one it is filled for."""
    count = len(statement.names)
    column = proof(f"${count + 1}", f"${count + 2}")
    sql = f"{statement.sql}, {column} AS proof"
    return Prepared(sql, (*statement.names, PROOF_TOKEN, PROOF_NOW), statement.constants)
