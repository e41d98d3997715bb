"""Work for a client that has gone: reading ends with its reader, and its statements with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.watch import saw_status

GONE = 499  # nobody reads it: whoever asked has gone
READING = frozenset({"GET", "HEAD"})


async def while_read(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Call the application; break it off when the client of a request that only reads disconnects.

    What it was doing is cancelled: a statement in PostgreSQL, a cursor, a wait for a turn.
    """
    if scope["method"] not in READING:
        await app(scope, receive, send)
        return
    messages: asyncio.Queue[Message] = asyncio.Queue()
    complete = False

    async def sending(message: Message) -> None:
        nonlocal complete
        complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send(message)

    async def watch() -> None:
        while True:
            message = await receive()
            messages.put_nowait(message)
            if message["type"] == "http.disconnect":
                return

    answering = asyncio.ensure_future(app(scope, messages.get, sending))
    watching = asyncio.create_task(watch(), name="watch for a disconnect")
    try:
        await asyncio.wait((answering, watching), return_when=asyncio.FIRST_COMPLETED)
        if answering.done() or complete:
            await answering
            return
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
        saw_status(GONE)
    except asyncio.CancelledError:  # the server stops
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
        raise
    finally:
        watching.cancel()
