"""Plugins' workbooks as .xlsx, at `/documents/workbooks/<plugin>/<code>/<key>.xlsx`, for whom the plugin finds one."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.documents.spreadsheets import Book
from core.errors import NotAllowed, NotSignedIn, Refused
from core.house import House
from core.language import Text
from core.parts import Sheets
from schema.http.exports import HEADERS, WHOLE, XLSX, Fleeting
from schema.http.forms import NOTHING
from schema.http.request import Incoming, context_of


class Workbooks:
    """The workbooks of one house."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def workbook(self, request: Request) -> Response:
        """Load as the actor, then write off the event loop; what is handed out is in the audit."""
        try:
            context = await context_of(Incoming(request.scope), self.house, changes=False)
        except NotSignedIn:
            return _told(401, NotSignedIn.text)
        plugin, code, key = (str(request.path_params[name]) for name in ("plugin", "workbook", "key"))
        found = self.house.plugins.workbooks.get(f"{plugin}.{code}")
        if found is None:
            return _told(404, NOTHING)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="dure-workbook-"))
        try:
            async with context.work() as work:
                sheets = await found.load(work, key)
                if sheets is not None:
                    rows = await asyncio.to_thread(write_sheets, sheets, folder / "workbook.xlsx")
                    work.record(
                        "workbook.written", "workbook", f"{plugin}.{code}",
                        organization_id=context.actor.organization_id, after={"key": key, "rows": rows},
                    )  # fmt: skip
        except NotSignedIn:
            return _dropped(folder, _told(401, NotSignedIn.text))
        except NotAllowed as error:
            return _dropped(folder, _told(403, error.text))
        except Refused as refused:
            return _dropped(folder, _told(404, refused.violations[0].message))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if sheets is None:
            return _dropped(folder, _told(404, NOTHING))
        name = f"{sheets.file_name}.xlsx"
        return Fleeting(folder / "workbook.xlsx", headers=HEADERS | WHOLE, media_type=XLSX, filename=name)


def write_sheets(sheets: Sheets, path: Path) -> int:
    """Write the file; how many rows its tables have. The sheets come in the order of the tables."""
    first, *others = sheets.tables
    book = Book(path, first.name, first.columns, title=first.title)
    book.write(first.rows)
    for each in others:
        book.turn_to(each.name, each.columns, title=each.title)
        book.write(each.rows)
    book.close(sheets.about)
    return book.rows


def _dropped(folder: Path, answer: Response) -> Response:
    shutil.rmtree(folder, ignore_errors=True)
    return answer


def _told(status: int, text: Text) -> Response:
    return PlainTextResponse(text.both, status, headers=HEADERS)
