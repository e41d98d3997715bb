"""What time does to an order: a request that nobody answered lapses."""

from __future__ import annotations

from core.jobs import JobKind, Schedule, Task
from core.language import Text
from plugins.industry_academia.exchange.lifecycle import lapse_orders


async def lapse_all(task: Task) -> None:
    """Some hundred a transaction; killed midway, the rest is left for the next time."""
    lapsed = 0
    while True:
        async with task.work() as work:
            done = await lapse_orders(work)
        if not done:
            break
        lapsed += len(done)
    task.result = {"lapsed": lapsed}


LAPSE = JobKind(
    name="industry_academia.lapse_orders",
    names=Text("답이 없는 거래소 신청 만료", "lapse orders that nobody answered"),
    run=lapse_all,
    schedule=Schedule("*/15 * * * *"),
)
