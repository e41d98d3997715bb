"""Verifying: everything the ledger says recomputed, what stands on it compared with it, documents read anew."""

from __future__ import annotations

from collections.abc import Sequence

from core.house import House
from core.seals import Head
from core.verification import Verification, verify_everything
from schema.cli.screen import bad, good, screen


async def verify_house(house: House, kept: Sequence[Head] = ()) -> Verification:
    """Compare in one snapshot, so that what is posted meanwhile is no lie. `kept` are heads kept elsewhere."""
    async with house.database.transaction() as tx:
        await tx.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return await verify_everything(house.settings, house.plugins, tx, kept=kept, fresh=house.database)


def print_verification(found: Verification) -> None:
    """Say what was compared, and whether all of it agreed."""
    for each in found.comparisons:
        screen().line(bad("✗") if each.lies else good("✓"), f" {each.names.both}: {each.compared:,}")
        for lie in each.lies:
            screen().line("    ", bad(lie))
    screen().line(f"기관 · organizations: {found.organizations:,}, 거래 · transactions: {found.transactions:,}")
    if not found.agrees:
        screen().line(bad("일치하지 않습니다 · Not all agree."))
    elif found.empty:
        screen().line("기록이 없어 검증할 것이 없습니다 · There is nothing on record to verify.")
    else:
        screen().line("모두 일치합니다 · All agree.")
