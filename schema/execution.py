"""Executing an operation: what is planned runs as SQL, what needs Python runs as graphql-core has it, and both meet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
    parse,
    validate,
)
from graphql.execution.values import VariableValues
from strawberry.utils.await_maybe import await_maybe

from core.identity import Unproven
from core.settings import Settings
from core.watch import saw_operation, saw_ways
from schema.build import DureSchema
from schema.changing import Change, Changes
from schema.context import Context
from schema.errors import place_of, present
from schema.hurry import Hurry
from schema.limits import (
    TOO_COSTLY,
    TOO_DEEP,
    TOO_LONG,
    TOO_SLOW,
    Limits,
    cost_of,
    object_to_shape,
    refused,
    sizes_by_variable,
)
from schema.planner import Planner
from schema.planner.plan import Plan, Ran
from schema.planner.tree import Filled, Untold
from schema.variables import MOST_ERRORS, Variables
from schema.ways import ways_of, ways_unplanned

DOCUMENTS = 1_000  # parsed and validated documents kept
MOST_COSTS = 100
ATTEMPTS = 20  # at reading for somebody whose rights change meanwhile


@dataclass(slots=True)
class Operation:
    """One operation of a document, with what is worked out of it once."""

    document: DocumentNode
    node: OperationDefinitionNode
    name: str
    kind: str
    sizes: tuple[str, ...]  # the variables that page sizes come from
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict)
    variables: Variables | None = None

    def read(self, given: Mapping[str, Any], schema: GraphQLSchema) -> VariableValues | list[GraphQLError]:
        """The values of its variables, or what is wrong with them."""
        if self.variables is None:
            self.variables = Variables(schema, self.node)
        return self.variables.read(given)

    def cost(self, variables: VariableValues) -> int:
        """What it costs with these page sizes, worked out once for each."""
        key = tuple([variables.coerced.get(name) for name in self.sizes])
        known = self.costs.get(key)
        if known is None:
            if len(self.costs) >= MOST_COSTS:
                self.costs.clear()
            known = self.costs[key] = cost_of(self.node, self.document, variables.coerced)
        return known


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read once: its operations, or why it is none."""

    errors: Sequence[GraphQLError]
    operations: Mapping[str, Operation]


class Answer(NamedTuple):
    """What is answered: JSON, and its HTTP status."""

    body: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is executed."""

    errors: Sequence[GraphQLError]
    status: int = 400


class Prepared(NamedTuple):
    """An operation that can be executed: its variables, its plan, and what its connections' arguments say."""

    document: DocumentNode
    operation: OperationDefinitionNode
    coerced: VariableValues
    made: Plan | None
    filled: list[Filled]


