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

Given = ParamSpec("Given")
Result = TypeVar("Result")


class ComputingThread:
    """One thread for one kind of long call of pure Python. Its calls wait for each other, not for other kinds.

    Two threads would take as long for two calls, as they share Python's lock. What releases that lock itself (a
    password hash, a PDF, a file) belongs into `asyncio.to_thread`.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """What the function returns."""
        call = partial(copy_context().run, partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


def switch_often() -> None:
    """Make threads that compute let the event loop go on after a millisecond. Called by what serves requests."""
    sys.setswitchinterval(SWITCH)
