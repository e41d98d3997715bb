"""Proving the chain of seals, and every sealed row by what was sealed of it.

In the manner of `core.ledgers.verify`: a check is one statement that answers id, expected and found. A digest does not
say what a row said, so what is told of an altered row is the digest that was sealed and the one it has now.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.database import Transaction
from core.language import Text
from core.ledgers.verify import Comparison, compare
from core.parts import Check
from core.seals.proof import Head

_SEALED = (
    ("audit_event", "audit_event", Text("감사 기록은 봉인된 그대로", "Each audit event is as it was sealed")),
    ("account", "account", Text("계정은 봉인된 그대로", "Each account is what it was sealed as")),
    ("certificate", "certificate", Text("확인서는 봉인된 그대로", "Each certificate says what was sealed of it")),
    ("ledger_transaction", "ledger_transaction", Text("거래는 봉인된 그대로", "Each transaction is as it was sealed")),
    ("entry", "entry", Text("분개는 봉인된 그대로", "Each entry is as it was sealed")),
    ("lot", "lot", Text("적립분은 봉인된 그대로", "Each lot is what it was sealed as")),
    ("lot_move", "lot_move", Text("적립분 변동은 봉인된 그대로", "Each move of a lot is as it was sealed")),
    ("hold", "hold", Text("예약은 봉인된 그대로", "Each hold is what it was sealed as")),
    ("hold_closed", "hold", Text("예약의 종료는 봉인된 그대로", "Each hold is closed as it was sealed")),
    ("hold_lot", "hold_lot", Text("예약된 적립분은 봉인된 그대로", "Each lot of a hold is as it was sealed")),
)
_ROWS = """
    SELECT coalesce(c.row_id, l.row_id) AS id,
        CASE WHEN l.row_id IS NOT NULL THEN 'seal ' || l.seal_id || ' ' || encode(l.digest, 'hex')
            WHEN w.row_id IS NOT NULL THEN 'a row that waits' ELSE 'a row under a seal, or waiting for one' END
            AS expected,
        CASE WHEN c.row_id IS NULL THEN 'no such row'
            WHEN l.row_id IS NOT NULL
                THEN 'seal ' || l.seal_id || ' ' || encode(seal_digest_1(l.salt, c.content, c.shown), 'hex')
            WHEN w.row_id IS NOT NULL THEN 'a row that waits' ELSE 'a row that was never sealed' END AS found
    FROM (SELECT * FROM seal_content_1() WHERE of = '{of}') c
    FULL JOIN (
        SELECT l.row_id, l.seal_id, l.digest, s.salt FROM seal_leaf l LEFT JOIN seal s ON s.id = l.seal_id
        WHERE l.of = '{of}'
    ) l ON l.row_id = c.row_id
    LEFT JOIN (SELECT DISTINCT source, row_id FROM seal_waiting) w ON w.source = c.within AND w.row_id = c.within_id
"""
_ROOTS = """
    SELECT coalesce(s.id, t.seal_id) AS id, s.leaves || ' leaves, ' || encode(s.root, 'hex') AS expected,
        t.leaves || ' leaves, ' || encode(t.root, 'hex') AS found
    FROM seal s FULL JOIN (
        SELECT seal_id, count(*) AS leaves,
            seal_root(array_agg(seal_leaf_1(of, row_id, digest) ORDER BY of COLLATE "C", row_id)) AS root
        FROM seal_leaf GROUP BY seal_id
    ) t ON t.seal_id = s.id
"""
_CHECKS = (
    Check(Text("봉인의 뿌리는 그 잎들의 것", "Each seal's root is that of its leaves"), "seal", "root", _ROOTS),
    Check(
        Text("봉인의 값은 그 내용의 것", "Each seal's head is of what the seal says"),
        "seal",
        "head",
        """
        SELECT id, encode(sha256(convert_to(seal_line_1(id, previous, root, leaves, sealed_at), 'UTF8')), 'hex')
            AS expected, encode(digest, 'hex') AS found
        FROM seal
        """,
    ),
    Check(
        Text("봉인은 앞 봉인에 이어짐", "Each seal follows the one before"),
        "seal",
        "number and head before",
        """
        SELECT id, row_number() OVER (ORDER BY id) || ' '
            || encode(lag(digest, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY id), 'hex') AS expected,
            id || ' ' || encode(previous, 'hex') AS found
        FROM seal
        """,
    ),
    *(Check(names, table, "what was sealed of it", _ROWS.format(of=of)) for of, table, names in _SEALED),
    Check(
        Text("봉인을 기다리는 것은 실제로 있음", "What waits to be sealed is there, and is not sealed"),
        "seal_waiting",
        "what it names",
        """
        SELECT w.id, w.source || ' ' || w.row_id || ', not sealed' AS expected, w.source || ' ' || w.row_id
            || CASE WHEN l.row_id IS NOT NULL THEN ', sealed' WHEN t.id IS NULL THEN ', gone' ELSE ', not sealed' END
            AS found
        FROM seal_waiting w
        LEFT JOIN seal_leaf l ON l.of = w.source AND l.row_id = w.row_id
        LEFT JOIN (
            SELECT 'audit_event' AS source, id FROM audit_event UNION ALL SELECT 'account', id FROM account
            UNION ALL SELECT 'ledger_transaction', id FROM ledger_transaction
            UNION ALL SELECT 'certificate', id FROM certificate
        ) t ON t.source = w.source AND t.id = w.row_id
        """,
    ),
)
_HEADS = Check(
    Text("봉인은 보관된 값과 일치", "Each seal is what was kept of it elsewhere"),
    "seal",
    "head",
    """
    SELECT k.number AS id, k.digest AS expected, encode(s.digest, 'hex') AS found
    FROM unnest($1::bigint[], $2::text[]) AS k(number, digest) LEFT JOIN seal s ON s.id = k.number
    """,
)


async def verify_seals(tx: Transaction) -> list[Comparison]:
    """Prove the chain, and every row under it. One comparison a check, without lies when all agrees."""
    return [await compare(tx, check) for check in _CHECKS]


async def verify_heads(tx: Transaction, kept: Sequence[Head]) -> Comparison:
    """Compare the seals with heads that were kept elsewhere: what shows even a chain that was made anew."""
    return await compare(tx, _HEADS, [head.number for head in kept], [head.digest for head in kept])
