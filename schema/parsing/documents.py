"""Documents as read once: parsed, measured, validated, and kept within bounds of number and size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate
from graphql.execution.values import VariableValues

from core.concurrency import ComputingThread
from schema.limits import TOO_DEEP, TOO_LONG, Limits, cost_of, object_to_shape, refused, size_given, sizes_by_variable
from schema.variables import Variables

DOCUMENTS = 1_000  # parsed and validated documents kept
DOCUMENT_TOKENS = 200_000  # of all documents kept; each takes some hundred bytes
LETTERS = 20  # of a document that take no more room than a token
MOST_COSTS = 100
ERRORS = 20  # of a document; each may print all of a long value
READING = ComputingThread("documents")
AT_ONCE = 2_000  # letters of a document that are read while others wait


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

    async def read(self, given: Mapping[str, Any], schema: GraphQLSchema) -> VariableValues | list[GraphQLError]:
        """The values of its variables, or what is wrong with them."""
        if self.variables is None:
            self.variables = Variables(schema, self.node)
        return await self.variables.read(given)

    def cost(self, variables: VariableValues) -> int:
        """What it costs with these page sizes, worked out once for each."""
        key = tuple([size_given(variables.coerced.get(name)) for name in self.sizes])
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
    tokens: int  # or as much room as so many tokens take


class Documents:
    """The documents of one schema. When they are forgotten, `forget` drops what was made of them."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, forget: Callable[[], None]) -> None:
        self.schema = schema
        self.limits = limits
        self._forget = forget
        self._known: dict[str, Document] = {}
        self._tokens = 0  # of all that are kept

    @property
    def kept(self) -> int:
        return len(self._known)

    def known(self, query: str) -> Document | None:
        """The document, if it was read before."""
        return self._known.get(query)

    async def read(self, query: str) -> Document:
        """The document, or what is wrong with it. Long ones are read in a thread, as one takes up to seconds."""
        known = self._known.get(query)
        if known is None:
            known = self._read(query) if len(query) <= AT_ONCE else await READING.run(self._read, query)
        if query not in self._known:
            if len(self._known) >= DOCUMENTS or self._tokens + known.tokens > DOCUMENT_TOKENS:
                self._known.clear()
                self._forget()
                self._tokens = 0
            self._known[query] = known
            self._tokens += known.tokens
        return known

    def _read(self, query: str) -> Document:
        try:
            node = parse(query, max_tokens=self.limits.tokens)
        except GraphQLError as error:
            if "tokens" in error.message:
                error = refused(TOO_LONG, limit=self.limits.tokens)
            return Document((error,), {}, _room(query, 0))
        tokens = _room(query, node.token_count or 0)
        try:
            errors = object_to_shape(node, self.limits) or validate(self.schema, node, max_errors=ERRORS)
        except RecursionError:
            errors = [refused(TOO_DEEP, asked="∞", limit=self.limits.depth)]
        if errors:
            return Document(errors, {}, tokens)
        sizes = tuple(sorted(sizes_by_variable(node)))
        found = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
        named = [(each.name.value if each.name else "", each) for each in found]
        operations = {name: Operation(node, each, name, each.operation.value, sizes) for name, each in named}
        return Document((), operations, tokens)


def _room(query: str, tokens: int) -> int:
    """How many tokens' room a document takes: long texts and comments are kept, too."""
    return max(tokens, len(query) // LETTERS)
