"""From an HTTP request to a context: who asks, in which language, from where."""

from __future__ import annotations

import os
import re

from starlette.requests import Request, cookie_parser
from starlette.types import Scope

from core.actor import PUBLIC
from core.errors import NotSignedIn
from core.hooks import Overrun
from core.house import House
from core.identity import Remembered, RememberedTokens, look_up, matches
from core.language import Language
from core.watch import saw_actor, saw_request
from schema.context import Context

COOKIE = "dure_token"
CSRF_COOKIE = "dure_csrf"
CSRF_HEADER = "x-csrf-token"
REQUEST_ID_KEY = "dure.request_id"  # in a request's scope: the same however often it is asked for
REQUEST_ID = re.compile(r"[!-~]{1,64}")


class Incoming:
    """The head of a request, read no further than it is asked for. Of headers given twice the first counts."""

    __slots__ = ("headers", "request_id", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        known = scope.get(REQUEST_ID_KEY)
        if known is None:
            given = self.header(b"x-request-id")
            known = scope[REQUEST_ID_KEY] = given if given and REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
        self.request_id: str = known
        saw_request(known)

    def header(self, name: bytes) -> str:
        """A header by its name in lower case; empty when there is none."""
        found = self.headers.get(name)
        return "" if found is None else found.decode("latin-1")

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def address(self) -> str:
        """Where the request came from, as far as the server knows."""
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def cookie(self) -> str:
        """The sign-in cookie, from whichever `Cookie` header has it."""
        if b"cookie" not in self.headers:
            return ""
        found: dict[str, str] = {}
        for name, value in self.scope["headers"]:
            if name == b"cookie":
                found |= cookie_parser(value.decode("latin-1"))
        return found.get(COOKIE, "")

    @property
    def bearer(self) -> str:
        scheme, _, given = self.header(b"authorization").partition(" ")
        return given.strip() if scheme.lower() == "bearer" else ""


def request_id_of(request: Request) -> str:
    """The request's own id: the client's if it names one, else a new one."""
    return Incoming(request.scope).request_id


async def context_of(
    request: Request | Incoming, house: House, *, changes: bool, remembered: RememberedTokens | None = None
) -> Context:
    """The context of a request. Raises `NotSignedIn` when it brings a token that is not good.

    A bearer header comes first, then the cookie, then whatever plugins know. With the cookie, a request that
    `changes` something must bring the CSRF token in a header too. An actor that is `remembered` is not looked up:
    the context then has something to prove.
    """
    incoming = request if isinstance(request, Incoming) else Incoming(request.scope)
    claim = Claim(incoming, changes, remembered)
    context = Context(
        house=house,
        request_id=incoming.request_id,
        language=Language.preferred(incoming.header(b"accept-language")),
        origin=incoming.address,
        establish=claim.establish,
    )
    if remembered is not None and claim.token and claim.holds(remembered.get(claim.token), context):
        context.sure = False
    else:
        await claim.establish(context)
    return context


class Claim:
    """What a request brings to say whose it is."""

    __slots__ = ("bearer", "csrf", "incoming", "remembered", "token")

    def __init__(self, incoming: Incoming, changes: bool, remembered: RememberedTokens | None) -> None:
        self.incoming = incoming
        self.remembered = remembered
        self.bearer = incoming.bearer
        self.token = self.bearer or incoming.cookie
        by_cookie = self.token and not self.bearer
        self.csrf = incoming.header(CSRF_HEADER.encode()) if by_cookie and changes else None

    def holds(self, found: Remembered | None, context: Context) -> bool:
        """Whether it is theirs whose token was found: then they are the actor."""
        if found is None or not matches(found, self.csrf):
            return False
        context.actor, context.token, context.remembered = found.actor, self.token, found
        saw_actor(found.actor.member_id)
        return True

    async def establish(self, context: Context) -> None:
        """Look the token up and make its member the actor. Raises `NotSignedIn` when it is not good."""
        context.sure = True
        house = context.house
        found = await look_up(house.database, self.token, house.clock()) if self.token else None
        if self.remembered is not None and found is not None:
            self.remembered.put(found)
        if self.holds(found, context):
            return
        if self.bearer:
            raise NotSignedIn("the bearer token is not good, or no longer")
        known = None
        if house.plugins.listens("identify"):
            headers = {name.decode("latin-1"): self.incoming.header(name) for name in self.incoming.headers}
            try:
                known = await house.plugins.identify(headers)
            except Overrun as overrun:  # whoever it is, it is not proven
                refused = NotSignedIn(str(overrun))
                refused.text = overrun.text
                raise refused from overrun
        context.actor, context.token, context.remembered = known if known is not None else PUBLIC, None, None
        saw_actor(context.actor.member_id)


__all__ = ["COOKIE", "CSRF_COOKIE", "CSRF_HEADER", "Incoming", "context_of", "request_id_of"]
