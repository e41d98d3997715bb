"""The tutorial's two plugins: written down as it says, installed as a stranger installs, driven as it drives them."""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.errors import Misdeclared
from core.plugins import Plugins
from core.program import Past
from schema.cli.new_program import write_program
from tests.docs.walking import DOCS, Walk, blocks
from tests.support.servers import serving

PAGE = DOCS / "program-authors.md"
CHANGE = "dure_green.py, in place of EDITIONS"
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation",
       "--disable-pip-version-check", "--no-cache-dir"]  # fmt: skip


def files() -> dict[str, str]:
    """Every file the page spells out: its blocks under the path in their first line, one after another."""
    found: dict[str, str] = {}
    for block in blocks(PAGE):
        if block.language in ("python", "typst"):
            first, _, rest = block.text.partition("\n")
            path = first.removeprefix("# ").removeprefix("// ")
            found[path] = found.get(path, "") + rest + "\n\n"
    return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which both packages are installed, as pip does it."""
    folder = tmp_path_factory.mktemp("program_authors")
    (folder / "installed").mkdir()
    written = files()
    green = write_program("green", folder)
    (green / "dure_green.py").write_text(written["dure_green.py"], encoding="utf-8")
    groves = write_program("groves", folder)
    (groves / "dure_groves.py").unlink()
    toml = (groves / "pyproject.toml").read_text(encoding="utf-8").replace("dure_groves.py", "dure_groves")
    (groves / "pyproject.toml").write_text(toml, encoding="utf-8")
    for path, text in written.items():
        if path.startswith("dure_groves/"):
            (groves / path).parent.mkdir(parents=True, exist_ok=True)
            (groves / path).write_text(text, encoding="utf-8")
    (folder / "test_green.py").write_text(written["test_green.py"], encoding="utf-8")
    command = [*PIP, "--target", str(folder / "installed"), str(green), str(groves)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def python_path(packages: Path) -> str:
    return os.pathsep.join([str(packages / "installed"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)


async def test_the_tutorial_can_be_followed(
    packages: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", python_path(packages))

    def run() -> None:
        with serving(database_url, tmp_path, "--demo") as (address, env):
            Walk(address, env, tmp_path).follow(PAGE, skip=frozenset({"python", "toml", "typst"}))

    await asyncio.to_thread(run)


def test_its_tests_pass(packages: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "test_green.py"],
        cwd=packages, env={**os.environ, "PYTHONPATH": python_path(packages)}, capture_output=True, text=True,
        timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


Load = Callable[..., ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads the tutorial's module, each given text in it replaced by another."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def loaded(*changes: tuple[str, str]) -> ModuleType:
        source = files()["dure_green.py"]
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        (tmp_path / "dure_green.py").write_text(source, encoding="utf-8")
        sys.modules.pop("dure_green", None)
        importlib.invalidate_caches()
        return importlib.import_module("dure_green")

    yield loaded
    sys.modules.pop("dure_green", None)


def test_the_edition_appended_holds_from_its_day_and_the_first_one_before(load: Load) -> None:
    first = next(line for line in files()["dure_green.py"].splitlines() if line.startswith("EDITIONS = "))
    module: Any = load((first, files()[CHANGE]))
    kind = Plugins({"green": module}).programs["green"].activity_types[0]
    facts = module.TreePlanting(
        site="양평", species=module.Species.OAK, planted_on=date(2027, 3, 1), trees=10, rooted=Decimal(1)
    )

    def earned(day: date) -> int:
        return sum(kind.edition_on(day).award(facts, Past()).points.values())

    assert [earned(date(2026, 12, 31)), earned(date(2027, 1, 1))] == [25, 30]


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, ('Source(GUIDE, "제5조 (적립)")', 'Source(GUIDE, " ")')),
        (1, ('"GREEN_SHARE"', '"SHARE"')),
        (2, ("def check_redemption(", "def check_redemptions(")),
        (3, ('code="leaves"', 'code="innovation_mileage"')),
    ],
)
def test_what_is_misdeclared_stops_the_start_with_the_message_shown(
    place: int, change: tuple[str, str], load: Load
) -> None:
    shown = [block.text.splitlines() for block in blocks(PAGE) if block.text.startswith("plugin 'green'")]
    with pytest.raises(Misdeclared) as stopped:
        Plugins.installed({"green": load(change)})
    assert str(stopped.value) == shown[0][place]
