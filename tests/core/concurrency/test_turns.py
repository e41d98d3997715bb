"""Long loops let the event loop go round: counted in its iterations, by a clock that only the loops move."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.concurrency import ComputingThread, Turns, in_turns, mapped
from core.concurrency.turns import AT_ONCE, SLICE


class StepClock:
    """A clock that stands still but for the work that is done."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def heartbeat(beats: list[int]) -> None:
    while True:
        beats[0] += 1
        await asyncio.sleep(0)


async def test_a_long_loop_stops_each_time_its_slice_is_used_up() -> None:
    clock, beats = StepClock(), [0]
    shared = Turns(asyncio.get_running_loop(), clock=clock, slice_=0.005)
    beating = asyncio.create_task(heartbeat(beats))
    longest, last = 0, beats[0]
    steps = 0
    for _ in range(1_000):
        if shared.due():
            await shared.turn()
        clock.now += 0.001
        steps = steps + 1 if beats[0] == last else 1
        last, longest = beats[0], max(longest, steps)
    beating.cancel()
    assert longest <= 6  # a slice of five steps, and the one that uses it up
    assert beats[0] >= 150
    assert shared.taken >= 150


async def test_a_hundred_tasks_share_one_slice() -> None:
    clock, beats = StepClock(), [0]
    shared = Turns(asyncio.get_running_loop(), clock=clock, slice_=0.005)
    beating = asyncio.create_task(heartbeat(beats))
    worked: dict[int, float] = {}

    async def work() -> None:
        for _ in range(20):
            if shared.due():
                await shared.turn()
            clock.now += 0.001
            worked[beats[0]] = worked.get(beats[0], 0.0) + 0.001

    await asyncio.gather(*(work() for _ in range(100)))
    beating.cancel()
    assert round(sum(worked.values()), 3) == 2.0
    most = max(worked.values())
    assert most <= 0.0061 + 0.001 * AT_ONCE, "each that is woken does one step beyond the slice at most"


async def test_what_is_broken_off_while_it_waits_leaves_the_others_their_turn() -> None:
    clock = StepClock()
    shared = Turns(asyncio.get_running_loop(), clock=clock, slice_=0.005)
    assert not shared.due()
    clock.now = 1.0
    assert shared.due()
    first, second = asyncio.create_task(shared.turn()), asyncio.create_task(shared.turn())
    await asyncio.sleep(0)
    first.cancel()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not shared.due()


async def test_a_deadline_breaks_off_a_loop_that_waits_for_nothing_else() -> None:
    async def forever() -> None:
        async for _ in in_turns(iter(int, 1)):
            pass

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await forever()


async def test_every_item_comes_in_order() -> None:
    assert [each async for each in in_turns(range(5_000))] == list(range(5_000))


async def test_mapping_many_items_takes_turns() -> None:
    beats = [0]
    beating = asyncio.create_task(heartbeat(beats))

    def work(item: int) -> int:
        until = time.perf_counter() + SLICE / 2
        while time.perf_counter() < until:
            pass
        return item * 2

    assert await mapped(work, range(40)) == [item * 2 for item in range(40)]
    beating.cancel()
    assert beats[0] >= 10  # of forty steps, no more than three are in one iteration


async def test_a_long_call_runs_beside_the_loop_and_one_at_a_time() -> None:
    running, most = [0], [0]

    def work(place: int) -> int:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.01)
        running[0] -= 1
        return place

    beats, thread = [0], ComputingThread("work")
    beating = asyncio.create_task(heartbeat(beats))
    assert await asyncio.gather(*(thread.run(work, place) for place in range(5))) == [0, 1, 2, 3, 4]
    beating.cancel()
    assert most[0] == 1 and beats[0] > 5
