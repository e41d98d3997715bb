"""Reading the ledger: balances now, at a moment as recorded, and on a day as effective."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from core.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """잔액: `posted` in the account, `held` of it set aside, `expired` of it past its term but not yet written off.

    `available` is what can be spent on the day asked for. `owed` is what was taken back and not there (환수 미납액):
    while any is owed nothing is available.
    """

    posted: int = 0
    held: int = 0
    expired: int = 0
    owed: int = 0

    @property
    def available(self) -> int:
        return self.posted - self.held - self.expired


async def balance(tx: Transaction, *, program: str, asset: str, organization_id: int, on: date) -> Balance:
    """What an organization has now, and could spend on the day `on`."""
    row = await tx.connection.fetchrow(
        "SELECT a.posted, a.held, a.owed, coalesce((SELECT sum(l.remaining - l.held) FROM lot l"
        " WHERE l.account_id = a.id AND l.remaining > l.held AND l.expires_on <= $4), 0)::bigint AS expired"
        " FROM account a WHERE a.program = $1 AND a.asset = $2 AND a.kind = 'holder' AND a.organization_id = $3",
        program,
        asset,
        organization_id,
        on,
    )
    return Balance() if row is None else Balance(**dict(row))


async def balance_recorded_at(tx: Transaction, *, program: str, asset: str, organization_id: int, at: datetime) -> int:
    """What the account showed at that moment: everything recorded until then, whatever day it was for."""
    return await _sum(tx, "e.recorded_at <= $4", program, asset, organization_id, at)


async def balance_effective_on(tx: Transaction, *, program: str, asset: str, organization_id: int, on: date) -> int:
    """What the account held at the end of that day by today's knowledge: everything effective until then."""
    return await _sum(tx, "e.effective_on <= $4", program, asset, organization_id, on)


async def _sum(tx: Transaction, condition: str, *arguments: object) -> int:
    return int(
        await tx.connection.fetchval(
            "SELECT coalesce(sum(e.amount), 0)::bigint FROM account a JOIN entry e ON e.account_id = a.id"
            f" WHERE a.program = $1 AND a.asset = $2 AND a.kind = 'holder' AND a.organization_id = $3 AND {condition}",
            *arguments,
        )
    )
