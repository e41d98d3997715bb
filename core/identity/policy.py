"""Numbers of signing in: the password rules as the briefing states them, and Dure's own limits."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import timedelta

from core.errors import Violation
from core.identity.problems import (
    PASSWORD_DIGIT,
    PASSWORD_IS_LOGIN_ID,
    PASSWORD_LENGTH,
    PASSWORD_LETTER,
    PASSWORD_SPECIAL,
    PASSWORDS_DIFFER,
)
from core.language import Text
from core.program import Source, SourceDocument

BRIEFING = SourceDocument(
    code="industry_academia_briefing_2023",
    names=Text(
        "2023년 산학협력 마일리지 제도 설명회", "Briefing on the industry-academia cooperation mileage program, 2023"
    ),
)
PASSWORD_RULES = Source(BRIEFING, "계정관리 · 비밀번호 변경")

PASSWORD_MINIMUM = 10  # characters
PASSWORD_MAXIMUM = 20  # characters
SPECIAL = frozenset(string.punctuation)

SIGN_IN_LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many attempts of a kind are answered within a window, sliding: by address, by address and subject, and by
    subject over all addresses that the subject is not known from (None: any number).

    `locks`: what is reached for a subject is told as a lock on the account, and until when.
    """

    kind: str
    window: timedelta
    by_origin: int
    by_both: int
    by_subject: int | None = None
    locks: bool = False


QUARTER = timedelta(minutes=15)
PASSWORDS = Limit(kind="guess", window=QUARTER, by_origin=30, by_both=5, by_subject=50, locks=True)
# guessed with a token that somebody may have stolen: counted for the token, wherever it is used
PASSWORD_CHANGES = Limit(kind="guess", window=QUARTER, by_origin=30, by_both=5, by_subject=5, locks=True)
# codes are too long to be guessed, so that no number of guesses ends one
CODES = Limit(kind="guess", window=QUARTER, by_origin=30, by_both=10)
SIGN_UPS = Limit(kind="sign_up", window=timedelta(hours=1), by_origin=20, by_both=20)
RESETS = Limit(kind="reset", window=timedelta(hours=1), by_origin=20, by_both=5)
LOOK_UPS = Limit(kind="look_up", window=QUARTER, by_origin=30, by_both=30)
LONGEST_WINDOW = max(each.window for each in (PASSWORDS, CODES, SIGN_UPS, RESETS, LOOK_UPS))

KNOWN_FOR = timedelta(days=90)  # an address from which a member was let in
TOLD_EVERY = timedelta(days=1)  # a member is written to of guesses, at most

RESET_CODE_LASTS = timedelta(minutes=10)
RESET_CODES_AN_HOUR = 5  # a member, at once; after these one every `RESET_CODE_REST`, so that one is always good
RESET_CODE_REST = timedelta(minutes=5)
FIRST_CODE_LASTS = timedelta(days=7)  # to set the first password of an account somebody else made
CLAIM_CODE_LASTS = timedelta(days=30)


def check_password(password: str, login_id: str, *path: str | int) -> list[Violation]:
    """Every rule of the briefing this password breaks, each as its own objection."""
    found: list[Violation] = []
    if not PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM:
        found.append(
            PASSWORD_LENGTH.at(*path, source=PASSWORD_RULES, minimum=PASSWORD_MINIMUM, maximum=PASSWORD_MAXIMUM)
        )
    if not any(character in string.ascii_letters for character in password):
        found.append(PASSWORD_LETTER.at(*path, source=PASSWORD_RULES))
    if not any(character in string.digits for character in password):
        found.append(PASSWORD_DIGIT.at(*path, source=PASSWORD_RULES))
    if not any(character in SPECIAL for character in password):
        found.append(PASSWORD_SPECIAL.at(*path, source=PASSWORD_RULES))
    if password.lower() == login_id.lower():
        found.append(PASSWORD_IS_LOGIN_ID.at(*path, source=PASSWORD_RULES))
    return found


def check_new_password(new: str, confirm: str, login_id: str) -> list[Violation]:
    """The rules, and that both entries are the same."""
    found = check_password(new, login_id, "newPassword")
    if new != confirm:
        found.append(PASSWORDS_DIFFER.at("confirmPassword", source=PASSWORD_RULES))
    return found
