"""경영혁신 마일리지 (business-innovation mileage).

Small companies earn mileage by training their people (hours × completers × 5) and by innovation activities that staff
approve. It lives five years, the first to expire goes first, and it buys advantages in 18 support programs by a
certificate whose points come back when it is not used. Source: the notice of the scheme (경영혁신 마일리지 제도 안내).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.checking import Redemption
from core.errors import Violation
from core.hookspecs import hookimpl
from core.jobs import JobKind
from core.parts import Command, Demo, Example, GraphQLParts, Tables
from core.program import Program
from plugins.mileage_innovation import demo, models, schema
from plugins.mileage_innovation.checks import object_to_redemption
from plugins.mileage_innovation.commands import import_completions_command
from plugins.mileage_innovation.examples import EXAMPLES
from plugins.mileage_innovation.jobs import IMPORT
from plugins.mileage_innovation.program import PROGRAM


@hookimpl
def register_program() -> Program:
    return PROGRAM


@hookimpl
def register_tables() -> Tables:
    return Tables(
        models=(models.TrainingProvider, models.EligibleCourse, models.InnovationKind),
        migrations=Path(__file__).parent / "migrations",
    )


@hookimpl
def register_graphql() -> GraphQLParts:
    return GraphQLParts(query=(schema.Query,), mutation=(schema.Mutation,))


@hookimpl
def register_examples() -> Iterable[Example]:
    return EXAMPLES


@hookimpl
def register_commands() -> Iterable[Command]:
    return (Command("import completions", import_completions_command),)


@hookimpl
def register_jobs() -> Iterable[JobKind]:
    return (IMPORT,)


@hookimpl
def register_demo() -> Demo:
    return Demo(demo.load, demo.SIGN_INS)


@hookimpl
def check_redemption(redemption: Redemption) -> Iterable[Violation]:
    return object_to_redemption(redemption) if redemption.program == PROGRAM.code else ()
