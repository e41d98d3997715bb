"""What people publish as text: a title and a body, plain or in Markdown, kept as it was typed.

Nothing of it is ever made into markup here; whoever shows it does, without raw HTML.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import Problem, Violation
from core.language import Text
from core.texts import TextKind, check_text

MOST_TITLE, MOST_BODY = 200, 20_000  # letters

TITLE_LENGTH = Problem(
    "TEXT_TITLE", Text("제목은 1~{most}자입니다: {given}자.", "A title has 1 to {most} letters, not {given}.")
)
BODY_LENGTH = Problem(
    "TEXT_BODY", Text("본문은 1~{most}자입니다: {given}자.", "A body has 1 to {most} letters, not {given}.")
)
PERIOD_REVERSED = Problem(
    "TEXT_PERIOD_REVERSED",
    Text("끝 {until}은(는) 시작 {since}보다 뒤여야 합니다.", "The end {until} must be after the beginning {since}."),
)


def objections_to_prose(title: str, body: str) -> Iterator[Violation]:
    """Everything that speaks against a title and a body."""
    limits = ((TITLE_LENGTH, "title", title, MOST_TITLE), (BODY_LENGTH, "body", body, MOST_BODY))
    for problem, name, text, most in limits:
        if not (text.strip() and len(text) <= most):
            yield problem.at(name, most=f"{most:,}", given=f"{len(text.strip()):,}")
        wrong = check_text(text, TextKind.LINE if name == "title" else TextKind.PROSE, name)
        if wrong is not None:
            yield wrong


def as_kept(text: str) -> str:
    """Without space around it, and with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
