"""Reading seals, what waits for one, and the proof that a certificate is under one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import asyncpg

from core.database import Transaction
from core.seals.proof import VERSION, Head, Step

LONGEST_CHAIN = 10_000
HEAD = "SELECT id, root, previous, leaves, sealed_at, digest FROM seal"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be sealed: how many things, and for how many seconds the first of them has."""

    rows: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateProof:
    """봉인 증명: that a certificate stood in the books, as it says, when they were sealed.

    `text` is what its public check shows, byte for byte as it was hashed; `rest` the digest of the rest of it; `path`
    leads from the two to the root of `seal`; `chain` are the seals after that, up to a head somebody kept.
    """

    leaf: str
    text: str
    rest: str
    path: tuple[Step, ...]
    seal: Head
    chain: tuple[Head, ...] = field(default=())

    @property
    def document(self) -> dict[str, Any]:
        """The JSON that is downloaded, and that `proof_faults` checks."""
        return {
            "version": VERSION,
            "certificate": self.text,
            "rest": self.rest,
            "leaf": self.leaf,
            "path": [{"side": step.side, "hash": step.hash} for step in self.path],
            "seal": self.seal.document,
            "chain": [head.document for head in self.chain],
        }


async def latest_seal(tx: Transaction) -> Head | None:
    """The newest head; None before the first seal."""
    row = await tx.connection.fetchrow(f"{HEAD} ORDER BY id DESC LIMIT 1")
    return None if row is None else _head(row)


async def seal_by_number(tx: Transaction, number: int) -> Head | None:
    row = await tx.connection.fetchrow(f"{HEAD} WHERE id = $1", number)
    return None if row is None else _head(row)


async def seal_backlog(tx: Transaction) -> Backlog:
    """봉인 대기: what was written and is not sealed yet."""
    row = await tx.connection.fetchrow(
        "SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::float8 AS oldest"
        " FROM seal_waiting"
    )
    return Backlog(row["rows"], max(row["oldest"], 0))


async def seal_of_certificate(tx: Transaction, certificate_id: int) -> int | None:
    """The number of the seal a certificate is under; None while it waits."""
    number: int | None = await tx.connection.fetchval(
        "SELECT seal_id FROM seal_leaf WHERE of = 'certificate' AND row_id = $1", certificate_id
    )
    return number


async def certificate_proof(tx: Transaction, certificate_id: int, head: int | None = None) -> CertificateProof | None:
    """The proof of a certificate; None while it waits for its seal. Goes on to seal `head`, at most 10,000 further."""
    row = await tx.connection.fetchrow(
        "SELECT s.id, s.root, s.previous, s.leaves, s.sealed_at, s.digest, c.shown,"
        " encode(seal_hidden_1(s.salt, c.content), 'hex') AS rest"
        " FROM seal_leaf l JOIN seal s ON s.id = l.seal_id JOIN seal_content_1() c ON c.row_id = l.row_id"
        " WHERE l.of = 'certificate' AND c.of = 'certificate' AND l.row_id = $1 AND c.row_id = $1",
        certificate_id,
    )
    if row is None:
        return None
    path = await tx.connection.fetchrow(
        """
        SELECT p.sides, p.hashes FROM (
            SELECT array_agg(hash ORDER BY place) AS hashes,
                max(place) FILTER (WHERE of = 'certificate' AND row_id = $2) AS place
            FROM (
                SELECT of, row_id, seal_leaf_1(of, row_id, digest) AS hash,
                    row_number() OVER (ORDER BY of COLLATE "C", row_id) AS place
                FROM seal_leaf WHERE seal_id = $1
            ) AS numbered
        ) AS leaves, seal_path(leaves.hashes, leaves.place) AS p
        """,
        row["id"],
        certificate_id,
    )
    chain: list[asyncpg.Record] = []
    if head is not None:
        chain = await tx.connection.fetch(
            f"{HEAD} WHERE id > $1 AND id <= $2 ORDER BY id LIMIT {LONGEST_CHAIN}", row["id"], head
        )
    return CertificateProof(
        leaf=f"certificate {certificate_id}",
        text=row["shown"],
        rest=row["rest"],
        path=tuple(Step(side, hash_.hex()) for side, hash_ in zip(path["sides"], path["hashes"], strict=True)),
        seal=_head(row),
        chain=tuple(_head(each) for each in chain),
    )


def _head(row: asyncpg.Record) -> Head:
    return Head(
        number=row["id"],
        root=row["root"].hex(),
        previous=row["previous"].hex(),
        leaves=row["leaves"],
        sealed_at=row["sealed_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        digest=row["digest"].hex(),
    )
