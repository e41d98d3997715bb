"""Opaque global ids: a type's name and a row's key, in URL-safe letters."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from core.errors import Problem
from core.language import Text

ID_INVALID = Problem(
    "ID_INVALID",
    Text(
        "{expected}의 ID가 아닙니다: {given}. 조회에서 받은 id를 그대로 사용하세요.",
        "Not the id of a {expected}: {given}. Pass an id on as you received it.",
    ),
)


def to_global_id(type_name: str, key: int) -> str:
    return urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def from_global_id(text: str) -> tuple[str, int] | None:
    """The type's name and the row's key; None when it is no id of ours."""
    try:
        decoded = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        type_name, _, key = decoded.partition(":")
        number = int(key)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
    return (type_name, number) if type_name and 0 < number < 2**63 else None


def key_of(text: str, type_name: str, *path: str | int) -> int:
    """The row's key. Raises `Refused` when the id is of something else."""
    found = from_global_id(text)
    if found is None or found[0] != type_name:
        raise ID_INVALID.refuse(*path, expected=type_name, given=text[:60])
    return found[1]
