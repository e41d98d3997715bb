"""How the C library keeps memory that was given back to it, where it is glibc."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # as malloc.h numbers them
LARGE = 1024 * 1024  # bytes: a piece of this size is the system's own, and goes back to it as soon as it is free
SPARE = 2 * 1024 * 1024  # bytes that may stay unused at the end of a heap: trimmed to less, pages are slower


def return_large_pieces() -> None:
    """Keep what counts as large where it is.

    Left alone, glibc raises it to the largest piece that was ever freed, and each thread that held a file keeps room
    for the next: some fifty megabytes after a few uploads. Nothing happens where the C library is another one.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, SPARE)
