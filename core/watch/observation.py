"""What is seen of one request while it is answered: kept beside it, for the log, the metrics and the trace."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FAILED = "INTERNAL"  # the code of what nobody meant


class Way(NamedTuple):
    """Which way one root field was read. `reason` says why one was not planned; `key` is its name in the answer."""

    key: str
    field: str
    planned: bool
    reason: str = ""


@dataclass(slots=True)
class Observation:
    """One request as it is seen: never a value somebody sent, never who they are but by id.

    `operation` is the name of the GraphQL operation, empty when it has none, None when the request is none.
    """

    method: str = ""
    request_id: str = ""
    route: str = ""
    status: int = 0
    operation: str | None = None
    kind: str = ""
    actor_id: int | None = None
    codes: list[str] = field(default_factory=list)
    ways: tuple[Way, ...] = ()
    span: Any = None
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began

    @property
    def outcome(self) -> str:
        """`done`; `refused` when something spoke against it; `failed` when something broke."""
        if self.status >= 500 or FAILED in self.codes:
            return "failed"
        return "refused" if self.codes or self.status >= 400 else "done"


_current: ContextVar[Observation | None] = ContextVar("dure_observation", default=None)
begin, end = _current.set, _current.reset


def current() -> Observation | None:
    """The observation of the request that is being answered here."""
    return _current.get()


def saw_request(request_id: str) -> None:
    """Note the request's own id."""
    seen = _current.get()
    if seen is not None:
        seen.request_id = request_id


def saw_status(status: int) -> None:
    """Note the HTTP status of the answer."""
    seen = _current.get()
    if seen is not None:
        seen.status = status


def saw_operation(name: str, kind: str) -> None:
    """Note which operation is asked for: its name, and whether a query or a mutation."""
    seen = _current.get()
    if seen is not None:
        seen.operation, seen.kind = name, kind


def saw_actor(actor_id: int | None) -> None:
    """Note who asks, by the member's id."""
    seen = _current.get()
    if seen is not None:
        seen.actor_id = actor_id


def saw_ways(ways: tuple[Way, ...]) -> None:
    """Note which way each root field goes."""
    seen = _current.get()
    if seen is not None:
        seen.ways = ways


def saw_errors(codes: Iterable[str]) -> None:
    """Note the codes of errors that the answer shows."""
    seen = _current.get()
    if seen is not None:
        seen.codes.extend(codes)
