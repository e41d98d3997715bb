"""Master keys for personal data: making one, and encrypting by a new one what older ones encrypted."""

from __future__ import annotations

from core.house import House
from core.personal import rotate_keys
from schema.cli.screen import screen


async def rotate_with_progress(house: House) -> str:
    """Rotate, a bar on the terminal meanwhile; what was done, in a line."""
    async with house.database.reading() as tx:
        old = await tx.connection.fetchval(
            "SELECT count(*) FROM personal_fact WHERE key_id <> $1", house.vault.ring.current
        )
    with screen().progress() as tell:
        done = await rotate_keys(house, lambda moved: tell("키 교체 · rotating", moved, old))
    return f"{done.secrets:,} secrets and {done.facts:,} personal facts are encrypted by {house.vault.ring.current} now"
