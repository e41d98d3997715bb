"""The password rules of the briefing, at every boundary."""

import pytest

from core.identity import PASSWORD_RULES, check_password

LENGTH, LETTER, DIGIT = "IDENTITY_PASSWORD_LENGTH", "IDENTITY_PASSWORD_LETTER", "IDENTITY_PASSWORD_DIGIT"
SPECIAL, SAME = "IDENTITY_PASSWORD_SPECIAL", "IDENTITY_PASSWORD_IS_LOGIN_ID"


@pytest.mark.parametrize(
    ("case", "password", "broken"),
    [
        ("nine characters are too few", "abcdef12!", [LENGTH]),
        ("ten characters are enough", "abcdefg12!", []),
        ("twenty characters are allowed", "abcdefghijklmnopq12!", []),
        ("twenty-one characters are too many", "abcdefghijklmnopqr12!", [LENGTH]),
        ("a special character is needed", "abcdefgh12", [SPECIAL]),
        ("a digit is needed", "abcdefghi!", [DIGIT]),
        ("a letter is needed", "123456789!", [LETTER]),
        ("a Korean letter is no ASCII letter", "비밀번호비밀번호1!", [LETTER]),
        ("a Korean letter is no special character", "abcdefgh1가", [SPECIAL]),
        ("a space is no special character", "abcdefgh 1", [SPECIAL]),
        ("a full-width digit is no digit", "abcdefghi１!", [DIGIT]),
        ("the login id is no password", "korea.2023-01", [SAME]),
        ("the login id in capitals is no password either", "Korea.2023-01", [SAME]),
        ("everything wrong is said at once", "", [LENGTH, LETTER, DIGIT, SPECIAL]),
    ],
)
def test_the_policy(case: str, password: str, broken: list[str]) -> None:
    violations = check_password(password, "korea.2023-01", "newPassword")
    assert [violation.code for violation in violations] == broken, case
    assert all(violation.source == PASSWORD_RULES for violation in violations)
    assert all(violation.path == ("newPassword",) for violation in violations)


def test_the_rules_name_their_clause() -> None:
    assert PASSWORD_RULES.document.names.ko == "2023년 산학협력 마일리지 제도 설명회"
    assert PASSWORD_RULES.clause == "계정관리 · 비밀번호 변경"
