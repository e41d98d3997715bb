"""Business numbers for tests: valid by their checksum, in the range 000 that is never issued."""

from __future__ import annotations


def business_number(serial: int) -> str:
    """The `serial`-th such number, serial from 0 to 999,999."""
    head = f"000{serial or 999_999:06d}"  # ten zeros are nobody's number
    digits = [int(digit) for digit in head]
    weighted = sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True)) + digits[8] * 5 // 10
    return head + str((10 - weighted % 10) % 10)
