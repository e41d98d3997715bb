"""A new program as a package: a declaration that earns, expires and spends, to be changed into one's own."""

from __future__ import annotations

import keyword
from collections.abc import Collection
from pathlib import Path
from string import Template

import typer

from core.program import CODE

PYPROJECT = Template("""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "dure-$code"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["dure"]

[project.entry-points."dure.programs"]
$code = "dure_$code"

[tool.hatch.build.targets.wheel]
only-include = ["dure_$code.py"]
""")

MODULE = Template('''"""$code: say in one line what this program rewards."""

from dataclasses import dataclass
from datetime import date

from core.calendar import Term
from core.hookspecs import hookimpl
from core.language import Text
from core.program import (
    ActivityType, Asset, Award, Benefit, Edition, Effect, Past, Program, Source, SourceDocument, Terms, fact,
)  # fmt: skip

NOTICE = SourceDocument(code="${code}_notice", names=Text("사업 공고", "Program notice"), issued=date(2026, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ${Facts}:
    """활동: what an organization states when it files one."""

    done_on: date = fact("활동일", "day it was done")
    count: int = fact("건수", "how many", unit=Text("건", "items"))


def award(facts: ${Facts}, _past: Past[${Facts}]) -> Award:
    """10 points for each."""
    return Award.to_subject(facts.count * 10)


PROGRAM = Program(
    code="$code",
    names=Text("$code", "$code"),
    description=Text("무엇을 보상하는지", "What it rewards"),
    documents=(NOTICE,),
    assets=(Asset(code="${code}_points", names=Text("포인트", "points"), term=Term(years=3)),),
    activity_types=(
        ActivityType(
            code="activity",
            names=Text("활동", "activity"),
            asset="${code}_points",
            facts=${Facts},
            base_date=lambda facts: facts.done_on,
            editions=(Edition(effective=date(2026, 1, 1), award=award, source=Source(NOTICE, "적립 기준")),),
        ),
    ),
    benefits=(
        Benefit(
            code="reward",
            names=Text("우대", "Reward"),
            asset="${code}_points",
            category=Text("우대", "Rewards"),
            description=Text("포인트로 받는 것", "What points buy"),
            terms=(
                Terms(
                    effective=date(2026, 1, 1),
                    unit=100,
                    effect=Effect.entitlement("우대 1회", "One reward"),
                    source=Source(NOTICE, "활용 기준"),
                ),
            ),
        ),
    ),
)


@hookimpl
def register_program() -> Program:
    return PROGRAM
''')


RESERVED = frozenset({"core", "schema", "plugins"})  # Dure's own packages


def write_program(code: str, folder: Path, installed: Collection[str] = ()) -> Path:
    """Write the package; its folder. Refuses a code that cannot be one or is installed, and a folder that is there."""
    if not CODE.fullmatch(code):
        raise typer.BadParameter(f"a program's code matches {CODE.pattern}, e.g. green_office")
    if keyword.iskeyword(code):
        raise typer.BadParameter(f"{code!r} is a word of Python; choose another code, e.g. {code}_office")
    if code in RESERVED:
        raise typer.BadParameter(f"{code!r} is a package of Dure itself; choose another code")
    if code in installed:
        raise typer.BadParameter(f"a program {code!r} is installed already; choose another code")
    path = folder / f"dure-{code}"
    if path.exists():
        raise typer.BadParameter(f"{path} is there already")
    facts = "".join(word.capitalize() for word in code.split("_")) + "Activity"
    path.mkdir(parents=True)
    (path / "pyproject.toml").write_text(PYPROJECT.substitute(code=code), encoding="utf-8")
    (path / f"dure_{code}.py").write_text(MODULE.substitute(code=code, Facts=facts), encoding="utf-8")
    return path
