"""Transfers written together leave exactly what the verbs leave when they are called one after another."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import asyncpg
import orjson
import pytest

from core.actor import SYSTEM
from core.audit import Event
from core.calendar import SEOUL
from core.errors import Refused
from core.house import House
from core.ledgers import Alone
from core.ledgers.gathered import call_gathered, line_of, post_alone, post_by_itself
from core.ledgers.problems import refusal_of
from tests.support.ledger import ASSET, Points, lies_of, organizations, rows_of

HERE, THERE = "together", "one_by_one"  # two programs of one database that are to be alike
NOW = datetime(2026, 3, 2, 9, tzinfo=SEOUL)


@dataclass
class Twins:
    """The same organizations with the same points in two programs; what is posted to one is posted to the other."""

    house: House
    parties: list[int]
    chance: random.Random
    holds: list[dict[str, int]] = field(default_factory=list)  # by program
    used: list[Alone] = field(default_factory=list)
    serial: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    async def earn(self) -> None:
        """Some lots for each, some of them past their term, several that expire on one day."""
        for party in self.parties:
            for _ in range(self.chance.choice([0, 1, 2, 5, 14])):
                earned = date(2025, 1, self.chance.randint(1, 28))
                until = self.chance.choice([None, date(2026, 2, 1), date(2026, 6, 1), date(2027, 1, 1)])
                amount = self.chance.randint(1, 30)
                for program in (HERE, THERE):
                    await Points(self.house, program).earn(
                        party, amount, on=earned, until=until, key=f"earned:{self.serial}"
                    )
                self.serial += 1

    def line(self) -> Alone:
        """Most often a transfer of a few points; now and then everything else that can be asked."""
        chance, self.serial = self.chance, self.serial + 1
        if self.used and chance.random() < 0.1:
            again = chance.choice(self.used)
            return replace(again, amount=again.amount + chance.choice([0, 0, 1]))
        giver = self.parties[0] if chance.random() < 0.4 else chance.choice(self.parties)
        verb: Any = chance.choices(["transfer", "spend", "hold"], [8, 1, 2])[0]
        asked = Alone(
            verb=verb, program=HERE, asset=ASSET, organization_id=giver, key=f"key:{self.serial}", reason="test",
            amount=chance.choice([1, 2, 3, 7, 15, 60, 150]) if chance.random() < 0.95 else chance.choice([0, -1]),
            to_id=chance.choice([*self.parties[2:], *self.parties]) if verb == "transfer" else None,
            reference=chance.choice(["", "activity:1"]),
            events=(Event(action="points.moved", subject_type="ledger_transaction", after={"n": self.serial}),),
        )  # fmt: skip
        if verb == "transfer" and chance.random() < 0.05:
            asked = replace(asked, to_id=10_000)
        if verb == "transfer" and self.holds and chance.random() < 0.2:
            held = chance.choice(self.holds)
            asked = replace(asked, hold_id=held[HERE], organization_id=held["of"], amount=held["amount"])
            asked = replace(asked, amount=asked.amount + 1) if chance.random() < 0.3 else asked
        self.used.append(asked)
        return asked

    async def post(self, asked: list[Alone]) -> None:
        """Gathered here; there one by one, in the order in which it was done here."""
        lines = [line_of(each, NOW, SYSTEM, f"request:{place}") for place, each in enumerate(asked)]
        async with self.house.database.reading() as tx:
            rows = await call_gathered(tx, lines)
        assert sorted(row["place"] for row in rows) == list(range(1, len(asked) + 1))
        for row in rows:
            done = asked[row["place"] - 1]
            outcome = await self._there(done, f"request:{row['place'] - 1}")
            assert self._told(row, done) == outcome
            self.seen["again" if outcome.get("replayed") else outcome["code"]] += 1
            if row["hold_id"] and not row["replayed"]:
                made = {HERE: row["hold_id"], THERE: outcome["hold"], "of": done.organization_id, "amount": done.amount}
                self.holds.append(made)

    async def _there(self, done: Alone, request: str) -> dict[str, Any]:
        hold = next((each[THERE] for each in self.holds if each[HERE] == done.hold_id), None)
        try:
            receipt = await post_by_itself(self.house, SYSTEM, request, replace(done, program=THERE, hold_id=hold))
        except Refused as refused:
            return _said(refused)
        except asyncpg.ForeignKeyViolationError:
            return {"code": "no such organization"}
        return {"code": "done", "replayed": receipt.replayed, "hold": receipt.hold_id}

    def _told(self, row: Mapping[str, Any], done: Alone) -> dict[str, Any]:
        if row["state"] is None:
            twin = next((each[THERE] for each in self.holds if each[HERE] == row["hold_id"]), None)
            known = twin if row["replayed"] else row["hold_id"] and _NEW
            return {"code": "done", "replayed": row["replayed"], "hold": known}
        error = refusal_of(row["state"], row["detail"], row["told"])
        if isinstance(error, asyncpg.ForeignKeyViolationError):
            return {"code": "no such organization"}
        assert isinstance(error, Refused), error
        return _said(error)


class _New:
    """Any id: a hold made just now has one of its own in either program."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int)


