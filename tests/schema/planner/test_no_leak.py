"""Whatever is asked, in whatever way: nothing in the answer belongs to somebody else."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.schema.planner.test_one_truth import told
from tests.schema.planner.varied import Scene
from tests.support.operations import operation

# graphql-core drops what it began when a field beside it fails for good
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

OPERATIONS = 100
FIRST = 500_000
ANYTHING = r"Q\w+Q[abc]Q|\b7[123]\d{6}\b"
OTHERS = r"Q\w+Q[ab]Q|\b7[12]\d{6}\b"
UNPERMITTED = r"Q(?!organization)\w+QbQ|\b72\d{6}\b|Q(filing|certificate|audit_event)Q\w+Q"
FORBIDDEN = {
    "public": ANYTHING,
    "forced": ANYTHING,  # whose password is to be changed first
    "stranger": OTHERS,
    "stranger_sub": OTHERS,
    "sub": UNPERMITTED,  # of a company that deals with the other, whose name it may know
}


@pytest.mark.parametrize("role", FORBIDDEN)
async def test_nothing_of_others_is_in_any_answer(scene: Scene, role: str) -> None:
    executor = scene.executor()
    for seed in range(FIRST, FIRST + OPERATIONS):
        asked = operation(scene.schema, scene.pool, seed, faults=0)
        answer = await executor.execute(asked.query, asked.variables, None, scene.context(role))
        found = re.search(FORBIDDEN[role], words_of(answer.body))
        assert found is None, f"{found}: {told(seed, role, asked)}"


async def test_the_same_operations_show_an_auditor_plenty(scene: Scene) -> None:
    """Else the test above would find nothing because there was nothing to find."""
    executor = scene.executor()
    seen = dict.fromkeys(FORBIDDEN.values(), 0)
    for seed in range(FIRST, FIRST + OPERATIONS):
        asked = operation(scene.schema, scene.pool, seed, faults=0)
        answer = await executor.execute(asked.query, asked.variables, None, scene.context("auditor"))
        words = words_of(answer.body)
        for pattern in seen:
            seen[pattern] += re.search(pattern, words) is not None
    assert min(seen.values()) > OPERATIONS / 16, seen


def words_of(body: bytes) -> str:
    """The answer, and what its ids and cursors say once they are read."""
    found = [json.dumps(json.loads(body), ensure_ascii=False)]
    waiting: list[Any] = [json.loads(body)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and value.isascii():
            try:
                found.append(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode())
            except ValueError:
                continue
    return "\n".join(found)
