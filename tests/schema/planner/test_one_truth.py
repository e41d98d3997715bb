"""The planned way and the plain one answer the same bytes, whatever is asked, whoever asks."""

from __future__ import annotations

import gc
import json
import os
import re
from collections import Counter

import pytest

from tests.schema.planner.varied import Scene, statements_of
from tests.support.operations import Operation, operation

# graphql-core drops what it began when a field beside it fails for good
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NOTHING_BELOW = re.compile(rb'"-0(\.0*)?"')  # a decimal that PostgreSQL cannot write
OPERATIONS = int(os.environ.get("DURE_OPERATIONS", "400"))  # more of them: a longer look
FIRST = int(os.environ.get("DURE_FIRST_OPERATION", "0"))


async def test_both_ways_answer_the_same_bytes(scene: Scene) -> None:
    executor = scene.executor()
    roles = sorted(scene.actors)
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + OPERATIONS):
        asked = operation(scene.schema, scene.pool, seed)
        role = roles[seed % len(roles)]
        with statements_of(scene) as statements:
            planned = await executor.execute(asked.query, asked.variables, None, scene.context(role))
        read = await scene.readings() if "lanter" in asked.query else []
        plain = await executor.execute(asked.query, asked.variables, None, scene.context(role), plan=False)
        assert (planned.status, planned.body) == (plain.status, plain.body), told(seed, role, asked)
        answer = json.loads(plain.body)
        if read or "lanter" in asked.query:
            assert read == await scene.readings(), told(seed, role, asked)
        if plain.status == 200:
            scene.pool.note(plain.body)
        told_by_python = NOTHING_BELOW.search(plain.body)
        if asked.planned and answer.get("data") and "errors" not in answer and not told_by_python:
            assert len(statements) == 1, told(seed, role, asked)
            seen["planned"] += 1
        seen["refused" if plain.status != 200 else "errors" if "errors" in answer else "answered"] += 1
        seen["long"] += len(plain.body) > 1_000
    gc.collect()
    assert seen["planned"] > OPERATIONS / 4, seen
    assert seen["answered"] > OPERATIONS / 2, seen
    assert seen["refused"] > OPERATIONS / 50, seen
    assert seen["long"] > OPERATIONS / 20, seen


def told(seed: int, role: str, asked: Operation) -> str:
    return f"operation {seed} of {role}: {asked.query}\n{json.dumps(asked.variables, ensure_ascii=False)}"
