"""Long calls of Python in threads of their own, few at once: every thread that computes slows the event loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

SWITCH = 0.001  # seconds after which a computing thread lets the event loop go on; Python's own 5 ms add up
COMPUTING = 1  # threads that compute in Python: two would take no less time, as they share one lock

Given = ParamSpec("Given")
Result = TypeVar("Result")

_computing = ThreadPoolExecutor(max_workers=COMPUTING, thread_name_prefix="computing")


async def in_thread(function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """What the function returns. For pure Python that takes long; others wait for their turn, none for a lock.

    What releases Python's lock itself (a password hash, a PDF, a file) belongs into `asyncio.to_thread`.
    """
    call = partial(copy_context().run, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_computing, call)


def switch_often() -> None:
    """Make threads that compute let the event loop go on after a millisecond. Called by what serves requests."""
    sys.setswitchinterval(SWITCH)
