"""`/exports/<token>/<list>.xlsx`: a list that somebody may see, as a spreadsheet, by a signed address."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from core.house import House
from core.identity import actor_by_id
from core.language import Text
from schema.addresses import AddressExpired, AddressInvalid, listed_at
from schema.build import DureSchema
from schema.exports import write_export
from schema.http.request import Incoming

HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "private, no-store"}
AT_ONCE = 2  # exports that one server writes; others wait their turn
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_ADDRESS = Text("내려받기 주소가 올바르지 않습니다.", "This is no address of an export.")
TOO_LATE = Text(
    "내려받기 주소의 유효시간이 지났습니다. 목록에서 다시 받으세요.", "The address has expired; ask for a new one."
)
NOT_ANY_MORE = Text("이 계정으로는 더 이상 받을 수 없습니다.", "The account that asked for it may not any more.")


class Exports:
    """The exports of one house."""

    def __init__(self, house: House, schema: DureSchema) -> None:
        self.house = house
        self.schema = schema
        self._turns = asyncio.Semaphore(AT_ONCE)

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
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="dure-export-"))
        try:
            async with self._turns:
                path = folder / "list.xlsx"
                written = await write_export(
                    self.house, self.schema, actor, listed, path, Incoming(request.scope).request_id
                )
        except AddressInvalid:
            shutil.rmtree(folder, ignore_errors=True)
            return _told(404, NO_ADDRESS)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        cleanup = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        return FileResponse(path, headers=HEADERS, media_type=XLSX, filename=written.name, background=cleanup)


def _told(status: int, text: Text) -> Response:
    return PlainTextResponse(text.both, status, headers=HEADERS)
