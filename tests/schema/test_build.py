"""Parts that do not fit together stop the start and name both plugins; those that do are one schema, and its only."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import strawberry

from core import Choice, Misdeclared, Problem, Text, fact
from core.database import table_of
from core.identity.models import Standing
from schema import Connection, Node, column, connection, everybody, shows, to_many, to_one
from schema.build import DureSchema, build_schema
from schema.nodes import Organization
from tests.support.plugins import bringing, declaring, deed_type, plugged, program


@shows(table_of(Standing), visible=everybody)
@strawberry.type(description="또 다른 자격 · Another standing.")
class OtherStanding(Node):
    kind: str = column("구분 · What it is about.", filterable=True)


@strawberry.type
class Standings:
    other_standings: Connection[OtherStanding] = connection("목록 · All of them.")


@strawberry.type
class OrganizationStandings:
    more_standings: Connection[OtherStanding] = to_many("또 다른 자격 · More of them.", remote="organization_id")


@strawberry.type
class Addressed:
    addressed: Organization | None = to_one("주소지 · Where it is.", local="address_id")


def built(**plugins: object) -> DureSchema:
    return build_schema(plugged(**plugins))


def misdeclared(**plugins: object) -> str:
    """What stops the start with these plugins."""
    with pytest.raises(Misdeclared) as caught:
        built(**plugins)
    return str(caught.value)


def answering(name: str, kind: Any, python_name: str | None = None) -> type[Any]:
    """A class with one root field."""

    def resolve() -> Any:
        return None

    resolve.__annotations__["return"] = kind
    field = strawberry.field(resolver=resolve, name=name if python_name else None, description="무엇 · Something.")
    return strawberry.type(type("Part", (), {python_name or name: field}))


def tree(name: str = "Tree") -> type[Any]:
    made = type(name, (), {"__annotations__": {"height": int}})
    return strawberry.type(made, name=name, description="나무 · A tree.")


def colour(word: str) -> Any:
    made = enum.Enum("Colour", {word: word})  # type: ignore[misc]
    return strawberry.enum(made, description="빛깔 · A colour.")


def thing(*members: type[Any]) -> Any:
    return Annotated[members[0] | members[1], strawberry.union("Thing", description="것 · One of these.")]


def test_two_types_of_one_name_are_refused() -> None:
    message = misdeclared(
        birch=bringing(query=(answering("birch", tree()),)), cedar=bringing(query=(answering("cedar", tree()),))
    )
    assert message == "the type 'Tree' is brought by both 'birch' and 'cedar'; rename one"


def test_a_type_of_cores_name_is_refused() -> None:
    message = misdeclared(birch=bringing(types=(tree("Organization"),)))
    assert message == "the type 'Organization' is brought by both 'core' and 'birch'; rename one"


@pytest.mark.parametrize("name", ["OrganizationConnection", "Role", "ActivityFacts", "Query", "OrganizationWhere"])
def test_a_type_of_any_name_that_core_makes_is_refused(name: str) -> None:
    message = misdeclared(birch=bringing(types=(tree(name),)), deeds=declaring(program()))
    assert f"the type {name!r} is brought by both 'core' and 'birch'" in message


def test_two_enums_of_one_name_are_refused() -> None:
    message = misdeclared(
        birch=bringing(query=(answering("birch", colour("WHITE")),)),
        cedar=bringing(query=(answering("cedar", colour("RED")),)),
    )
    assert message == "the type 'Colour' is brought by both 'birch' and 'cedar'; rename one"


def test_two_unions_of_one_name_are_refused() -> None:
    message = misdeclared(
        birch=bringing(query=(answering("birch", thing(tree("Bark"), tree("Leaf"))),)),
        cedar=bringing(query=(answering("cedar", thing(tree("Cone"), tree("Needle"))),)),
    )
    assert message == "the type 'Thing' is brought by both 'birch' and 'cedar'; rename one"


def test_facts_named_like_a_type_of_another_plugin_are_refused() -> None:
    message = misdeclared(birch=bringing(types=(tree("Deed"),)), deeds=declaring(program()))
    assert message == "the type 'Deed' is brought by both 'deeds' and 'birch'; rename one"


def test_a_choice_named_like_an_enum_of_core_is_refused() -> None:
    message = misdeclared(deeds=declaring(program(activity_types=(deed_type(facts=Ranked),))))
    assert message == "the type 'Role' is brought by both 'deeds' and 'core'; rename one"


class Role(Choice):
    """역할: a role of another kind."""

    HERO = "hero", "영웅", "hero"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """등급: a role."""

    role: Role = fact("역할", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undocumented:
    role: str = fact("역할", "role")


def test_facts_without_a_docstring_are_refused() -> None:
    message = misdeclared(deeds=declaring(program(activity_types=(deed_type(facts=Undocumented),))))
    assert "the facts Undocumented have no docstring" in message


def test_a_root_field_that_two_bring_is_refused() -> None:
    part = answering("trees", int)
    message = misdeclared(birch=bringing(query=(part,)), cedar=bringing(query=(answering("trees", str),)))
    assert message == "the field Query.trees is brought by both 'birch' and 'cedar'; rename one"


def test_fields_are_compared_by_their_name_in_the_api() -> None:
    message = misdeclared(
        birch=bringing(query=(answering("tall_trees", int),)), cedar=bringing(query=(answering("tallTrees", int),))
    )
    assert message == "the field Query.tallTrees is brought by both 'birch' and 'cedar'; rename one"


def test_two_fields_of_one_type_that_meet_in_camel_case_are_refused() -> None:
    made = strawberry.type(type("Tree", (), {"__annotations__": {"foo_bar": int, "fooBar": int}}))
    message = misdeclared(birch=bringing(types=(made,)))
    assert message == "plugin 'birch' brings the field Tree.fooBar twice; rename one"


@pytest.mark.parametrize("root", ["query", "mutation"])
def test_a_root_field_of_cores_name_is_refused(root: str) -> None:
    name = {"query": "organizations", "mutation": "submit_filing"}[root]
    message = misdeclared(birch=bringing(**{root: (answering(name, int),)}))
    assert "is brought by both 'core' and 'birch'; rename one" in message


def test_a_field_added_to_a_type_that_has_it_is_refused() -> None:
    message = misdeclared(birch=bringing(extends={"Organization": (answering("business_number", str),)}))
    assert message == "the field Organization.businessNumber is brought by both 'core' and 'birch'; rename one"


def test_a_field_two_plugins_add_to_one_type_is_refused() -> None:
    message = misdeclared(
        birch=bringing(extends={"Organization": (answering("trees", int),)}),
        cedar=bringing(extends={"Organization": (answering("trees", int),)}),
    )
    assert message == "the field Organization.trees is brought by both 'birch' and 'cedar'; rename one"


def test_adding_to_a_type_that_does_not_exist_is_refused_with_the_nearest_that_does() -> None:
    message = misdeclared(birch=bringing(extends={"Organisation": (answering("trees", int),)}))
    assert message == (
        "plugin 'birch' adds Part to the type 'Organisation', which does not exist; did you mean 'Organization'?"
    )


def test_a_node_type_that_shows_no_table_is_refused() -> None:
    @strawberry.type(description="나무 · A tree.")
    class Tree(Node):
        height: int

    message = misdeclared(birch=bringing(query=(answering("tree", Tree),)))
    assert message.startswith("plugin 'birch': the node type 'Tree' does not say which table it shows")
    assert "@shows(table, visible=...)" in message


def test_a_mapped_type_without_who_may_see_it_does_not_come_to_be() -> None:
    with pytest.raises(TypeError, match="visible"):
        shows(table_of(Standing))  # type: ignore[call-arg]


def test_a_relation_added_to_a_type_that_does_not_show_its_column_is_refused() -> None:
    message = misdeclared(birch=bringing(extends={"Organization": (Addressed,)}))
    assert message.startswith("plugin 'birch' adds Organization.addressed, which reads the column 'address_id'")


def test_a_class_that_is_no_strawberry_type_is_refused() -> None:
    class Bare:
        height: int

    message = misdeclared(birch=bringing(query=(Bare,)))
    assert message == "plugin 'birch': Bare is no Strawberry type; decorate it with @strawberry.type"


def test_a_type_that_cannot_be_resolved_names_its_plugin() -> None:
    lost = Annotated["Nowhere", strawberry.lazy("tests.support.nowhere")]  # type: ignore[name-defined]  # noqa: F821
    message = misdeclared(birch=bringing(query=(answering("lost", lost),)))
    assert message.startswith("plugin 'birch': its GraphQL types cannot be resolved")


def test_an_annotation_that_is_known_nowhere_names_its_field() -> None:
    @strawberry.type
    class Lost:
        tree: OtherTree  # type: ignore[name-defined]  # noqa: F821

    message = misdeclared(birch=bringing(types=(Lost,)))
    assert message == (
        "plugin 'birch': its GraphQL types cannot be resolved: the type of Lost.tree is written with a name its module"
        " does not know"
    )


def test_a_type_without_fields_names_the_plugins_that_bring_types() -> None:
    empty = strawberry.type(type("Empty", (), {}))
    message = misdeclared(birch=bringing(query=(answering("empty", empty),)))
    assert message.startswith("the GraphQL parts of 'birch' do not make a schema: ")


def test_a_problem_code_of_cores_is_refused() -> None:
    clash = Problem("ACTIVITY_NOT_FOUND", Text("없습니다.", "None."))
    declared = program(code="activity", problems=(clash,))
    message = misdeclared(deeds=declaring(declared))
    assert message == "the problem code 'ACTIVITY_NOT_FOUND' is brought by both 'core' and 'deeds'; rename one"


def test_two_schemas_with_different_plugins_live_side_by_side() -> None:
    deeds, birch = (
        built(deeds=declaring(program())),
        built(birch=bringing(query=(answering("birch", tree()),), extends={"Organization": (OrganizationStandings,)})),
    )
    deeds_sdl, birch_sdl = deeds.as_str(), birch.as_str()
    assert "type Deed " in deeds_sdl and "type Tree " not in deeds_sdl and "moreStandings" not in deeds_sdl
    assert "type Tree " in birch_sdl and "type Deed " not in birch_sdl and "moreStandings" in birch_sdl
    assert "draftFiling" not in birch_sdl and "thanks" not in birch_sdl
    assert built(deeds=declaring(program())).as_str() == deeds_sdl


def test_one_plugin_may_add_to_what_another_brought() -> None:
    birch = bringing(query=(answering("birch", tree()),))
    cedar = bringing(extends={"Tree": (answering("width", int),)})
    sdl = built(birch=birch, cedar=cedar).as_str()
    assert 'height: Int! @program(code: "birch")' in sdl
    assert 'width: Int! @program(code: "cedar")' in sdl


def test_without_any_plugin_there_is_still_a_schema() -> None:
    sdl = built().as_str()
    assert "type Query" in sdl and "input ActivityFacts" not in sdl


def test_a_root_list_of_a_plugin_stands_beside_cores() -> None:
    schema = built(birch=bringing(query=(Standings,)))
    assert schema.nodes_by_name["OtherStanding"] is OtherStanding
    assert 'OtherStandingConnection! @program(code: "birch")' in schema.as_str()
