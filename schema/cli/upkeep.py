"""What time does to points, certificates and documents, done when asked: the same that a worker does every night."""

from __future__ import annotations

from core.files import tidy_documents
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


async def tidy_everything(house: House) -> list[str]:
    """Forget what nobody attached, remove documents past their date and bytes nobody refers to; in lines."""
    done = await tidy_documents(house)
    return [
        f"uploads forgotten: {done.uploads:,}",
        f"documents past their retention removed: {done.documents:,}",
        f"documents of withdrawn drafts removed: {done.drafts:,}",
        f"files removed from the store: {done.files:,}",
    ]
