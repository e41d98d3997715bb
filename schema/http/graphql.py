"""GraphQL over HTTP: POST with JSON or multipart, GET for queries only, status codes as the specification has them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from starlette.datastructures import QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.file_uploads.utils import replace_placeholders_with_files

from core.errors import NotSignedIn
from core.house import House
from core.identity import RememberedTokens
from core.language import Language
from core.watch import saw_errors, saw_status
from core.watch.outages import outage_of
from schema.build import DureSchema
from schema.context import Context
from schema.errors import UNEXPECTED
from schema.execution import Executor
from schema.http.cycle import WHOLE
from schema.http.headers import transport_security
from schema.http.request import CSRF_COOKIE, CSRF_HEADER, Incoming, context_of
from schema.http.trusted import TrustedDocuments
from schema.limits import Limits

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
MOST_BYTES = 1024 * 1024  # a document and its variables; files are counted apart
MOST_FILE_BYTES = 10 * 1024 * 1024
SHORT = len(str(MOST_BYTES)) - 1  # a Content-Length of so few digits needs no look
PREFLIGHT = "graphql-preflight"
ALWAYS = (
    (b"vary", b"Accept, Accept-Language, Authorization, Cookie"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
BEYOND_FORMS = ("authorization", CSRF_HEADER, PREFLIGHT)  # headers that a form on another site cannot send

log = logging.getLogger(__name__)


class BadRequest(Exception):
    """Not a GraphQL request. `status` is what HTTP calls it."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


