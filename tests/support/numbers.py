"""Business numbers for tests: valid by their checksum, in the range 000 that is never issued."""

from __future__ import annotations


def business_number(serial: int) -> str:
    """The `serial`-th such number, serial from 0 to 999,999."""
    head = f"000{serial:06d}"
    digits = [int(digit) for digit in head]
    weighted = sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True)) + digits[8] * 5 // 10
    return head + str((10 - weighted % 10) % 10)
