"""Names of files as people may give them: a name, never a path, and nothing that reads otherwise than it is."""

from __future__ import annotations

from core.files.problems import NAME
from core.language import Text
from core.texts import TextKind, check_text, composed

LETTERS = 200
TOO_LONG = Text(f"{LETTERS}자를 넘습니다", f"it has more than {LETTERS} letters")
EMPTY = Text("비어 있습니다", "it is empty")
PATH = Text("/ 나 \\ 가 들어 있습니다", "it contains / or \\")
UNSEEN = Text(
    "보이지 않거나 방향을 바꾸는 글자가 들어 있습니다", "it contains letters that cannot be seen or turn the writing"
)
DOTS = Text("점이나 빈칸으로 시작하거나 끝납니다", "it begins or ends with a dot or a space")


def checked_name(given: str) -> str:
    """The name with Hangul composed, as Macs do not send it. Raises `Refused` for what is no name of a file."""
    name = composed(given)
    why = _objection(name)
    if why is not None:
        raise NAME.refuse("fileName", why=why)
    return name


def _objection(name: str) -> Text | None:
    if not name.strip():
        return EMPTY
    if len(name) > LETTERS:
        return TOO_LONG
    if "/" in name or "\\" in name:
        return PATH
    if check_text(name, TextKind.NAME) is not None:
        return UNSEEN
    if name[0] in ". " or name[-1] in ". ":
        return DOTS
    return None
