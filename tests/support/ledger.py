"""A small world for the ledger's tests: organizations, one program, and short names for its verbs."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg
import pytest

from core import ledgers
from core.database import plain_url
from core.errors import Refused
from core.house import House
from core.ledgers import Clawback, Credit, Earning, Expiry, Receipt, TakenBack
from tests.support.databases import owner_url
from tests.support.numbers import business_number

PROGRAM = "testing"
ASSET = "points"
_ROWS = {
    "account": "id",
    "ledger_transaction": "id",
    "entry": "id",
    "entry_unfolded": "entry_id",
    "lot": "id",
    "lot_move": "id",
    "hold": "id",
    "hold_lot": "hold_id, lot_id",
    "audit_event": "id",
}


async def organizations(house: House, count: int, first: int = 0) -> list[int]:
    """The ids of `count` new organizations."""
    async with house.work() as work:
        rows = await work.tx.connection.fetch(
            "INSERT INTO organization (business_number, name, kind)"
            " SELECT number, 'Organization ' || number, 'company' FROM unnest($1::text[]) AS n(number) RETURNING id",
            [business_number(first + serial) for serial in range(count)],
        )
    return [row["id"] for row in rows]


@dataclass(slots=True)
class LotSeen:
    """One lot as a test reads it: from which day, until the day before which, and how much."""

    earned_on: date
    expires_on: date | None
    amount: int
    remaining: int
    held: int


@dataclass(slots=True)
class Points:
    """The ledger of one program, each call a unit of work of its own with, unless given, a key of its own."""

    house: House
    program: str = PROGRAM
    asset: str = ASSET
    _serial: itertools.count[int] = field(default_factory=itertools.count)

    def key(self) -> str:
        return f"{self.program}-{next(self._serial)}"

    async def earn(
        self, to: int, amount: int, *, on: date = date(2026, 3, 2), until: date | None = None, key: str | None = None
    ) -> Receipt:
        (receipt,) = await self.earn_all((key or self.key(), [(to, amount, on, until)]))
        return receipt

    async def earn_all(self, *earnings: tuple[str, Sequence[tuple[int, int, date, date | None]]]) -> list[Receipt]:
        asked = [
            Earning(
                key=key,
                reference=key if key.startswith("bulk") else "",
                credits=tuple(
                    Credit(organization_id=to, amount=amount, earned_on=on, expires_on=until)
                    for to, amount, on, until in lines
                ),
            )
            for key, lines in earnings
        ]
        async with self.house.work() as work:
            return await ledgers.earn(work, program=self.program, asset=self.asset, earnings=asked, reason="test")

    async def spend(self, of: int, amount: int, *, key: str | None = None) -> Receipt:
        return await self._post(ledgers.spend, key, organization_id=of, amount=amount)

    async def hold(self, of: int, amount: int, *, key: str | None = None) -> Receipt:
        return await self._post(ledgers.hold, key, organization_id=of, amount=amount)

    async def transfer(self, of: int, to: int, amount: int, *, key: str | None = None, **more: Any) -> Receipt:
        return await self._post(ledgers.transfer, key, from_id=of, to_id=to, amount=amount, **more)

    async def reverse(self, transaction_id: int, *, key: str | None = None) -> Receipt:
        async with self.house.work() as work:
            return await ledgers.reverse(
                work, program=self.program, transaction_id=transaction_id, key=key or self.key(), reason="test"
            )

    async def claw_back(self, *transaction_ids: int, key: str | None = None) -> list[TakenBack]:
        """Take these earnings back; each has the key given, or one of its own."""
        async with self.house.work() as work:
            return await ledgers.claw_back(
                work,
                program=self.program,
                clawbacks=[
                    Clawback(transaction_id=each, key=key or self.key(), reference="") for each in transaction_ids
                ],
                reason="false",
            )

    async def use(self, hold_id: int, *, key: str | None = None) -> Receipt:
        async with self.house.work() as work:
            return await ledgers.use(work, hold_id=hold_id, key=key or self.key(), reason="test")

    async def release(self, hold_id: int, *, key: str | None = None) -> Receipt:
        async with self.house.work() as work:
            return await ledgers.release(work, hold_id=hold_id, key=key or self.key(), reason="test")

    async def expire(self, *, limit: int = 1_000, key: str | None = None) -> Expiry:
        async with self.house.work() as work:
            return await ledgers.expire(
                work, program=self.program, asset=self.asset, key=key or self.key(), limit=limit
            )

    async def _post(self, verb: Any, key: str | None, **arguments: Any) -> Receipt:
        async with self.house.work() as work:
            receipt: Receipt = await verb(
                work, program=self.program, asset=self.asset, key=key or self.key(), reason="test", **arguments
            )
        return receipt

    async def balance(self, of: int) -> ledgers.Balance:
        async with self.house.work() as work:
            return await ledgers.balance(
                work.tx, program=self.program, asset=self.asset, organization_id=of, on=work.today
            )

    async def lots(self, of: int) -> list[LotSeen]:
        """Every lot the organization ever had, oldest id first."""
        rows = await rows_of(
            self.house,
            "SELECT l.earned_on, l.expires_on, l.amount, l.remaining, l.held FROM lot l"
            " WHERE l.program = $1 AND l.organization_id = $2 ORDER BY l.id",
            self.program,
            of,
        )
        return [LotSeen(**row) for row in rows]

    async def history(self, of: int) -> list[tuple[str, int]]:
        """What happened to the organization's balance: the kind and the amount of every entry, in order."""
        rows = await rows_of(
            self.house,
            "SELECT t.kind, e.amount FROM entry e JOIN ledger_transaction t ON t.id = e.transaction_id"
            " WHERE t.program = $1 AND e.organization_id = $2 ORDER BY e.id",
            self.program,
            of,
        )
        return [(row["kind"], row["amount"]) for row in rows]

    async def totals(self) -> dict[str, int]:
        """What the entries of each kind of account sum to."""
        rows = await rows_of(
            self.house,
            "SELECT a.kind, sum(e.amount)::bigint AS total FROM entry e JOIN account a ON a.id = e.account_id"
            " WHERE a.program = $1 GROUP BY a.kind",
            self.program,
        )
        return {row["kind"]: row["total"] for row in rows}


async def rows_of(house: House, sql: str, *arguments: Any) -> list[dict[str, Any]]:
    async with house.database.reading() as tx:
        return [dict(row) for row in await tx.connection.fetch(sql, *arguments)]


async def everything(house: House) -> dict[str, list[dict[str, Any]]]:
    """Every row of the ledger and of the audit, to tell whether anything changed."""
    return {table: await rows_of(house, f"SELECT * FROM {table} ORDER BY {key}") for table, key in _ROWS.items()}


@asynccontextmanager
async def refused(house: House, code: str) -> AsyncIterator[None]:
    """What is inside is refused with this code, and leaves no trace."""
    before = await everything(house)
    with pytest.raises(Refused) as caught:
        yield
    assert [violation.code for violation in caught.value.violations] == [code]
    assert await everything(house) == before


async def lies_of(house: House) -> list[str]:
    """What verifying the ledger finds; nothing when it is true."""
    async with house.database.transaction() as tx:
        return [lie for comparison in await ledgers.verify_ledger(tx) for lie in comparison.lies]


@asynccontextmanager
async def as_owner(house: House) -> AsyncIterator[asyncpg.Connection]:
    """A connection by the owner's login, which goes round the application's rights."""
    assert house.settings.database_url is not None
    connection = await asyncpg.connect(plain_url(owner_url(house.settings.database_url)))
    try:
        yield connection
    finally:
        await connection.close()
