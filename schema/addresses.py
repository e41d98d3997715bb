"""Short-lived, signed addresses: a list as it was asked for, and who asked. Nothing is kept of them."""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from core.house import House
from schema.connections import Export
from schema.context import Context
from schema.filters import Condition

LASTS = timedelta(minutes=10)
SIGNATURE_BYTES = 32
MOST_BYTES = 200_000  # of what an address says, unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A connection as somebody asked for it: which one, of which parent, what must hold, in which order."""

    name: str  # the type and its field, e.g. `Query.lots`
    key: Any  # what ties the rows to their parent; None at a root
    wanted: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]  # column and whether descending


class AddressInvalid(Exception):
    """No address of ours, or of another database."""


class AddressExpired(Exception):
    """It was good once."""


async def export_of(context: Context, listed: Listed) -> Export | None:
    """Where the whole list can be fetched as a spreadsheet; None for whom nobody vouches."""
    actor = context.actor
    if not actor.signed_in or actor.must_change_password:
        return None
    await context.house.vault.unlock(context.house.settings, context.house.database)
    expires_at = context.house.clock() + LASTS
    wanted = [[each.name, each.operator, _packed(each.value)] for each in listed.wanted]
    said = [actor.member_id, int(expires_at.timestamp()), listed.name, listed.key, wanted, listed.order]
    words = zlib.compress(orjson.dumps(said), 9)
    token = urlsafe_b64encode(context.house.vault.signature(words) + words).decode().rstrip("=")
    return Export(path=f"/exports/{token}/{listed.name.rpartition('.')[2]}.xlsx", expires_at=expires_at)


def listed_at(house: House, token: str) -> tuple[int, Listed]:
    """Who asked, and for what. Raises `AddressInvalid` and `AddressExpired`."""
    member_id, until, listed = listed_in(words_of(house, token))
    if house.clock().timestamp() > until:
        raise AddressExpired
    return member_id, listed


def words_of(house: House, token: str) -> bytes:
    """What an address says, once its signature is found good. Raises `AddressInvalid`."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        signature, words = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    except ValueError as error:
        raise AddressInvalid from error
    if not hmac.compare_digest(signature, house.vault.signature(words)):
        raise AddressInvalid
    return words


def listed_in(words: bytes) -> tuple[int, int, Listed]:
    """Who asked, until when the address is good, and for what: of words that were signed."""
    member_id, until, name, key, wanted, order = orjson.loads(zlib.decompressobj().decompress(words, MOST_BYTES))
    conditions = tuple(Condition(each, operator, _unpacked(value)) for each, operator, value in wanted)
    steps = tuple((each, down) for each, down in order)
    return member_id, until, Listed(name=name, key=key, wanted=conditions, order=steps)


def _packed(value: Any) -> Any:
    """As JSON that remembers what JSON does not know."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return [_packed(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def _unpacked(value: Any) -> Any:
    match value:
        case {"decimal": text}:
            return Decimal(text)
        case {"moment": text}:
            return datetime.fromisoformat(text)
        case {"day": text}:
            return date.fromisoformat(text)
        case list():
            return [_unpacked(each) for each in value]
    return value
