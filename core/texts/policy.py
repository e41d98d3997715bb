"""The policy: control characters, characters that change direction and characters without a meaning are refused."""

from __future__ import annotations

import unicodedata
from enum import Enum

from core.errors import Violation
from core.texts.letters import IGNORABLE, composed, visible
from core.texts.problems import TEXT_CONTROL_SIGNS, TEXT_INVISIBLE

TEXT = "text"  # in the metadata of a field, the kind of its text
JOINERS = frozenset("\u200c\u200d")  # emoji and several scripts are written with them


class TextKind(Enum):
    """A kind of text (글의 종류): it decides which invisible characters are permitted."""

    NAME = "name"  # 이름: no character that cannot be seen but the ordinary space
    LINE = "line"  # 한 줄: any space, and the joiners that emoji and several scripts need
    PROSE = "prose"  # 여러 줄: a line, and tabs and line breaks
    SHEET = "sheet"  # 붙여 넣은 표: composed only; each cell is checked where it is read, so that an objection names it

    @property
    def permitted(self) -> frozenset[str]:
        """The characters of this kind that cannot be printed and are permitted all the same."""
        return PERMITTED[self]


PERMITTED = {
    TextKind.NAME: frozenset[str](),
    TextKind.LINE: JOINERS,
    TextKind.PROSE: JOINERS | frozenset("\t\n\r"),
}


def check_text(text: str, kind: TextKind, *path: str | int) -> Violation | None:
    """What is wrong with the characters of a text; None when nothing is.

    Control characters, line and paragraph separators, format characters (among them all that change the direction),
    private, unassigned and surrogate code points are refused. A text that is empty, or only spaces, is not objected to:
    whether something must be entered is for whoever asked for it.
    """
    if kind is TextKind.SHEET or (text.isascii() and text.isprintable()):
        return None
    wrong = [sign for sign in set(text) if not _may_stand(sign, kind)]
    if wrong:
        place = min(text.index(sign) for sign in wrong)
        return TEXT_CONTROL_SIGNS.at(*path, place=place + 1, sign=f"U+{ord(text[place]):04X}")
    if not text.isspace() and not visible(text):
        return TEXT_INVISIBLE.at(*path)
    return None


def _may_stand(sign: str, kind: TextKind) -> bool:
    if kind is TextKind.NAME:
        return sign.isprintable() and not IGNORABLE.match(sign)
    return sign.isprintable() or sign in kind.permitted or unicodedata.category(sign) == "Zs"


__all__ = ["TEXT", "TextKind", "check_text", "composed"]