_NEW = _New()


def _said(refused: Refused) -> dict[str, Any]:
    (violation,) = refused.violations
    words = violation.message.en
    return {"code": violation.code, "message": words if violation.code != "LEDGER_HOLD_CLOSED" else ""}


async def shown(house: House, program: str) -> dict[str, list[dict[str, Any]]]:
    """Everything the ledger has of a program, ids told as the order in which the rows of each account came."""
    lots = "SELECT l.*, row_number() OVER (PARTITION BY account_id ORDER BY id) AS nr FROM lot l"
    asked = {
        "accounts": "SELECT kind, organization_id AS of, posted, held FROM account WHERE program = $1",
        "transactions": "SELECT kind, idempotency_key, request_hash <> '' AS hashed, effective_on, actor_id, reason,"
        " reference FROM ledger_transaction WHERE program = $1",
        "entries": "SELECT a.kind, a.organization_id AS of, t.idempotency_key AS key, e.organization_id, e.asset,"
        " e.amount, e.balance_after, e.effective_on,"
        " row_number() OVER (PARTITION BY a.id, a.floored ORDER BY e.id) AS nr"
        " FROM entry e JOIN account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id"
        " WHERE a.program = $1 AND a.floored",
        "system entries": "SELECT a.kind, t.idempotency_key AS key, e.amount, u.amount AS unfolded"
        " FROM entry e JOIN account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id"
        " LEFT JOIN entry_unfolded u ON u.entry_id = e.id WHERE a.program = $1 AND NOT a.floored",
        "lots": f"SELECT l.organization_id AS of, l.nr, l.asset, l.earned_on, l.expires_on, l.amount, l.remaining,"
        f" l.held, p.organization_id AS parent_of, p.nr AS parent, t.idempotency_key AS key"
        f" FROM ({lots}) l LEFT JOIN ({lots}) p ON p.id = l.parent_id"
        " JOIN ledger_transaction t ON t.id = l.transaction_id WHERE l.program = $1",
        "moves": f"SELECT l.organization_id AS of, l.nr AS lot, m.organization_id, m.amount, m.held,"
        f" t.idempotency_key AS key, row_number() OVER (PARTITION BY l.id ORDER BY m.id) AS nr"
        f" FROM lot_move m JOIN ({lots}) l ON l.id = m.lot_id JOIN ledger_transaction t ON t.id = m.transaction_id"
        " WHERE l.program = $1",
        "holds": "SELECT t.idempotency_key AS key, h.organization_id AS of, h.amount, h.status,"
        " c.idempotency_key AS closed_by FROM hold h JOIN ledger_transaction t ON t.id = h.transaction_id"
        " LEFT JOIN ledger_transaction c ON c.id = h.closed_by WHERE t.program = $1",
        "held lots": f"SELECT t.idempotency_key AS key, l.organization_id AS of, l.nr AS lot, b.amount"
        f" FROM hold_lot b JOIN hold h ON h.id = b.hold_id JOIN ledger_transaction t ON t.id = h.transaction_id"
        f" JOIN ({lots}) l ON l.id = b.lot_id WHERE t.program = $1",
        "events": "SELECT t.idempotency_key AS key, e.actor_id, e.organization_id, e.action, e.subject_type, e.before,"
        " e.after, e.request_id FROM audit_event e"
        " JOIN ledger_transaction t ON t.id::text = e.subject_id AND e.subject_type = 'ledger_transaction'"
        " WHERE t.program = $1",
        "awaiting a seal": "SELECT t.idempotency_key AS key FROM seal_waiting w JOIN ledger_transaction t"
        " ON t.id = w.row_id AND w.source = 'ledger_transaction' WHERE t.program = $1",
    }
    found = {name: await rows_of(house, sql, program) for name, sql in asked.items()}
    return {name: sorted(rows, key=lambda row: orjson.dumps(row, default=str)) for name, rows in found.items()}


