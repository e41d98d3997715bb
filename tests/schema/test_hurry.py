"""Queries that take too long are broken off, each at its time; nothing else is."""

from __future__ import annotations

import asyncio
import time

import pytest

from schema.hurry import Hurry


async def lasting(hurry: Hurry, seconds: float) -> str:
    errand = hurry.begin()
    try:
        await asyncio.sleep(seconds)
        return "done"
    except asyncio.CancelledError:
        if not errand.overran():
            raise
        return "late"
    finally:
        hurry.end(errand)


async def test_each_has_its_own_time() -> None:
    hurry = Hurry(0.3)
    began = time.monotonic()
    first = asyncio.create_task(lasting(hurry, 10))
    await asyncio.sleep(0.15)
    second, quick = asyncio.create_task(lasting(hurry, 10)), asyncio.create_task(lasting(hurry, 0.01))
    assert await first == "late" and 0.3 <= time.monotonic() - began < 0.45
    assert await quick == "done"
    assert await second == "late" and 0.45 <= time.monotonic() - began < 5
    assert await lasting(hurry, 10) == "late"
    task = asyncio.current_task()
    assert task is not None and not task.cancelling()


async def test_what_is_cancelled_by_others_is_cancelled() -> None:
    hurry = Hurry(0.2)
    task = asyncio.create_task(lasting(hurry, 10))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await lasting(hurry, 10) == "late"


async def test_what_is_cancelled_by_others_and_late_is_cancelled() -> None:
    hurry = Hurry(0.1)
    task = asyncio.create_task(lasting(hurry, 10))
    await asyncio.sleep(0)
    end = time.monotonic() + 0.2
    while time.monotonic() < end:  # nothing else has a turn, so that the timer rings in the same one as
        pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_it_serves_one_loop_after_another() -> None:
    hurry = Hurry(0.1)
    assert asyncio.run(lasting(hurry, 10)) == "late"
    assert asyncio.run(lasting(hurry, 0)) == "done"
    assert asyncio.run(lasting(hurry, 10)) == "late"