class Executor:
    """Executes the operations of one schema."""

    def __init__(self, schema: DureSchema, *, limits: Limits | None = None, debug: bool = False) -> None:
        self.schema = schema
        self.limits = limits or Limits.of(Settings())
        self.debug = debug
        self.planner = Planner(schema)
        self.changes = Changes(schema)
        self.hurry = None if self.limits.seconds is None else Hurry(self.limits.seconds)
        self._documents: dict[str, Document] = {}

    @property
    def documents_kept(self) -> int:
        return len(self._documents)

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        *,
        queries_only: bool = False,
        plan: bool = True,
    ) -> Answer:
        """Run an operation.

        With `plan` off everything takes the ordinary path; the answer is the same, byte for byte. Raises `NotSignedIn`
        when the context's actor was remembered and is good no more.
        """
        found = self._prepared(query, variables, operation_name, queries_only=queries_only)
        if isinstance(found, Refusal):
            await context.prove()
            return self._refused(found, context)
        if self.hurry is None or found.operation.operation is not OperationType.QUERY:
            return await self._for_whom_it_is(found, variables, context, plan=plan)
        errand = self.hurry.begin()
        try:
            return await self._for_whom_it_is(found, variables, context, plan=plan)
        except asyncio.CancelledError:
            if not errand.overran():
                raise
            return self._refused(Refusal([refused(TOO_SLOW, found.operation, limit=self.limits.seconds)], 503), context)
        finally:
            self.hurry.end(errand)

    async def _for_whom_it_is(
        self, prepared: Prepared, variables: Mapping[str, Any] | None, context: Context, *, plan: bool
    ) -> Answer:
        """Run it for the actor as it is: again, when it turns out to be another than it was remembered as."""
        change = self.changes.of(prepared.document, prepared.operation) if plan else None
        proves = change.proves if change is not None else prepared.made is not None and prepared.made.whole
        if not (plan and proves):
            await context.prove()
        for _ in range(ATTEMPTS):
            try:
                if change is not None:
                    answer = await self._changed(change, prepared, variables, context)
                else:
                    answer = await self._run(prepared, variables, context, plan=plan)
            except Unproven:
                context.sure = False
                await context.prove()
            else:
                if context.disclosed:
                    await context.record_readings()
                return answer
        raise RuntimeError("who asks changes all the time")

    def _prepared(
        self, query: str, variables: Mapping[str, Any] | None, operation_name: str | None, *, queries_only: bool
    ) -> Prepared | Refusal:
        """Everything that can be done before the database is asked; what will not do is refused on both ways alike."""
        document = self._document(query)
        if document.errors:
            return Refusal(document.errors)
        operation = document.operations.get(operation_name or "")
        if operation is None and operation_name is None and len(document.operations) == 1:
            operation = next(iter(document.operations.values()))
        if operation is None:
            return Refusal([_coded("operationName names no operation of the document", "BAD_REQUEST")])
        saw_operation(operation.name, operation.kind)
        node = operation.node
        if queries_only and node.operation is not OperationType.QUERY:
            message = f"a {operation.kind} cannot be sent by this method; use POST"
            return Refusal([_coded(message, "METHOD_NOT_ALLOWED")], 405)
        if node.operation is OperationType.SUBSCRIPTION:
            return Refusal([_coded("subscriptions are not taken over HTTP", "BAD_REQUEST")])
        coerced = operation.read(variables or {}, self.schema._schema)
        if isinstance(coerced, list):
            return Refusal(coerced)
        if (cost := operation.cost(coerced)) > self.limits.cost:
            return Refusal([refused(TOO_COSTLY, node, asked=cost, limit=self.limits.cost)])
        try:
            made = self.planner.plan(operation.document, node, coerced)
            filled = self.planner.fill(made, coerced) if made is not None else []
        except GraphQLError as error:
            return Refusal([error])
        return Prepared(operation.document, node, coerced, made, filled)

    async def _run(
        self, prepared: Prepared, variables: Mapping[str, Any] | None, context: Context, *, plan: bool
    ) -> Answer:
        document, operation, made = prepared.document, prepared.operation, prepared.made
        if made is None or not plan or not made.planned:
            return await self._ordinary(document, operation, variables, context, made)
        try:
            ran = await self.planner.run(made, prepared.filled, prepared.coerced, context)
        except Untold:
            await context.prove()
            return await self._ordinary(document, operation, variables, context, made)
        except GraphQLError as error:
            await context.prove()
            errors = [present(error, context, debug=self.debug).formatted]
            return Answer(orjson.dumps({"errors": errors, "data": None}), 200)
        if made.whole and not ran.errors:
            return Answer(self._joined(made, ran.texts), 200)
        reduced = _without(document, operation, made)
        rest: Any = reduced.definitions[0]
        return await self._ordinary(reduced, rest, variables, context, made, ran)

    async def _changed(
        self, change: Change, prepared: Prepared, variables: Mapping[str, Any] | None, context: Context
    ) -> Answer:
        """A mutation by the short way; told as graphql-core tells it where that is not short."""
        if (data := await change.done(prepared.coerced, context)) is None:
            return await self._ordinary(prepared.document, prepared.operation, variables, context)
        saw_ways(ways_unplanned(prepared.operation))
        return Answer(orjson.dumps({"data": data}), 200)

    async def _ordinary(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
        context: Context,
        made: Plan | None = None,
        ran: Ran | None = None,
    ) -> Answer:
        """Execution as graphql-core has it, of everything or of what is not planned."""
        saw_ways(ways_of(made, planned=ran is not None) if made is not None else ways_unplanned(operation))
        data: dict[str, Any] | None = {}
        found: list[GraphQLError] = [*ran.errors] if ran else []
        if operation.selection_set.selections:
            result: Any = await await_maybe(
                execute(
                    self.schema._schema,
                    document,
                    context_value=context,
                    variable_values=dict(variables or {}),
                    operation_name=operation.name.value if operation.name else None,
                    executor_class=self.schema.execution_context_class,
                )
            )
            data = result.data
            found += result.errors or ()
        errors = [present(error, context, debug=self.debug) for error in sorted(found, key=place_of)]
        answer: dict[str, Any] = {"errors": [error.formatted for error in errors]} if errors else {}
        if data is not None and ran:
            assert made is not None
            texts, keys = ran.texts, [root.asked.key for root in made.roots]
            data = {key: orjson.Fragment(texts[key]) if key in texts else data[key] for key in keys}
        answer["data"] = data
        if self.debug and made is not None:
            answer["extensions"] = {"plan": _told(made, planned=ran is not None)}
        return Answer(orjson.dumps(answer), 200)

    def _joined(self, made: Plan, texts: Mapping[str, bytes]) -> bytes:
        saw_ways(ways_of(made, planned=True))
        parts: list[bytes] = []
        for root in made.roots:
            parts += (b',"' if parts else b'{"data":{"', root.asked.key.encode(), b'":', texts[root.asked.key])
        if self.debug:
            return b"".join(parts) + b'},"extensions":' + orjson.dumps({"plan": _told(made, planned=True)}) + b"}"
        return b"".join((*parts, b"}}"))

    def _document(self, query: str) -> Document:
        known = self._documents.get(query)
        if known is None:
            if len(self._documents) >= DOCUMENTS:
                self._documents.clear()
            known = self._documents[query] = self._read(query)
        return known

    def _read(self, query: str) -> Document:
        try:
            node = parse(query, max_tokens=self.limits.tokens)
        except GraphQLError as error:
            if "tokens" in error.message:
                error = refused(TOO_LONG, limit=self.limits.tokens)
            return Document((error,), {})
        try:
            errors = object_to_shape(node, self.limits) or validate(self.schema._schema, node, max_errors=MOST_ERRORS)
        except RecursionError:
            errors = [refused(TOO_DEEP, asked="∞", limit=self.limits.depth)]
        if errors:
            return Document(errors, {})
        sizes = tuple(sorted(sizes_by_variable(node)))
        found = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
        named = [(each.name.value if each.name else "", each) for each in found]
        return Document((), {name: Operation(node, each, name, each.operation.value, sizes) for name, each in named})

    def _refused(self, refusal: Refusal, context: Context) -> Answer:
        """Nothing was executed: errors alone, without data."""
        shown = [present(error, context, debug=self.debug).formatted for error in refusal.errors]
        return Answer(orjson.dumps({"errors": shown}), refusal.status)


def _without(document: DocumentNode, operation: OperationDefinitionNode, made: Plan) -> DocumentNode:
    """The same operation, of the root fields that are not planned, and the fragments."""
    if made.rest is None:
        nodes = [node for root in made.roots if root.planned is None for node in root.asked.nodes]
        reduced = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=operation.variable_definitions,
            directives=operation.directives,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
            loc=operation.loc,
        )
        fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        made.rest = DocumentNode(definitions=(reduced, *fragments), loc=document.loc)
    return made.rest


def _told(made: Plan, *, planned: bool) -> dict[str, str]:
    """Which way each root field took, and why."""
    return {way.key: "planned" if way.planned else way.reason for way in ways_of(made, planned=planned)}


def _coded(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
