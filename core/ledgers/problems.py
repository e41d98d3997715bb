"""What the ledger refuses, and how PostgreSQL's refusals become those problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import orjson

from core.errors import Problem, Refused
from core.language import Text

INSUFFICIENT = Problem(
    "LEDGER_INSUFFICIENT",
    Text(
        "사용할 수 있는 마일리지가 부족합니다: 요청 {requested}, 사용 가능 {available}.",
        "Not enough to spend: {requested} requested, {available} available.",
    ),
)
KEY_REUSED = Problem(
    "LEDGER_KEY_REUSED",
    Text(
        "같은 idempotencyKey로 다른 내용의 요청이 이미 처리되었습니다: {key}. 새 키를 사용하세요.",
        "This idempotencyKey was already used for another request: {key}. Use a new key for a new request.",
    ),
)
NOT_FOUND = Problem(
    "LEDGER_NOT_FOUND",
    Text("해당 거래나 예약을 찾을 수 없습니다.", "There is no such transaction or hold."),
)
HOLD_CLOSED = Problem(
    "LEDGER_HOLD_CLOSED",
    Text("이미 처리된 예약입니다: {status}.", "This hold is already closed: {status}."),
)
NOT_A_POSTING = Problem(
    "LEDGER_NOT_A_POSTING",
    Text("1 이상의 금액만 거래할 수 있습니다.", "A posting moves at least one, between different accounts."),
)
ALREADY_REVERSED = Problem(
    "LEDGER_ALREADY_REVERSED",
    Text("이미 취소된 거래입니다.", "This transaction is already reversed."),
)
SPENT_MEANWHILE = Problem(
    "LEDGER_SPENT_MEANWHILE",
    Text(
        "적립분이 이미 사용되어 되돌릴 수 없습니다: 필요 {requested}, 남음 {available}.",
        "What was earned has been spent since: {requested} to take back, {available} left.",
    ),
)
NOT_REVERSIBLE = Problem(
    "LEDGER_NOT_REVERSIBLE",
    Text("취소할 수 없는 거래입니다: {kind}.", "A transaction of this kind cannot be reversed: {kind}."),
)
IN_DEBT = Problem(
    "LEDGER_IN_DEBT",
    Text(
        "환수된 {owed}점이 미납되어 사용할 수 없습니다(환수일 {since}, 사유: {reason}). "
        "앞으로 들어오는 마일리지가 미납액에 먼저 상계됩니다.",
        "{owed} of what was taken back on {since} is still owed (reason: {reason}). "
        "What comes in pays it first; until then nothing can be spent.",
    ),
)

_BY_STATE = {
    "DU001": INSUFFICIENT,
    "DU002": KEY_REUSED,
    "DU003": NOT_FOUND,
    "DU004": HOLD_CLOSED,
    "DU005": NOT_A_POSTING,
    "DU006": ALREADY_REVERSED,
    "DU007": SPENT_MEANWHILE,
    "DU008": NOT_REVERSIBLE,
    "DU009": IN_DEBT,
}
_PATHS: dict[str, tuple[str, ...]] = {
    "DU001": ("amount",),
    "DU002": ("idempotencyKey",),
    "DU005": ("amount",),
    "DU009": ("amount",),
}


def refusal_of(state: str, detail: str | None, told: str = "") -> Exception:
    """What the ledger's functions raised, as a `Refused`; anything else as the error it is."""
    problem = _BY_STATE.get(state)
    if problem is None:
        unknown: Exception = asyncpg.PostgresError.new({"C": state, "M": told, "D": detail or ""})
        return unknown
    values: dict[str, Any] = orjson.loads(detail) if detail else {}
    if str(values.get("key", "")).startswith("client:"):  # a client knows its own word only
        values["key"] = values["key"].split(":", 2)[2]
    return Refused(problem.at(*_PATHS.get(state, ()), **values))


@contextmanager
def ledger_refusals() -> Iterator[None]:
    """Turn what the ledger's functions raise into `Refused`."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate not in _BY_STATE:
            raise
        raise refusal_of(error.sqlstate, error.detail) from error
