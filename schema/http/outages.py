"""Pages during an outage: 503 or 507 with Retry-After, in both languages, instead of an error of ours."""

from __future__ import annotations

import logging

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.watch import saw_errors
from core.watch.outages import Outage, outage_of

log = logging.getLogger(__name__)


class Outages:
    """Middleware around the pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            outage = outage_of(error)
            if outage is None or begun:
                raise
            log.warning("%s: %s", outage.code, str(error))
            await page_of(outage)(scope, receive, send)


def page_of(outage: Outage) -> Response:
    saw_errors([outage.code])
    headers = {"retry-after": str(outage.retry_after), "cache-control": "no-store"}
    return PlainTextResponse(outage.text.both, outage.status, headers=headers)
