"""Personal facts read the same on both ways: plain for the same eyes, masked for the others, with the same audit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.schema.planner.varied import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

FACTS = "facts { __typename ... on Planting { planter plantersPhone again: planter } }"
QUERIES = {
    "nodes": "{ activities(first: 100) { nodes { id filer { id } %s } } }" % FACTS,  # noqa: UP031
    "edges": "{ activities(last: 3) { edges { node { id filer { id } %s } } } }" % FACTS,  # noqa: UP031
    "nested": "{ filings(first: 100) { nodes { rows(first: 2) { nodes { id filer { id } %s } } } } }" % FACTS,  # noqa: UP031
    "beside": "{ programs { code } activities(first: 9) { nodes { id filer { id } %s } } }" % FACTS,  # noqa: UP031
    "not asked": "{ activities(first: 100) { nodes { id facts { ... on Planting { trees } } } } }",
}
ROLES = (
    "public", "forced", "main", "other_main", "stranger", "stranger_sub", "sub", "clerk", "reviewer",
    "reviewer_elsewhere", "operator_here", "operator", "auditor",
)  # fmt: skip
IN_CHARGE = {"reviewer_elsewhere", "operator"}  # of the program whose facts are personal


def planters(found: Any) -> list[tuple[str, str]]:
    """Every planter in an answer, with who filed the activity."""
    if isinstance(found, dict):
        facts = found.get("facts")
        here = (
            [(facts["planter"], found["filer"]["id"])] if facts and facts.get("planter") and found.get("filer") else []
        )
        return here + [each for value in found.values() for each in planters(value)]
    return [each for value in found for each in planters(value)] if isinstance(found, list) else []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("query", QUERIES)
async def test_both_ways_show_the_same_and_write_the_same(scene: Scene, role: str, query: str) -> None:
    executor = scene.executor()
    answers, readings = [], []
    for plan in (True, False):
        answer = await executor.execute(QUERIES[query], None, None, scene.context(role), plan=plan)
        answers.append(answer.body)
        readings.append(await scene.readings())
    assert answers[0] == answers[1]
    assert readings[0] == readings[1]
    assert len(readings[0]) <= 1
    own = scene.actors[role].organization_id
    for planter, filer in planters(json.loads(answers[0])["data"]):
        may = role in IN_CHARGE or (own is not None and role in ("main", "other_main", "stranger") and _is(filer, own))
        assert ("*" not in planter) == may, (planter, role)
    plain = any("*" not in planter for planter, _ in planters(json.loads(answers[0])["data"]))
    assert bool(readings[0]) == plain


def _is(global_id: str, organization_id: int) -> bool:
    from schema.global_ids import from_global_id

    return from_global_id(global_id) == ("Organization", organization_id)


async def test_the_scene_shows_both_to_somebody(scene: Scene) -> None:
    executor = scene.executor()
    seen = {}
    for role in ("auditor", "operator", "main"):
        answer = await executor.execute(QUERIES["nodes"], None, None, scene.context(role))
        seen[role] = {"*" in planter for planter, _ in planters(json.loads(answer.body)["data"])}
    await scene.readings()
    assert seen["auditor"] == {True}
    assert seen["operator"] == {False}
    assert seen["main"]
