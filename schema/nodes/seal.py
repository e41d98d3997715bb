"""Seals as the API shows them: everything of them but the salt."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import strawberry

from core.database import table_of
from core.seals import Seal as SealRow
from schema.mapping import SQL, Node, column, shows
from schema.scalars import BigInt
from schema.visibility import everybody


def _hex(name: str) -> SQL:
    return lambda table: sa.func.encode(table.c[name], "hex", type_=sa.Text)


@shows(table_of(SealRow), visible=everybody, descending=True)
@strawberry.type(description="봉인 · A tree of hashes over what was written, chained to the seal before; public.")
class Seal(Node):
    number: BigInt = column("번호 · Its place in the chain, from 1.", sql=lambda t: t.c.id, filterable=True)
    sealed_at: datetime = column("봉인 시각 · When.", filterable=True)
    leaves: BigInt = column("잎 수 · How many rows it covers.")
    root: str = column("뿌리 · The root of the tree, SHA-256 in hex.", sql=_hex("root"))
    previous: str = column("앞 봉인값 · The `digest` of the seal before; zeros for the first.", sql=_hex("previous"))
    digest: str = column(
        "봉인값 · The head of the chain up to here, SHA-256 in hex: what to keep a copy of.", sql=_hex("digest")
    )
