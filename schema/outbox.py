"""Sending what a mutation queued, once it is committed and without keeping the answer waiting."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from core.house import House
from core.messages import deliver_waiting

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Delivery:
    """One house's delivery under way, and whether something was queued since it began."""

    task: asyncio.Task[None]
    again: bool = False


_under_way: dict[int, _Delivery] = {}


def deliver_soon(house: House) -> None:
    """Deliver what waits, in the background; one delivery a house at a time, however many ask for one."""
    known = _under_way.get(id(house))
    if known is not None and not known.task.done():
        known.again = True
        return
    _under_way[id(house)] = _Delivery(asyncio.create_task(_deliver(house), name="deliver messages"))


async def delivered(house: House) -> None:
    """Wait until no delivery of this house is under way: before its database closes."""
    known = _under_way.get(id(house))
    if known is not None:
        await asyncio.wait([known.task])


async def _deliver(house: House) -> None:
    try:
        while True:
            _under_way[id(house)].again = False
            offered = await deliver_waiting(house)
            while offered.delivered + offered.waiting:
                offered = await deliver_waiting(house, after=offered.last_id)
            if not _under_way[id(house)].again:
                return
    except Exception:
        log.exception("messages could not be delivered; they wait")
    finally:
        _under_way.pop(id(house), None)
