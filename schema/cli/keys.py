"""Master keys for personal data: making one, and encrypting by a new one what older ones encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.house import House
from core.personal import rotate_keys

if TYPE_CHECKING:
    from rich.console import Console


async def rotate_with_progress(house: House, console: Console) -> str:
    """Rotate, a bar on the screen meanwhile; what was done, in a line."""
    async with house.database.reading() as tx:
        old = await tx.connection.fetchval(
            "SELECT count(*) FROM personal_fact WHERE key_id <> $1", house.vault.ring.current
        )
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("키 교체 · rotating", total=old)
        done = await rotate_keys(house, lambda moved: bar.update(task, completed=moved))
    return f"{done.secrets:,} secrets and {done.facts:,} personal facts are encrypted by {house.vault.ring.current} now"
