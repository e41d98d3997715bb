"""What of a person is kept secret, and how much of it is shown to whom it is not meant for (가림 처리)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from core.sameness import sameness
from core.texts.letters import clusters, is_letter, is_punctuation, letters_of

HIDDEN = "*"
DATE = re.compile(r"[12][0-9]{3}(?:[0-9]{4}|\s*[-./년]\s*[0-9]{1,2}\s*[-./월]\s*[0-9]{1,2}\s*[.일]?)")
DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[\w-]{2,63}")


class PersonalKind(StrEnum):
    """A kind of personal data (개인정보 구분): it decides the mask, and which spellings are the same."""

    NAME = "name"  # 성명
    NUMBER = "number"  # 학번, 사번
    BIRTH = "birth"  # 생년월일, as 1999-03-02
    PHONE = "phone"  # 연락처
    EMAIL = "email"  # 이메일
    OTHER = "other"  # anything else; nothing of it is shown

    def masked(self, text: str) -> str:
        """`홍*동`, `20******`, `1999-**-**`, `010-****-5678`, `h***@example.org`, `***`.

        A mask counts visible letters, as `core.texts` defines them: composed, whatever stands between them. Separators
        and spaces stay; what shows nothing is left out.
        """
        match self:
            case PersonalKind.NAME:
                return _name(text)
            case PersonalKind.NUMBER:
                return _number(text)
            case PersonalKind.BIRTH:
                return _birth(text)
            case PersonalKind.PHONE:
                return _phone(text)
            case PersonalKind.EMAIL:
                return _email(text)
        return HIDDEN * 3

    def same(self, text: str) -> str:
        """What is left of a value when spellings that mean the same do not count."""
        if self in (PersonalKind.PHONE, PersonalKind.BIRTH):
            return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))
        return sameness(text)


def _shown(text: str, kept: Callable[[int, int], bool]) -> str:
    """The text with a star for every letter but those that are `kept`, by place and number of letters.

    Spaces and punctuation stay as they are; any other sign becomes a star that does not count.
    """
    parts = [(cluster, is_letter(cluster)) for cluster in clusters(text.strip())]
    count = sum(letter for _, letter in parts)
    shown, place = [], 0
    for cluster, letter in parts:
        if letter:
            shown.append(cluster if kept(place, count) else HIDDEN)
            place += 1
        else:
            shown.append(cluster if cluster.isspace() or is_punctuation(cluster) else HIDDEN)
    return "".join(shown) if count else HIDDEN


def _name(text: str) -> str:
    """The first letter, and of three or more the last."""
    return _shown(text, lambda place, count: count > 1 and (place == 0 or (count > 2 and place == count - 1)))


def _number(text: str) -> str:
    """The first two letters or digits of five or more."""
    return _shown(text, lambda place, count: count > 4 and place < 2)


def _birth(text: str) -> str:
    """The year of a date that is written with the year first; nothing else."""
    folded = unicodedata.normalize("NFKC", text)
    dated = DATE.fullmatch("".join(clusters(folded)).strip()) is not None
    return _shown(folded, lambda place, _count: dated and place < 4)


def _phone(text: str) -> str:
    """The last four digits, and what stands before the middle four; of what is no single number, nothing."""
    folded = unicodedata.normalize("NFKC", text)
    letters = letters_of(folded)
    if not 8 <= len(letters) <= 13 or not all(letter.isdecimal() for letter in letters):
        return _shown(folded, lambda _place, _count: False)
    return _shown(folded, lambda place, count: not count - 8 <= place < count - 4)


def _email(text: str) -> str:
    """The first letter of a local part that has more, and the domain."""
    name, _, host = "".join(clusters(text.strip())).rpartition("@")
    letters = letters_of(name)
    if not letters or DOMAIN.fullmatch(host) is None:
        return HIDDEN * 3
    return f"{letters[0] if len(letters) > 1 else ''}{HIDDEN * 3}@{host}"
