"""Plugins' forms as PDF, at `/documents/forms/<plugin>/<form>/<key>.pdf`, for whom the plugin finds something there."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.documents import FormBroken
from core.errors import NotAllowed, NotSignedIn, Refused
from core.house import House
from core.language import Text
from schema.http.request import Incoming, context_of

HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "private, no-store"}
NOTHING = Text("문서를 찾을 수 없습니다.", "There is no such document, or it is not yours.")
BROKEN = Text(
    "문서를 만들 수 없습니다. 운영자에게 요청번호를 알려 주세요.",
    "The document cannot be set. Tell the operator the request id.",
)

log = logging.getLogger(__name__)


class Forms:
    """The forms of one house."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def form(self, request: Request) -> Response:
        """Load as the actor, then set off the event loop; what is handed out is in the audit."""
        try:
            context = await context_of(Incoming(request.scope), self.house, changes=False)
        except NotSignedIn:
            return _told(401, NotSignedIn.text)
        plugin, code, key = (str(request.path_params[name]) for name in ("plugin", "form", "key"))
        placed = self.house.plugins.forms.get(f"{plugin}.{code}")
        if placed is None or placed.form.load is None:
            return _told(404, NOTHING)
        try:
            async with context.work() as work:
                values = await placed.form.load(work, key)
                if values is None:
                    return _told(404, NOTHING)
                content = await placed.pdf_async(values)
                work.record(
                    "form.set", "form", placed.code, organization_id=context.actor.organization_id, after={"key": key}
                )
        except NotSignedIn:
            return _told(401, NotSignedIn.text)
        except NotAllowed as error:
            return _told(403, error.text)
        except Refused as refused:
            return _told(404, refused.violations[0].message)
        except FormBroken:
            log.exception("request %s", context.request_id)
            return _told(500, BROKEN, context.request_id)
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{plugin}-{code}.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)


def _told(status: int, text: Text, request_id: str | None = None) -> Response:
    headers = HEADERS if request_id is None else {**HEADERS, "x-request-id": request_id}
    return PlainTextResponse(text.both, status, headers=headers)
