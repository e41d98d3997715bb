"""A plugin that breaks the contract stops the start, and the message names it, the place and the remedy."""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pluggy
import pytest

from core import (
    ActivityContext,
    Asset,
    Choice,
    Example,
    Misdeclared,
    Permission,
    Problem,
    Program,
    Source,
    Tables,
    Term,
    Text,
    Violation,
    fact,
    hookimpl,
)
from core.plugins import Plugins
from tests.support.plugins import (
    EDITION,
    NOTICE,
    TERMS,
    declaring,
    deed_type,
    letter,
    plugged,
    plugin,
    program,
)

DOCTOR = Problem("CLINIC_FULL", Text("만원입니다.", "It is full."))


class PlainWord(enum.StrEnum):
    """낱말: an enum without names."""

    YES = "yes"


class Weekday(Choice):
    """요일: a day of the week."""

    MONDAY = "monday", "월요일", "Monday"


@dataclass
class Thawed:
    """녹은 사실: not frozen."""

    done_on: date = fact("날짜", "day")


@dataclass(frozen=True, kw_only=True)
class Floating:
    """실수: a binary float."""

    share: float = fact("비율", "share")


@dataclass(frozen=True, kw_only=True)
class Plain:
    """낱말: a plain enum."""

    word: PlainWord = fact("낱말", "word")


@dataclass(frozen=True, kw_only=True)
class Either:
    """양자: one of two types."""

    either: int | str = fact("값", "value")


@dataclass(frozen=True, kw_only=True)
class Maybe:
    """선택: may be left out, and does not say so."""

    note: str | None = fact("비고", "note")


@dataclass(frozen=True, kw_only=True)
class Nameless:
    """무명: a fact without names."""

    worth: int


@dataclass(frozen=True, kw_only=True)
class Everything:
    """전부: every type a fact may have."""

    text: str = fact("글", "text")
    number: int = fact("수", "number")
    exact: Decimal = fact("정확한 수", "exact number")
    day: date = fact("날짜", "day")
    yes: bool = fact("여부", "whether")
    weekday: Weekday = fact("요일", "day of the week")
    note: str | None = fact("비고", "note", default=None)


def misdeclared(**plugins: object) -> str:
    """What stops the start with these plugins."""
    with pytest.raises(Misdeclared) as caught:
        plugged(**plugins)
    return str(caught.value)


def with_facts(facts: type[Any]) -> Program:
    return program(activity_types=(deed_type(facts=facts, base_date=lambda _: date(2026, 1, 1)),))


