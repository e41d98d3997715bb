"""Executing an operation: what is planned runs as SQL, what needs Python runs as graphql-core has it, and both meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.utils.await_maybe import await_maybe

from core.settings import Settings
from schema.build import DureSchema
from schema.context import Context
from schema.errors import present
from schema.limits import TOO_COSTLY, TOO_DEEP, TOO_LONG, Limits, cost_of, object_to_shape, refused, sizes_by_variable
from schema.planner import Planner
from schema.planner.plan import Plan, Ran
from schema.planner.tree import Untold

DOCUMENTS = 1_000  # parsed and validated documents kept
MOST_ERRORS = 50
MOST_COSTS = 100


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read once: its operations, or why it is none."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    operations: Mapping[str, OperationDefinitionNode]
    sizes: frozenset[str]  # the variables that page sizes come from
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: JSON, and its HTTP status."""

    body: bytes
    status: int


class Executor:
    """Executes the operations of one schema."""

    def __init__(self, schema: DureSchema, *, limits: Limits | None = None, debug: bool = False) -> None:
        self.schema = schema
        self.limits = limits or Limits.of(Settings())
        self.debug = debug
        self.planner = Planner(schema)
        self._documents: dict[str, Document] = {}

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

        With `plan` off everything takes the ordinary path; the answer is the same, byte for byte.
        """
        document = self._document(query)
        if document.errors:
            return self._refused(document.errors, context)
        operation = document.operations.get(operation_name or "")
        if operation is None and operation_name is None and len(document.operations) == 1:
            operation = next(iter(document.operations.values()))
        if operation is None:
            return self._refused([_coded("operationName names no operation of the document", "BAD_REQUEST")], context)
        if operation.operation is not OperationType.QUERY and queries_only:
            message = f"a {operation.operation.value} cannot be sent by this method; use POST"
            return self._refused([_coded(message, "METHOD_NOT_ALLOWED")], context, 405)
        if operation.operation is OperationType.SUBSCRIPTION:
            return self._refused([_coded("subscriptions are not taken over HTTP", "BAD_REQUEST")], context)
        coerced = get_variable_values(
            self.schema._schema, operation.variable_definitions or (), dict(variables or {}), max_errors=MOST_ERRORS
        )
        if isinstance(coerced, list):
            return self._refused(coerced, context)
        assert document.node is not None
        if (cost := self._cost(document, operation, coerced)) > self.limits.cost:
            return self._refused([refused(TOO_COSTLY, operation, asked=cost, limit=self.limits.cost)], context)
        try:
            return await self._run(document.node, operation, coerced, variables, context, plan=plan)
        except GraphQLError as error:
            return self._refused([error], context)

    async def _run(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        coerced: VariableValues,
        variables: Mapping[str, Any] | None,
        context: Context,
        *,
        plan: bool,
    ) -> Answer:
        made = self.planner.plan(document, operation, coerced)
        if made is None:
            return await self._ordinary(document, operation, variables, context)
        filled = self.planner.fill(made, coerced)  # on both ways: what will not do is refused before anything runs
        if not plan or not made.planned:
            return await self._ordinary(document, operation, variables, context, made)
        try:
            ran = await self.planner.run(made, filled, coerced, context)
        except Untold:
            return await self._ordinary(document, operation, variables, context, made)
        except GraphQLError as error:
            errors = [present(error, context, debug=self.debug).formatted]
            return Answer(orjson.dumps({"errors": errors, "data": None}), 200)
        if made.whole and not ran.errors:
            return Answer(self._joined(made, ran.texts), 200)
        reduced = _without(document, operation, made)
        rest: Any = reduced.definitions[0]
        return await self._ordinary(reduced, rest, variables, context, made, ran)

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
        errors = [present(error, context, debug=self.debug) for error in sorted(found, key=_place)]
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
        parts = [b'"%b":%b' % (root.asked.key.encode(), texts[root.asked.key]) for root in made.roots]
        body = b'{"data":{' + b",".join(parts) + b"}"
        if self.debug:
            body += b',"extensions":' + orjson.dumps({"plan": _told(made, planned=True)})
        return body + b"}"

    def _cost(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> int:
        """What an operation costs with these page sizes, worked out once for each."""
        assert document.node is not None
        key = (id(operation), *(variables.coerced.get(name) for name in sorted(document.sizes)))
        known = document.costs.get(key)
        if known is None:
            if len(document.costs) >= MOST_COSTS:
                document.costs.clear()
            known = document.costs[key] = cost_of(operation, document.node, variables.coerced)
        return known

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
            return Document(None, (error,), {}, frozenset())
        try:
            errors = object_to_shape(node, self.limits) or validate(self.schema._schema, node, max_errors=MOST_ERRORS)
        except RecursionError:
            errors = [refused(TOO_DEEP, asked="∞", limit=self.limits.depth)]
        operations = {
            each.name.value if each.name else "": each
            for each in node.definitions
            if isinstance(each, OperationDefinitionNode)
        }
        return Document(node, tuple(errors), operations, sizes_by_variable(node))

    def _refused(self, errors: Any, context: Context, status: int = 400) -> Answer:
        """Nothing was executed: errors alone, without data."""
        shown = [present(error, context, debug=self.debug).formatted for error in errors]
        return Answer(orjson.dumps({"errors": shown}), status)


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


def _place(error: GraphQLError) -> tuple[Any, ...]:
    """Where in the document, then where in the answer: whichever was done first, errors are told in one order."""
    where = [(each.line, each.column) for each in error.locations or ()]
    return where, [(isinstance(step, str), str(step).rjust(9)) for step in error.path or ()]


def _told(made: Plan, *, planned: bool) -> dict[str, str]:
    """Which way each root field took, and why."""
    return {
        root.asked.key: "planned" if root.planned is not None and planned else root.reason or "asked not to plan"
        for root in made.roots
    }


def _coded(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
