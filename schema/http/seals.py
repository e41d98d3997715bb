"""Seals for whoever wants to keep or check them, without a sign-in: heads, and the proof of a certificate."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.benefits import certificate_by_number
from core.house import House
from core.language import Text
from core.seals import Head, certificate_proof, latest_seal, seal_by_number

SAFE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}
MOST = 2**63 - 1
NO_SEAL = Text("그런 봉인이 없습니다.", "There is no such seal.")
NO_CERTIFICATE = Text("이 번호로 발급된 확인서가 없습니다.", "No certificate was issued under this number.")
NOT_YET = Text("아직 봉인되지 않았습니다. 잠시 후 다시 받으세요.", "It is not sealed yet. Ask again in a while.")
NOT_A_NUMBER = Text("head는 봉인 번호여야 합니다.", "`head` is the number of a seal.")


class SealPages:
    """The plain routes of seals."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def latest(self, _request: Request) -> Response:
        """The newest head."""
        async with self.house.database.reading() as tx:
            return _answer(await latest_seal(tx))

    async def one(self, request: Request) -> Response:
        """The head of one seal, by its number."""
        number = request.path_params["number"]
        async with self.house.database.reading() as tx:
            return _answer(await seal_by_number(tx, number) if number <= MOST else None)

    async def proof(self, request: Request) -> Response:
        """The proof of a certificate, as a file. `?head=` leads on to a seal that was kept."""
        head = request.query_params.get("head")
        if head is not None and not (head.isascii() and head.isdigit() and len(head) <= 18):
            return _refused(NOT_A_NUMBER, 400)
        async with self.house.database.reading() as tx:
            found = await certificate_by_number(tx, request.path_params["number"][:60])
            if found is None:
                return _refused(NO_CERTIFICATE, 404)
            proof = await certificate_proof(tx, found.id, None if head is None else int(head))
        if proof is None:
            return _refused(NOT_YET, 404)
        name = f'attachment; filename="{found.number}-proof.json"'
        return JSONResponse(proof.document, headers={**SAFE, "content-disposition": name})


def _answer(head: Head | None) -> Response:
    return _refused(NO_SEAL, 404) if head is None else JSONResponse(head.document, headers=SAFE)


def _refused(text: Text, status: int) -> Response:
    return JSONResponse({"error": text.both}, status, headers=SAFE)
