"""When two texts that people typed mean the same: spelling that nobody can see, or would not notice, is put aside."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = {"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp"}  # formats, controls, marks, spaces
FILLERS = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0\u2800"))  # letters that show nothing
DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\u2500\uff0d~\u301c]")
NUMBER = re.compile(r"\d+")


def sameness(text: str) -> str:
    """What is left of a text when case, width, spaces, marks, dashes' lengths and leading zeros do not count.

    Hangul in any composition is the same; digits of any script are their values.
    """
    folded = unicodedata.normalize("NFKC", text).translate(FILLERS)
    seen = "".join(letter for letter in folded if unicodedata.category(letter) not in INVISIBLE)
    dashed = DASHES.sub("-", unicodedata.normalize("NFKC", seen)).casefold()
    return NUMBER.sub(lambda number: str(int(number.group())), dashed)


def session_sameness(text: str) -> str:
    """The same for a session or round (회차): `1`, `1회`, `01차` and `제1기` are one."""
    return re.sub(r"(?<=\d)(회차|차수|회|차|기)$", "", sameness(text).removeprefix("제"))
