"""Verifying: everything the ledger says recomputed, what stands on it compared with it, documents read anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.files import verify_documents
from core.house import House
from core.ledgers import Comparison, verify_ledger
from core.seals import Head, verify_heads, verify_seals
from core.verification import verify_records

if TYPE_CHECKING:
    from rich.console import Console


async def verify_house(house: House, kept: Sequence[Head] = ()) -> list[Comparison]:
    """Compare in one snapshot, so that what is posted meanwhile is no lie. `kept` are heads kept elsewhere."""
    async with house.database.transaction() as tx:
        await tx.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        heads = [await verify_heads(tx, kept)] if kept else []
        told = await verify_records(tx, house.plugins.checks)
        records = [*await verify_ledger(tx), *told, *await verify_documents(house, tx)]
        return [*records, *await verify_seals(tx), *heads]


def print_comparisons(comparisons: Sequence[Comparison], console: Console) -> bool:
    """Say what was compared; whether all of it agreed."""
    good = True
    for each in comparisons:
        mark = "[green]✓[/green]" if not each.lies else "[red]✗[/red]"
        console.print(f"{mark} {each.names.ko} · {each.names.en}: {each.compared:,}", soft_wrap=True)
        for lie in each.lies:
            good = False
            console.print(f"    [red]{lie}[/red]", soft_wrap=True)
    console.print("모두 일치합니다 · All agree." if good else "[red]일치하지 않습니다 · Not all agree.[/red]")
    return good
