"""Changing master keys while everything goes on: what older keys encrypted is encrypted by the first one, in slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.personal.facts import place_of_fact
from core.personal.keys import Sealed
from core.personal.vault import place_of_secret
from core.work import Work

if TYPE_CHECKING:
    from core.house import House

SLICE = 1_000
OLD = (
    "SELECT id, activity_id, name, key_id, sealed FROM personal_fact WHERE id > $1 AND key_id <> $2"
    " ORDER BY id LIMIT $3 FOR UPDATE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What was encrypted anew: the house's own secrets, and personal facts."""

    secrets: int
    facts: int


async def rotate_keys(house: House, progress: Callable[[int], None] | None = None, *, at_once: int = SLICE) -> Rotated:
    """키 교체: each slice is a transaction of its own; stopped half-way, it goes on where it stopped.

    Every server must know the new key before this runs, and none writes by the old one afterwards.
    """
    async with house.work() as work:
        secrets = await _secrets(work)
    done = last = 0
    while True:
        async with house.work() as work:
            moved, last = await _slice(work, last, at_once)
        done += moved
        if progress is not None:
            progress(done)
        if moved < at_once:
            return Rotated(secrets=secrets, facts=done)


async def _secrets(work: Work) -> int:
    ring = work.vault.ring
    rows = await work.tx.connection.fetch("SELECT * FROM house_secret WHERE key_id <> $1 FOR UPDATE", ring.current)
    for row in rows:
        place = place_of_secret(row["purpose"])
        sealed = ring.seal(ring.open(Sealed(row["key_id"], row["sealed"]), place), place)
        await work.tx.connection.execute(
            "UPDATE house_secret SET key_id = $2, sealed = $3 WHERE purpose = $1",
            row["purpose"],
            sealed.key_id,
            sealed.content,
        )
    _record(work, "house_secret", len(rows))
    return len(rows)


async def _slice(work: Work, last: int, at_once: int) -> tuple[int, int]:
    ring = work.vault.ring
    rows = await work.tx.connection.fetch(OLD, last, ring.current, at_once)
    if not rows:
        return 0, last
    contents = []
    for row in rows:
        place = place_of_fact(row["activity_id"], row["name"])
        contents.append(ring.seal(ring.open(Sealed(row["key_id"], row["sealed"]), place), place).content)
    await work.tx.connection.execute(
        "UPDATE personal_fact SET key_id = $3, sealed = d.sealed FROM unnest($1::bigint[], $2::bytea[])"
        " AS d(id, sealed) WHERE personal_fact.id = d.id",
        [row["id"] for row in rows],
        contents,
        ring.current,
    )
    _record(work, "personal_fact", len(rows))
    return len(rows), rows[-1]["id"]


def _record(work: Work, table: str, rows: int) -> None:
    if rows:
        work.record("keys.rotated", table, work.vault.ring.current, after={"rows": rows})
