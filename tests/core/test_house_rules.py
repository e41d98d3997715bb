"""What holds of the whole source tree: the rules of style that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("core", "schema", "plugins")
MOST_LINES = 350
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|root|home)/\w"  # a folder of somebody's machine
    r"|\b[\w.-]*(?:artifactory|nexus|pypi-proxy|devpi|verdaccio)[\w-]*\.\w"  # a mirror of somebody's network
    r"|registry\.(?!npmjs\.org)[\w-]+\.\w"
    r"|index-url\s*=?\s*https?://(?!pypi\.org)",
    re.IGNORECASE,
)
TEXTS = {
    ".py",
    ".toml",
    ".md",
    ".json",
    ".js",
    ".jsx",
    ".css",
    ".html",
    ".sql",
    ".graphql",
    ".yml",
    ".yaml",
    ".lock",
    "",
}


def tracked() -> list[Path]:
    """The files of the project, as git has them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    return sorted(
        path for source in SOURCES for path in (ROOT / source).rglob("*.py") if "node_modules" not in path.parts
    )


def packages() -> list[str]:
    """The packages of core and schema that offer names."""
    found = []
    for path in modules():
        if path.name == "__init__.py" and path.relative_to(ROOT).parts[0] in ("core", "schema"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, ast.ImportFrom | ast.Import) for node in tree.body):
                found.append(".".join(path.parent.relative_to(ROOT).parts))
    return found


@pytest.mark.parametrize("package", packages())
def test_a_package_offers_exactly_what_it_imports_sorted(package: str) -> None:
    module = import_module(package)
    offered = module.__all__
    assert offered == sorted(offered, key=natural), f"{package}.__all__ is not sorted"
    assert len(set(offered)) == len(offered)
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    assert set(offered) == imported, f"{package}: __all__ and the imports differ"
    assert all(hasattr(module, name) for name in offered)


def natural(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: how ruff sorts `__all__`."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind, name)


@pytest.mark.parametrize("package", packages())
def test_a_package_says_in_prose_what_it_is(package: str) -> None:
    assert (import_module(package).__doc__ or "").strip()


def test_no_file_is_longer_than_one_can_take_in() -> None:
    versions = ROOT / "core" / "migrations" / "versions"  # written by alembic
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
        if path.parent != versions
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_file_has_a_name_that_says_what_is_in_it() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py"}
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.name in vague] == []


def test_every_module_says_what_it_is() -> None:
    bare = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_no_source_names_a_machine_or_a_mirror() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix in TEXTS and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see /work/main/core", True),
        ("cd /root/project", True),
        ("https://artifactory.example.com/npm", True),
        ('"resolved": "https://registry.mirror.kr/x.tgz"', True),
        ("--index-url https://mirror.kr/simple", True),
        ('"resolved": "https://registry.npmjs.org/x.tgz"', False),
        ("the work/root of a tree", False),
        ("core/homework/a", False),
    ],
)
def test_the_rule_about_machines_finds_them(line: str, found: bool) -> None:
    assert bool(MACHINE.search(line)) is found


def test_no_binary_float_touches_points_or_money() -> None:
    """Points and won are integers, rates are Decimal: in core, and in what a program counts with."""
    counting = {"program.py", "tables.py", "rules.py", "service.py", "facts.py"}
    rooms = {"activities", "benefits", "ledgers"}
    floats = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        if path.name in counting or rooms & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert floats == []
