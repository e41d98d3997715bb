"""A filing of many rows holds up nobody: each of its loops lets others have their turn."""

from __future__ import annotations

import inspect
from collections import Counter

import pytest

from core.concurrency import Turns
from tests.core.activities.conftest import Scene, visit

ROWS = 40


async def test_filing_and_deciding_take_a_turn_for_each_row(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every slice used up at once, each loop over the rows waits once a row."""
    taken: Counter[str] = Counter()
    turn = Turns.turn

    async def counted(self: Turns) -> None:
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename.endswith(("test_many_rows.py", "turns.py")):
            frame = frame.f_back
        taken[frame.f_code.co_name if frame else ""] += 1
        await turn(self)

    monkeypatch.setattr(Turns, "due", lambda _self: True)
    monkeypatch.setattr(Turns, "turn", counted)
    made = await scene.draft(*[visit(f"용접 {number}") for number in range(ROWS)])
    assert taken["_write_rows"] >= 3 * ROWS  # composed, checked, written
    await scene.submit(made)
    assert taken["facts_of"] >= ROWS
    assert taken["object_to"] >= 2 * ROWS  # shown, collected
    assert taken["object_to_doubles"] >= 2 * ROWS  # once more when the filing has its turn
    assert taken["stated_rows"] >= ROWS
    taken.clear()
    await scene.decide(made, approve=True)
    assert taken["object_to"] >= 2 * ROWS and taken["stated_rows"] >= ROWS
    assert taken["approve_rows"] >= ROWS
    assert taken["earn"] >= ROWS