WRONG_PROGRAMS: list[tuple[str, Callable[[], Program], str]] = [
    ("a program code in capitals", lambda: program(code="Deeds"), "the code must match"),
    (
        "an asset code with a blank",
        lambda: program(
            assets=(Asset(code="my thanks", names=Text("감사", "thanks")),), activity_types=(), benefits=()
        ),
        "asset 'my thanks': the code must match",
    ),
    (
        "an activity type that is declared twice",
        lambda: program(activity_types=(deed_type(), deed_type())),
        "activity type 'deed' is declared twice",
    ),
    ("a benefit that is declared twice", lambda: program(benefits=(letter(), letter())), "'letter' is declared twice"),
    (
        "an activity that earns an asset nobody declared",
        lambda: program(activity_types=(deed_type(asset="gold"),)),
        "activity type 'deed': there is no asset 'gold' in this program",
    ),
    (
        "a benefit bought with an asset nobody declared",
        lambda: program(benefits=(letter(asset="gold"),)),
        "benefit 'letter': there is no asset 'gold' in this program",
    ),
    (
        "an activity type without an edition",
        lambda: program(activity_types=(deed_type(editions=()),)),
        "activity type 'deed': it has no edition, so nothing says what it earns",
    ),
    (
        "an edition without a source",
        lambda: program(activity_types=(deed_type(editions=(replace(EDITION, source=None),)),)),  # type: ignore[arg-type]
        "the edition of 2020-01-01 has no source; name the document and the clause",
    ),
    (
        "an edition whose clause is blank",
        lambda: program(activity_types=(deed_type(editions=(replace(EDITION, source=Source(NOTICE, " ")),)),)),
        "the edition of 2020-01-01 has no source",
    ),
    (
        "two editions of one day",
        lambda: program(activity_types=(deed_type(editions=(EDITION, EDITION)),)),
        "edition of '2020-01-01' is declared twice",
    ),
    ("a benefit without terms", lambda: program(benefits=(letter(terms=()),)), "benefit 'letter': it has no terms"),
    (
        "terms without a source",
        lambda: program(benefits=(letter(terms=(replace(TERMS, source=None),)),)),  # type: ignore[arg-type]
        "benefit 'letter': the edition of 2020-01-01 has no source",
    ),
    (
        "terms that cost nothing",
        lambda: program(benefits=(letter(terms=(replace(TERMS, unit=0),)),)),
        "benefit 'letter': the unit must be positive",
    ),
    (
        "a posting undone by nobody knows what",
        lambda: program(undoing={"deed:": DOCTOR}),
        "undoing 'deed:': it must end with a colon, and its problem be one of the program's",
    ),
    (
        "a problem code without the program's prefix",
        lambda: program(problems=(DOCTOR,)),
        "problem 'CLINIC_FULL': a program's problem codes begin with 'DEEDS_'",
    ),
    (
        "a permission without the program's prefix",
        lambda: program(permissions=(Permission("clinic.enter", Text("출입", "Enter")),)),
        "permission 'clinic.enter': a program's permissions begin with 'deeds.'",
    ),
    ("facts that can be changed", lambda: with_facts(Thawed), "its facts Thawed must be a frozen dataclass"),
    ("facts that are no dataclass", lambda: with_facts(PlainWord), "its facts PlainWord must be a frozen dataclass"),
    ("a fact that is a binary float", lambda: with_facts(Floating), "the fact 'share' has a type Dure cannot show"),
    ("a fact that is an enum without names", lambda: with_facts(Plain), "Decimal, date or a Choice"),
    ("a fact of two types", lambda: with_facts(Either), "the fact 'either' has a type Dure cannot show"),
    ("an optional fact without a default", lambda: with_facts(Maybe), "fact(ko, en, default=None)"),
    (
        "a fact without names",
        lambda: with_facts(Nameless),
        "the fact 'worth' has no names; declare it with fact(ko, en)",
    ),
]


@pytest.mark.parametrize(
    ("declared", "said"), [case[1:] for case in WRONG_PROGRAMS], ids=[case[0] for case in WRONG_PROGRAMS]
)
def test_a_wrong_declaration_is_refused_by_name_and_place(declared: Callable[[], Program], said: str) -> None:
    message = misdeclared(culprit=declaring(declared()), innocent=declaring(clinic()))
    assert message.startswith("plugin 'culprit', program ")
    assert said in message


def test_a_right_declaration_may_have_every_kind_of_fact() -> None:
    assert plugged(one=declaring(with_facts(Everything))).owners == {"deeds": "one"}


def clinic(**changes: Any) -> Program:
    """Another program, with nothing in common with `program()`."""
    return program(
        code="clinic",
        assets=(Asset(code="care", names=Text("돌봄", "care"), term=Term(1)),),
        activity_types=(),
        benefits=(),
        **changes,
    )


SHARED: list[tuple[str, Program, Program, str]] = [
    ("a program", program(), program(assets=(), activity_types=(), benefits=()), "the program code 'deeds'"),
    (
        "an asset",
        program(),
        replace(clinic(), assets=(Asset(code="thanks", names=Text("감사", "thanks")),)),
        "the asset 'thanks'",
    ),
    (
        "a facts type",
        program(),
        replace(clinic(), activity_types=(deed_type(asset="care"),)),
        "the facts type 'Deed'",
    ),
]


@pytest.mark.parametrize(("first", "second", "said"), [case[1:] for case in SHARED], ids=[case[0] for case in SHARED])
def test_what_two_plugins_both_declare_is_refused_with_both_names(first: Program, second: Program, said: str) -> None:
    message = misdeclared(early=declaring(first), late=declaring(second))
    assert message == f"{said} is declared by both 'early' and 'late'; rename one"


