"""The terminal that commands write to. rich comes when something is said by it: a server that runs goes without."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@cache
def console(*, stderr: bool = False) -> Console:
    """Where commands say what they did, or (`stderr`) what went wrong."""
    from rich.console import Console

    return Console(stderr=stderr)
