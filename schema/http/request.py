"""From an HTTP request to a context: who asks, in which language, from where."""

from __future__ import annotations

import re
import uuid
from typing import cast

from starlette.requests import Request

from core.actor import PUBLIC, Actor
from core.errors import NotSignedIn
from core.house import House
from core.identity import actor_of_token
from core.language import Language
from schema.context import Context

COOKIE = "dure_token"
CSRF_COOKIE = "dure_csrf"
CSRF_HEADER = "x-csrf-token"
REQUEST_ID = re.compile(r"[!-~]{1,64}")


async def context_of(request: Request, house: House, *, changes: bool) -> Context:
    """The context of a request. Raises `NotSignedIn` when it brings a token that is not good.

    A bearer header comes first, then the cookie, then whatever plugins know. With the cookie, a request that
    `changes` something must bring the CSRF token in a header too.
    """
    actor, token = await _actor(request, house, changes=changes)
    return Context(
        house=house,
        request_id=request_id_of(request),
        actor=actor,
        language=Language.preferred(request.headers.get("accept-language")),
        origin=request.client.host if request.client else "",
        token=token,
    )


def request_id_of(request: Request) -> str:
    """The request's own id, the same however often it is asked for: the client's if it names one, else a new one."""
    if not hasattr(request.state, "request_id"):
        given = request.headers.get("x-request-id", "")
        request.state.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    return cast(str, request.state.request_id)


async def _actor(request: Request, house: House, *, changes: bool) -> tuple[Actor, str | None]:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    bearer = given.strip() if scheme.lower() == "bearer" else ""
    cookie = request.cookies.get(COOKIE, "")
    token = bearer or cookie
    if token:
        csrf = request.headers.get(CSRF_HEADER, "") if cookie and not bearer and changes else None
        actor = await actor_of_token(house.database, token, house.clock(), csrf=csrf)
        if actor is not None:
            return actor, token
        if bearer:
            raise NotSignedIn("the bearer token is not good, or no longer")
    known = house.plugins.identify(dict(request.headers))
    return (known, None) if known is not None else (PUBLIC, None)
