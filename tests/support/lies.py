"""What `dure verify` finds, and what it finds once somebody altered a row behind triggers and foreign keys."""

from __future__ import annotations

from core.house import House
from schema.cli.verify import verify_house
from tests.support.ledger import as_owner


async def lies(house: House) -> list[str]:
    return [lie for each in (await verify_house(house)).comparisons for lie in each.lies]


async def lies_after(house: House, statements: str) -> list[str]:
    async with as_owner(house) as connection:
        await connection.execute(f"SET session_replication_role = replica; {statements}")
    return await lies(house)
