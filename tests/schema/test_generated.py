"""What follows from the code is up to date, and no change of the API breaks a client without a word."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_scalar_type,
)
from graphql import build_schema as schema_of_sdl

from core import hookspecs
from core.plugins import HOOKS, Plugins
from schema import generated
from schema.build import DureSchema, build_schema
from schema.generated import DECLARED, SDL, Breaking, NotDeclared, breaking_changes, declared_in, refuse_undeclared
from schema.reference import NoExample, examples_in, hooks_reference, moods_in

TREES = "type Query { trees: [Tree!]! tallest: Tree }\ntype Tree { height: Int! species: String }\n"
WITHOUT_SPECIES = TREES.replace(" species: String", "")
LOST = Breaking("FIELD_REMOVED", "Field Tree.species was removed.")


def test_the_committed_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generated.main(["--check"]) == 0, capsys.readouterr().err


def test_it_writes_what_is_missing_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generated.main(["--check"], tmp_path) == 1
    assert "schema/schema.graphql is out of date; run `python -m schema.generated`" in capsys.readouterr().err
    assert generated.main([], tmp_path) == 0
    assert capsys.readouterr().out == "schema/schema.graphql is written\ndocs/hooks.md is written\n"
    assert generated.main(["--check"], tmp_path) == 0
    assert capsys.readouterr() == ("", "")


def test_a_file_that_was_changed_by_hand_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generated.main([], tmp_path)
    page = tmp_path / "docs" / "hooks.md"
    page.write_text(page.read_text(encoding="utf-8") + "and more\n", encoding="utf-8")
    capsys.readouterr()
    assert generated.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err == "docs/hooks.md is out of date; run `python -m schema.generated` and commit it\n"


def test_an_option_it_does_not_know_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert generated.main(["--chekc"]) == 2
    assert "usage: python -m schema.generated [--check], not --chekc" in capsys.readouterr().err


def test_a_breaking_change_fails_until_it_is_declared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A field that clients may ask for is gone from the API."""
    generated.main([], tmp_path)
    file = tmp_path / SDL
    file.write_text(file.read_text("utf-8").replace("type Query {", "type Query {\n  weather: String", 1), "utf-8")
    capsys.readouterr()
    for arguments in (["--check"], []):
        assert generated.main(arguments, tmp_path) == 1
        said = capsys.readouterr().err
        assert "FIELD_REMOVED: Field Query.weather was removed." in said
        assert "weather" in file.read_text("utf-8")

    entry = said[said.index("[[change]]") :]
    (tmp_path / DECLARED).write_text(entry, "utf-8")
    assert generated.main([], tmp_path) == 1
    assert "needs `on`, a day, and `reason`, in words" in capsys.readouterr().err
    (tmp_path / DECLARED).write_text(entry.replace('reason = ""', 'reason = "Nobody asked for it."'), "utf-8")
    assert generated.main([], tmp_path) == 0
    assert "weather" not in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        pytest.param(TREES, [], id="nothing"),
        pytest.param(TREES.replace("type Tree", '"나무" type Tree'), [], id="a description"),
        pytest.param(TREES.replace("height: Int!", "height: Int! width: Int"), [], id="a new field"),
        pytest.param(WITHOUT_SPECIES, ["FIELD_REMOVED"], id="a lost field"),
        pytest.param(TREES.replace("height: Int!", "height: Int"), ["FIELD_CHANGED_KIND"], id="a field now null"),
        pytest.param(
            TREES.replace("tallest: Tree", "tallest(of: Int!): Tree"), ["REQUIRED_ARG_ADDED"], id="a needed argument"
        ),
    ],
)
def test_only_what_a_client_would_miss_is_breaking(after: str, kinds: list[str]) -> None:
    assert [each.kind for each in breaking_changes(TREES, after)] == kinds


def test_the_first_schema_breaks_nothing() -> None:
    assert breaking_changes("", TREES) == []


def test_what_is_declared_is_let_through_and_nothing_else() -> None:
    refuse_undeclared(TREES, WITHOUT_SPECIES, [LOST])
    with pytest.raises(NotDeclared, match=r"Tree\.species was removed"):
        refuse_undeclared(TREES, WITHOUT_SPECIES, [Breaking("FIELD_REMOVED", "Field Tree.height was removed.")])


def test_the_repositorys_own_declarations_can_be_read() -> None:
    declared_in(generated.ROOT / DECLARED)


# ---------------------------------------------------------------------------------------------------- the reference


def test_the_reference_has_every_hook_once_in_the_four_moods() -> None:
    source = Path(hookspecs.__file__).read_text(encoding="utf-8")
    moods = moods_in(source)
    assert [mood.title.split(":")[0] for mood in moods] == ["register_*", "asks", "check_*", "past tense"]
    assert [hook.name for mood in moods for hook in mood.hooks] == list(HOOKS)
    assert all(hook.first_wins == (mood.title.startswith("asks")) for mood in moods for hook in mood.hooks)


def test_the_reference_shows_signature_sentence_types_and_example() -> None:
    page = hooks_reference(hookspecs, generated.ROOT / "tests", generated.ROOT)
    section = page[page.index("### check_activity") : page.index("### check_posting")]
    assert "def check_activity(facts: object, context: ActivityContext) -> Iterable[Violation]" in section
    assert "Object to an activity before it is submitted" in section
    assert "[`ActivityContext`](../core/checking.py): What is known about an activity besides its facts." in section
    assert "`filer`, `subject`, `filed_on`, `known`" in section
    assert "@hookimpl\ndef check_activity(" in section


def test_every_link_of_the_reference_leads_to_a_file() -> None:
    page = hooks_reference(hookspecs, generated.ROOT / "tests", generated.ROOT)
    links = {part.split(")")[0] for part in page.split("](")[1:]} - {f"#{hook}" for hook in HOOKS}
    assert links
    assert all((generated.ROOT / "docs" / link).resolve().is_file() for link in links)


def test_a_hook_without_an_example_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoExample, match="the hook 'register_program' has no example"):
        hooks_reference(hookspecs, tmp_path, generated.ROOT)


def test_an_example_is_what_stands_between_its_marks(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "def test():\n    before()\n    # docs: begin posted\n    def posted():\n        return 1\n\n    # docs: end\n"
        "    after()\n"
    )
    assert examples_in(tmp_path) == {"posted": "def posted():\n    return 1\n"}


def test_a_module_without_banners_has_no_moods() -> None:
    assert moods_in("def posted() -> None: ...") == []
    assert isinstance(hookspecs, ModuleType)


# ---------------------------------------------------------------------------------------------------- the schema


@pytest.fixture(scope="module")
def printed() -> str:
    return build_schema(Plugins.installed()).as_str()


def test_the_printed_schema_can_be_read_again_and_is_printed_alike_twice(printed: str, installed: Plugins) -> None:
    schema_of_sdl(printed)
    assert build_schema(installed).as_str() == printed


def test_everything_in_the_api_is_described_korean_first(schema: DureSchema) -> None:
    bare = []
    for name, kind in schema._schema.type_map.items():
        if is_introspection_type(kind) or is_scalar_type(kind):
            continue
        described = {name: kind.description}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            described |= {f"{name}.{field}": each.description for field, each in kind.fields.items()}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, each in kind.fields.items():
                described |= {f"{name}.{field}({argument})": of.description for argument, of in each.args.items()}
        if isinstance(kind, GraphQLEnumType):
            described |= {f"{name}.{value}": each.description for value, each in kind.values.items()}
        bare += [
            place for place, text in described.items() if not text or not any("가" <= letter <= "힣" for letter in text)
        ]
    assert bare == []
