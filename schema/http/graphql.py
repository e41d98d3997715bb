"""GraphQL over HTTP: POST with JSON or multipart, GET for queries only, status codes as the specification has them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from strawberry.file_uploads.utils import replace_placeholders_with_files

from core.errors import NotSignedIn
from core.house import House
from core.language import Language
from schema.build import DureSchema
from schema.context import Context
from schema.errors import UNEXPECTED
from schema.execution import Executor
from schema.http.request import COOKIE, CSRF_COOKIE, CSRF_HEADER, context_of, request_id_of
from schema.http.trusted import TrustedDocuments
from schema.limits import Limits

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
MOST_BYTES = 1024 * 1024  # a document and its variables; files are counted apart
MOST_FILE_BYTES = 10 * 1024 * 1024
PREFLIGHT = "graphql-preflight"
BEYOND_FORMS = ("authorization", CSRF_HEADER, PREFLIGHT)  # headers that a form on another site cannot send

log = logging.getLogger(__name__)


class BadRequest(Exception):
    """Not a GraphQL request. `status` is what HTTP calls it."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """What a request asks to be executed."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class GraphQLEndpoint:
    """The one address of the API."""

    def __init__(self, house: House, schema: DureSchema) -> None:
        self.house = house
        self.trusted = TrustedDocuments.of(house.settings)
        self.executor = Executor(schema, limits=Limits.of(house.settings), debug=house.settings.debug)

    async def __call__(self, request: Request) -> Response:
        media_type = _answer_type(request.headers.get("accept", ""))
        if media_type is None:
            response = _answer({"errors": [_plain_error("Accept must allow JSON", "NOT_ACCEPTABLE")]}, 406, JSON)
        else:
            response = await self._answered(request, media_type)
        response.headers["x-request-id"] = request_id_of(request)
        response.headers["vary"] = "Accept, Accept-Language, Authorization, Cookie"
        response.headers["cache-control"] = "no-store"
        return response

    async def _answered(self, request: Request, media_type: str) -> Response:
        language = Language.preferred(request.headers.get("accept-language"))
        try:
            asked = await read_request(request, self.trusted)
            context = await context_of(request, self.house, changes=request.method == "POST")
        except BadRequest as error:
            return _answer({"errors": [_plain_error(str(error), "BAD_REQUEST")]}, error.status, media_type)
        except NotSignedIn:
            message = NotSignedIn.text.in_(language)
            return _answer({"errors": [_plain_error(message, "UNAUTHENTICATED")]}, 401, media_type)
        except Exception:
            request_id = request_id_of(request)
            log.exception("unexpected error in request %s", request_id)
            message = UNEXPECTED.format({"request_id": request_id}).in_(language)
            return _answer({"errors": [_plain_error(message, "INTERNAL", requestId=request_id)]}, 500, media_type)
        answer = await self.executor.execute(
            asked.query, asked.variables, asked.operation_name, context, queries_only=request.method == "GET"
        )
        status = answer.status
        if media_type == JSON and status == 400:
            status = 200  # the older media type answers every well-formed request with 200
        response = Response(answer.body, status, media_type=f"{media_type}; charset=utf-8")
        if status == 405:
            response.headers["allow"] = "POST"
        _set_cookies(response, context)
        return response


NOBODY_IS_TRUSTED = TrustedDocuments()


async def read_request(request: Request, trusted: TrustedDocuments = NOBODY_IS_TRUSTED) -> GraphQLRequest:
    """The operation a request asks for. Raises `BadRequest`, saying what is wrong with it."""
    given, texts = await _given(request)
    return _request_of(given, trusted, texts=texts)


async def _given(request: Request) -> tuple[Any, bool]:
    """What the request states, and whether as texts only."""
    if request.method == "GET":
        return dict(request.query_params), True
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == JSON:
        return _parsed(await _body(request)), False
    if content_type == "multipart/form-data":
        return await _multipart(request), False
    raise BadRequest("Content-Type must be application/json or multipart/form-data", 415)


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadRequest(f"the request is larger than {MOST_BYTES} bytes", 413)
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


def _answer_type(accept: str) -> str | None:
    """What the client would like: the specification's media type, or plain JSON when it says nothing of it."""
    asked = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if GRAPHQL_RESPONSE in asked:
        return GRAPHQL_RESPONSE
    if not asked or any(kind in (JSON, "application/*", "*/*") for kind in asked):
        return JSON
    return None


def _answer(body: Mapping[str, Any], status: int, media_type: str) -> Response:
    return Response(orjson.dumps(body, default=str), status, media_type=f"{media_type}; charset=utf-8")


def _plain_error(message: str, code: str, **more: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code, **more}}


def _set_cookies(response: Response, context: Context) -> None:
    """What a sign-in or sign-out asked for: the token out of scripts' reach, the CSRF token within it."""
    secure = context.house.settings.secure_cookies
    for name, value in context.cookies.items():
        if value is None:
            response.delete_cookie(name, path="/", secure=secure, samesite="strict")
        else:
            response.set_cookie(
                name, value, path="/", secure=secure, httponly=name != CSRF_COOKIE, samesite="strict", max_age=12 * 3600
            )


__all__ = ["COOKIE", "BadRequest", "GraphQLEndpoint", "GraphQLRequest", "read_request"]
