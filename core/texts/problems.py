"""What is wrong with the characters of a text."""

from __future__ import annotations

from core.errors import Problem
from core.language import Text

TEXT_CONTROL_SIGNS = Problem(
    "TEXT_CONTROL_SIGNS",
    Text(
        "쓸 수 없는 문자가 있습니다: {place}번째 문자 {sign}. 지우고 다시 입력하세요.",
        "Character {place}, {sign}, is not permitted here. Remove it.",
    ),
)
TEXT_INVISIBLE = Problem(
    "TEXT_INVISIBLE",
    Text("보이는 글자가 없습니다. 글자를 입력하세요.", "The text shows nothing. Enter characters that can be seen."),
)
