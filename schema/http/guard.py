"""Who may be connected, and for how long a connection may keep the server waiting.

One sweep looks at all connections, a few times a second at most. A request costs no timer and no look at the clock: the
sweep finds out by itself what has moved since its last round.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from uvicorn.middleware.proxy_headers import _TrustedHosts

from core.settings import Settings
from core.watch import Reading
from schema.http.refusals import CONNECTIONS, CONNECTIONS_OF_ADDRESS, Refusal

if TYPE_CHECKING:
    from typing import Self

BY_ADDRESS = 100  # connections of one address, loopback excepted, where the settings say nothing
MOST_HOSTS = 1_000  # valid Host values remembered
MOST_LINGERING = 100  # refused connections that are given time to read why
TOLD_EVERY = 60.0  # seconds between two lines of the log about refusals
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The limits of one server's connections, in bytes and seconds."""

    head_bytes: int = 65_536
    head_fields: int = 100
    head_seconds: float = 20
    body_seconds: float = 30
    answer_seconds: float = 60
    bytes_per_second: int = 500
    keep_alive_seconds: float = 75
    connections: int = 1_000
    by_address: int | None = None
    trusted: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            head_bytes=settings.max_head_bytes,
            head_fields=settings.max_head_fields,
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            answer_seconds=settings.answer_seconds,
            bytes_per_second=settings.min_bytes_per_second,
            keep_alive_seconds=settings.keep_alive_seconds,
            connections=settings.max_connections,
            by_address=settings.max_connections_by_address,
            trusted=settings.trusted_proxies or "",
        )

    @property
    def sweep_seconds(self) -> float:
        """The time between two rounds: a quarter of the shortest limit, a second at most."""
        shortest = min(self.head_seconds, self.body_seconds, self.answer_seconds, self.keep_alive_seconds)
        return max(0.02, min(1.0, shortest / 4))


class Connection(Protocol):
    """A connection as its guard sees it."""

    idle_since: float | None  # when the sweep first saw it idle

    def check(self, now: float) -> None:
        """Refuse or close it when it has kept the server waiting for too long."""

    def close_idle(self) -> bool:
        """Close it, if it is idle still; whether it was."""


class ConnectionGuard:
    """The connections of one server. Connections above the limits are refused, unless idle ones can make room."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.when_gone: Callable[[asyncio.Task[None]], None] | None = None  # told whose client has disconnected
        self.hosts: set[bytes] = set()  # values of Host that are known to be valid
        self.refusals: Counter[str] = Counter()
        self.connections: dict[Connection, str | None] = {}  # and the address each counts for
        self.lingering: set[Connection] = set()  # refused, and not closed yet
        self.of_address: Counter[str] = Counter()
        self._sweeping = False
        self._told: tuple[float, Counter[str]] = (0.0, Counter())

    @cached_property
    def _trusted(self) -> _TrustedHosts:
        return _TrustedHosts(self.limits.trusted)

    def admit(self, connection: Connection, peer: str | None) -> Refusal | None:
        """Count a new connection. Answers why it cannot be taken; None: it is."""
        self._sweep_on()
        if len(self.connections) >= self.limits.connections and not self._make_room(None):
            return CONNECTIONS
        address, most = self._counted_as(peer)
        if address is not None and self.of_address[address] >= most and not self._make_room(address):
            return CONNECTIONS_OF_ADDRESS
        self.connections[connection] = address
        if address is not None:
            self.of_address[address] += 1
        return None

    def forget(self, connection: Connection) -> None:
        """It has ended, or is about to."""
        self.lingering.discard(connection)
        address = self.connections.pop(connection, None)
        if address is not None:
            self.of_address[address] -= 1
            if not self.of_address[address]:
                del self.of_address[address]

    def may_linger(self, connection: Connection) -> bool:
        """Whether a connection that is refused may stay until the client has read why."""
        if connection not in self.connections:
            if len(self.lingering) >= MOST_LINGERING:
                return False
            self.lingering.add(connection)
        return True

    def count(self, reason: str) -> None:
        self.refusals[reason] += 1

    def readings(self) -> Iterable[Reading]:
        """For the metrics."""
        yield Reading(
            name="dure_http_connections", says="Connections of clients that are open.", value=len(self.connections)
        )
        yield Reading(
            name="dure_http_connections_most", says="Connections of clients allowed.", value=self.limits.connections
        )
        for reason, count in self.refusals.items():
            yield Reading(
                name="dure_http_refused_total",
                says="Requests and connections refused before they reached a route, by reason.",
                value=count,
                labels={"reason": reason},
                counter=True,
            )

    def _counted_as(self, peer: str | None) -> tuple[str | None, int]:
        """The address a connection counts for, and how many that may have. Of IPv6 a network of 64 bits is one."""
        if peer is None or peer in self._trusted:
            return None, 0
        try:
            address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return None, 0
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or address
        most = self.limits.by_address
        if most is None:
            if address.is_loopback:
                return None, 0
            most = BY_ADDRESS
        if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
            return str(ipaddress.ip_network((address, 64), strict=False)), most
        return str(address), most

    def _make_room(self, address: str | None) -> bool:
        """Close the connection that has been idle longest, of this address or of any."""
        idle = [
            (each.idle_since, place, each)
            for place, (each, of) in enumerate(self.connections.items())
            if each.idle_since is not None and address in (None, of)
        ]
        for *_, each in sorted(idle):
            if each.close_idle():
                self.forget(each)
                return True
        return False

    def _sweep_on(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(self.limits.sweep_seconds, self._sweep)

    def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        self._sweeping = False
        for each in (*self.connections, *self.lingering):
            each.check(now)
        if self.connections or self.lingering:
            self._sweep_on()
        since, told = self._told
        if self.refusals != told and now - since >= TOLD_EVERY:
            fresh = ", ".join(f"{reason} {count}" for reason, count in sorted((self.refusals - told).items()))
            log.warning("connections and requests refused since the last such line: %s", fresh)
            self._told = (now, self.refusals.copy())
