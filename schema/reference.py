"""The reference of the hooks, made from `core/hookspecs.py` itself and from examples that the tests run."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from core.errors import DureError

BANNER = re.compile(r"^# -{10,} (?P<title>.+)$")
REGION = re.compile(r"^ *# docs: begin (?P<name>\w+)\n(?P<code>.*?)^ *# docs: end$", re.MULTILINE | re.DOTALL)
INTRODUCTION = """\
# Hooks

<!-- Made by `python -m schema.generated` from core/hookspecs.py and the tests; change those. -->

A plugin is a module, or any object, that implements some of these functions with `@hookimpl` and is installed under
the entry point group `dure.programs`. Hooks are plain functions: no coroutines, no wrappers. A plugin may take fewer
arguments than a hook has. A name that is no hook, an argument that does not exist, a wrong answer: each stops the
start with a message that names the plugin.

Checks, asks and observers run in threads of their plugin's own and must be thread-safe. A call may take
`DURE_HOOK_SECONDS`, `check_document` and `deliver` `DURE_SLOW_HOOK_SECONDS`. A check that overruns refuses
(`HOOK_OVERRUN`); an observer that overruns is given up. [Writing a program](program-authors.md) says more.

**Law: a plugin may add facts, object, or listen. It never edits another's number.**

```toml
[project.entry-points."dure.programs"]
green = "dure_green"
```
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One hook as it stands in the contract."""

    name: str
    signature: str
    doc: str
    takes: Mapping[str, str]  # argument to its annotation
    answers: str
    first_wins: bool


@dataclass(frozen=True, slots=True)
class Mood:
    """A group of hooks under one banner."""

    title: str
    hooks: tuple[Hook, ...]


class NoExample(DureError):
    """A hook is shown nowhere in the tests."""


def hooks_reference(hookspecs: ModuleType, tests: Path, root: Path) -> str:
    """The page, in Markdown. Raises `NoExample` for a hook without one. `root` is where links start from."""
    source = inspect.getsource(hookspecs)
    known = _imported(source)
    examples = examples_in(tests)
    moods = moods_in(source)
    lines = [INTRODUCTION, *_contents(moods)]
    for mood in moods:
        lines += [f"## {mood.title}", ""]
        for hook in mood.hooks:
            if hook.name not in examples:
                raise NoExample(
                    f"the hook {hook.name!r} has no example: put one in a test, between `# docs: begin {hook.name}` and"
                    " `# docs: end`"
                )
            lines += _section(hook, known, root)
            lines += ["```python", examples[hook.name].rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def moods_in(source: str) -> list[Mood]:
    """The hooks of the contract, grouped by its banners."""
    banners = [(number, match["title"]) for number, line in _numbered(source) if (match := BANNER.match(line))]
    hooks = [(node.lineno, _hook(node)) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    moods = []
    for place, (start, title) in enumerate(banners):
        end = banners[place + 1][0] if place + 1 < len(banners) else 10**9
        moods.append(Mood(title, tuple(hook for line, hook in hooks if start < line < end)))
    return moods


def examples_in(folder: Path) -> dict[str, str]:
    """Every example region of the Python files under a folder, by name. The same name twice is joined."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for match in REGION.finditer(path.read_text(encoding="utf-8")):
            code = textwrap.dedent(match["code"]).strip("\n") + "\n"
            found[match["name"]] = f"{found[match['name']]}\n{code}" if match["name"] in found else code
    return found


def _hook(node: ast.FunctionDef) -> Hook:
    arguments = {each.arg: ast.unparse(each.annotation) for each in node.args.args if each.annotation}
    answers = ast.unparse(node.returns) if node.returns else "None"
    listed = ", ".join(f"{name}: {kind}" for name, kind in arguments.items())
    return Hook(
        name=node.name,
        signature=f"def {node.name}({listed}) -> {answers}",
        doc=ast.get_docstring(node) or "",
        takes=arguments,
        answers=answers,
        first_wins=any("firstresult" in ast.unparse(each) for each in node.decorator_list),
    )


def _contents(moods: Iterable[Mood]) -> Iterator[str]:
    for mood in moods:
        hooks = ", ".join(f"[`{hook.name}`](#{hook.name})" for hook in mood.hooks)
        yield f"* {mood.title}: {hooks}"
    yield ""


def _section(hook: Hook, known: Mapping[str, str], root: Path) -> Iterator[str]:
    yield from (f"### {hook.name}", "", "```python", hook.signature, "```", "", hook.doc, "")
    for argument, annotation in hook.takes.items():
        yield from _typed(f"Takes `{argument}`", annotation, known, root)
    yield from _typed("Answers", hook.answers, known, root)
    yield ""


def _typed(what: str, annotation: str, known: Mapping[str, str], root: Path) -> Iterator[str]:
    """What a type is: its link, the first line of its docstring, and its fields."""
    named = [name for name in dict.fromkeys(re.findall(r"\w+", annotation)) if name in known]
    described = "; ".join(_described(name, known[name], root) for name in named)
    if annotation in known:
        yield f"* {what}: {described}"
    else:
        yield f"* {what}: `{annotation}`." + (f" {described}" if described else "")


def _described(name: str, module: str, root: Path) -> str:
    kind: Any = getattr(import_module(module), name)
    home = inspect.getsourcefile(kind)
    assert home is not None
    link = f"../{Path(home).resolve().relative_to(root).as_posix()}"
    line = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    fields = ", ".join(f"`{each.name}`" for each in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ""
    return f"[`{name}`]({link}): {line}" + (f" Fields: {fields}." if fields else "")


def _imported(source: str) -> dict[str, str]:
    """The names that core's own modules give the contract, to the modules they come from."""
    return {
        alias.name: node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("core.")
        for alias in node.names
    }


def _numbered(source: str) -> Iterator[tuple[int, str]]:
    return iter(enumerate(source.splitlines(), 1))
