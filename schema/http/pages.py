"""What is served beside the API: the explorer, certificates as PDF, their public check, and the server's health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from core.benefits import normal_number
from core.benefits.page import certificate_page, verification_view
from core.database import Transaction
from core.documents import DocumentView, VerificationView, certificate_pdf_async, verification_html
from core.errors import NotSignedIn
from core.house import House
from core.identity import count_miss, miss_refusal
from core.watch.readiness import WRITABLE, readiness
from schema.http.headers import SAFE_HEADERS, STILL, explorer_policy
from schema.http.request import Incoming, context_of
from schema.nodes.benefit import Certificate
from schema.reading import find_one

EXPLORER = Path(__file__).parent.parent / "explorer" / "dist"


class Assets(StaticFiles):
    """The explorer's files. Their names change with their content; its workers are bound by the explorer's policy."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["content-security-policy"] = explorer_policy()
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class Pages:
    """The plain routes of one house."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def explorer(self, _request: Request) -> Response:
        page = EXPLORER / "index.html"
        if not page.exists():
            return PlainTextResponse("The explorer is not built; run `make assets`. The API is at /graphql.", 503)
        examples = [
            {"title": each.title, "query": each.document, "variables": dict(each.variables)}
            for each in self.house.plugins.examples
        ]
        data = orjson.dumps(examples).decode().replace("<", "\\u003c")
        html = page.read_text(encoding="utf-8")
        script = f"window.__DURE_EXAMPLES__={data}"
        html = html.replace("</head>", f"<script>{script}</script></head>", 1)
        return HTMLResponse(html, headers={**SAFE_HEADERS, "content-security-policy": explorer_policy(script)})

    async def certificate(self, request: Request) -> Response:
        """The PDF of a certificate, for whoever may see it. Nobody else learns whether it exists."""
        try:
            context = await context_of(request, self.house, changes=False)
        except NotSignedIn:
            return _refused(401, "로그인이 필요합니다. · Sign in first.")
        if not context.actor.signed_in:
            return _refused(401, "로그인이 필요합니다. · Sign in first.")
        number = normal_number(request.path_params["number"])
        if await find_one(context, Certificate, "number", number) is None:
            return _refused(404, "확인서를 찾을 수 없습니다. · There is no such certificate, or it is not yours.")
        async with self.house.database.reading() as tx:
            page = await certificate_page(tx, self.house.plugins, number, self.house.settings.base_url)
        assert page is not None
        name = f'attachment; filename="{page.number}.pdf"'
        headers = {**SAFE_HEADERS, "content-disposition": name, "cache-control": "private, no-store"}
        return Response(await certificate_pdf_async(page), media_type="application/pdf", headers=headers)

    async def verify(self, request: Request) -> Response:
        """The public check of a certificate: only what a verifier may see. An address that finds nothing is limited."""
        number, address = request.path_params["number"][:60], Incoming(request.scope).address
        if refusal := await miss_refusal(self.house, address):
            return _refused(429, refusal.message.both)
        async with self.house.database.reading() as tx:
            view = await self._found(tx, number)
        if view is None:
            await count_miss(self.house, address)
        headers = {**SAFE_HEADERS, "content-security-policy": STILL, "cache-control": "no-store"}
        return HTMLResponse(verification_html(view, number), 200 if view else 404, headers=headers)

    async def _found(self, tx: Transaction, number: str) -> VerificationView | DocumentView | None:
        """A certificate on points, or a document of a plugin; whichever has the number."""
        today = self.house.clock().date()
        view = await verification_view(tx, self.house.plugins, number, today)
        if view is not None:
            return view
        for each in self.house.plugins.verifiables:
            found = await each.find(tx, normal_number(number), today)
            if found is not None:
                return found
        return None

    async def healthz(self, _request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(self, _request: Request) -> Response:
        """Whether requests can be served and changes stored, and if not, what is in the way."""
        checks = await readiness(self.house)
        ready = all(said == "ok" for said in checks.values())
        headers = {"cache-control": "no-store"}
        writable = all(found == "ok" for name, found in checks.items() if name in WRITABLE)
        said = {"ready": ready, "writable": writable, "checks": checks}
        return JSONResponse(said, 200 if ready else 503, headers=headers)


def _refused(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, headers=SAFE_HEADERS)
