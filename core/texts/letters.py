"""What a reader sees of a text: letters as grapheme clusters, and characters that show nothing."""

from __future__ import annotations

import re
import unicodedata

# Default_Ignorable_Code_Point of the Unicode Character Database, and blank characters that no other property names:
# the Braille pattern without dots, the halfwidth Hangul filler and the null notehead.
IGNORABLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
MIDDLE_DOTS = frozenset("\u318d")  # letters by category that are in use as separators: ㆍ
LETTERS = frozenset("LN")  # major categories that count as letters of a name: letters and numbers
SEEN = frozenset("LNPS")  # major categories that show something


def composed(text: str) -> str:
    """The text in NFC, as everything that comes in is stored."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def visible(text: str) -> bool:
    """Whether the text shows anything at all."""
    return any(unicodedata.category(sign)[0] in SEEN for sign in IGNORABLE.sub("", text))


def clusters(text: str) -> list[str]:
    """The grapheme clusters of the composed text, without what shows nothing."""
    import regex  # loaded with the first mask: most processes never make one

    found: list[str] = regex.findall(r"\X", composed(IGNORABLE.sub("", text)))
    return found


def is_letter(cluster: str) -> bool:
    """Whether a cluster is a letter or a digit. A separator is not, nor is a mark without a letter under it."""
    return any(sign not in MIDDLE_DOTS and _counts(sign) for sign in cluster)


def is_punctuation(cluster: str) -> bool:
    """Whether a cluster is a separator such as a hyphen, a middle dot or a plus, without marks that could say more."""
    if len(cluster) != 1:
        return False
    category = unicodedata.category(cluster)
    return cluster in MIDDLE_DOTS or category[0] == "P" or category in ("Sm", "Sk")


def letters_of(text: str) -> list[str]:
    """The visible letters and digits of a text, whatever stands between them."""
    return [cluster for cluster in clusters(text) if is_letter(cluster)]


def _counts(sign: str) -> bool:
    category = unicodedata.category(sign)
    if category == "Lm":  # of modifier letters only those set at full width, as in 佐々木, stand for a letter
        return unicodedata.east_asian_width(sign) in "WF"
    return category[0] in LETTERS
