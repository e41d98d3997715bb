"""Accounts: opened when they are first needed, and the system's own folded."""

from __future__ import annotations

from core.checking import AccountKind
from core.ledgers.models import SYSTEM_KINDS
from core.work import Work


async def open_account(
    work: Work, *, program: str, asset: str, kind: AccountKind, organization_id: int | None, label: str = ""
) -> int:
    """The id of this account, opened now if it was not there. The system's own kinds belong to no organization.

    Raises `ValueError` for an unknown kind, and for a debt, which a claw-back alone makes.
    """
    known = AccountKind(kind)
    if known is AccountKind.DEBT:
        raise ValueError("an account of kind 'debt' is made by a claw-back only")
    if known in SYSTEM_KINDS and organization_id is not None:
        raise ValueError(f"an account of kind {known.value!r} is the system's and belongs to no organization")
    if known is AccountKind.HOLDER and organization_id is None:
        raise ValueError("an account of kind 'holder' belongs to an organization")
    return int(
        await work.tx.connection.fetchval(
            "SELECT ledger_open_account($1,$2,$3,$4,$5)", program, asset, known.value, organization_id, label
        )
    )


async def fold(work: Work, limit: int = 10_000) -> int:
    """Fold entries of system accounts into their balances; how many were folded."""
    return int(await work.tx.connection.fetchval("SELECT ledger_fold($1)", limit))
