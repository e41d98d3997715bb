"""An input for every mutation of a schema, with a place for each global id in it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type

from core.language import Language
from schema.build import DureSchema
from schema.context import Context
from schema.global_ids import to_global_id
from schema.mapping import ToOneField

NO_ID = "bm90aGluZw"
NO_ROW = 2**62
EXPECTED = re.compile(r"Not the id of a (\w+):")
Path = tuple[str | int, ...]


@dataclass
class Given:
    """A mutation, an input for it, and where in the input which type's ids stand."""

    name: str
    document: str
    variables: dict[str, Any]
    ids: dict[Path, str] = field(default_factory=dict)

    def filled(self, ids: Mapping[Path, str]) -> dict[str, Any]:
        """The variables with these ids."""
        made = copy.deepcopy(self.variables)
        for path, text in ids.items():
            inner = made["input"]
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = text
        return made


def every_mutation(schema: DureSchema) -> list[Given]:
    return [_given(schema, name, each) for name, each in schema.graphql_type("Mutation").fields.items()]


def _given(schema: DureSchema, name: str, definition: Any) -> Given:
    payload: Any = get_named_type(definition.type)
    ours = schema.fields_of(payload.name)
    asked = ["errors { code path message }"]
    for each in payload.fields:
        if isinstance(ours[each], ToOneField):
            asked.append(f"{each} {{ __typename }}")
    argument = definition.args.get("input")
    if argument is None:
        return Given(name, f"mutation {{ {name} {{ {' '.join(asked)} }} }}", {})
    given = Given(name, f"mutation ($input: {argument.type}) {{ {name}(input: $input) {{ {' '.join(asked)} }} }}", {})
    given.variables["input"] = _value(argument.type, (), given.ids)
    return given


def _value(kind: Any, path: Path, ids: dict[Path, str]) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, path, ids)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type, (*path, 0), ids)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        found = {
            name: _value(each.type, (*path, name), ids)
            for name, each in kind.fields.items()
            if isinstance(each.type, GraphQLNonNull) or _has_ids(each.type, ())
        }
        if not found and path:  # an input of which exactly one field is given
            name, each = next(iter(kind.fields.items()))
            found[name] = _value(each.type, (*path, name), ids)
        return found
    if kind.name == "ID":
        ids[path] = ""
        return NO_ID
    return {
        "Boolean": True, "Int": 1, "BigInt": 1, "Decimal": "1", "Date": "2026-03-02",
        "DateTime": "2026-03-02T09:00:00+09:00", "Upload": SimpleNamespace(filename="a.xlsx", content=b"nothing"),
    }.get(kind.name, "x")  # fmt: skip


def _has_ids(kind: Any, above: tuple[str, ...]) -> bool:
    named: Any = get_named_type(kind)
    if named.name == "ID":
        return True
    if not isinstance(named, GraphQLInputObjectType) or named.name in above:
        return False
    return any(_has_ids(each.type, (*above, named.name)) for each in named.fields.values())


async def find_types(given: Given, ask: Any) -> None:
    """Find out which type each id must be of, by what is said against one that is of none."""
    ids = dict.fromkeys(given.ids, NO_ID)
    while True:
        answer = await ask(given.document, given.filled(ids))
        for path, expected in _complaints(given, answer):
            fitting = [each for each in ids if _named(each) == path and not given.ids[each]]
            assert fitting, f"{given.name}: no id at {path} of {list(ids)}"
            given.ids[fitting[0]] = expected
            ids[fitting[0]] = to_global_id(expected, NO_ROW)
            break
        else:
            return


def _complaints(given: Given, answer: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for each in ((answer.get("data") or {}).get(given.name) or {}).get("errors", ()):
        if each["code"] == "ID_INVALID":
            found = EXPECTED.match(each["message"])
            assert found, each
            yield tuple(step for step in map(str, each["path"]) if not step.isdigit()), found[1]


def _named(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def context_of(house: Any, actor: Any) -> Context:
    return Context(house=house, request_id="told", actor=actor, language=Language.EN)


__all__ = ["NO_ROW", "Given", "context_of", "every_mutation", "find_types"]
