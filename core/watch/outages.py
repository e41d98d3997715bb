"""What keeps a valid request from being done: a database that cannot be reached, a disk that is full."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from core.database.unavailable import ENDED, DatabaseUnavailable, OutcomeUnknown, is_lost
from core.language import Text

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ROOM_SAID = ("No space left", "File too large", "Disk quota exceeded")  # where PostgreSQL has no state for it
DEPTH = 5  # of causes looked through


@dataclass(frozen=True, slots=True)
class Outage:
    """A kind of outage: the code and the sentence for the client, and after how many seconds to try again.

    `status` is what HTTP calls it.
    """

    code: str
    text: Text
    retry_after: int
    status: int = 503


UNAVAILABLE = Outage(
    "UNAVAILABLE",
    Text(
        "데이터베이스에 연결할 수 없어 처리하지 못했습니다. 저장된 것은 없습니다. 잠시 뒤 다시 시도하세요.",
        "The database cannot be reached, so this was not done and nothing was stored. Try again in a moment.",
    ),
    5,
)
OUTCOME_UNKNOWN = Outage(
    "OUTCOME_UNKNOWN",
    Text(
        "저장하는 중에 데이터베이스와 연결이 끊겨, 저장되었는지 알 수 없습니다. 같은 idempotencyKey로 다시 보내면"
        " 한 번만 처리됩니다. 키가 없는 요청이면 먼저 저장되었는지 조회하세요.",
        "The connection to the database was lost while this was being stored: it may have been stored or not."
        " Sent again with the same idempotencyKey it is done once. Without a key, look whether it was stored"
        " before you repeat it.",
    ),
    5,
)
READ_ONLY = Outage(
    "READ_ONLY",
    Text(
        "데이터베이스가 지금 읽기 전용이라 변경할 수 없습니다. 저장된 것은 없습니다. 잠시 뒤 다시 시도하세요.",
        "The database is read-only at the moment, so nothing was changed. Try again in a moment.",
    ),
    10,
)
STORAGE_FULL = Outage(
    "STORAGE_FULL",
    Text(
        "서버의 저장 공간이 부족하여 처리하지 못했습니다. 저장된 것은 없습니다."
        " 운영자에게 알리고 나중에 다시 시도하세요.",
        "The server has no room left, so this was not done and nothing was stored."
        " Tell the operators, and try again later.",
    ),
    60,
    status=507,
)
OVERLOADED = Outage(
    "OVERLOADED",
    Text(
        "데이터베이스의 자원이 부족하여 처리하지 못했습니다. 저장된 것은 없습니다. 잠시 뒤 다시 시도하세요.",
        "The database is out of resources, so this was not done and nothing was stored. Try again in a moment.",
    ),
    10,
)

BY_CODE = {each.code: each for each in (UNAVAILABLE, OUTCOME_UNKNOWN, READ_ONLY, STORAGE_FULL, OVERLOADED)}
FULL = frozenset({STORAGE_FULL.code, "DOCUMENT_STORE_FULL"})  # codes that say that there is no room


def outage_of(error: BaseException) -> Outage | None:
    """The outage that an error is a sign of, whatever it is wrapped in; None for any other error."""
    for each in _causes(error):
        found = _outage(each)
        if found is not None:
            return found
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from; some libraries hand the cause over as an argument."""
    each: BaseException | None = error
    for _ in range(DEPTH):
        if each is None:
            return
        yield each
        inner = each.args[0] if each.args and isinstance(each.args[0], OSError) else None
        each = each.__cause__ or inner


def _outage(error: BaseException) -> Outage | None:
    if isinstance(error, OutcomeUnknown):
        return OUTCOME_UNKNOWN
    if isinstance(error, DatabaseUnavailable):
        return _state(error.__cause__) or UNAVAILABLE
    if isinstance(error, OSError):
        return STORAGE_FULL if error.errno in NO_ROOM else None
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return UNAVAILABLE if is_lost(error) else None
    return _state(error)


def _state(error: BaseException | None) -> Outage | None:
    """What PostgreSQL's own code says."""
    if not isinstance(error, asyncpg.PostgresError):
        return None
    state = error.sqlstate or ""
    if state == "25006":
        return READ_ONLY
    if state == "53100" or (state[:2] in ("XX", "58") and any(said in str(error) for said in NO_ROOM_SAID)):
        return STORAGE_FULL
    if state.startswith("53"):
        return OVERLOADED
    if state.startswith("08") or state in ENDED or state == "58030":
        return UNAVAILABLE
    return None
