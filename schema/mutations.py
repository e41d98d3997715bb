"""How a mutation is written: one `input`, one payload, one transaction; what is refused becomes data."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import asyncpg
import strawberry
from strawberry.types.field import StrawberryField

from core.errors import Refused
from schema.admission import IdFields, Matter, admit, hide_unseen
from schema.context import Info
from schema.errors import UserError, user_errors
from schema.texts import texts_of

P = TypeVar("P", bound="Payload")
ATTEMPTS = 4  # of a mutation whose transaction PostgreSQL chose to undo so that another could go on


@strawberry.interface(description="결과 · What every mutation answers.")
class Payload:
    """What every mutation answers: its objects, or the errors that speak against it."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="오류 · Everything that speaks against it; empty when it was done."
    )
    seen: strawberry.Private[bool] = False
    """Whether what it names is surely for the eyes of whoever asked, so that its id alone is told without a look."""


@dataclass(frozen=True, slots=True)
class Mutating:
    """What is behind a mutation field: its function, guarded, and what that answers."""

    run: Callable[..., Awaitable[Any]]
    payload: type[Payload]
    proves: bool
    matter: Matter


def mutating_of(field: StrawberryField) -> Mutating | None:
    """What is behind a field that `mutation` made; None for any other."""
    resolver = field.base_resolver
    return None if resolver is None else getattr(resolver.wrapped_func, "mutating", None)


def mutation(
    description: str, *, proves: bool = False, matter: Matter = Matter.CHANGE, unseen: Sequence[str] = ()
) -> Callable[[Callable[..., Awaitable[P]]], Any]:
    """A mutation field from `async def name(info, input) -> SomePayload`.

    Before the function runs, the actor must be signed in, ready, and of a role that changes something, unless
    `matter` says that the mutation is no such change. Ids in the input whose rows the actor may not see are replaced
    by ones that do not exist, but for those in the fields `unseen`: there the function must check who may name them
    before it looks them up.

    The function opens its own transaction by `info.context.work()`, one for all it does. Whatever it refuses is
    answered in the payload's `errors`; permission errors and the unexpected stay at the top. Before it is called, every
    text of its input has been checked and composed by the policy of `core.texts`.

    With `proves` it may be called before anybody made sure of who asks: all it does in the database it does by
    `info.context.post_alone`, which makes sure in the same round trip.
    """

    def decorate(function: Callable[..., Awaitable[P]]) -> Any:
        hints = inspect.get_annotations(function, eval_str=True)
        payload: type[Payload] = hints["return"]
        input_type = hints.get("input")
        ids: list[IdFields | None] = []  # found at the first call: by then every type of the input can be resolved

        async def run(info: Info, **arguments: Any) -> Any:
            if (done := info.context.outcome) is not None:
                info.context.outcome = None
                return done.again()
            admit(info.context.actor, matter)
            objections = texts_of(arguments["input"]) if "input" in arguments else []
            if objections:
                return payload(errors=user_errors(Refused(*objections), info.context.language))
            if input_type is not None and info.context.actor.signed_in:
                if not ids:
                    ids.append(IdFields.of(input_type, unseen))
                if ids[0] is not None:
                    await hide_unseen(info, ids[0], arguments["input"])
                    admit(info.context.actor, matter)
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return await function(info, **arguments)
                except Refused as refused:
                    return payload(errors=user_errors(refused, info.context.language))
                except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                    if attempt == ATTEMPTS:
                        raise
                    await asyncio.sleep(random.uniform(0, 0.05 * attempt))
            raise AssertionError("the last attempt answers or raises")

        async def with_input(info: Info, input: Any) -> Any:
            return await run(info, input=input)

        async def without_input(info: Info) -> Any:
            return await run(info)

        resolver: Any = without_input if input_type is None else with_input
        if input_type is not None:
            resolver.__annotations__["input"] = Annotated[
                input_type, strawberry.argument(description="입력 · Everything the mutation needs.")
            ]
        resolver.__annotations__["info"] = Info
        resolver.__annotations__["return"] = payload
        resolver.__name__ = function.__name__
        resolver.__doc__ = function.__doc__
        resolver.mutating = Mutating(run, payload, proves, matter)
        return strawberry.field(resolver=resolver, description=description)

    return decorate
