"""What every resolver can reach: the house, the actor, the language, and this request's loaders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from strawberry.types import Info as StrawberryInfo

from core.actor import PUBLIC, Actor
from core.house import House
from core.identity import Remembered
from core.language import Language, Text
from core.ledgers import Alone, Receipt, post_alone
from core.personal import record_reading
from core.work import Work

if TYPE_CHECKING:
    from strawberry.dataloader import DataLoader


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutation: its payload, or what it raised."""

    payload: Any
    error: Exception | None = None

    def again(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.payload


@dataclass(slots=True, kw_only=True)
class Context:
    """One request. `cookies` are set on the answer; `origin` is the address the request came from.

    The actor is as `remembered`; until it is `sure`, whoever reads for it proves that in the same statement, or calls
    `prove` first.
    """

    house: House
    request_id: str
    actor: Actor = PUBLIC
    language: Language = Language.KO
    origin: str = ""
    token: str | None = None
    cookies: dict[str, str | None] = field(default_factory=dict)
    remembered: Remembered | None = None
    sure: bool = True
    establish: Callable[[Context], Awaitable[None]] | None = None
    outcome: Outcome | None = None  # of the mutation that is done already, and only to be told
    disclosed: set[tuple[int, int, str]] = field(default_factory=set)  # activity, filer, personal fact shown in plain
    loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)

    def say(self, text: Text) -> str:
        return text.in_(self.language)

    async def prove(self) -> None:
        """Make sure of the actor. Raises `NotSignedIn` when the token is good no more."""
        if not self.sure:
            assert self.establish is not None
            await self.establish(self)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction for this request's actor. What was loaded before it is forgotten."""
        async with self.house.work(self.actor, self.request_id) as work:
            yield work
        self.loaders.clear()

    async def post_alone(self, alone: Alone) -> Receipt:
        """A posting that is all this request's actor does: it shares its round trip with others that come at once.

        The actor is proven by it. Raises `Unproven`, and posts nothing, when it is not as it was remembered.
        """
        unsure = None if self.sure else self.remembered
        receipt = await post_alone(self.house, self.actor, self.request_id, alone, unsure)
        self.sure = True
        self.loaders.clear()
        return receipt

    async def record_readings(self) -> None:
        """Write which personal facts were shown in plain, before they leave: one event for all of a request."""
        if not self.disclosed:
            return
        shown, self.disclosed = self.disclosed, set()
        filers = {filer for _, filer, _ in shown}
        async with self.house.work(self.actor, self.request_id) as work:
            activities = sorted({activity for activity, _, _ in shown})
            record_reading(work, activities, {name for *_, name in shown}, filers.pop() if len(filers) == 1 else None)


Info: TypeAlias = StrawberryInfo[Context, None]
