"""`/exports/<token>/<list>.xlsx`: a list that somebody may see, as a spreadsheet, by a signed address."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from core.actor import Actor
from core.house import House
from core.identity import actor_by_id
from core.language import Text
from schema.addresses import AddressExpired, AddressInvalid, Listed, listed_at
from schema.build import DureSchema
from schema.exports import write_export
from schema.http.request import Incoming

HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "private, no-store"}
WHOLE = {"accept-ranges": "none"}
AT_ONCE = 2  # exports that one server writes; others wait their turn
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_ADDRESS = Text("내려받기 주소가 올바르지 않습니다.", "This is no address of an export.")
TOO_LATE = Text(
    "내려받기 주소의 유효시간이 지났습니다. 목록에서 다시 받으세요.", "The address has expired; ask for a new one."
)
NOT_ANY_MORE = Text("이 계정으로는 더 이상 받을 수 없습니다.", "The account that asked for it may not any more.")
ONE_AT_A_TIME = Text(
    "이 계정으로 내려받는 목록이 아직 만들어지고 있습니다. 끝난 뒤에 다시 받으세요.",
    "A list for this account is still being written. Fetch this one when that is done.",
)
GONE = 499  # nobody reads it: whoever asked has gone


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


def _told(status: int, text: Text, more: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(text.both, status, headers={**HEADERS, **(more or {})})
