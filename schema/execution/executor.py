"""Executing an operation: what is planned runs as SQL, what needs Python runs as graphql-core has it, and both meet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
)
from graphql.execution.values import VariableValues
from strawberry.utils.await_maybe import await_maybe

from core.identity import Unproven
from core.settings import Settings
from core.watch import saw_operation, saw_ways
from schema.build import DureSchema
from schema.changing import Change, Changes
from schema.completion import Completion, InTurns, completing
from schema.context import Context
from schema.errors import place_of, present
from schema.execution.answers import Answer, Refusal, coded, not_done
from schema.hurry import Hurry
from schema.introspection import Introspection, NotPlain, introspected, key_of
from schema.limits import (
    MOST_VALUES,
    TOO_COSTLY,
    TOO_LARGE,
    TOO_MANY_VALUES,
    TOO_MUCH_SCHEMA,
    TOO_SLOW,
    Limits,
    refused,
)
from schema.parsing import Document, Documents
from schema.planner import Planner
from schema.planner.plan import Plan, Ran
from schema.planner.tree import Filled, TooLarge, Untold
from schema.variables import many
from schema.ways import ways_of, ways_unplanned

MEASURED = 1_000  # objects beyond which PostgreSQL measures an answer before it sends it
ATTEMPTS = 20  # at reading for somebody whose rights change meanwhile


class Prepared(NamedTuple):
    """An operation that can be executed: its variables, its plan, and what its connections' arguments say."""

    query: str
    document: DocumentNode
    operation: OperationDefinitionNode
    coerced: VariableValues
    cost: int
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
        self.introspection = Introspection(schema._schema)
        self.documents = Documents(schema._schema, self.limits, forget=self.planner.forget)

    def break_off(self, task: asyncio.Task[Any]) -> None:
        """End the query that this task runs, for nobody reads its answer. A mutation goes on."""
        if self.hurry is not None:
            self.hurry.break_off(task)

    @property
    def documents_kept(self) -> int:
        return self.documents.kept

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
        document = self.documents.known(query) or await self.documents.read(query)
        found = await self._prepared(query, document, variables, operation_name, queries_only=queries_only)
        if isinstance(found, Refusal):
            await context.prove()
            return self._refused(found, context)
        hurry, made = self.hurry, found.made
        timed = hurry is not None and found.operation.operation is OperationType.QUERY
        errand = hurry.begin() if hurry is not None and timed else None
        try:
            if (made is None or made.introspected) and (refusal := await self._too_much_schema(found)) is not None:
                await context.prove()
                return self._refused(refusal, context)
            return await self._for_whom_it_is(found, variables, context, plan=plan)
        except TooLarge:
            return self._refused(self._too_large(found.operation), context)
        except asyncio.CancelledError:
            if errand is None or not errand.overran():
                raise
            return self._refused(Refusal([refused(TOO_SLOW, found.operation, limit=self.limits.seconds)], 503), context)
        finally:
            if hurry is not None and errand is not None:
                hurry.end(errand)

    async def _too_much_schema(self, prepared: Prepared) -> Refusal | None:
        """Why an operation's introspection is not executed. What was answered before is not counted again."""
        asked = introspected(self.schema._schema, prepared.document, prepared.operation, prepared.made)
        if asked is None:
            return None
        found = self.introspection
        if found.kept(key_of(prepared.query, prepared.operation, prepared.coerced)) is not None:
            return None
        most = await found.most()
        cost = await found.cost(*asked, prepared.coerced)
        if cost <= most:
            return None
        return Refusal([refused(TOO_MUCH_SCHEMA, prepared.operation, asked=cost, limit=most)])

    def _too_large(self, operation: OperationDefinitionNode) -> Refusal:
        done = operation.operation is OperationType.MUTATION
        return Refusal([refused(TOO_LARGE, operation, limit=self.limits.answer)], 200 if done else 400, done=done)

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
                if len(answer.body) > self.limits.answer:
                    raise TooLarge
                return answer
        raise RuntimeError("who asks changes all the time")

    async def _prepared(
        self,
        query: str,
        document: Document,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        *,
        queries_only: bool,
    ) -> Prepared | Refusal:
        """Everything that can be done before the database is asked; what will not do is refused on both ways alike."""
        if document.errors:
            return Refusal(document.errors)
        operation = document.operations.get(operation_name or "")
        if operation is None and operation_name is None and len(document.operations) == 1:
            operation = next(iter(document.operations.values()))
        if operation is None:
            return Refusal([coded("operationName names no operation of the document", "BAD_REQUEST")])
        saw_operation(operation.name, operation.kind)
        node = operation.node
        if queries_only and node.operation is not OperationType.QUERY:
            message = f"a {operation.kind} cannot be sent by this method; use POST"
            return Refusal([coded(message, "METHOD_NOT_ALLOWED")], 405)
        if node.operation is OperationType.SUBSCRIPTION:
            return Refusal([coded("subscriptions are not taken over HTTP", "BAD_REQUEST")])
        if variables and many(variables, MOST_VALUES):
            return Refusal([refused(TOO_MANY_VALUES, node, limit=MOST_VALUES)])
        coerced = await operation.read(variables or {}, self.schema._schema)
        if isinstance(coerced, list):
            return Refusal(coerced)
        if (cost := operation.cost(coerced)) > self.limits.cost:
            return Refusal([refused(TOO_COSTLY, node, asked=cost, limit=self.limits.cost)])
        try:
            made = self.planner.plan(operation.document, node, coerced)
            filled = self.planner.fill(made, coerced) if made is not None else []
        except GraphQLError as error:
            return Refusal([error])
        return Prepared(query, operation.document, node, coerced, cost, made, filled)

    async def _run(
        self, prepared: Prepared, variables: Mapping[str, Any] | None, context: Context, *, plan: bool
    ) -> Answer:
        document, operation, made = prepared.document, prepared.operation, prepared.made
        if made is None or not plan or not (made.planned or made.introspected):
            return await self._ordinary(document, operation, variables, context, made)
        most = self.limits.answer if prepared.cost > MEASURED else None
        try:
            schema_texts = await self._introspected(prepared, made)
            ran = Ran({}, [])
            if made.planned:
                ran = await self.planner.run(made, prepared.filled, prepared.coerced, context, most)
        except NotPlain:
            return await self._ordinary(document, operation, variables, context, made)
        except Untold:
            await context.prove()
            return await self._ordinary(document, operation, variables, context, made)
        except GraphQLError as error:
            await context.prove()
            shown = present(error, context, debug=self.debug)
            told = orjson.dumps({"errors": [shown.formatted], "data": None})
            return not_done([shown], operation) or Answer(told, 200)
        if schema_texts:
            ran = Ran({**ran.texts, **schema_texts}, ran.errors)
        if made.told and not ran.errors:
            return Answer(self._joined(made, ran.texts), 200)
        reduced = _without(document, operation, made)
        rest: Any = reduced.definitions[0]
        return await self._ordinary(reduced, rest, variables, context, made, ran)

    async def _introspected(self, prepared: Prepared, made: Plan) -> Mapping[str, bytes]:
        """What the operation introspects, by response key."""
        if not made.introspected:
            return {}
        key = key_of(prepared.query, prepared.operation, prepared.coerced)
        return await self.introspection.answered(
            key, made.introspected, made.collector, prepared.coerced, self.limits.answer
        )

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
        completion = Completion(self.limits.answer)
        completing.set(completion)
        if completion.turns.due():
            await completion.turns.turn()
        if operation.selection_set.selections:
            result: Any = await await_maybe(
                execute(
                    self.schema._schema,
                    document,
                    context_value=context,
                    variable_values=dict(variables or {}),
                    operation_name=operation.name.value if operation.name else None,
                    executor_class=InTurns,
                )
            )
            if completion.too_large:
                raise TooLarge
            data = result.data
            found += result.errors or ()
        errors = [present(error, context, debug=self.debug) for error in sorted(found, key=place_of)]
        partly = operation.operation is OperationType.MUTATION and any(
            each is not None for each in (data or {}).values()
        )
        if errors and not partly and (outage := not_done(errors, operation)) is not None:
            return outage
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

    def _refused(self, refusal: Refusal, context: Context) -> Answer:
        """Errors alone, without data, unless something was done."""
        shown = [present(error, context, debug=self.debug).formatted for error in refusal.errors]
        data = {"data": None} if refusal.done else {}
        return Answer(orjson.dumps({"errors": shown, **data}), refusal.status)


def _without(document: DocumentNode, operation: OperationDefinitionNode, made: Plan) -> DocumentNode:
    """The same operation, of the root fields that are not planned, and the fragments."""
    if made.rest is None:
        asked = [root.asked for root in made.roots if root.planned is None and root.asked not in made.introspected]
        nodes = [node for each in asked for node in each.nodes]
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
