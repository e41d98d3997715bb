"""What of a person is kept secret, and how much of it is shown to whom it is not meant for (가림 처리)."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from core.sameness import sameness

HIDDEN = "*"


class PersonalKind(StrEnum):
    """A kind of personal data (개인정보 구분): it decides the mask, and which spellings are the same."""

    NAME = "name"  # 성명
    NUMBER = "number"  # 학번, 사번
    BIRTH = "birth"  # 생년월일, as 1999-03-02
    PHONE = "phone"  # 연락처
    EMAIL = "email"  # 이메일
    OTHER = "other"  # anything else; nothing of it is shown

    def masked(self, text: str) -> str:
        """`홍*동`, `20******`, `1999-**-**`, `010-****-5678`, `h***@example.org`, `***`."""
        match self:
            case PersonalKind.NAME:
                return _name(text)
            case PersonalKind.NUMBER:
                return text[:2] + HIDDEN * (len(text) - 2) if len(text) > 4 else HIDDEN * len(text)
            case PersonalKind.BIRTH:
                return text[:4] + re.sub(r"[0-9]", HIDDEN, text[4:])
            case PersonalKind.PHONE:
                return _phone(text)
            case PersonalKind.EMAIL:
                name, at, host = text.partition("@")
                return f"{name[:1]}{HIDDEN * 3}{at}{host}" if at else HIDDEN * 3
        return HIDDEN * 3

    def same(self, text: str) -> str:
        """What is left of a value when spellings that mean the same do not count."""
        if self in (PersonalKind.PHONE, PersonalKind.BIRTH):
            return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))
        return sameness(text)


def _name(text: str) -> str:
    """The first letter, and of three or more the last."""
    words = text.strip()
    if len(words) < 2:
        return HIDDEN
    if len(words) == 2:
        return words[0] + HIDDEN
    return words[0] + re.sub(r"\S", HIDDEN, words[1:-1]) + words[-1]


def _phone(text: str) -> str:
    """The last four digits, and what stands before the middle ones."""
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    if len(places) < 8:
        return re.sub(r"[0-9]", HIDDEN, text)
    hidden = set(places[-8:-4])
    return "".join(HIDDEN if place in hidden else letter for place, letter in enumerate(text))
