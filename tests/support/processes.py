"""Processes as the system shows them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def is_gone(process_id: int) -> bool:
    """Ended, though perhaps nobody has asked for its status yet."""
    try:
        return "Z" in Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def resident(process_id: int) -> int:
    """Kilobytes that a process holds."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def readers_of(process_id: int) -> list[int]:
    """The processes that read files for this one."""
    found = []
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for each in (task / "children").read_text().split():
            if b"core.readers.child" in Path(f"/proc/{each}/cmdline").read_bytes():
                found.append(int(each))
    return found