class GraphQLRequest(NamedTuple):
    """What a request asks to be executed."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class Reply(NamedTuple):
    """What is sent: a status, a body, and headers beside those that every answer has."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """The headers of every answer of one media type, apart and as they are sent."""

    headers: tuple[tuple[bytes, bytes], ...]
    joined: bytes

    @classmethod
    def of(cls, media_type: str, always: Iterable[tuple[bytes, bytes]]) -> Lines:
        headers = ((b"content-type", b"%b; charset=utf-8" % media_type.encode()), *always)
        return cls(headers, b"".join(b"%b: %b\r\n" % header for header in headers))


class GraphQLEndpoint:
    """The one address of the API, an ASGI application of its own."""

    def __init__(self, house: House, schema: DureSchema) -> None:
        self.house = house
        self.schema = schema
        self.trusted = TrustedDocuments.of(house.settings)
        self.executor = Executor(schema, limits=Limits.of(house.settings), debug=house.settings.debug)
        self.remembered = RememberedTokens()
        always = (*ALWAYS, *transport_security(house.settings))
        self.lines = {each: Lines.of(each, always) for each in (GRAPHQL_RESPONSE, JSON)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = Incoming(scope)
        media_type = _answer_type(incoming.header(b"accept"))
        try:
            if media_type is None:
                reply = _errors(406, _plain_error("Accept must allow JSON", "NOT_ACCEPTABLE"))
            else:
                reply = await self._reply(incoming, receive, media_type)
        except ClientDisconnect:
            return
        saw_status(reply.status)
        request_id, status, body = incoming.request_id.encode(), reply.status, reply.body
        lines = self.lines[media_type or JSON]
        if not reply.headers and WHOLE in scope.get("extensions", ()):
            head = b"%bx-request-id: %b\r\n" % (lines.joined, request_id)
            await send({"type": WHOLE, "status": status, "head": head, "body": body})
            return
        more = ((b"content-length", b"%d" % len(body)), (b"x-request-id", request_id), *reply.headers)
        await send({"type": "http.response.start", "status": status, "headers": [*lines.headers, *more]})
        await send({"type": "http.response.body", "body": body})

    async def _reply(self, incoming: Incoming, receive: Receive, media_type: str) -> Reply:
        changes = incoming.method == "POST"
        try:
            asked = await read_request(incoming, receive, self.trusted)
            context = await context_of(incoming, self.house, changes=changes, remembered=self.remembered)
            answer = await self.executor.execute(
                asked.query, asked.variables, asked.operation_name, context, queries_only=incoming.method == "GET"
            )
        except BadRequest as error:
            return _errors(error.status, _plain_error(str(error), "BAD_REQUEST"))
        except NotSignedIn as error:
            return _errors(401, _plain_error(error.text.in_(_language(incoming)), "UNAUTHENTICATED"))
        except ClientDisconnect:
            raise
        except Exception as error:
            if (outage := outage_of(error)) is not None:
                log.warning("%s in request %s: %s", outage.code, incoming.request_id, str(error))
                said = _plain_error(outage.text.in_(_language(incoming)), outage.code, retryAfter=outage.retry_after)
                return _errors(outage.status, said)._replace(headers=_retry(outage.retry_after))
            log.exception("unexpected error in request %s", incoming.request_id)
            message = UNEXPECTED.format({"request_id": incoming.request_id}).in_(_language(incoming))
            return _errors(500, _plain_error(message, "INTERNAL", requestId=incoming.request_id))
        status = answer.status
        if media_type == JSON and status == 400:
            status = 200  # the older media type answers every well-formed request with 200
        allow = ((b"allow", b"POST"),) if status == 405 else ()
        return Reply(status, answer.body, (*allow, *_retry(answer.retry_after), *_cookies(context)))


def _language(incoming: Incoming) -> Language:
    return Language.preferred(incoming.header(b"accept-language"))


NOBODY_IS_TRUSTED = TrustedDocuments()


async def read_request(
    incoming: Incoming, receive: Receive, trusted: TrustedDocuments = NOBODY_IS_TRUSTED
) -> GraphQLRequest:
    """The operation a request asks for. Raises `BadRequest`, saying what is wrong with it."""
    given, texts = await _given(incoming, receive)
    return _request_of(given, trusted, texts=texts)


async def _given(incoming: Incoming, receive: Receive) -> tuple[Any, bool]:
    """What the request states, and whether as texts only."""
    if incoming.method == "GET":
        return dict(QueryParams(incoming.scope["query_string"])), True
    content_type = incoming.header(b"content-type")
    if content_type != JSON:
        content_type = content_type.partition(";")[0].strip().lower()
    if content_type == JSON:
        announced = incoming.headers.get(b"content-length", b"")
        if len(announced) > SHORT and announced.isdigit() and int(announced) > MOST_BYTES:
            raise _too_large()
        return _parsed(await _body(receive)), False
    if content_type == "multipart/form-data":
        return await _multipart(Request(incoming.scope, receive)), False
    raise BadRequest("Content-Type must be application/json or multipart/form-data", 415)


def _too_large() -> BadRequest:
    return BadRequest(f"the request is larger than {MOST_BYTES} bytes", 413)


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MOST_BYTES:
            raise _too_large()
        more = message.get("more_body", False)
        if not more and not chunks:
            return chunk
        chunks.append(chunk)
    return b"".join(chunks)


async def _multipart(request: Request) -> Any:
    """The GraphQL multipart request specification: `operations`, `map`, then files."""
    if not any(name in request.headers for name in BEYOND_FORMS):
        raise BadRequest(f"multipart/form-data needs the header {PREFLIGHT}: 1, which no form on another site can send")
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BYTES + MOST_FILE_BYTES:
        raise BadRequest(f"a file is {MOST_FILE_BYTES} bytes at most; Content-Length is needed", 413)
    try:
        async with request.form(max_files=10, max_fields=10) as form:
            operations = _parsed(str(form.get("operations", "")).encode())
            places = _parsed(str(form.get("map", "")).encode())
            files: dict[str, Any] = {
                name: _File(value.filename or "", await value.read())
                for name, value in form.items()
                if isinstance(value, UploadFile)
            }
    except (HTTPException, MultiPartException) as error:
        raise BadRequest(f"not a form: {error}") from error
    if not isinstance(operations, dict) or not isinstance(places, dict):
        raise BadRequest("operations and map must be JSON objects")
    try:
        replaced = replace_placeholders_with_files(operations, places, files)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise BadRequest("map names a file or a place that is not there") from error
    return replaced


@dataclass(frozen=True, slots=True)
class _File:
    """An uploaded file, whole: the sizes above keep it small."""

    filename: str
    content: bytes


def _request_of(given: Any, trusted: TrustedDocuments, *, texts: bool = False) -> GraphQLRequest:
    if not isinstance(given, dict):
        raise BadRequest("the body must be a JSON object with `query`; batches are not taken")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if texts and isinstance(variables, str):
        variables = _parsed(variables.encode()) if variables else None
    query = _trusted_query(query, given.get("documentId"), trusted)
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("`query` is missing: it must be a GraphQL document")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object")
    if name is not None and not isinstance(name, str):
        raise BadRequest("`operationName` must be a string")
    return GraphQLRequest(query=query, variables=variables, operation_name=name or None)


def _trusted_query(query: Any, document_id: Any, trusted: TrustedDocuments) -> Any:
    """The document that an id names; the query itself when no id is given and any may come."""
    if document_id is None:
        if trusted.only:
            raise BadRequest("only trusted documents are taken here: send `documentId` instead of `query`")
        return query
    if query is not None:
        raise BadRequest("send either `query` or `documentId`, not both")
    found = trusted.documents.get(document_id) if isinstance(document_id, str) else None
    if found is None:
        raise BadRequest("`documentId` names no trusted document of this server")
    return found


def _parsed(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"not JSON: {error}") from error


@lru_cache(maxsize=256)
def _answer_type(accept: str) -> str | None:
    """What the client would like: the specification's media type, or plain JSON when it says nothing of it."""
    asked = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if GRAPHQL_RESPONSE in asked:
        return GRAPHQL_RESPONSE
    if not asked or any(kind in (JSON, "application/*", "*/*") for kind in asked):
        return JSON
    return None


def _errors(status: int, error: Mapping[str, Any]) -> Reply:
    return Reply(status, orjson.dumps({"errors": [error]}, default=str))


def _retry(seconds: int | None) -> tuple[tuple[bytes, bytes], ...]:
    return () if seconds is None else ((b"retry-after", b"%d" % seconds),)


def _plain_error(message: str, code: str, **more: str | int) -> dict[str, Any]:
    saw_errors([code])
    return {"message": message, "extensions": {"code": code, **more}}


def _cookies(context: Context) -> list[tuple[bytes, bytes]]:
    """What a sign-in or sign-out asked for: the token out of scripts' reach, the CSRF token within it."""
    if not context.cookies:
        return []
    response, secure = Response(), context.house.settings.secure_cookies
    for name, value in context.cookies.items():
        if value is None:
            response.delete_cookie(name, path="/", secure=secure, samesite="strict")
        else:
            response.set_cookie(
                name, value, path="/", secure=secure, httponly=name != CSRF_COOKIE, samesite="strict", max_age=12 * 3600
            )
    return [(name, value) for name, value in response.raw_headers if name == b"set-cookie"]


__all__ = ["BadRequest", "GraphQLEndpoint", "GraphQLRequest", "read_request"]
