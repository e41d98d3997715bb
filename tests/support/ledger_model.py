"""The ledger as a page of plain Python, to hold the real one against.

No locks, no tables, no concern for speed: lots in lists, holds in a dictionary, every rule once. A verb answers what
the real one answers, or raises `No` with the code of its refusal and changes nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any


class No(Exception):
    """Refused, with the code of the refusal."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(slots=True)
class ModelLot:
    owner: int
    earned_on: date
    expires_on: date | None
    amount: int
    remaining: int
    held: int = 0
    expired: int = 0

    @property
    def free(self) -> int:
        return self.remaining - self.held

    def past_its_term(self, on: date) -> bool:
        return self.expires_on is not None and self.expires_on <= on


@dataclass(slots=True)
class ModelHold:
    owner: int
    parts: list[tuple[int, int]]  # which lot, how much
    status: str = "open"

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.parts)


@dataclass(slots=True)
class ModelTransaction:
    kind: str
    moves: list[tuple[int, int]]  # which lot, what it gained
    reversed: bool = False


@dataclass(slots=True)
class Model:
    """One program's points. Lots, holds and transactions are named by their place in these lists."""

    today: date
    lots: list[ModelLot] = field(default_factory=list)
    holds: list[ModelHold] = field(default_factory=list)
    transactions: list[ModelTransaction] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=lambda: {"issuance": 0, "redeemed": 0, "expired": 0, "debt": 0})
    debts: dict[int, int] = field(default_factory=dict)  # what each owner owes
    keys: dict[str, tuple[object, Any]] = field(default_factory=dict)

    def post(self, key: str, request: object, verb: Callable[[], Any]) -> Any:
        """What `verb` answers, once a key; a refused verb leaves everything as it was."""
        if key in self.keys:
            known, answer = self.keys[key]
            if known != request:
                raise No("LEDGER_KEY_REUSED")
            return answer
        before = copy.deepcopy((self.lots, self.holds, self.transactions, self.totals, self.debts))
        try:
            answer = verb()
        except No:
            self.lots, self.holds, self.transactions, self.totals, self.debts = before
            raise
        if answer is not None:
            self.keys[key] = (request, answer)
        return answer

    # ---------------------------------------------------------------------------------------------------- verbs

    def earn(self, credits: list[tuple[int, int, date, date | None]]) -> int:
        if not credits or any(amount < 1 for _, amount, _, _ in credits):
            raise No("LEDGER_NOT_A_POSTING")
        moves = [(self._new_lot(*credit), credit[1]) for credit in credits]
        self.totals["issuance"] -= sum(amount for _, amount in moves)
        answer = self._record("earn", moves)
        self._write_off([lot for lot, _ in moves])
        self._pay(*{owner for owner, *_ in credits})
        return answer

    def spend(self, owner: int, amount: int) -> int:
        parts = self._allocate(owner, amount)
        self._take(parts)
        self.totals["redeemed"] += amount
        return self._record("spend", [(lot, -part) for lot, part in parts])

    def hold(self, owner: int, amount: int) -> int:
        parts = self._allocate(owner, amount)
        for lot, part in parts:
            self.lots[lot].held += part
        self.holds.append(ModelHold(owner, parts))
        return self._record("hold", [])

    def use(self, hold: int) -> int:
        parts = self._close(hold, "used")
        self._take(parts)
        self.totals["redeemed"] += sum(part for _, part in parts)
        return self._record("use", [(lot, -part) for lot, part in parts])

    def release(self, hold: int) -> int:
        parts = self._close(hold, "released")
        answer = self._record("release", [])
        self._write_off([lot for lot, _ in parts])
        self._pay(self.holds[hold].owner)
        return answer

    def transfer(
        self, owner: int, to: int, amount: int, hold: int | None, mint: tuple[date, date | None] | None
    ) -> int:
        if amount < 1 or owner == to:
            raise No("LEDGER_NOT_A_POSTING")
        if hold is None:
            parts = self._allocate(owner, amount)
        else:
            if (self.holds[hold].owner, self.holds[hold].amount) != (owner, amount):
                raise No("LEDGER_NOT_FOUND")
            parts = sorted(self._close(hold, "used"))
        self._take(parts)
        moves = [(lot, -part) for lot, part in parts]
        for lot, part in parts:
            earned_on, expires_on = mint or (self.lots[lot].earned_on, self.lots[lot].expires_on)
            moves.append((self._new_lot(to, part, earned_on, expires_on), part))
        self._pay(to)
        return self._record("transfer", moves)

    def reverse(self, transaction: int) -> int:
        first = self.transactions[transaction]
        if first.kind not in {"earn", "spend", "use", "transfer"}:
            raise No("LEDGER_NOT_REVERSIBLE")
        if first.reversed:
            raise No("LEDGER_ALREADY_REVERSED")
        if any(gained > self.lots[lot].free for lot, gained in first.moves):
            raise No("LEDGER_SPENT_MEANWHILE")
        for lot, gained in first.moves:
            self.lots[lot].remaining -= gained
        first.reversed = True
        if first.kind != "transfer":
            counter = "issuance" if first.kind == "earn" else "redeemed"
            self.totals[counter] += sum(gained for _, gained in first.moves)
        answer = self._record("reverse", [])
        self._write_off([lot for lot, gained in first.moves if gained < 0])
        self._pay(*{self.lots[lot].owner for lot, _ in first.moves})
        return answer

    def claw_back(self, transaction: int) -> int:
        """What was earned and has not expired goes: from its own lots, then from others; the rest is owed."""
        first = self.transactions[transaction]
        if first.kind != "earn":
            raise No("LEDGER_NOT_REVERSIBLE")
        if first.reversed:
            raise No("LEDGER_ALREADY_REVERSED")
        first.reversed = True
        for owner in sorted({self.lots[lot].owner for lot, _ in first.moves}):
            self._write_off([place for place, lot in enumerate(self.lots) if lot.owner == owner])
            own = [lot for lot, _ in first.moves if self.lots[lot].owner == owner]
            wanted = sum(self.lots[lot].amount - self.lots[lot].expired for lot in own)
            self.totals["issuance"] += wanted
            for place in [*own, *self._usable(owner)]:
                part = min(wanted, self.lots[place].free)
                self._take([(place, part)])
                wanted -= part
            self.debts[owner] = self.debts.get(owner, 0) + wanted
            self.totals["debt"] -= wanted
        return self._record("claw_back", [])

    def expire(self) -> int | None:
        """How much went; None when nothing was due."""
        return self._write_off(list(range(len(self.lots)))) or None

    # -------------------------------------------------------------------------------------------------- answers

    def posted(self, owner: int) -> int:
        return sum(lot.remaining for lot in self.lots if lot.owner == owner)

    def held(self, owner: int) -> int:
        return sum(hold.amount for hold in self.holds if hold.owner == owner and hold.status == "open")

    def lots_of(self, owner: int) -> list[ModelLot]:
        return [lot for lot in self.lots if lot.owner == owner]

    # ---------------------------------------------------------------------------------------------------- parts

    def _allocate(self, owner: int, amount: int) -> list[tuple[int, int]]:
        if amount < 1:
            raise No("LEDGER_NOT_A_POSTING")
        parts = []
        for place in self._usable(owner):
            part = min(amount, self.lots[place].free)
            if part:
                parts.append((place, part))
                amount -= part
        if amount:
            raise No("LEDGER_IN_DEBT" if self.debts.get(owner) else "LEDGER_INSUFFICIENT")
        return parts

    def _usable(self, owner: int) -> list[int]:
        """Lots with something to spend, the first to expire first."""
        usable = [
            place
            for place, lot in enumerate(self.lots)
            if lot.owner == owner and lot.free > 0 and not lot.past_its_term(self.today)
        ]
        return sorted(
            usable, key=lambda place: (self.lots[place].expires_on or date.max, self.lots[place].earned_on, place)
        )

    def _pay(self, *owners: int) -> None:
        """Whoever owes pays with what has come in; what came past its term is written off."""
        for owner in owners:
            if not self.debts.get(owner):
                continue
            self._write_off([place for place, lot in enumerate(self.lots) if lot.owner == owner])
            for place in self._usable(owner):
                part = min(self.debts[owner], self.lots[place].free)
                self._take([(place, part)])
                self.debts[owner] -= part
                self.totals["debt"] += part

    def _new_lot(self, owner: int, amount: int, earned_on: date, expires_on: date | None) -> int:
        self.lots.append(ModelLot(owner, earned_on, expires_on, amount, amount))
        return len(self.lots) - 1

    def _take(self, parts: list[tuple[int, int]]) -> None:
        for lot, part in parts:
            self.lots[lot].remaining -= part

    def _close(self, hold: int, status: str) -> list[tuple[int, int]]:
        if self.holds[hold].status != "open":
            raise No("LEDGER_HOLD_CLOSED")
        self.holds[hold].status = status
        for lot, part in self.holds[hold].parts:
            self.lots[lot].held -= part
        return self.holds[hold].parts

    def _write_off(self, places: list[int]) -> int:
        gone = 0
        for place in places:
            lot = self.lots[place]
            if lot.past_its_term(self.today):
                gone += lot.free
                lot.expired += lot.free
                lot.remaining -= lot.free
        self.totals["expired"] += gone
        return gone

    def _record(self, kind: str, moves: list[tuple[int, int]]) -> int:
        self.transactions.append(ModelTransaction(kind, moves))
        return len(self.transactions) - 1
