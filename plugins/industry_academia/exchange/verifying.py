"""What `dure verify` compares of the exchange: that points are held, moved and given back as its orders say."""

from __future__ import annotations

from core.language import Text
from core.parts import Check
from plugins.industry_academia.program import CODE

TABLE = "ia_exchange_order"

CHECKS = (
    Check(
        Text("거래소 주문의 예약은 그 기업의 그 마일리지", "Each order holds its company's points, as many as it says"),
        TABLE,
        "company, points and reference of its hold",
        f"""
        SELECT o.id, '{CODE} ' || o.company_id || ' ' || o.points || ' exchange_order:' || o.number AS expected,
            t.program || ' ' || h.organization_id || ' ' || h.amount || ' ' || t.reference AS found
        FROM ia_exchange_order o JOIN hold h ON h.id = o.hold_id JOIN ledger_transaction t ON t.id = h.transaction_id
        """,
    ),
    Check(
        Text("거래소 예약은 주문의 상태대로", "Each order's hold is open, used or released as the order stands"),
        TABLE,
        "hold",
        """
        SELECT o.id, CASE WHEN o.status IN ('requested', 'accepted') THEN 'open'
            WHEN o.status IN ('settled', 'reversed') THEN 'used by ' || o.transfer_id ELSE 'released' END AS expected,
            h.status || CASE WHEN h.status = 'used' THEN ' by ' || h.closed_by ELSE '' END AS found
        FROM ia_exchange_order o JOIN hold h ON h.id = o.hold_id
        """,
    ),
    Check(
        Text("거래소의 예약에는 주문이 있음", "Each hold of the exchange is an order's"),
        "hold",
        "order",
        f"""
        SELECT h.id, t.reference AS expected, 'exchange_order:' || o.number AS found
        FROM hold h JOIN ledger_transaction t ON t.id = h.transaction_id
        LEFT JOIN ia_exchange_order o ON o.hold_id = h.id
        WHERE t.program = '{CODE}' AND t.reference LIKE 'exchange\\_order:%'
        """,
    ),
    Check(
        Text("거래소 정산은 기업에서 대학으로", "Each settlement moved its points from the company to the university"),
        TABLE,
        "points moved",
        """
        SELECT o.id, o.points || ' given, ' || o.points || ' got' AS expected,
            coalesce(m.given, 0) || ' given, ' || coalesce(m.got, 0) || ' got' AS found
        FROM ia_exchange_order o CROSS JOIN LATERAL (
            SELECT -sum(e.amount) FILTER (WHERE e.amount < 0 AND e.organization_id = o.company_id) AS given,
                sum(e.amount) FILTER (WHERE e.amount > 0 AND e.organization_id = o.university_id) AS got
            FROM entry e JOIN account a ON a.id = e.account_id
            WHERE e.transaction_id = o.transfer_id AND a.kind = 'holder'
        ) m WHERE o.transfer_id IS NOT NULL
        """,
    ),
    Check(
        Text("거래소 정산 취소는 그 정산의 취소", "Each settlement that was undone is reversed by its own transaction"),
        TABLE,
        "transaction that was reversed",
        """
        SELECT o.id, o.transfer_id AS expected, t.reverses_id AS found
        FROM ia_exchange_order o JOIN ledger_transaction t ON t.id = o.reversal_id
        """,
    ),
)
