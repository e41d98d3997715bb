"""One cell as it stands in a file, before anybody knows what its column holds."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

Raw: TypeAlias = int | float | str | bool | time | date | datetime | timedelta
"""A cell's value; an empty one is the empty string."""

BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]+")


def clean(text: str) -> str:
    """Text as it is meant: compatibility forms folded (NFKC: １→1, ㈜→(주)), blanks made single, edges trimmed."""
    return BLANKS.sub(" ", INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def is_blank(raw: Raw) -> bool:
    return isinstance(raw, str) and not clean(raw)
