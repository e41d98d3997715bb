"""Verifying everything, and what stands on the ledger: lots' dates, certificates and activities against their postings.

In the manner of `core.ledgers.verify`: a check is one statement that answers id, expected and found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.database import Database, Transaction
from core.files.verify import compare_documents
from core.language import Text
from core.ledgers.verify import Comparison, compare, verify_ledger
from core.parts import Check
from core.plugins import Plugins
from core.seals import Head, verify_heads, verify_seals
from core.settings import Settings

# A transfer's request is kept as a digest: that of one which carried dates names none, that of one which minted anew
# names those it gave. A lot whose dates fit neither, and are not its parent's, was altered.
_TRANSFERRED = """
    SELECT c.id, CASE
            WHEN t.request_hash = {carried} THEN p.earned_on || ' ' || coalesce(p.expires_on::text, 'never')
            WHEN t.request_hash = {minted}
                OR (c.earned_on = p.earned_on AND c.expires_on IS NOT DISTINCT FROM p.expires_on)
                THEN c.earned_on || ' ' || coalesce(c.expires_on::text, 'never')
            ELSE 'as its transfer was asked for'
        END AS expected, c.earned_on || ' ' || coalesce(c.expires_on::text, 'never') AS found
    FROM lot c JOIN lot p ON p.id = c.parent_id JOIN ledger_transaction t ON t.id = c.transaction_id
    LEFT JOIN hold h ON h.closed_by = t.id
    CROSS JOIN LATERAL (SELECT sum(amount) AS total FROM lot WHERE transaction_id = t.id) whole
    WHERE t.kind = 'transfer'
"""


def _digest(earned_on: str, expires_on: str) -> str:
    """The digest `core.ledgers.transfer` keeps of a request, as PostgreSQL computes it."""
    parts = (
        "to_json(c.program)", "to_json(c.asset)", "'\"transfer\"'", "p.organization_id", "c.organization_id",
        "whole.total", "h.id", earned_on, expires_on, "to_json(t.reference)",
    )  # fmt: skip
    listed = " || ',' || ".join(f"coalesce(({part})::text, 'null')" for part in parts)
    return f"encode(sha256(convert_to('[' || {listed} || ']', 'UTF8')), 'hex')"


_CHECKS = (
    Check(
        Text("이전된 적립분의 날짜는 원 적립분의 것", "The lots of a transfer keep their parents' dates"),
        "lot",
        "earned_on and expires_on",
        _TRANSFERRED.format(
            carried=_digest("NULL", "NULL"), minted=_digest("to_json(c.earned_on)", "to_json(c.expires_on)")
        ),
    ),
    Check(
        Text("활동 적립분의 적립일은 활동의 기준일", "What an activity earned is of its base date"),
        "lot",
        "earned_on",
        """
        SELECT l.id, a.base_date AS expected, l.earned_on AS found
        FROM activity a JOIN ledger_transaction t ON t.program = a.program AND t.reference = 'activity:' || a.id
        JOIN lot l ON l.transaction_id = t.id
        WHERE t.kind = 'earn'
        """,
    ),
    Check(
        Text("확인서의 마일리지는 예약 금액", "Each certificate is worth what it holds"),
        "certificate",
        "points",
        "SELECT c.id, h.amount AS expected, c.points AS found FROM certificate c JOIN hold h ON h.id = c.hold_id",
    ),
    Check(
        Text("확인서의 예약은 그 기관의 것", "Each certificate holds points of its own organization"),
        "certificate",
        "organization",
        """
        SELECT c.id, h.organization_id AS expected, c.organization_id AS found
        FROM certificate c JOIN hold h ON h.id = c.hold_id
        """,
    ),
    Check(
        Text("확인서의 단위 수는 적용 기준대로", "Each certificate has as many units as its terms give for its points"),
        "certificate",
        "units of its terms",
        """
        SELECT c.id, c.points AS expected, c.units * t.unit AS found
        FROM certificate c JOIN benefit_terms t ON t.id = c.terms_id
        """,
    ),
    Check(
        Text("확인서 상태는 예약 상태와 일치", "Each certificate stands where its hold stands"),
        "certificate",
        "status of its hold",
        """
        SELECT c.id, CASE c.status WHEN 'issued' THEN 'open' WHEN 'used' THEN 'used' ELSE 'released' END AS expected,
            h.status AS found
        FROM certificate c JOIN hold h ON h.id = c.hold_id
        """,
    ),
    Check(
        Text("활동의 적립은 그 거래가 적립한 만큼", "Each activity earned what its transaction credited"),
        "activity",
        "points of both parties",
        """
        SELECT a.id, coalesce(e.total, 0) AS expected, a.points_filer + a.points_subject AS found
        FROM activity a LEFT JOIN (
            SELECT e.transaction_id, sum(e.amount) AS total
            FROM entry e JOIN account c ON c.id = e.account_id
            WHERE c.kind = 'holder' AND e.amount > 0 GROUP BY e.transaction_id
        ) e ON e.transaction_id = a.transaction_id
        """,
    ),
    Check(
        Text("활동의 거래는 그 활동의 것", "Each activity's transaction is its own"),
        "activity",
        "reference of its transaction",
        """
        SELECT a.id, 'earn activity:' || a.id AS expected, t.kind || ' ' || t.reference AS found
        FROM activity a JOIN ledger_transaction t ON t.id = a.transaction_id
        """,
    ),
    Check(
        Text("승인·환수된 활동만 적립됨", "Only what was approved has earned"),
        "activity",
        "approved once",
        """
        SELECT id, true AS expected, status IN ('approved', 'revoked') AS found
        FROM activity WHERE transaction_id IS NOT NULL
        """,
    ),
    Check(
        Text("환수된 활동의 거래는 취소됨", "What a revoked activity earned is reversed"),
        "activity",
        "reversed",
        """
        SELECT a.id, true AS expected, EXISTS (SELECT FROM ledger_transaction t WHERE t.reverses_id = a.transaction_id)
            AS found
        FROM activity a WHERE a.status = 'revoked' AND a.transaction_id IS NOT NULL
        """,
    ),
)


async def verify_records(tx: Transaction, more: Iterable[Check] = ()) -> list[Comparison]:
    """Compare everything that stands on the ledger with it, and `more` that plugins bring. No lies when all agrees."""
    return [await compare(tx, check) for check in (*_CHECKS, *more)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """검증 결과: every comparison, and how much is on record. Nothing on record agrees with nothing."""

    comparisons: Sequence[Comparison]
    organizations: int
    transactions: int

    @property
    def agrees(self) -> bool:
        return not any(each.lies for each in self.comparisons)

    @property
    def empty(self) -> bool:
        return not self.organizations


async def verify_everything(
    settings: Settings, plugins: Plugins, tx: Transaction, *, kept: Sequence[Head] = (), fresh: Database | None = None
) -> Verification:
    """Recompute the ledger, compare what stands on it, read documents anew, prove the seals, and these kept heads.

    All of it is what `tx` sees. `fresh` shows documents that are removed meanwhile; None when nothing can be.
    """
    comparisons = [
        *await verify_ledger(tx),
        *await verify_records(tx, plugins.checks),
        *await compare_documents(settings, tx, fresh),
        *await verify_seals(tx),
        *([await verify_heads(tx, kept)] if kept else []),
    ]
    row = await tx.connection.fetchrow(
        "SELECT (SELECT count(*) FROM organization) AS organizations,"
        " (SELECT count(*) FROM ledger_transaction) AS transactions"
    )
    return Verification(comparisons=comparisons, **dict(row))
