"""What the server calls with every request: the way to the API or a page, observed, and answered even when it stops."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from core.language import Language, Text
from core.settings import Settings
from core.watch import Observation, begin, end, saw_errors
from core.watch.outages import FULL
from schema.http.disconnects import while_read
from schema.http.eyes import Eyes
from schema.http.graphql import GraphQLEndpoint
from schema.http.guard import ConnectionGuard, ConnectionLimits
from schema.http.headers import SafeHeaders

BROKEN_OFF = Text(
    "서버를 멈추는 중이라 요청을 끝내지 못했습니다. 같은 idempotencyKey로 다시 보내세요.",
    "The server is being stopped and broke this request off. Send it again, with the same idempotencyKey.",
)


class Front:
    """What the server calls: the API without detour, everything else by Starlette's routes; each request observed."""

    def __init__(
        self, pages: Starlette, settings: Settings, graphql: GraphQLEndpoint | None = None, eyes: Eyes | None = None
    ) -> None:
        self.pages = pages
        self.graphql = graphql
        self.guard = ConnectionGuard(ConnectionLimits.of(settings))
        self.eyes = eyes or Eyes()
        self.eyes.guard = self.guard
        self.guard.when_gone = self._gone
        self.safe = SafeHeaders(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.pages(scope, receive, send)
            return
        seen = Observation(method=scope["method"])
        held = begin(seen)
        self.eyes.sees(seen, scope)
        try:
            if self.graphql is not None and scope["path"] == "/graphql" and seen.method in ("GET", "POST"):
                seen.route = "/graphql"
                await self.graphql(scope, receive, send)
            else:
                await while_read(self.pages, scope, receive, self._safely(send, seen))
        except asyncio.CancelledError:  # the server stops, and this took longer than it may
            if seen.status:
                raise
            await broken_off(scope, receive, self._safely(send, seen))
        except Exception:
            seen.status = seen.status or 500
            raise
        finally:
            end(held)
            if seen.codes and self.graphql is not None and not FULL.isdisjoint(seen.codes):
                self.graphql.house.watch.saw_full()
            self.eyes.saw(seen, scope)

    def _gone(self, task: asyncio.Task[None]) -> None:
        """The client of what this task does has gone."""
        if self.graphql is not None:
            self.graphql.executor.break_off(task)

    def _safely(self, send: Send, seen: Observation) -> Send:
        """Sends with the headers that every page has, and notes the status."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                self.safe.add(MutableHeaders(scope=message))
            await send(message)

        return sending


async def broken_off(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that cannot be finished any more."""
    saw_errors(["STOPPING"])
    language = Language.preferred(Headers(scope=scope).get("accept-language"))
    error = {"message": BROKEN_OFF.in_(language), "extensions": {"code": "STOPPING"}}
    await JSONResponse({"errors": [error]}, 503, headers={"retry-after": "5"})(scope, receive, send)
