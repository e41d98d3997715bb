"""What the ledger refuses, and how PostgreSQL's refusals become those problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import asyncpg
import orjson

from core.checking import AccountKind
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
# The same refusals about an account of money: they say its unit and name the account.
_OF_MONEY = {
    "DU001": Problem(
        INSUFFICIENT.code,
        Text(
            "{account}의 잔액이 부족합니다: 요청 {requested}, 사용 가능 {available}.",
            "The balance of {account} is too low: {requested} requested, {available} available.",
        ),
    ),
    "DU007": Problem(
        SPENT_MEANWHILE.code,
        Text(
            "{account}의 금액이 이미 집행되어 되돌릴 수 없습니다: 필요 {requested}, 남음 {available}.",
            "The money in {account} has been moved on since: {requested} to take back, {available} left.",
        ),
    ),
}
_KIND_NAMES = {
    AccountKind.FUND: Text("재원", "fund"),
    AccountKind.LINE: Text("예산 항목", "budget line"),
    AccountKind.SPENT: Text("집행 계정", "account of money spent"),
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
    if "account_kind" in values:
        problem, values = _OF_MONEY[state], _about_money(values)
    if str(values.get("key", "")).startswith("client:"):  # a client knows its own word only
        values["key"] = values["key"].split(":", 2)[2]
    return Refused(problem.at(*_PATHS.get(state, ()), **values))


def _about_money(values: Mapping[str, Any]) -> dict[str, Any]:
    """The account by its kind, label and organization, and the amounts with their unit."""
    kind = _KIND_NAMES.get(values["account_kind"], Text(values["account_kind"], values["account_kind"]))
    label, whose = values["label"], values["organization"]
    account = Text(
        " ".join(filter(None, (whose, kind.ko, label and f"‘{label}’"))),
        " ".join(filter(None, ("the", kind.en, label and f"‘{label}’", whose and f"of {whose}"))),
    )
    amounts = {name: amount_of(values["asset"], values[name]) for name in ("requested", "available")}
    return {"account": account, **amounts}


def amount_of(asset: str, amount: int) -> Text:
    """An amount of money with its unit; a unit other than won is named by its code."""
    return Text(f"{amount:,}원", f"{amount:,} won") if asset == "KRW" else Text(*(f"{amount:,} {asset}",) * 2)


@contextmanager
def ledger_refusals() -> Iterator[None]:
    """Turn what the ledger's functions raise into `Refused`."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate not in _BY_STATE:
            raise
        raise refusal_of(error.sqlstate, error.detail) from error
