"""Recomputing the ledger from its entries and moves, set-based, and naming whatever does not agree.

Each check is one statement, so it sees one moment of a ledger that is being written to. It answers a row for every
thing it compares: the thing's id, what is expected of it, and what is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.database import Transaction
from core.language import Text
from core.parts import Check

LIES_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """대조 결과: how many things were compared, and the first ten that differ, each with its table and id."""

    names: Text
    compared: int
    lies: tuple[str, ...] = ()


_CHECKS = (
    Check(
        Text("거래별 분개의 합은 0", "The entries of each transaction sum to zero per asset"),
        "ledger_transaction",
        "sum of its entries",
        """
        SELECT transaction_id AS id, 0 AS expected, sum(amount) AS found FROM entry GROUP BY transaction_id, asset
        """,
    ),
    Check(
        Text("분개의 사업과 자산은 계정의 것", "Each entry is of its account's program and asset"),
        "entry",
        "program and asset",
        """
        SELECT e.id, a.program || ' ' || a.asset AS expected, t.program || ' ' || e.asset AS found
        FROM entry e JOIN account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
        """,
    ),
    Check(
        Text("계정 잔액은 분개의 합", "Each floored account has what its entries sum to"),
        "account",
        "posted",
        """
        SELECT a.id, coalesce(e.total, 0) AS expected, a.posted AS found FROM account a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entry GROUP BY account_id) e ON e.account_id = a.id
        WHERE a.floored
        """,
    ),
    Check(
        Text(
            "시스템 계정은 미반영분을 더해 분개의 합",
            "Each system account and what is unfolded are its entries",
        ),
        "account",
        "posted and unfolded",
        """
        SELECT a.id, coalesce(e.total, 0) AS expected, a.posted + coalesce(u.total, 0) AS found FROM account a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entry GROUP BY account_id) e ON e.account_id = a.id
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entry_unfolded GROUP BY account_id) u
            ON u.account_id = a.id
        WHERE NOT a.floored
        """,
    ),
    Check(
        Text("분개 후 잔액은 누계", "Each entry's balance afterwards is the running sum"),
        "entry",
        "balance_after",
        """
        SELECT e.id, CASE WHEN a.floored OR a.kind = 'debt'
            THEN sum(e.amount) OVER (PARTITION BY e.account_id ORDER BY e.id) END AS expected, e.balance_after AS found
        FROM entry e JOIN account a ON a.id = e.account_id
        """,
    ),
    Check(
        Text("적립분 잔여는 변동의 합", "Each lot has left what its moves sum to"),
        "lot",
        "remaining",
        """
        SELECT l.id, coalesce(m.total, 0) AS expected, l.remaining AS found FROM lot l
        LEFT JOIN (SELECT lot_id, sum(amount) AS total FROM lot_move GROUP BY lot_id) m ON m.lot_id = l.id
        """,
    ),
    Check(
        Text("적립분 예약은 변동의 합", "Each lot holds what its moves sum to"),
        "lot",
        "held",
        """
        SELECT l.id, coalesce(m.total, 0) AS expected, l.held AS found FROM lot l
        LEFT JOIN (SELECT lot_id, sum(held) AS total FROM lot_move GROUP BY lot_id) m ON m.lot_id = l.id
        """,
    ),
    Check(
        Text("적립분 금액은 첫 변동", "Each lot is as large as the move that made it"),
        "lot",
        "amount",
        """
        SELECT l.id, coalesce(m.total, 0) AS expected, l.amount AS found FROM lot l
        LEFT JOIN (SELECT lot_id, transaction_id, sum(amount) AS total FROM lot_move GROUP BY lot_id, transaction_id) m
            ON m.lot_id = l.id AND m.transaction_id = l.transaction_id
        """,
    ),
    Check(
        Text("적립분 변동은 분개와 일치", "What a transaction moved in an account's lots is what it entered there"),
        "ledger_transaction",
        "moves of an account's lots",
        """
        SELECT coalesce(e.transaction_id, m.transaction_id) AS id, coalesce(e.total, 0) AS expected,
            coalesce(m.total, 0) AS found
        FROM (
            SELECT e.transaction_id, e.account_id, sum(e.amount) AS total
            FROM entry e JOIN account a ON a.id = e.account_id WHERE a.lotted GROUP BY e.transaction_id, e.account_id
        ) e FULL JOIN (
            SELECT m.transaction_id, l.account_id, sum(m.amount) AS total
            FROM lot_move m JOIN lot l ON l.id = m.lot_id GROUP BY m.transaction_id, l.account_id
        ) m ON m.transaction_id = e.transaction_id AND m.account_id = e.account_id
        """,
    ),
    Check(
        Text("계정 잔액은 적립분 잔여의 합", "Each account with lots has what is left in them"),
        "account",
        "posted, by its lots",
        """
        SELECT a.id, coalesce(l.total, 0) AS expected, a.posted AS found FROM account a
        LEFT JOIN (SELECT account_id, sum(remaining) AS total FROM lot GROUP BY account_id) l ON l.account_id = a.id
        WHERE a.lotted
        """,
    ),
    Check(
        Text("계정 예약은 적립분 예약의 합", "Each account holds what its lots hold"),
        "account",
        "held, by its lots",
        """
        SELECT a.id, coalesce(l.total, 0) AS expected, a.held AS found FROM account a
        LEFT JOIN (SELECT account_id, sum(held) AS total FROM lot GROUP BY account_id) l ON l.account_id = a.id
        """,
    ),
    Check(
        Text("계정 예약은 진행 중인 예약의 합", "Each account holds what its open holds sum to"),
        "account",
        "held, by its open holds",
        """
        SELECT a.id, coalesce(h.total, 0) AS expected, a.held AS found FROM account a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM hold WHERE status = 'open' GROUP BY account_id) h
            ON h.account_id = a.id
        """,
    ),
    Check(
        Text("예약 금액은 예약된 적립분의 합", "Each hold is what it reserved in lots of its own account"),
        "hold",
        "amount",
        """
        SELECT h.id, coalesce(r.total, 0) AS expected, h.amount AS found FROM hold h
        LEFT JOIN (
            SELECT r.hold_id, l.account_id, sum(r.amount) AS total
            FROM hold_lot r JOIN lot l ON l.id = r.lot_id GROUP BY r.hold_id, l.account_id
        ) r ON r.hold_id = h.id AND r.account_id = h.account_id
        """,
    ),
    Check(
        Text("적립분 예약은 진행 중인 예약의 합", "Each lot holds what open holds reserved in it"),
        "lot",
        "held, by open holds",
        """
        SELECT l.id, coalesce(r.total, 0) AS expected, l.held AS found FROM lot l
        LEFT JOIN (
            SELECT r.lot_id, sum(r.amount) AS total
            FROM hold_lot r JOIN hold h ON h.id = r.hold_id WHERE h.status = 'open' GROUP BY r.lot_id
        ) r ON r.lot_id = l.id
        """,
    ),
    Check(
        Text("이전된 적립분은 원 적립분에서 나간 만큼", "The lots a transfer made are what it took from their parents"),
        "lot",
        "amount carried on to its children",
        """
        SELECT c.parent_id AS id, coalesce(m.total, 0) AS expected, c.total AS found
        FROM (
            SELECT parent_id, transaction_id, sum(amount) AS total
            FROM lot WHERE parent_id IS NOT NULL GROUP BY parent_id, transaction_id
        ) c LEFT JOIN (
            SELECT lot_id, transaction_id, -sum(amount) AS total FROM lot_move GROUP BY lot_id, transaction_id
        ) m ON m.lot_id = c.parent_id AND m.transaction_id = c.transaction_id
        """,
    ),
    Check(
        Text("취소 거래의 분개는 원거래의 정반대", "Each reversal enters exactly the opposite"),
        "ledger_transaction",
        "entries on an account together with those reversed",
        """
        SELECT t.id, 0 AS expected, sum(e.amount) AS found
        FROM ledger_transaction t JOIN entry e ON e.transaction_id = t.id OR e.transaction_id = t.reverses_id
        WHERE t.reverses_id IS NOT NULL AND t.kind <> 'claw_back' GROUP BY t.id, e.account_id, e.asset
        """,
    ),
    Check(
        Text("취소 거래의 적립분 변동은 원거래의 정반대", "Each reversal moves every lot exactly back"),
        "ledger_transaction",
        "moves of a lot together with those reversed",
        """
        SELECT t.id, 0 AS expected, sum(m.amount) AS found
        FROM ledger_transaction t JOIN lot_move m ON m.transaction_id = t.id OR m.transaction_id = t.reverses_id
        WHERE t.reverses_id IS NOT NULL AND t.kind <> 'claw_back' GROUP BY t.id, m.lot_id
        """,
    ),
    Check(
        Text("잔액은 음수가 아니고 예약은 잔액 이내", "No floored account is below zero or holds more than it has"),
        "account",
        "0 <= held <= posted",
        "SELECT id, true AS expected, 0 <= held AND held <= posted AS found FROM account WHERE floored",
    ),
    Check(
        Text("기관의 계정은 들어온 것보다 많이 내주지 않음", "No account of an organization gave more than came in"),
        "account",
        "posted and unfolded not below zero",
        """
        SELECT a.id, true AS expected, a.posted + coalesce(u.total, 0) >= 0 AS found FROM account a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entry_unfolded GROUP BY account_id) u
            ON u.account_id = a.id
        WHERE a.kind NOT IN ('issuance', 'redeemed', 'expired', 'debt')
        """,
    ),
    Check(
        Text("적립분은 음수가 아니고 예약은 잔여 이내", "No lot is below zero or holds more than it has"),
        "lot",
        "0 <= held <= remaining <= amount",
        "SELECT id, true AS expected, 0 <= held AND held <= remaining AND remaining <= amount AS found FROM lot",
    ),
    Check(
        Text("환수는 적립에서 소멸분을 뺀 만큼", "Each claw-back takes what was earned and had not expired"),
        "ledger_transaction",
        "taken and owed",
        """
        SELECT t.id, l.earned + coalesce(x.total, 0) AS expected, coalesce(-e.total, 0) AS found
        FROM ledger_transaction t JOIN (
            SELECT transaction_id, organization_id, sum(amount) AS earned
            FROM lot GROUP BY transaction_id, organization_id
        ) l ON l.transaction_id = t.reverses_id LEFT JOIN (
            SELECT transaction_id, organization_id, sum(amount) AS total
            FROM entry WHERE organization_id IS NOT NULL GROUP BY transaction_id, organization_id
        ) e ON e.transaction_id = t.id AND e.organization_id = l.organization_id
        CROSS JOIN LATERAL (
            SELECT sum(m.amount) AS total FROM lot g JOIN lot_move m ON m.lot_id = g.id
            JOIN ledger_transaction w ON w.id = m.transaction_id
            WHERE g.transaction_id = t.reverses_id AND g.organization_id = l.organization_id
                AND w.kind = 'expire' AND w.id < t.id
        ) x
        WHERE t.kind = 'claw_back'
        """,
    ),
    Check(
        Text("미납액 상계는 같은 기관의 것", "Each payment of a debt is from an organization to its own debt"),
        "ledger_transaction",
        "entries of one organization",
        """
        SELECT t.id, 0 AS expected, sum(e.amount) AS found FROM ledger_transaction t
        JOIN entry e ON e.transaction_id = t.id JOIN account a ON a.id = e.account_id
        WHERE t.kind = 'debt_payment'
        GROUP BY t.id, CASE WHEN a.kind IN ('holder', 'debt') THEN a.organization_id END
        """,
    ),
    Check(
        Text("환수 미납액은 분개의 합", "Each account owes what the entries of its debt sum to"),
        "account",
        "owed",
        """
        SELECT h.id, CASE WHEN h.kind IN ('holder', 'debt') THEN coalesce(-d.total, 0) ELSE 0 END AS expected,
            h.owed AS found
        FROM account h LEFT JOIN (
            SELECT a.program, a.asset, a.organization_id, a.label, sum(e.amount) AS total
            FROM account a JOIN entry e ON e.account_id = a.id WHERE a.kind = 'debt'
            GROUP BY a.program, a.asset, a.organization_id, a.label
        ) d USING (program, asset, organization_id, label)
        """,
    ),
    Check(
        Text("미납액이 있으면 가용액은 없음", "Nothing is free beside a debt, and no debt is above zero"),
        "account",
        "free or above zero while it owes",
        """
        SELECT id, false AS expected, CASE WHEN kind = 'debt' THEN posted > 0 ELSE owed > 0 AND posted <> held END
            AS found
        FROM account WHERE kind IN ('holder', 'debt')
        """,
    ),
)

_APPEND_ONLY = ("audit_event", "entry", "hold_lot", "ledger_transaction", "lot_move", "seal", "seal_leaf")
# What makes the above impossible to alter: which trigger calls what, on which tables.
_TRIGGERS = (
    ("append_only", "refuse_change", _APPEND_ONLY),
    ("never_emptied", "refuse_change", _APPEND_ONLY),
    ("never_deleted", "refuse_change", ("account", "certificate", "hold", "lot")),
    ("fixed", "refuse_change", ("account", "certificate", "hold", "lot", "organization")),
    ("awaits_seal", "await_seal", ("account", "audit_event", "certificate", "ledger_transaction")),
    ("sums_to_zero", "refuse_unbalanced", ("entry",)),
    ("owed_alike", "refuse_untold_debt", ("account",)),
)
_TRIGGERS_CHECK = Check(
    Text("변경을 막는 트리거가 켜져 있음", "The triggers that refuse changes are there and on"),
    "trigger",
    "calls",
    """
    SELECT w.on_table || '.' || w.trigger AS id, w.calls AS expected,
        CASE WHEN t.tgenabled IN ('O', 'A') THEN p.proname WHEN t.oid IS NOT NULL THEN 'nothing: it is off' END AS found
    FROM unnest($1::text[], $2::text[], $3::text[]) AS w(on_table, trigger, calls)
    LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass('public.' || w.on_table) AND t.tgname = w.trigger
    LEFT JOIN pg_proc p ON p.oid = t.tgfoid
    """,
)


async def verify_ledger(tx: Transaction) -> list[Comparison]:
    """Recompute everything. One comparison a check; a ledger that tells no lie has none in any of them."""
    comparisons = [await compare(tx, check) for check in _CHECKS]
    wanted = [(table, trigger, calls) for trigger, calls, tables in _TRIGGERS for table in tables]
    comparisons.append(await compare(tx, _TRIGGERS_CHECK, *map(list, zip(*wanted, strict=True))))
    return comparisons


async def compare(tx: Transaction, check: Check, *arguments: object) -> Comparison:
    row = await tx.connection.fetchrow(
        "SELECT count(*) AS compared, (array_agg(ARRAY[id::text, coalesce(expected::text, 'nothing'),"
        " coalesce(found::text, 'nothing')] ORDER BY id) FILTER (WHERE expected IS DISTINCT FROM found))"
        f"[1:{LIES_NAMED}] AS lies FROM ({check.sql}) AS compared",
        *arguments,
    )
    return Comparison(
        names=check.names,
        compared=row["compared"],
        lies=tuple(
            f"{check.table} {id_}: {check.what} expected {expected}, found {found}"
            for id_, expected, found in row["lies"] or ()
        ),
    )