@pytest.mark.parametrize(
    ("twice", "said"),
    [
        ({"problems": (DOCTOR, DOCTOR)}, "the problem code 'CLINIC_FULL' twice"),
        (
            {"permissions": (Permission("clinic.enter", Text("출입", "Enter")),) * 2},
            "the permission 'clinic.enter' twice",
        ),
    ],
)
def test_what_one_plugin_declares_twice_is_refused(twice: dict[str, Any], said: str) -> None:
    assert said in misdeclared(one=declaring(clinic(**twice)))


def test_a_problem_of_a_plugin_without_a_program_begins_with_its_name() -> None:
    right = Problem("SHY_FULL", Text("만원입니다.", "It is full."))
    plugins = plugged(shy=plugin(register_problems=lambda: [right]))
    assert plugins.problems == (("shy", right),)
    assert misdeclared(shy=plugin(register_problems=lambda: [DOCTOR])) == (
        "plugin 'shy': its problem 'CLINIC_FULL' must have a code that begins 'SHY_'"
    )


def test_a_problem_code_of_a_program_is_no_other_plugins() -> None:
    shared = plugin(register_problems=lambda: [DOCTOR])
    message = misdeclared(health=declaring(clinic(problems=(DOCTOR,))), clinic=shared)
    assert message == "the problem code 'CLINIC_FULL' is declared by both 'health' and 'clinic'; rename one"


def test_a_misspelt_hook_is_refused_with_the_nearest_that_exists() -> None:
    message = misdeclared(hasty=plugin(register_programm=program))
    assert message == (
        "plugin 'hasty' implements 'register_programm', which is no hook of Dure; did you mean 'register_program'?"
    )


def test_a_hook_of_a_later_dure_may_be_implemented_as_optional() -> None:
    @hookimpl(optionalhook=True)
    def register_weather() -> None: ...

    module = declaring(program())
    module.register_weather = register_weather
    assert plugged(modern=module).names == ("modern",)


def test_a_hook_with_an_argument_it_does_not_have_is_refused() -> None:
    def check_posting(posting: object, weather: object) -> tuple[()]:
        return ()

    message = misdeclared(curious=plugin(check_posting=check_posting))
    assert message.startswith("plugin 'curious' implements a hook wrongly")
    assert "weather" in message


async def test_a_hook_may_take_fewer_arguments_than_there_are() -> None:
    def check_activity(context: object) -> Iterable[Violation]:
        return [DOCTOR.at()]

    plugins = plugged(brief=plugin(check_activity=check_activity))
    objections = await plugins.check_activity(object(), cast(ActivityContext, object()))
    assert [each.code for each in objections] == ["CLINIC_FULL"]


def test_a_coroutine_is_no_hook() -> None:
    async def check_posting(posting: object) -> tuple[()]:
        return ()

    assert "'dreamy' implements 'check_posting' as a coroutine" in misdeclared(
        dreamy=plugin(check_posting=check_posting)
    )


def test_a_plugin_may_not_wrap_itself_around_others() -> None:
    """It could drop their objections."""

    @pluggy.HookimplMarker("dure")(wrapper=True)
    def check_posting(posting: object) -> Generator[None, object, list[Violation]]:
        yield
        return []

    class Meddler:
        pass

    meddler = Meddler()
    meddler.check_posting = check_posting  # type: ignore[attr-defined]
    assert "'meddler' implements 'check_posting' as a wrapper" in misdeclared(meddler=meddler)


WRONG_ANSWERS: list[tuple[str, object, str]] = [
    ("register_program", {"code": "deeds"}, "register_program answered dict, not a Program"),
    ("register_program", None, "register_program answered NoneType, not a Program"),
    ("register_graphql", [], "register_graphql answered list, not a GraphQLParts"),
    ("register_tables", "folder", "register_tables answered str, not a Tables"),
    ("register_demo", program, "register_demo answered function, not a Demo"),
    ("register_examples", ["{ programs { code } }"], "register_examples brought str, not Example"),
    (
        "register_examples",
        Example("사업", "{ programs { code } }"),
        "register_examples answered Example, not several values",
    ),
    ("register_commands", None, "register_commands answered NoneType, not several values"),
    ("register_problems", ["ODD_ONE"], "register_problems brought str, not Problem"),
]


