"""The schema as it is printed: everything described, Korean first, every field naming who brought it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from graphql import (
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    StringValueNode,
    parse,
)
from graphql import (
    build_schema as build_from_sdl,
)

from core.house import House
from core.parts import GraphQLParts
from core.plugins import Plugins
from schema.build import DureSchema, build_schema
from tests.support.client import asking
from tests.support.plugins import bringing, declaring, plugged, program

OURS = {"String", "Int", "Float", "Boolean", "ID", "oneOf"}  # GraphQL's own, that nobody describes


def described(schema: DureSchema) -> Iterator[tuple[str, Any]]:
    """Everything in the printed schema that may have a description, with its path."""
    for definition in parse(schema.as_str()).definitions:
        name = getattr(getattr(definition, "name", None), "value", None)
        if name is None or name in OURS:
            continue
        yield name, definition
        for part in (*getattr(definition, "fields", ()), *getattr(definition, "values", ())):
            yield f"{name}.{part.name.value}", part
            for argument in getattr(part, "arguments", ()) or ():
                if isinstance(argument, InputValueDefinitionNode):
                    yield f"{name}.{part.name.value}({argument.name.value})", argument
        for argument in getattr(definition, "arguments", ()) or ():
            yield f"@{name}({argument.name.value})", argument


def is_korean(text: str) -> bool:
    """Whether it begins with Hangul, or with a Latin abbreviation that Korean writes so and Hangul after it."""
    first = text.strip().partition("·")[0]
    return any("가" <= letter <= "힣" for letter in first)


@pytest.fixture(scope="module")
def bare() -> DureSchema:
    return build_schema(Plugins({}))


def test_everything_has_a_description_that_begins_in_korean(schema: DureSchema) -> None:
    parts = list(described(schema))
    assert len(parts) > 500
    kinds = (
        ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, InputObjectTypeDefinitionNode, EnumTypeDefinitionNode,
        EnumValueDefinitionNode, FieldDefinitionNode, InputValueDefinitionNode,
    )  # fmt: skip
    assert {type(node) for _, node in parts} >= set(kinds)
    printer_leaves_out = {"@program(code)"}
    missing = [path for path, node in parts if node.description is None and path not in printer_leaves_out]
    foreign = [
        f"{path}: {node.description.value}"
        for path, node in parts
        if isinstance(node.description, StringValueNode) and not is_korean(node.description.value)
    ]
    assert not missing, missing
    assert not foreign, foreign


def test_every_field_names_the_plugin_that_brought_it(schema: DureSchema) -> None:
    found: dict[str, str] = {}
    for path, node in described(schema):
        if isinstance(node, FieldDefinitionNode):
            (code,) = [
                argument.value.value
                for directive in node.directives or ()
                if directive.name.value == "program"
                for argument in directive.arguments or ()
                if isinstance(argument.value, StringValueNode)
            ]
            found[path] = code
    assert set(found.values()) == {"core", "industry_academia", "mileage_innovation"}
    assert found["StudentHire.hiredOn"] == "industry_academia"
    assert found["Query.organizations"] == found["Mutation.signIn"] == found["Organization.name"] == "core"
    assert found["Query.trainingProviders"] == found["TrainingProvider.since"] == "mileage_innovation"


def test_what_is_printed_is_a_schema(schema: DureSchema) -> None:
    assert build_from_sdl(schema.as_str()).query_type is not None


def test_no_field_shows_a_secret(schema: DureSchema) -> None:
    shown = [path for path, node in described(schema) if isinstance(node, FieldDefinitionNode)]
    assert not [path for path in shown if "hash" in path.lower() or "password" in path.lower().split(".")[1:]]


# --------------------------------------------------------------------------------- two schemas in one process


def test_a_schema_without_programs_is_whole_and_has_nothing_of_theirs(bare: DureSchema, schema: DureSchema) -> None:
    alone, with_programs = bare.as_str(), schema.as_str()
    assert build_from_sdl(alone).query_type is not None
    for name in ("input ActivityFacts", "draftFiling(", "trainingProviders(", "MILEAGE_INNOVATION_"):
        assert name in with_programs
        assert name not in alone
    assert 'code: "core"' in alone
    assert {node.value for node in codes_of(alone)} == {"core"}


def codes_of(sdl: str) -> Iterator[StringValueNode]:
    """The value of every `@program(code:)`."""
    waiting: list[Node] = [*parse(sdl).definitions]
    while waiting:
        node = waiting.pop()
        for directive in getattr(node, "directives", ()) or ():
            if directive.name.value == "program":
                yield from (argument.value for argument in directive.arguments)
        waiting.extend(getattr(node, "fields", ()) or ())


def test_building_one_schema_changes_no_other(schema: DureSchema, bare: DureSchema, installed: Plugins) -> None:
    before, alone = schema.as_str(), bare.as_str()

    @strawberry.type
    class MoreOfAnOrganization:
        @strawberry.field(description="별명 · What it is called by its friends.")  # type: ignore[untyped-decorator]
        def nickname(self) -> str:
            return "친구"

    part = GraphQLParts(extends={"Organization": (MoreOfAnOrganization,)})
    other = build_schema(plugged(deeds=declaring(program()), friends=bringing(extends=part.extends)))
    assert "nickname" in other.as_str()
    assert "nickname" not in before
    assert schema.as_str() == before == build_schema(installed).as_str()
    assert bare.as_str() == alone == build_schema(Plugins({})).as_str()
    assert (
        other.as_str()
        == build_schema(plugged(deeds=declaring(program()), friends=bringing(extends=part.extends))).as_str()
    )


async def test_two_schemas_answer_side_by_side_each_for_itself(
    house: House, schema: DureSchema, bare: DureSchema
) -> None:
    document = '{ __type(name: "Mutation") { fields { name } } organizations { totalCount } }'
    async with asking(house, schema) as one, asking(house, bare) as other:
        for _ in range(2):
            fields = [
                {each["name"] for each in (await asker.ask(document))["__type"]["fields"]} for asker in (one, other)
            ]
            assert "draftFiling" in fields[0]
            assert "draftFiling" not in fields[1]
            assert fields[1] < fields[0]
