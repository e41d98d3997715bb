"""산학협력 마일리지 (university-industry mileage).

Universities file what companies paid for and did with them: field training, courses, hires, research, technology,
equipment, donations. Both sides earn the same, by the money that changed hands, and what is earned does not expire.
Source: the briefing on the scheme of 2023 (산학협력 마일리지 제도 권역별 온라인 설명회).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.errors import Problem
from core.hookspecs import hookimpl
from core.jobs import JobKind
from core.messages import Template
from core.parts import Check, Command, Demo, Example, Form, GraphQLParts, Tables, Verifiable, Workbook
from core.program import Program
from plugins.industry_academia import demo, statistics, survey, using
from plugins.industry_academia.certification import parts as certification
from plugins.industry_academia.certification import problems as certification_problems
from plugins.industry_academia.commands import cut_over_command
from plugins.industry_academia.examples import EXAMPLES
from plugins.industry_academia.exchange import parts as exchange
from plugins.industry_academia.program import PROGRAM


@hookimpl
def register_program() -> Program:
    return PROGRAM


@hookimpl
def register_problems() -> Iterable[Problem]:
    return (*survey.PROBLEMS, *certification_problems.PROBLEMS)


@hookimpl
def register_tables() -> Tables:
    return Tables(
        models=(*exchange.MODELS, *certification.MODELS),
        migrations=Path(__file__).parent / "migrations",
        append_only=certification.APPEND_ONLY,
    )


@hookimpl
def register_forms() -> Iterable[Form[Any]]:
    return (certification.FORM,)


@hookimpl
def register_verifiables() -> Iterable[Verifiable]:
    return (certification.VERIFIABLE,)


@hookimpl
def register_comparisons() -> Iterable[Check]:
    return (*exchange.CHECKS, *certification.CHECKS)


@hookimpl
def register_templates() -> Mapping[str, Template]:
    return {**exchange.TEMPLATES, **certification.TEMPLATES}


@hookimpl
def register_examples() -> Iterable[Example]:
    return (*EXAMPLES, *exchange.EXAMPLES, *using.EXAMPLES, *certification.EXAMPLES)


@hookimpl
def register_commands() -> Iterable[Command]:
    return (Command("cooperation cut-over", cut_over_command),)


@hookimpl
def register_demo() -> Demo:
    return Demo(demo.load, demo.SIGN_INS)


@hookimpl
def register_graphql() -> GraphQLParts:
    return GraphQLParts(
        query=(survey.SurveyQuery, statistics.StatisticsQuery, exchange.Query, certification.Query),
        mutation=(exchange.Mutation, certification.Mutation),
        extends=exchange.EXTENDS,
    )


@hookimpl
def register_jobs() -> Iterable[JobKind]:
    return exchange.JOBS


@hookimpl
def register_workbooks() -> Iterable[Workbook]:
    return (survey.WORKBOOK,)
