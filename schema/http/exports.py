"""`/exports/<token>/<list>.xlsx`: a list that somebody may see, as a spreadsheet, by a signed address."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from core.actor import Actor
from core.errors import NotSignedIn
from core.file_types import FileType
from core.files import DocumentStore, store_errors
from core.house import House
from core.identity import actor_by_id
from core.language import Text
from schema.addresses import AddressExpired, AddressInvalid, Listed, listed_at
from schema.build import DureSchema
from schema.exports import write_export
from schema.http.documents import KEY, LOST, continued, disposition
from schema.http.request import Incoming, context_of
from schema.queued_exports import EXPORT, NOT_ANY_MORE

HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "private, no-store"}
WHOLE = {"accept-ranges": "none"}
AT_ONCE = 2  # exports that one server writes; others wait their turn
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_ADDRESS = Text("내려받기 주소가 올바르지 않습니다.", "This is no address of an export.")
TOO_LATE = Text(
    "내려받기 주소의 유효시간이 지났습니다. 목록에서 다시 받으세요.", "The address has expired; ask for a new one."
)
NO_FILE = Text(
    "내려받을 파일이 없습니다. 다른 회원이 요청했거나 24시간이 지났습니다.",
    "There is no such file: another member asked for it, or its 24 hours are over.",
)
ONE_AT_A_TIME = Text(
    "이 계정으로 내려받는 목록이 아직 만들어지고 있습니다. 끝난 뒤에 다시 받으세요.",
    "A list for this account is still being written. Fetch this one when that is done.",
)
GONE = 499  # nobody reads it: whoever asked has gone
log = logging.getLogger(__name__)


class Fleeting(FileResponse):
    """A file that is sent whole, and gone with its folder however the sending ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [each for each in scope["headers"] if each[0] != b"range"]
        try:
            await super().__call__({**scope, "headers": headers}, receive, send)
        finally:
            shutil.rmtree(Path(self.path).parent, ignore_errors=True)


class Exports:
    """The exports of one house."""

    def __init__(self, house: House, schema: DureSchema) -> None:
        self.house = house
        self.schema = schema
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waited_for: set[int] = set()  # members whose list is being written, or waits for its turn

    async def export(self, request: Request) -> Response:
        """As the member who asked may see it now: rights are looked up anew."""
        await self.house.vault.unlock(self.house.settings, self.house.database)
        try:
            member_id, listed = listed_at(self.house, str(request.path_params["token"]))
        except AddressInvalid:
            return _told(404, NO_ADDRESS)
        except AddressExpired:
            return _told(410, TOO_LATE)
        async with self.house.database.reading() as tx:
            actor = await actor_by_id(tx, member_id)
        if actor is None or actor.must_change_password:
            return _told(403, NOT_ANY_MORE)
        if member_id in self._waited_for:
            return _told(429, ONE_AT_A_TIME, {"retry-after": "5"})
        self._waited_for.add(member_id)
        try:
            async with self._turns:
                if await request.is_disconnected():
                    return Response(status_code=GONE)
                return await self._written(request, actor, listed)
        except AddressInvalid:
            return _told(404, NO_ADDRESS)
        finally:
            self._waited_for.discard(member_id)

    async def _written(self, request: Request, actor: Actor, listed: Listed) -> Response:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="dure-export-"))
        try:
            path = folder / "list.xlsx"
            request_id = Incoming(request.scope).request_id
            written = await write_export(self.house, self.schema, actor, listed, path, request_id)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Fleeting(path, headers=HEADERS | WHOLE, media_type=XLSX, filename=written.name)

    async def queued(self, request: Request) -> Response:
        """What a job wrote, for whoever asked for it and nobody else, until its time is over."""
        try:
            context = await context_of(Incoming(request.scope), self.house, changes=False)
        except NotSignedIn:
            return _told(401, NotSignedIn.text)
        actor, asked_for = context.actor, request.path_params["key"]
        if not actor.signed_in:
            return _told(401, NotSignedIn.text)
        if actor.must_change_password:
            return _told(403, NOT_ANY_MORE)
        found = None
        if KEY.fullmatch(asked_for):
            async with self.house.database.reading() as tx:
                found = await tx.connection.fetchrow(
                    "SELECT file_key, result FROM job"
                    " WHERE id = $1 AND asked_by = $2 AND name = $3 AND file_until > $4",
                    int(asked_for), actor.member_id, EXPORT, self.house.clock(),
                )  # fmt: skip
        if found is None:
            return _told(404, NO_FILE)
        name, size = found["result"]["name"], found["result"]["size"]
        headers = {**HEADERS, "content-disposition": disposition(name, FileType.XLSX), "content-length": str(size)}
        if request.method == "HEAD":
            return Response(headers=headers, media_type=XLSX)
        content = DocumentStore.of(self.house.settings).read(found["file_key"], 0, size)
        lost: tuple[type[Exception], ...] = (StopAsyncIteration, *store_errors())
        try:
            first = await anext(content)
        except lost:
            log.exception("the spreadsheet of job %s cannot be read", asked_for)
            return _told(503, LOST)
        return StreamingResponse(continued(first, content), headers=headers, media_type=XLSX)


def _told(status: int, text: Text, more: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(text.both, status, headers={**HEADERS, **(more or {})})
