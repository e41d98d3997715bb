"""`/documents/filings/<key>.xlsx`, a filing as a spreadsheet; `/documents/samples/…`, an empty one to fill in."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.activities.sheets import sample_workbook
from core.errors import NotAllowed, NotSignedIn
from core.file_types import FileType
from core.house import House
from core.language import Text
from schema.filing_book import write_filing
from schema.http.documents import KEY, disposition
from schema.http.exports import AT_ONCE, HEADERS, WHOLE, XLSX, Fleeting
from schema.http.request import Incoming, context_of

NOT_FOUND = Text("적립신청을 찾을 수 없습니다.", "There is no such filing, or it is not yours.")
NO_TYPE = Text("그런 적립 활동이 없습니다.", "There is no such activity type.")
A_DAY = {"x-content-type-options": "nosniff", "cache-control": "public, max-age=86400"}


class Filings:
    """The spreadsheets of one house's filings."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._samples: dict[int, bytes] = {}  # by the declared types, which stay as long as the house

    async def filing(self, request: Request) -> Response:
        """As the one who asks may see it now; what is handed out is in the audit."""
        try:
            context = await context_of(Incoming(request.scope), self.house, changes=False)
            context.actor.require_ready()
        except NotSignedIn:
            return _told(401, NotSignedIn.text)
        except NotAllowed as error:
            return _told(403, error.text)
        asked_for = str(request.path_params["key"])
        if not KEY.fullmatch(asked_for):
            return _told(404, NOT_FOUND)
        await self.house.vault.unlock(self.house.settings, self.house.database)
        async with self._turns:
            folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="dure-filing-"))
            try:
                name = await write_filing(context, int(asked_for), folder / "filing.xlsx")
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        if name is None:
            shutil.rmtree(folder, ignore_errors=True)
            return _told(404, NOT_FOUND)
        return Fleeting(folder / "filing.xlsx", headers=HEADERS | WHOLE, media_type=XLSX, filename=name)

    async def sample(self, request: Request) -> Response:
        """Public, as the declaration it follows from."""
        kind = self.house.plugins.activity_type(
            str(request.path_params["program"]), str(request.path_params["activity_type"])
        )
        if kind is None:
            return _told(404, NO_TYPE)
        content = self._samples.get(id(kind))
        if content is None:  # made once: anybody may ask for it, as often as they like
            content = self._samples[id(kind)] = await asyncio.to_thread(sample_workbook, kind)
        headers = {**A_DAY, "content-disposition": disposition(f"{kind.names.ko} 일괄등록.xlsx", FileType.XLSX)}
        return Response(content, headers=headers, media_type=XLSX)


def _told(status: int, text: Text) -> Response:
    return PlainTextResponse(text.both, status, headers=HEADERS)
