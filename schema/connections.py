"""Relay connections with keyset cursors."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import orjson
import strawberry

from core.calendar import SEOUL
from core.errors import Problem
from core.language import Text

T = TypeVar("T")

CURSOR_INVALID = Problem(
    "CURSOR_INVALID",
    Text(
        "이 목록과 정렬의 커서가 아닙니다. pageInfo에서 받은 커서를 같은 orderBy로 사용하세요.",
        "Not a cursor of this list and order. Use one from its pageInfo, with the same orderBy.",
    ),
)
PAGE_INVALID = Problem(
    "PAGE_INVALID",
    Text(
        "first 또는 last 중 하나만 1~{most}로 지정하세요. first는 after와, last는 before와 함께 씁니다.",
        "Give either first (with after) or last (with before), from 1 to {most}.",
    ),
)
MOST = 100
DEFAULT = 20


@strawberry.type(description="쪽 정보 · Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="다음 쪽 여부 · Whether there is more after it.")
    has_previous_page: bool = strawberry.field(description="이전 쪽 여부 · Whether there is more before it.")
    start_cursor: str | None = strawberry.field(description="첫 커서 · The cursor of its first edge.")
    end_cursor: str | None = strawberry.field(description="끝 커서 · The cursor of its last edge.")


@strawberry.type(description="내려받기 · The whole list as a spreadsheet (.xlsx), as it is filtered and ordered here.")
class Export:
    path: str = strawberry.field(
        description="경로 · Where to fetch it, by whoever has the address; each fetch is in the audit."
    )
    expires_at: datetime = strawberry.field(description="만료 시각 · Until when.")


@strawberry.type(description="변 · A node and its place in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="커서 · The place, to continue from.")
    node: T = strawberry.field(description="노드 · What is there.")


@strawberry.type(description="목록 · A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="변 · Nodes with their cursors.")
    nodes: list[T] = strawberry.field(description="노드 · The nodes alone.")
    page_info: PageInfo = strawberry.field(description="쪽 정보 · Where this page stands.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    address: strawberry.Private[Callable[[], Awaitable[Export | None]]]

    @strawberry.field(description="전체 건수 · How many there are in all; counted only when asked for.")  # type: ignore[untyped-decorator]
    async def total_count(self) -> int:
        return await self.count()

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="내려받기 · All of it as a spreadsheet, pages aside; null when nobody is signed in."
    )
    async def export(self) -> Export | None:
        return await self.address()


def signature(type_name: str, order: Sequence[str]) -> str:
    """What a cursor belongs to: the type and the order, in a few letters."""
    return hashlib.sha256(f"{type_name}|{'|'.join(order)}".encode()).hexdigest()[:8]


def encode_cursor(belongs_to: str, values: Sequence[Any]) -> str:
    plain = [_printed(value) for value in values]
    return urlsafe_b64encode(orjson.dumps([belongs_to, *plain])).decode().rstrip("=")


def _printed(value: Any) -> Any:
    """As a cursor spells it, the same whoever writes it: Python here, or PostgreSQL."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(SEOUL).isoformat(timespec="microseconds")
    return value


def decode_cursor(text: str, belongs_to: str, kinds: Sequence[type[Any]], argument: str) -> list[Any]:
    """The values of the ordering columns. Raises `Refused` when it is no cursor of this list."""
    try:
        parts = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(parts, list) or parts[0] != belongs_to or len(parts) != len(kinds) + 1:
            raise ValueError
        return [_typed(value, kind) for value, kind in zip(parts[1:], kinds, strict=True)]
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise CURSOR_INVALID.refuse(argument) from error


def _typed(value: Any, kind: type[Any]) -> Any:
    if kind is datetime:
        return _moment(value)
    if kind is date:
        return date.fromisoformat(value)
    if kind is Decimal:
        return Decimal(value)
    if kind is str and isinstance(value, str) and "\x00" in value:
        raise ValueError
    if type(value) is not kind or (kind is int and not -(2**63) <= value < 2**63) or (kind is str and "\0" in value):
        raise ValueError
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)  # overflows at either end of time, where PostgreSQL could not follow
