"""Documents' bytes over HTTP: sent by PUT to an address that was requested, read by whoever may see them."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from core.database import table_of
from core.errors import NotSignedIn, Refused
from core.file_types import FileType
from core.files import Attachment, DocumentStore, receive_upload, store_errors
from core.files.problems import UPLOAD_INTERRUPTED
from core.house import House
from core.language import Language, Text
from core.watch import saw_errors
from core.watch.outages import outage_of
from schema.errors import UNEXPECTED
from schema.http.request import Incoming, context_of
from schema.mapping import mapping_of
from schema.reading import find_one

if TYPE_CHECKING:
    from schema.build import DureSchema
    from schema.context import Context

SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}
STATUSES = {  # 422 for whatever else is objected to
    "DOCUMENT_UPLOAD_UNKNOWN": 404,
    "DOCUMENT_UPLOAD_EXPIRED": 410,
    "DOCUMENT_UPLOAD_BUSY": 409,
    "DOCUMENT_UPLOAD_DONE": 409,
    "DOCUMENT_UPLOAD_STALLED": 408,
    "DOCUMENT_UPLOAD_INTERRUPTED": 400,
    "DOCUMENT_STORE_FULL": 507,
    "DOCUMENT_STORE_FAILED": 503,
}
ATTACHMENT = table_of(Attachment)
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
SIZE = KEY = re.compile(r"[0-9]{1,18}")
NOT_FOUND = Text("파일을 찾을 수 없습니다.", "There is no such document, or it is not yours.")
LOST = Text("파일이 저장소에 없습니다. 운영자에게 알리세요.", "The document is not in the store. Tell the operators.")
log = logging.getLogger(__name__)


class Documents:
    """The routes of documents of one house."""

    def __init__(self, house: House, schema: DureSchema) -> None:
        self.house = house
        self.shown_by = [cls for cls in schema.nodes_by_name.values() if mapping_of(cls).table is ATTACHMENT]

    async def receive(self, request: Request) -> Response:
        """Take a file. The address is the permission: no sign-in is asked for, and no cookie counts."""
        language = Language.preferred(request.headers.get("accept-language"))
        try:
            announced = request.headers.get("content-length", "")
            size = int(announced) if SIZE.fullmatch(announced) else None
            found = await receive_upload(self.house, request.path_params["token"], request.stream(), size)
        except Refused as refused:
            return _objections(refused, language)
        except ClientDisconnect:
            return _objections(UPLOAD_INTERRUPTED.refuse("file"), language)
        except Exception as error:
            request_id = Incoming(request.scope).request_id
            if (outage := outage_of(error)) is not None:
                log.warning("%s in request %s: %s", outage.code, request_id, str(error))
                saw_errors([outage.code])
                said = {"code": outage.code, "path": [], "message": outage.text.in_(language)}
                return _json({"errors": [said]}, outage.status, retry_after=outage.retry_after)
            log.exception("unexpected error in request %s", request_id)
            message = UNEXPECTED.format({"request_id": request_id}).in_(language)
            return _json({"errors": [{"code": "INTERNAL", "path": [], "message": message}]}, 500)
        told = {"fileName": found.file_name, "fileType": found.file_type.name, "size": found.size}
        return _json({**told, "sha256": found.sha256, "errors": []}, 201)

    async def download(self, request: Request) -> Response:
        """The bytes of an attachment, whole or a range of them, for whoever may see it at this moment."""
        try:
            context = await context_of(Incoming(request.scope), self.house, changes=False)
        except NotSignedIn:
            return _told(401, NotSignedIn.text)
        asked_for = request.path_params["key"]
        key = int(asked_for) if KEY.fullmatch(asked_for) else 0
        if not await self._may_see(context, key):
            return _told(404, NOT_FOUND) if context.actor.signed_in else _told(401, NotSignedIn.text)
        async with self.house.database.reading() as tx:
            row = await tx.connection.fetchrow(
                "SELECT a.file_name, s.file_type, s.size, s.sha256, s.store_key FROM attachment a"
                " JOIN stored_file s ON s.id = a.file_id WHERE a.id = $1",
                key,
            )
        if row is None:  # it went a moment ago
            return _told(404, NOT_FOUND)
        size, tag = row["size"], f'"{row["sha256"]}"'
        headers = {
            **SAFE_HEADERS,
            "content-disposition": disposition(row["file_name"], FileType(row["file_type"])),
            "accept-ranges": "bytes",
            "etag": tag,
        }
        asked = request.headers.get("range", "")
        part = byte_range(asked, size) if request.headers.get("if-range", tag) == tag else None
        if part is not None and part[0] >= part[1]:
            return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
        start, end = part or (0, size)
        headers["content-length"] = str(end - start)
        if part is not None:
            headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
        media_type = FileType(row["file_type"]).media_type
        status = 200 if part is None else 206
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=media_type)
        content = DocumentStore.of(self.house.settings).read(row["store_key"], start, end)
        lost: tuple[type[Exception], ...] = (StopAsyncIteration, *store_errors())
        try:
            first = await anext(content)
        except lost:
            log.exception("the bytes of attachment %s cannot be read", key)
            return _told(503, LOST)
        return StreamingResponse(continued(first, content), status, headers=headers, media_type=media_type)

    async def _may_see(self, context: Context, key: int) -> bool:
        """As an `Attachment`, or as a type of a plugin's own that shows the table: it says who else may see which."""
        for cls in self.shown_by:
            if await find_one(context, cls, "id", key) is not None:
                return True
        return False


def byte_range(asked: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; empty when there are none such; None: the whole is answered.

    Of several ranges, or what is no range of bytes, none is served: the whole is a right answer too (RFC 9110, 14.2).
    """
    found = RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(size - int(found[2]), 0), size if int(found[2]) else 0
    start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    if found[2] and int(found[2]) < start:
        return None
    return start, end


def disposition(file_name: str, file_type: FileType) -> str:
    """Always to be saved, never shown in the page; the name as it is (RFC 5987), and one every client understands."""
    return f"attachment; filename=\"document.{file_type}\"; filename*=UTF-8''{quote(file_name, safe='')}"


async def continued(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _objections(refused: Refused, language: Language) -> Response:
    saw_errors(each.code for each in refused.violations)
    errors = [
        {
            "code": each.code,
            "path": [str(step) for step in each.path],
            "message": each.message.in_(language),
            "source": each.source
            and {"document": each.source.document.names.in_(language), "clause": each.source.clause},
        }
        for each in refused.violations
    ]
    status = STATUSES.get(refused.violations[0].code, 422)
    return _json({"errors": errors}, status, retry_after=60 if status in (503, 507) else None)


def _json(body: dict[str, Any], status: int, *, retry_after: int | None = None) -> Response:
    headers = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")


def _told(status: int, text: Text) -> Response:
    return PlainTextResponse(text.both, status, headers=SAFE_HEADERS)
