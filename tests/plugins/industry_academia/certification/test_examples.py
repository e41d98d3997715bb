"""The examples of the explorer, run for an applicant of a round that is over."""

from __future__ import annotations

import pytest

from core.house import House
from core.parts import Example
from plugins.industry_academia.certification.examples import EXAMPLES
from schema.build import build_schema
from schema.context import Context
from tests.plugins.industry_academia.certification.stage import Stage
from tests.support.clock import SetClock


@pytest.mark.parametrize("example", [pytest.param(each, id=each.title) for each in EXAMPLES])
async def test_every_example_shows_what_it_says(house: House, clock: SetClock, example: Example) -> None:
    stage = await Stage.of(house, clock)
    await stage.walked()
    context = Context(house=house, request_id="example", actor=stage.applicants[20])
    answer = await build_schema(house.plugins).execute(
        example.document, variable_values=dict(example.variables), context_value=context
    )
    assert answer.errors is None
    shown = str(answer.data)
    assert "2024년도 산학협력 우수기관 인증" in shown or "2026-03-28" in shown
