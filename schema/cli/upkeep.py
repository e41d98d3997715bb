"""What time does to points and certificates, done when asked: the same that a worker does every night."""

from __future__ import annotations

from core.house import House
from core.upkeep import expire_all, fold_all, lapse_all


async def expire_everything(house: House) -> list[str]:
    """Lapse certificates past their validity, then write off lots past their term; what was done, in lines."""
    lines = [f"certificates lapsed: {await lapse_all(house):,}"]
    lines += [
        f"{asset.code}: {lots:,} lots, {amount:,} {asset.unit.en} expired"
        for asset, lots, amount in await expire_all(house)
    ]
    await fold_all(house)
    return lines
