"""Requirements that cannot be met, or that say nothing, stop the start with the plugin's name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.errors import Misdeclared
from tests.support.files import PLAN
from tests.support.plugins import declaring, deed_type, plugged, program


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"code": "A plan"}, "the code must match"),
        ({"least": 3}, "of 3 to 2 files none fits"),
        ({"least": -1}, "of -1 to 2 files none fits"),
        ({"least": 0, "most": 0}, "of 0 to 0 files none fits"),
        ({"types": ()}, "its types are some of pdf"),
        ({"types": ("docx",)}, "its types are some of pdf"),
        ({"max_bytes": 0}, "at least one byte"),
    ],
)
def test_a_requirement_nobody_can_meet_is_misdeclared(changes: dict[str, Any], complaint: str) -> None:
    declared = program(activity_types=(deed_type(requirements=(replace(PLAN, **changes),)),))
    with pytest.raises(Misdeclared, match=f"'deeds'.*{complaint}"):
        plugged(deeds=declaring(declared))


def test_a_requirement_declared_twice_is_misdeclared() -> None:
    declared = program(activity_types=(deed_type(requirements=(PLAN, PLAN)),))
    with pytest.raises(Misdeclared, match="requirement 'plan' is declared twice"):
        plugged(deeds=declaring(declared))
