"""Every text that a mutation of the schema takes is under the policy: generated from the schema, none left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
)

from core.house import House
from core.plugins import Plugins
from schema.build import DureSchema, build_schema
from schema.mutations import mutating_of
from schema.texts import texts_of
from tests.support.api import company, top_codes
from tests.support.client import asking

BUILT = build_schema(Plugins.installed())
GRAPH: GraphQLSchema = BUILT._schema
PLAIN: dict[str, Any] = {
    "ID": "x",
    "String": "x",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "BigInt": 1,
    "Decimal": "1",
    "Date": "2026-03-02",
    "DateTime": "2026-03-02T09:00:00+09:00",
    "JSON": {},
    "Upload": "x",
}
Step = str | int


def one_of(kind: Any) -> bool:
    """Whether of an input type's fields exactly one is given."""
    return bool(kind.extensions["strawberry-definition"].is_one_of)


def paths(kind: Any, inside: tuple[Any, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Where in a value of an input type a String stands; lists have one item."""
    if isinstance(kind, GraphQLNonNull):
        yield from paths(kind.of_type, inside)
    elif isinstance(kind, GraphQLList):
        yield from ((0, *path) for path in paths(kind.of_type, inside))
    elif isinstance(kind, GraphQLInputObjectType):
        if kind not in inside:
            for name, field in kind.fields.items():
                yield from ((name, *path) for path in paths(field.type, (*inside, kind)))
    elif kind.name == "String":
        yield ()


def value(kind: Any, path: tuple[Step, ...] | None, text: str) -> Any:
    """A value of an input type that has what it must, and `text` at the path."""
    if isinstance(kind, GraphQLNonNull):
        return value(kind.of_type, path, text)
    if isinstance(kind, GraphQLList):
        return [value(kind.of_type, path[1:] if path else None, text)]
    if isinstance(kind, GraphQLInputObjectType):
        step = path[0] if path else None
        wanted = [
            name
            for name, field in kind.fields.items()
            if name == step or (not one_of(kind) and is_required_input_field(field))
        ]
        wanted = wanted or ([next(iter(kind.fields))] if one_of(kind) else [])
        return {
            name: value(kind.fields[name].type, path[1:] if path and name == step else None, text) for name in wanted
        }
    if path == ():
        return text
    return next(iter(kind.values)) if isinstance(kind, GraphQLEnumType) else PLAIN[kind.name]


def told(kind: Any, path: tuple[Step, ...]) -> list[str]:
    """The path as an objection names it: of a choice the chosen member is left out."""
    found: list[str] = []
    for step in path:
        while isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if isinstance(step, int):
            found, kind = [*found, str(step)], kind.of_type
        else:
            found, kind = found if one_of(kind) else [*found, step], kind.fields[step].type
    return found


def cases() -> list[tuple[str, tuple[Step, ...]]]:
    assert GRAPH.mutation_type is not None
    return [
        (name, path)
        for name, field in sorted(GRAPH.mutation_type.fields.items())
        for argument in field.args.values()
        for path in paths(argument.type)
    ]


CASES = cases()
ACCOUNTS = {"changePassword", "requestPasswordReset", "resetPassword", "signIn", "signUp", "updatePerson"}
SHEETS = {  # pasted tables: what is wrong in them is said of the cell, where they are read
    (f"{name}FromSheet", ("text",)) for name in ("amendFiling", "draftFiling", "queueAmendment", "queueFiling")
}


def test_there_are_texts_to_try() -> None:
    assert len(CASES) > 150
    assert {name for name, _ in CASES} >= {"draftFiling", "prepareCertificationRound", "publishPost", "signUp"}


async def test_every_text_of_every_mutation_refuses_what_the_policy_refuses(house: House, schema: DureSchema) -> None:
    who = await company(house, "hanbit")
    wrong: list[object] = []
    public_ones: set[str] = set()  # whose texts are looked at before it is asked who calls: accounts alone
    async with asking(house, schema) as public:
        for asked in (public, public.signed_in(who.token)):
            for name, path in CASES:
                assert GRAPH.mutation_type is not None
                argument = GRAPH.mutation_type.fields[name].args["input"]
                if (name, path) in SHEETS:
                    continue
                document = f"mutation ($i: {argument.type}) {{ {name}(input: $i) {{ errors {{ code path }} }} }}"
                for text, code in (
                    ("가\u202e나", "TEXT_CONTROL_SIGNS"),
                    ("a\u0007", "TEXT_CONTROL_SIGNS"),
                    ("\ufe0f", "TEXT_"),
                ):
                    answer = await asked.send(document, i=value(argument.type, path, text))
                    objections = ((answer.get("data") or {}).get(name) or {}).get("errors") or []
                    if any(
                        each["code"].startswith(code) and each["path"] == told(argument.type, path)
                        for each in objections
                    ):
                        public_ones |= {name} if asked is public else set()
                    elif asked is not public or top_codes(answer) != ["UNAUTHENTICATED"]:
                        wrong.append((name, path, answer))
    assert wrong == []
    assert public_ones == ACCOUNTS


def test_every_mutation_is_made_so_that_its_texts_are_checked() -> None:
    assert GRAPH.mutation_type is not None
    assert [name for name in GRAPH.mutation_type.fields if mutating_of(BUILT.fields_of("Mutation")[name]) is None] == []


@pytest.mark.parametrize("name", ["signUp", "updatePerson", "draftFiling"])
def test_texts_are_composed_where_they_stand(name: str) -> None:
    from schema.inputs import Builders

    assert GRAPH.mutation_type is not None
    argument = GRAPH.mutation_type.fields[name].args["input"]
    (field,) = BUILT.fields_of("Mutation")[name].arguments
    build = Builders(BUILT.config, BUILT.schema_converter.scalar_registry).of(field.type)
    decomposed, composed = unicodedata.normalize("NFD", "한빛"), "한빛"
    for path in paths(argument.type):
        if any(get_named_type(argument.type).fields[str(step)].type for step in path[:1] if step == "facts"):
            continue
        given = build(_python(argument.type, value(argument.type, path, decomposed)))
        assert texts_of(given) == []
        assert composed in repr(given) and decomposed not in repr(given)


def _python(kind: Any, given: Any) -> Any:
    """A JSON value as graphql-core hands it on."""
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        return [_python(kind.of_type, each) for each in given]
    if isinstance(kind, GraphQLInputObjectType):
        return {name: _python(kind.fields[name].type, each) for name, each in given.items()}
    return given
