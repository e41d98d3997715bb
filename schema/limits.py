"""How much one request may ask for: tokens, depth, aliases, cost. Each no says the limit and what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from core.errors import Problem
from core.language import Text
from core.settings import Settings
from schema.connections import DEFAULT

TOO_DEEP = Problem(
    "LIMIT_DEPTH",
    Text(
        "선택이 {asked}단계로 너무 깊습니다. {limit}단계까지 가능합니다. 나누어 조회하세요.",
        "The selection is {asked} levels deep; {limit} are allowed. Ask in several steps.",
    ),
)
TOO_MANY_ALIASES = Problem(
    "LIMIT_ALIASES",
    Text(
        "별칭이 {asked}개입니다. {limit}개까지 가능합니다. `nodes`나 where의 `in`을 사용하세요.",
        "There are {asked} aliases; {limit} are allowed. Use `nodes`, or `in` of a where.",
    ),
)
TOO_LONG = Problem(
    "LIMIT_TOKENS",
    Text("문서가 {limit}토큰을 넘습니다.", "The document has more than {limit} tokens."),
)
TOO_WIDE = Problem(
    "LIMIT_FIELDS",
    Text(
        "문서의 필드가 {asked}개이거나 같은 필드를 되풀이합니다. 필드 {limit}개, 반복 {again}번까지 가능합니다.",
        "The document selects {asked} fields, or one again and again; {limit} fields, {again} times are allowed.",
    ),
)
TOO_COSTLY = Problem(
    "LIMIT_COST",
    Text(
        "비용이 {asked}입니다. {limit}까지 가능합니다. first를 줄이거나 나누어 조회하세요.",
        "The request costs {asked}; {limit} is allowed. Lower `first`, or ask in several steps.",
    ),
)
TOO_SLOW = Problem(
    "LIMIT_TIME",
    Text(
        "조회가 {limit}초를 넘어 중단했습니다. first를 줄이거나 나누어 조회하세요.",
        "The query took more than {limit} seconds and was stopped. Lower `first`, or ask in several steps.",
    ),
)
TOO_MUCH_SCHEMA = Problem(
    "LIMIT_INTROSPECTION",
    Text(
        "스키마 조회가 요청한 값이 {asked}개 이상입니다. {limit}개까지 가능합니다. 별칭을 줄이거나 나누어 조회하세요.",
        "The introspection asks for {asked} values or more; {limit} are allowed. Use fewer aliases.",
    ),
)
TOO_MANY_VALUES = Problem(
    "LIMIT_VALUES",
    Text(
        "변수의 값이 {limit}개를 넘습니다. 나누어 보내거나 파일로 보내세요.",
        "The variables have more than {limit} values. Send them in several requests, or as a file.",
    ),
)
TOO_LARGE = Problem(
    "LIMIT_ANSWER",
    Text(
        "응답이 {limit}바이트를 넘어 중단했습니다. first를 줄이거나 나누어 조회하세요.",
        "The answer is larger than {limit} bytes. Lower `first`, or ask in several steps.",
    ),
)


MOST_FIELDS = 1_000  # in a document; validation compares those of one name with each other
MOST_VALUES = 50_000  # of variables, items of lists and fields of objects counted
MOST_SPREADS = 100  # fragments spread in a document
AGAIN = 20  # times one field may be named in one selection


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one server. Cost counts the objects that could be answered: pages multiply what is below them."""

    tokens: int
    depth: int
    aliases: int
    cost: int
    seconds: float | None = None  # of a query; a change is never broken off
    answer: int = 16 * 1024 * 1024  # bytes of an answer

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            settings.max_tokens,
            settings.max_depth,
            settings.max_aliases,
            settings.max_cost,
            settings.max_seconds,
            settings.max_answer_bytes,
        )


def refused(problem: Problem, node: Any = None, **values: Any) -> GraphQLError:
    error = problem.refuse(**values)
    return GraphQLError(str(error), None if node is None else [node], original_error=error)


