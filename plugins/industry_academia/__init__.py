"""산학협력 마일리지 (university-industry mileage).

Universities file what companies paid for and did with them: field training, courses, hires, research, technology,
equipment, donations. Both sides earn the same, by the money that changed hands, and what is earned does not expire.
Source: the briefing on the scheme of 2023 (산학협력 마일리지 제도 권역별 온라인 설명회).
"""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import Problem
from core.hookspecs import hookimpl
from core.parts import Command, Demo, Example, GraphQLParts, Workbook
from core.program import Program
from plugins.industry_academia import demo, survey, using
from plugins.industry_academia.commands import cut_over_command
from plugins.industry_academia.examples import EXAMPLES
from plugins.industry_academia.program import PROGRAM


@hookimpl
def register_program() -> Program:
    return PROGRAM


@hookimpl
def register_problems() -> Iterable[Problem]:
    return survey.PROBLEMS


@hookimpl
def register_examples() -> Iterable[Example]:
    return (*EXAMPLES, *using.EXAMPLES)


@hookimpl
def register_commands() -> Iterable[Command]:
    return (Command("cooperation cut-over", cut_over_command),)


@hookimpl
def register_demo() -> Demo:
    return Demo(demo.load, demo.SIGN_INS)


@hookimpl
def register_graphql() -> GraphQLParts:
    return GraphQLParts(query=(survey.SurveyQuery,))


@hookimpl
def register_workbooks() -> Iterable[Workbook]:
    return (survey.WORKBOOK,)
