"""Numbers of signing in: the password rules as the briefing states them, and Dure's own limits."""

from __future__ import annotations

import string
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
WRONG_IN_A_ROW = 5  # wrong passwords before an account is locked
LOCK_LASTS = timedelta(minutes=15)
ORIGIN_FAILURES = 30  # failures of one address within the window
ORIGIN_WINDOW = timedelta(minutes=15)

RESET_CODE_LASTS = timedelta(minutes=10)
RESET_CODES_AN_HOUR = 5  # a member, so that nobody's mailbox is flooded
FIRST_CODE_LASTS = timedelta(days=7)  # to set the first password of an account somebody else made
CLAIM_CODE_LASTS = timedelta(days=30)
CODE_ATTEMPTS = 5


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