def object_to_shape(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """What speaks against a document whatever its variables say. Introspection is not counted: its depth is its own."""
    measure = Measure(document, {})
    found = []
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            depth = measure.depth(operation.selection_set)
            if depth > limits.depth:
                found.append(refused(TOO_DEEP, operation, asked=depth, limit=limits.depth))
    names = list(_fields(document))
    again = max(Counter((id(inside), _key(each)) for each, inside in _placed(document)).values(), default=0)
    if len(names) > MOST_FIELDS or again > AGAIN or _spreads(document) > MOST_SPREADS:
        found.append(refused(TOO_WIDE, None, asked=len(names), limit=MOST_FIELDS, again=AGAIN))
    aliases = sum(1 for each in names if each.alias is not None)
    if aliases > limits.aliases:
        found.append(refused(TOO_MANY_ALIASES, None, asked=aliases, limit=limits.aliases))
    return found


def cost_of(operation: OperationDefinitionNode, document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """How many objects an operation could answer: a page counts its size times what is below, anything else once."""
    return Measure(document, variables).cost(operation.selection_set)


def sizes_by_variable(document: DocumentNode) -> frozenset[str]:
    """The variables that page sizes come from: all that a document's cost depends on."""
    return frozenset(
        argument.value.name.value
        for each in _fields(document)
        for argument in each.arguments or ()
        if argument.name.value in ("first", "last", "ids") and isinstance(argument.value, VariableNode)
    )


def size_given(value: Any) -> int | None:
    """The size that a variable's value gives: a number, or how many ids there are."""
    return len(value) if isinstance(value, list) else value if isinstance(value, int) else None


class Measure:
    """Measures selections. Each fragment is measured once, however often it is spread, and a cycle counts nothing."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, str], int] = {}

    def depth(self, selections: SelectionSetNode) -> int:
        """How many levels of fields there are."""
        return max((self._of(node, "depth") for node in selections.selections), default=0)

    def cost(self, selections: SelectionSetNode) -> int:
        """How many objects could be answered."""
        return sum(self._of(node, "cost") for node in selections.selections)

    def _of(self, node: SelectionNode, what: str) -> int:
        measure = self.depth if what == "depth" else self.cost
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                return 0
            below = 0 if node.selection_set is None else measure(node.selection_set)
            if what == "depth":
                return 1 + below
            return 0 if node.selection_set is None else 1 + self._size(node) * below
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self.fragments:
                return 0
            if (name, what) not in self._known:
                self._known[name, what] = 0  # for the case that it leads back to itself
                self._known[name, what] = measure(self.fragments[name].selection_set)
            return self._known[name, what]
        inline: Any = node
        return measure(inline.selection_set)

    def _size(self, node: FieldNode) -> int:
        """How often what is below a field may be answered: a page's size, 20 when it says none, each id; else once."""
        for argument in node.arguments or ():
            if argument.name.value == "ids":
                ids: Any = argument.value
                if isinstance(ids, VariableNode):
                    return max(1, size_given(self.variables.get(ids.name.value)) or 1)
                return max(1, len(getattr(ids, "values", ())))
            if argument.name.value in ("first", "last"):
                if isinstance(argument.value, IntValueNode):
                    return max(1, int(argument.value.value))
                if isinstance(argument.value, VariableNode):
                    given = self.variables.get(argument.value.name.value)
                    return max(1, given) if isinstance(given, int) else DEFAULT
        below = node.selection_set.selections if node.selection_set else ()
        names = {each.name.value for each in below if isinstance(each, FieldNode)}
        return DEFAULT if names & {"nodes", "edges"} else 1


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _placed(document: DocumentNode) -> Iterator[tuple[FieldNode, SelectionSetNode]]:
    """Every field with the selection it stands in."""
    waiting: list[Any] = [getattr(each, "selection_set", None) for each in document.definitions]
    while waiting:
        selections = waiting.pop()
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield node, selections
            waiting.append(getattr(node, "selection_set", None))


def _spreads(document: DocumentNode) -> int:
    """How many fragments are spread or written inline."""
    count, waiting = 0, [getattr(each, "selection_set", None) for each in document.definitions]
    while waiting:
        selections: Any = waiting.pop()
        for node in selections.selections if selections else ():
            count += not isinstance(node, FieldNode)
            waiting.append(getattr(node, "selection_set", None))
    return count


def _fields(document: DocumentNode) -> Iterator[FieldNode]:
    return (node for node, _ in _placed(document))
