"""What time does to points and certificates, done when asked."""

from __future__ import annotations

import uuid

from core.benefits import lapse_certificates
from core.house import House
from core.ledgers import expire, fold


async def expire_everything(house: House) -> list[str]:
    """Lapse certificates past their validity, then write off lots past their term; what was done, in lines."""
    lapsed = 0
    while True:
        async with house.work() as work:
            done = await lapse_certificates(work)
        lapsed += len(done)
        if not done:
            break
    lines = [f"certificates lapsed: {lapsed:,}"]
    for program in house.plugins.programs.values():
        for asset in program.assets:
            lots = amount = 0
            while True:
                async with house.work() as work:
                    slice_ = await expire(work, program=program.code, asset=asset.code, key=f"expire:{uuid.uuid4()}")
                if not slice_.lots:
                    break
                lots, amount = lots + slice_.lots, amount + slice_.amount
            lines.append(f"{asset.code}: {lots:,} lots, {amount:,} {asset.unit.en} expired")
    async with house.work() as work:
        while await fold(work):
            pass
    return lines
