"""Every hook of the contract is typed, documented, tested by name and shown in an example that runs."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import get_type_hints

import pytest

from core import hookspecs
from core.plugins import HOOKS, Plugins
from schema.reference import examples_in

HERE = Path(__file__).parent


def names_of_tests() -> set[str]:
    """The names of all tests beside this file."""
    return {
        node.name
        for path in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_the_contract_has_hooks_of_all_four_moods() -> None:
    assert {"register_program", "identify", "check_posting", "posted"} <= set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_it_has_a_test_named_after_it(hook: str) -> None:
    assert any(name.startswith(f"test_{hook}_") for name in names_of_tests()), f"write tests/hooks/...::test_{hook}_..."


@pytest.mark.parametrize("hook", HOOKS)
def test_it_has_an_example_that_runs(hook: str) -> None:
    example = examples_in(HERE.parent).get(hook)
    assert example is not None, f"write an example between `# docs: begin {hook}` and `# docs: end` in a test"
    assert f"def {hook}(" in example
    assert "@hookimpl" in example


@pytest.mark.parametrize("hook", HOOKS)
def test_it_is_documented_and_typed(hook: str) -> None:
    function = getattr(hookspecs, hook)
    assert (inspect.getdoc(function) or "").endswith(".")
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values())


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if not hook.startswith("register_")])
def test_it_is_called_by_a_method_of_the_same_signature(hook: str) -> None:
    """`pm.hook.x()` is untyped, so one thin typed method relays each."""
    spec, relay = inspect.signature(getattr(hookspecs, hook)), inspect.signature(getattr(Plugins, hook))
    own = [each for each in relay.parameters.values() if each.name != "self"]
    assert [(each.name, each.annotation) for each in own] == [
        (each.name, each.annotation) for each in spec.parameters.values()
    ]


def test_the_types_of_the_contract_exist_where_it_says() -> None:
    assert get_type_hints(hookspecs.register_program)["return"].__name__ == "Program"
