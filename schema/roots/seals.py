"""Seals, and the proof that a certificate is under one: public, for whoever wants to check it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from core.benefits import certificate_by_number
from core.seals import certificate_proof
from schema.connections import Connection
from schema.context import Info
from schema.mapping import connection, to_one
from schema.nodes.seal import Seal
from schema.scalars import BigInt, Json


@strawberry.type(description="봉인 증명 · That a certificate stood in the books, as it says, when they were sealed.")
class SealProof:
    seal_id: strawberry.Private[int]
    seal: Seal | None = to_one("봉인 · The seal it is under.", local="seal_id")
    document: Json = strawberry.field(
        description="증명 · What to keep and check, the same as `/verify/{number}/proof.json`."
    )


@strawberry.type
class SealQuery:
    """What anybody may know of seals."""

    seals: Connection[Seal] = connection("봉인 목록 · The chain, the newest first; public.")

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="확인서의 봉인 증명 · By its number, for anybody; null for an unknown one, and until it is sealed."
    )
    async def seal_proof(
        self,
        info: Info,
        number: Annotated[str, strawberry.argument(description="문서확인번호 · However it is written.")],
        head: Annotated[
            BigInt | None,
            strawberry.argument(description="보관한 봉인 번호 · Lead on to this seal, at most 10,000 further."),
        ] = None,
    ) -> SealProof | None:
        async with info.context.house.database.reading() as tx:
            found = await certificate_by_number(tx, number)
            proof = None if found is None else await certificate_proof(tx, found.id, head)
        return None if proof is None else SealProof(seal_id=proof.seal.number, document=proof.document)  # type: ignore[arg-type]