@pytest.mark.parametrize(("hook", "answer", "said"), WRONG_ANSWERS)
def test_a_hook_that_answers_something_else_is_refused(hook: str, answer: object, said: str) -> None:
    assert misdeclared(odd=plugin(**{hook: lambda: answer})) == f"plugin 'odd': {said}"


def fails() -> Any:
    raise ZeroDivisionError("the table is empty")


def fails_halfway() -> Iterator[Example]:
    yield Example("사업", "{ programs { code } }")
    raise ZeroDivisionError("the table is empty")


@pytest.mark.parametrize(
    ("hook", "function"),
    [("register_program", fails), ("register_tables", fails), ("register_examples", fails_halfway)],
)
def test_a_plugin_that_fails_while_registering_is_named(hook: str, function: Callable[[], Any]) -> None:
    message = misdeclared(broken=plugin(**{hook: function}))
    assert message == f"plugin 'broken': {hook} failed: ZeroDivisionError: the table is empty"


def test_a_plugin_may_not_call_itself_core() -> None:
    assert "rename its entry point" in misdeclared(core=declaring(program()))


def test_one_plugin_under_two_names_is_refused() -> None:
    """pluggy registers an object once."""
    twice = declaring(program())
    assert misdeclared(one=twice, two=twice).startswith("plugin 'two' cannot be registered")


def installed_package(folder: Path, name: str, entry_points: str, modules: dict[str, str]) -> None:
    """What pip leaves behind."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[dure.programs]\n{entry_points}\n")
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source)


@pytest.mark.parametrize(
    ("entry_point", "source", "said"),
    [
        ("broken = nowhere_to_be_found", "", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("broken = broken_module", "import nothing_like_it", "No module named 'nothing_like_it'"),
        ("broken = broken_module", "1 / 0", "ZeroDivisionError"),
        ("broken = broken_module:PLUGIN", "", "AttributeError"),
    ],
)
def test_an_entry_point_that_cannot_be_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry_point: str, source: str, said: str
) -> None:
    installed_package(tmp_path, "broken_package", entry_point, {"broken_module": source})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Misdeclared) as caught:
        Plugins.installed()
    assert str(caught.value).startswith(f"plugin 'broken' ({entry_point.split(' = ')[1]}) cannot be imported: ")
    assert said in str(caught.value)


def test_two_packages_with_a_plugin_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first_package", "second_package"):
        installed_package(tmp_path, name, "same = empty_module", {"empty_module": ""})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Misdeclared, match="two installed plugins are both named 'same'"):
        Plugins.installed()


def test_what_is_plugged_in_cannot_be_changed_afterwards() -> None:
    plugins = plugged(one=declaring(program()))
    with pytest.raises(TypeError):
        plugins.programs["other"] = clinic()  # type: ignore[index]
    with pytest.raises(AttributeError):
        plugins.programs["deeds"].code = "other"  # type: ignore[misc]


def test_the_edition_in_force_is_the_last_that_began_by_then() -> None:
    later = replace(EDITION, effective=date(2024, 7, 1))
    kind = deed_type(editions=(later, EDITION))
    assert [kind.edition_on(day) for day in (date(2019, 12, 31), date(2024, 6, 30), date(2024, 7, 1))] == [
        None, EDITION, later,
    ]  # fmt: skip


def test_tables_without_models_are_still_a_branch() -> None:
    tables = Tables(models=(), migrations=Path(__file__).parent)
    assert plugged(one=plugin(register_tables=lambda: tables)).tables == (tables,)


def test_a_choice_without_names_does_not_come_to_be() -> None:
    with pytest.raises(TypeError):

        class Silent(Choice):
            """침묵: a word without names."""

            WORD = "word"


def test_a_choice_is_found_by_its_word_and_speaks_both_languages() -> None:
    assert Weekday("monday") is Weekday.MONDAY
    assert Weekday.MONDAY.names == Text("월요일", "Monday")