@pytest.mark.parametrize("seed", range(12))
async def test_together_is_as_one_after_another(house: House, seed: int) -> None:
    chance = random.Random(seed)
    twins = Twins(house, await organizations(house, chance.choice([3, 5, 12])), chance)
    for _ in range(4):
        await twins.earn()
        await twins.post([twins.line() for _ in range(chance.choice([1, 8, 24]))])
        await twins.post([twins.line() for _ in range(chance.choice([2, 12]))])
        assert await shown(house, HERE) == await shown(house, THERE)
    assert await lies_of(house) == []


async def test_the_scenes_above_show_all_that_can_come_of_a_line(house: House) -> None:
    twins = Twins(house, await organizations(house, 5), random.Random(1))
    for _ in range(8):
        await twins.earn()
        await twins.post([twins.line() for _ in range(24)])
    assert await shown(house, HERE) == await shown(house, THERE)
    assert set(twins.seen) == {
        "done", "again", "no such organization", "LEDGER_INSUFFICIENT", "LEDGER_KEY_REUSED", "LEDGER_NOT_A_POSTING",
        "LEDGER_HOLD_CLOSED", "LEDGER_NOT_FOUND",
    }  # fmt: skip


async def test_what_is_ordinary_is_written_at_once_and_the_rest_by_itself(house: House) -> None:
    parties = await organizations(house, 6)
    points = Points(house)
    for party in parties:
        await points.earn(party, 20)

    def line(of: int, to: int, amount: int, key: str) -> Alone:
        return Alone(
            verb="transfer", program=points.program, asset=ASSET, organization_id=parties[of], to_id=parties[to],
            amount=amount, key=key, reason="test",
        )  # fmt: skip

    asked = [
        line(0, 1, 5, "a"), line(0, 2, 16, "short"), line(0, 1, 15, "b"), line(3, 4, 20, "c"), line(3, 4, 1, "none"),
        line(4, 5, 33, "what came too"), line(0, 1, 5, "a"),
    ]  # fmt: skip
    lines = [line_of(each, NOW, SYSTEM, "request") for each in asked]
    async with house.database.reading() as tx:
        rows = await call_gathered(tx, lines)
    assert [(row["place"], row["state"], row["replayed"]) for row in rows] == [
        (1, None, False), (2, "DU001", None), (3, None, False), (4, None, False), (5, "DU001", None),
        (7, None, True), (6, None, False),
    ]  # fmt: skip
    assert orjson.loads(rows[1]["detail"]) == {"available": 15, "requested": 16}
    at_once = await rows_of(house, "SELECT idempotency_key, xmin FROM ledger_transaction WHERE kind = 'transfer'")
    by_key = {row["idempotency_key"]: row["xmin"] for row in at_once}
    assert by_key.keys() == {"a", "b", "c", "what came too"}
    assert by_key["a"] == by_key["b"] == by_key["c"] != by_key["what came too"]
    assert [(await points.balance(party)).posted for party in parties] == [0, 40, 20, 0, 7, 53]
    assert await lies_of(house) == []


async def test_points_in_very_many_lots_are_found_all_the_same(house: House) -> None:
    giver, taker = await organizations(house, 2)
    points = Points(house)
    await points.earn_all(*[(f"e{n}", [(giver, 1, NOW.date(), None)]) for n in range(40)])
    line = Alone(
        verb="transfer", program=points.program, asset=ASSET, organization_id=giver, to_id=taker, amount=30, key="t",
        reason="test",
    )  # fmt: skip
    receipts = await asyncio.gather(
        *[post_alone(house, SYSTEM, "request", each) for each in (line, replace(line, key="u", amount=10))]
    )
    assert [receipt.replayed for receipt in receipts] == [False, False]
    assert (await points.balance(taker)).posted == 40 and await lies_of(house) == []
