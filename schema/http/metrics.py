"""The page of the metrics, for those who may read it: by address, or by a bearer token."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.errors import Misdeclared
from core.settings import Settings
from schema.http.eyes import Eyes

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class MetricsPage:
    """Raises `Misdeclared` when the settings name an address that is none."""

    def __init__(self, settings: Settings, eyes: Eyes) -> None:
        self.eyes = eyes
        self.networks = networks(settings.metrics_from)
        self.token = settings.metrics_token.get_secret_value().encode() if settings.metrics_token else None

    async def __call__(self, request: Request) -> Response:
        metrics = self.eyes.metrics
        if metrics is None:
            return PlainTextResponse("Metrics are off: DURE_METRICS_FROM or DURE_METRICS_TOKEN turns them on.", 404)
        if not (self._by_token(request) or self._by_address(request)):
            return PlainTextResponse("Not from here, or not with this token.", 403)
        headers = {"content-type": metrics.content_type, "cache-control": "no-store"}
        return Response(await metrics.exposition(), headers=headers)

    def _by_token(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return (
            self.token is not None
            and scheme.lower() == "bearer"
            and hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self.token)
        )

    def _by_address(self, request: Request) -> bool:
        try:
            address = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def networks(listed: str | None) -> tuple[Network, ...]:
    """The addresses and networks of a setting."""
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in (listed or "").split(",") if each.strip())
    except ValueError as error:
        raise Misdeclared(f"DURE_METRICS_FROM: {error}") from error
