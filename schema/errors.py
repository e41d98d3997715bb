"""How a no is said: business errors as data in the payload, permission errors at the top, the unexpected masked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import GraphQLError

from core.errors import DureError, NotAllowed, NotSignedIn, Refused, Violation
from core.language import Language, Text
from core.watch import saw_errors
from core.watch.outages import outage_of
from schema.context import Context

log = logging.getLogger(__name__)
UNEXPECTED = Text(
    "예기치 않은 오류가 발생했습니다. 요청 번호 {request_id}(으)로 문의하세요.",
    "Something went wrong on our side. Quote the request id {request_id} when you ask about it.",
)
LETTERS = 2_000  # of a message
NUL = Text("글자 U+0000은 쓸 수 없습니다.", "The character U+0000 cannot be used: remove it.")
NOT_A_TEXT = frozenset({"22021", "22P05"})  # what PostgreSQL calls a text with a NUL in it


@strawberry.type(description="근거 · Where the rule that objects stands.")
class ErrorSource:
    document: str = strawberry.field(description="문서 · The regulation or notice.")
    clause: str = strawberry.field(description="조항 · The clause in it.")


@strawberry.type(description="오류 · An objection to what was asked; nothing of it was done.")
class UserError:
    path: list[str] = strawberry.field(description="위치 · Where in the input, from the outside in; empty: as a whole.")
    message: str = strawberry.field(
        description="내용 · What is wrong and what to do, in Korean, or in English by Accept-Language."
    )
    source: ErrorSource | None = strawberry.field(description="근거 · The clause that objects, where there is one.")
    raw_code: strawberry.Private[str]


def user_error(violation: Violation, language: Language) -> UserError:
    source = violation.source
    return UserError(
        path=[str(step) for step in violation.path],
        message=violation.message.in_(language),
        source=None
        if source is None
        else ErrorSource(document=source.document.names.in_(language), clause=source.clause),
        raw_code=violation.code,
    )


def user_errors(refused: Refused, language: Language) -> list[UserError]:
    saw_errors(violation.code for violation in refused.violations)
    return [user_error(violation, language) for violation in refused.violations]


def place_of(error: GraphQLError) -> tuple[Any, ...]:
    """Where in the document, then where in the answer: whichever was done first, errors are told in one order."""
    where = [(each.line, each.column) for each in error.locations or ()]
    return where, [(isinstance(step, str), str(step).rjust(9)) for step in error.path or ()]


def present(error: GraphQLError, context: Context, *, debug: bool = False) -> GraphQLError:
    """A top-level error as a client may see it: with `extensions.code`, and masked when it is not ours."""
    shown = _shown(error, context, debug=debug)
    if len(shown.message) > LETTERS:  # it repeats what was sent, which may be long
        code = str((shown.extensions or {}).get("code"))
        shown = _coded(shown, f"{shown.message[:LETTERS]}…", code)
    saw_errors([str((shown.extensions or {}).get("code"))])
    return shown


def _shown(error: GraphQLError, context: Context, *, debug: bool) -> GraphQLError:
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if original is None or isinstance(original, GraphQLError):
        return error if (error.extensions or {}).get("code") else _coded(error, error.message, "BAD_REQUEST")
    if isinstance(original, NotSignedIn):
        return _coded(error, context.say(NotSignedIn.text), "UNAUTHENTICATED")
    if isinstance(original, NotAllowed):
        return _coded(error, context.say(original.text), "FORBIDDEN")
    if isinstance(original, Refused):
        first = original.violations[0]
        return _coded(error, context.say(first.message), first.code, path=[str(step) for step in first.path])
    if isinstance(original, DureError):
        return _coded(error, str(original), "REFUSED")
    if error.nodes and not error.path and isinstance(original, ValueError | TypeError | ArithmeticError):
        return _coded(error, error.message, "BAD_REQUEST")  # a value in the document or variables that is none
    if getattr(original, "sqlstate", None) in NOT_A_TEXT:
        return _coded(error, context.say(NUL), "BAD_REQUEST")
    outage = outage_of(original)
    if outage is not None:
        log.warning("%s in request %s: %s", outage.code, context.request_id, str(original))
        return _coded(error, context.say(outage.text), outage.code, retryAfter=outage.retry_after)
    log.error("unexpected error in request %s", context.request_id, exc_info=original)
    text = UNEXPECTED.format({"request_id": context.request_id})
    message = f"{type(original).__name__}: {original}" if debug else context.say(text)
    return _coded(error, message, "INTERNAL", requestId=context.request_id)


def _coded(
    error: GraphQLError, message: str, code: str, path: Sequence[str] | None = None, **more: Any
) -> GraphQLError:
    extensions: dict[str, Any] = {"code": code, **more}
    if path:
        extensions["input"] = list(path)
    return GraphQLError(message, nodes=error.nodes, positions=error.positions, source=error.source, path=error.path,
                        extensions=extensions)  # fmt: skip
